"""The pack itself, as the engine starts it."""

from policies.server import serve

serve()
