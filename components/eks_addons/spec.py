"""The rules of a cluster's add-ons."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from components.cluster import versions
from components.eks_addons.args import EksAddonsArgs
from components.eks_addons.table import ADDONS, S3_DRIVER, AddonFacts
from components.violations import Violations

# EKS API, CreateAddon: one of DescribeAddonVersions' answers, which all read so.
VERSION = r"v\d+\.\d+\.\d+-eksbuild\.\d+"


@dataclass(frozen=True, kw_only=True, slots=True)
class Addon:
    """One add-on to install."""

    name: str
    version: str | None
    """None where nobody pinned one: EKS takes its default for the version of Kubernetes, and keeps it."""
    configuration: str | None
    """configurationValues as JSON; None where the add-on's own defaults are right."""

    @property
    def facts(self) -> AddonFacts:
        """What is known of it."""
        return ADDONS[self.name]


@dataclass(frozen=True, kw_only=True, slots=True)
class EksAddonsSpec:
    """Add-ons that a cluster gets at one time."""

    addons: tuple[Addon, ...]

    @classmethod
    def parse(cls, args: EksAddonsArgs) -> Self:
        """Raises SpecError with every violation."""
        violations = Violations("EksAddons")
        names, cluster_version = tuple(args["names"]), args["cluster_version"]
        given, configured = args.get("addon_versions", {}), args.get("configuration", {})
        known = violations.unless(
            cluster_version in versions.VERSIONS, "cluster_version", cluster_version, versions.RULE, versions.REMEDY
        )
        _check_names(violations, names)
        _check_versions(violations, given, names)
        _check_configuration(violations, configured, names, args["region"])
        _check_buckets(violations, tuple(args.get("bucket_arns", {})), names)
        for bucket, key in args.get("bucket_key_arns", {}).items():
            violations.unless(
                bucket in args.get("bucket_arns", {}),
                f"bucket_key_arns[{bucket}]",
                key,
                "a key is that of a bucket that is mounted",
                "add the bucket to bucket_arns, or remove its key",
            )
        violations.raise_if_any()
        pinned = {**(versions.VERSIONS[cluster_version].addons if known else {}), **given}
        return cls(
            addons=tuple(
                Addon(
                    name=name,
                    version=pinned.get(name),
                    configuration=_configuration(name, args["region"], configured.get(name, {})),
                )
                for name in names
            )
        )


def _configuration(name: str, region: str, further: Mapping[str, object]) -> str | None:
    values = {**ADDONS[name].configure(region), **further}
    # In one order: what EKS has and what is declared are compared as they are written.
    return json.dumps(values, sort_keys=True) if values else None


def _check_names(violations: Violations, names: tuple[str, ...]) -> None:
    violations.unless(bool(names), "names", "", "a list of add-ons names one or more", "or leave the component out")
    for name in names:
        violations.unless(
            name in ADDONS,
            "names",
            name,
            f"the add-ons known here are {', '.join(ADDONS)}",
            "add it to components/eks_addons/table.py with its role, or install its chart",
        )
    violations.unless(
        len(set(names)) == len(names),
        "names",
        ",".join(names),
        "each add-on is named once",
        "remove what is named twice",
    )
    stages = {ADDONS[name].before_nodes for name in names if name in ADDONS}
    violations.unless(
        len(stages) < 2,
        "names",
        ",".join(names),
        "nodes wait for some add-ons and others wait for nodes: together they would wait for each other, 20 minutes"
        " long",
        "make two EksAddons: of "
        + ", ".join(name for name in names if name in ADDONS and ADDONS[name].before_nodes)
        + " before the nodes, and of the rest after them",
    )


def _check_versions(violations: Violations, given: Mapping[str, str], names: tuple[str, ...]) -> None:
    for name, version in given.items():
        path = f"addon_versions[{name}]"
        violations.unless(
            name in names,
            path,
            version,
            "a version is of an add-on that is named",
            f"add {name} to names, or remove it",
        )
        violations.unless(
            re.fullmatch(VERSION, version) is not None,
            path,
            version,
            "a version of an add-on has the form v1.22.4-eksbuild.3",
            f"aws eks describe-addon-versions --addon-name {name}",
        )


def _check_configuration(
    violations: Violations, configured: Mapping[str, Mapping[str, object]], names: tuple[str, ...], region: str
) -> None:
    for name, values in configured.items():
        path = f"configuration[{name}]"
        violations.unless(
            name in names,
            path,
            ",".join(values),
            "a configuration is of an add-on that is named",
            f"add {name} to names, or remove it",
        )
        own = sorted(set(values) & set(ADDONS[name].configure(region))) if name in ADDONS else []
        violations.unless(
            not own,
            path,
            ",".join(own),
            "what the add-on has to be told to run here is set already",
            "remove these keys",
        )


def _check_buckets(violations: Violations, buckets: tuple[str, ...], names: tuple[str, ...]) -> None:
    violations.unless(
        bool(buckets) or S3_DRIVER not in names,
        "bucket_arns",
        "",
        f"{S3_DRIVER} reads and writes the buckets that it is given, and no other",
        "name the buckets to mount, or leave the add-on out",
    )
    violations.unless(
        not buckets or S3_DRIVER in names,
        "bucket_arns",
        ",".join(buckets),
        f"buckets are mounted by {S3_DRIVER}, which is not among the names",
        "add it, or remove the buckets",
    )
