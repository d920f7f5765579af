"""The door of a factory: a load balancer with TLS."""
