"""What provider plugins and the language host of our own share: the engine's gRPC service and its values."""
