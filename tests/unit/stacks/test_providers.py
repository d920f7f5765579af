"""The providers of the layers: everything that they make says whose it is."""

import json
from typing import cast

import pytest

from components.accelerators import AwsAccess
from stacks.providers import aws_provider
from stacks.settings import StackName
from tests.unit.components.recorder import declared


@pytest.mark.parametrize("stack", [StackName("aws", "platform"), StackName("lab", "vault")])
def test_every_provider_puts_environment_and_layer_on_what_it_makes(stack: StackName) -> None:
    seen = declared(lambda: aws_provider(AwsAccess(region="us-east-1"), stack, "it"))
    (provider,) = seen.seen
    tags = provider.inputs["defaultTags"]
    found = json.loads(tags) if isinstance(tags, str) else cast("dict[str, object]", tags)
    assert found == {"tags": {"aifactory:environment": stack.env, "aifactory:layer": stack.layer}}
