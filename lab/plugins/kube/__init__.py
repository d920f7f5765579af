"""The stand-in for the `kubernetes` plugin: any kind, by server-side apply."""
