"""Secrets that pods mount."""

from collections.abc import Mapping

import pulumi
from pulumi_kubernetes import core, meta

from workloads.access.args import AccessArgs
from workloads.access.spec import AccessSpec
from workloads.spec import CALLERS_FILE, CALLERS_SECRET, REGISTRY_SECRET, SIGNING_CONFIG, SIGNING_SECRET, STORES_CONFIG


class Access(pulumi.ComponentResource):
    """The accounts of the stores, apart for those that copy to the vault, or no account at all where pods have an
    identity; the signing key and its public half; the callers of the model; the registry's login.

    Raises SpecError as `AccessSpec.parse`.
    """

    accounts: str
    """Version of the stores' accounts, for pods that are to be made anew where one changes."""

    def __init__(self, name: str, args: AccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = AccessSpec.parse(args)
        namespace = args["namespace"]
        super().__init__("aifactory:access:Access", name, {"namespace": namespace}, opts)
        for secret, content in {
            **spec.stores,
            SIGNING_SECRET: {"key.pem": spec.private_key},
            CALLERS_SECRET: {CALLERS_FILE: spec.callers},
        }.items():
            core.v1.Secret(
                f"{name}-{secret}",
                metadata=meta.v1.ObjectMetaArgs(name=secret, namespace=namespace),
                string_data=_secret(content),
                opts=pulumi.ResourceOptions(parent=self),
            )
        if spec.registry_auth:
            core.v1.Secret(
                f"{name}-{REGISTRY_SECRET}",
                metadata=meta.v1.ObjectMetaArgs(name=REGISTRY_SECRET, namespace=namespace),
                type="kubernetes.io/dockerconfigjson",
                string_data=_secret({".dockerconfigjson": spec.registry_auth}),
                opts=pulumi.ResourceOptions(parent=self),
            )
        public = {SIGNING_CONFIG: {"public.pem": spec.public_key}}
        if spec.identity_config:
            public[STORES_CONFIG] = {"config": spec.identity_config}
        for config_map, data in public.items():
            core.v1.ConfigMap(
                f"{name}-{config_map}",
                metadata=meta.v1.ObjectMetaArgs(name=config_map, namespace=namespace),
                data=data,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.accounts = spec.accounts
        self.register_outputs({})


def _secret(content: Mapping[str, str]) -> pulumi.Output[dict[str, str]]:
    return pulumi.Output.secret(dict(content))
