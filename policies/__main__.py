"""The pack itself; constructing it serves the engine until the deployment ends."""

from pulumi_policy import EnforcementLevel, PolicyPack

from policies.pack import policies

PolicyPack(name="aifactory", enforcement_level=EnforcementLevel.MANDATORY, policies=policies())
