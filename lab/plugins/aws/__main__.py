"""Started by the engine as `pulumi-resource-aws`."""

from lab.plugins.aws.provider import AwsPlugin
from pulumi_plugin.server import serve

serve(AwsPlugin())
