"""Started by the engine as `pulumi-resource-aws`."""

from lab.plugins.aws.provider import AwsPlugin
from lab.plugins.server import serve

serve(AwsPlugin())
