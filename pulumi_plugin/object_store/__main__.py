"""Started by the engine as `pulumi-resource-aifactory`."""

from pulumi_plugin.object_store.plugin import ObjectStorePlugin
from pulumi_plugin.server import serve

serve(ObjectStorePlugin())
