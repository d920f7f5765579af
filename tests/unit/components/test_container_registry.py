"""The registry on AWS: what ECR refuses only when it is applied, and what is declared."""

import json
from collections.abc import Mapping
from typing import cast

import botocore.session
import pulumi
import pytest
from botocore.model import StringShape
from hypothesis import given
from hypothesis import strategies as st

from components.container_registry.args import ContainerRegistryArgs, PullThroughArgs
from components.container_registry.component import ContainerRegistry
from components.container_registry.spec import ContainerRegistrySpec
from components.container_registry.upstreams import UPSTREAMS
from components.violations import SpecError
from host.documents import mapping, sequence
from tests.unit.components.recorder import Recorder, declared

SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:ecr-pullthroughcache/hub-AbCdEf"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/11111111-1111-1111-1111-111111111111"
K8S: PullThroughArgs = {"prefix": "k8s", "upstream": "registry.k8s.io"}
HUB: PullThroughArgs = {"prefix": "hub/", "upstream": "registry-1.docker.io", "secret_arn": SECRET}


class Registry(Recorder):
    """ECR's own answers."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, object]]:
        found, outputs = Recorder.new_resource(self, args)
        if args.typ == "aws:ecr/repository:Repository":
            name = str(outputs["name"])
            outputs |= {
                "arn": f"arn:aws:ecr:eu-central-1:123456789012:repository/{name}",
                "repositoryUrl": f"123456789012.dkr.ecr.eu-central-1.amazonaws.com/{name}",
                "registryId": "123456789012",
            }
        return found, outputs


def args(**more: object) -> ContainerRegistryArgs:
    given = {"region": "eu-central-1", "repositories": ["factory/workloads"], **more}
    return cast("ContainerRegistryArgs", given)


def policy(text: object) -> Mapping[str, object]:
    (statement,) = sequence(mapping(json.loads(str(text)))["Statement"])
    return mapping(statement)


def test_images_have_a_repository_of_their_own() -> None:
    """A8: an ECR repository is declared: its tags never move, it scans at push, and nobody destroys it by the way."""
    made: list[ContainerRegistry] = []
    outputs: dict[str, str] = {}

    def program() -> None:
        registry = ContainerRegistry("registry", args(repositories=["factory/workloads", "mirror/nvcr.io/nvidia/cuda"]))
        made.append(registry)
        registry.host.apply(lambda host: outputs.update(host=host))
        registry.repository_urls["factory/workloads"].apply(lambda url: outputs.update(url=url))
        registry.pull_through_policy.apply(lambda text: outputs.update(policy=text))

    seen = declared(program, Registry())
    (inputs,) = (
        one.inputs for one in seen.of("aws:ecr/repository:Repository") if one.inputs["name"] == "factory/workloads"
    )
    assert inputs["imageTagMutability"] == "IMMUTABLE"
    assert inputs["imageScanningConfiguration"] == {"scanOnPush": True}
    assert inputs["encryptionConfigurations"] == [{"encryptionType": "AES256"}]
    assert inputs["forceDelete"] is False
    rule = mapping(sequence(mapping(json.loads(_lifecycle(seen)))["rules"])[0])
    assert mapping(rule["selection"]) == {
        "tagStatus": "untagged",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": 14,
    }
    assert outputs == {
        "host": "123456789012.dkr.ecr.eu-central-1.amazonaws.com",
        "url": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/factory/workloads",
        "policy": "",
    }


def _lifecycle(seen: Recorder) -> str:
    return str(seen.of("aws:ecr/lifecyclePolicy:LifecyclePolicy")[0].inputs["policy"])


def test_a_registry_is_pulled_through_into_repositories_made_by_a_template() -> None:
    outputs: dict[str, str] = {}

    def program() -> None:
        registry = ContainerRegistry("registry", args(pull_through=[K8S, HUB], kms_key_arn=KEY))
        registry.pull_through_policy.apply(lambda text: outputs.update(policy=text))

    seen = declared(program, Registry())
    rules = {one.name: one.inputs for one in seen.of("aws:ecr/pullThroughCacheRule:PullThroughCacheRule")}
    assert {name: (rule["ecrRepositoryPrefix"], rule["upstreamRegistryUrl"]) for name, rule in rules.items()} == {
        "registry-k8s": ("k8s", "registry.k8s.io"),
        "registry-hub": ("hub", "registry-1.docker.io"),
    }
    assert rules["registry-hub"]["credentialArn"] == SECRET
    assert rules["registry-k8s"].get("credentialArn") is None
    kind = "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate"
    templates = {one.name: one.inputs for one in seen.of(kind)}
    assert {name: template["prefix"] for name, template in templates.items()} == {
        "registry-k8s": "k8s",
        "registry-hub": "hub",
    }
    template = templates["registry-k8s"]
    assert template["appliedFors"] == ["PULL_THROUGH_CACHE"]
    assert template["imageTagMutability"] == "IMMUTABLE"
    assert template["encryptionConfigurations"] == [{"encryptionType": "KMS", "kmsKey": KEY}]
    # ECR makes no repository with a key but by a role.
    assert template["customRoleArn"] == "arn:aws:test:us-east-1:123456789012:registry-template"
    (role,) = seen.of("aws:iam/role:Role")
    assert policy(role.inputs["assumeRolePolicy"])["Principal"] == {"Service": "ecr.amazonaws.com"}
    assert policy(outputs["policy"])["Resource"] == [
        "arn:aws:ecr:eu-central-1:123456789012:repository/k8s/*",
        "arn:aws:ecr:eu-central-1:123456789012:repository/hub/*",
    ]
    assert policy(outputs["policy"])["Action"] == ["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"]


def test_a_repository_is_protected() -> None:
    protected: set[str] = set()

    def note(args: pulumi.ResourceTransformationArgs) -> None:
        if args.opts.protect:
            protected.add(f"{args.type_} {args.name}")

    options = pulumi.ResourceOptions(transformations=[note])
    declared(lambda: ContainerRegistry("registry", args(), options), Registry())
    assert protected == {"aws:ecr/repository:Repository registry-factory/workloads"}


def test_a_preview_knows_no_address_and_goes_on() -> None:
    seen = declared(lambda: ContainerRegistry("registry", args(pull_through=[K8S], kms_key_arn=KEY)), preview=True)
    assert len(seen.seen) == 7


def test_without_a_key_no_role_is_made_for_templates() -> None:
    seen = declared(lambda: ContainerRegistry("registry", args(pull_through=[K8S])), Registry())
    assert seen.of("aws:iam/role:Role") == []


def test_other_accounts_pull_and_other_regions_have_copies() -> None:
    more = {
        "pull_accounts": ["210987654321"],
        "replica_regions": ["eu-west-1"],
        "registry_scanning": "ENHANCED",
        "region": "us-gov-west-1",
    }
    seen = declared(lambda: ContainerRegistry("registry", args(**more)), Registry())
    (pulling,) = seen.of("aws:ecr/repositoryPolicy:RepositoryPolicy")
    assert policy(pulling.inputs["policy"])["Principal"] == {"AWS": ["arn:aws-us-gov:iam::210987654321:root"]}
    (scanning,) = seen.of("aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration")
    assert scanning.inputs["scanType"] == "ENHANCED"
    assert mapping(sequence(scanning.inputs["rules"])[0])["scanFrequency"] == "CONTINUOUS_SCAN"
    (copies,) = seen.of("aws:ecr/replicationConfiguration:ReplicationConfiguration")
    rule = mapping(sequence(mapping(copies.inputs["replicationConfiguration"])["rules"])[0])
    assert rule["destinations"] == [{"region": "eu-west-1", "registryId": "123456789012"}]
    assert rule["repositoryFilters"] == [{"filter": "factory/workloads", "filterType": "PREFIX_MATCH"}]


REFUSED: list[tuple[dict[str, object], str]] = [
    ({"repositories": []}, r"repositories = '': a registry has a repository or more; name one"),
    (
        {"repositories": ["Factory"]},
        r"repositories\[0\] = 'Factory': a repository's name has 2 to 256.*; e\.g\. factory",
    ),
    ({"repositories": ["a"]}, r"repositories\[0\] = 'a': .*2 to 256"),
    ({"repositories": ["aa", "aa"]}, r"repositories = 'aa': each is named once; remove the second"),
    (
        {"repositories": ["k8s/pause"], "pull_through": [K8S]},
        r"repositories\[0\] = 'k8s/pause': a repository is not below a prefix.*; give one of the two another prefix",
    ),
    (
        {"pull_through": [{"prefix": "nvidia", "upstream": "nvcr.io"}]},
        r"pull_through\[0\]\.upstream = 'nvcr\.io': ECR pulls .*; NVIDIA's registry is none of them: mirror its images",
    ),
    (
        {"pull_through": [{"prefix": "hub", "upstream": "docker.io"}]},
        r"pull_through\[0\]\.upstream = 'docker\.io': .*; write registry-1\.docker\.io",
    ),
    (
        {"pull_through": [{"prefix": "k8s", "upstream": "https://registry.k8s.io"}]},
        r"pull_through\[0\]\.upstream = .*by host alone; mirror its images",
    ),
    (
        {"pull_through": [{"prefix": "k", "upstream": "registry.k8s.io"}]},
        r"pull_through\[0\]\.prefix = 'k': a prefix has 2 to 30 characters.*; e\.g\. k8s",
    ),
    ({"pull_through": [{"prefix": "ROOT", "upstream": "registry.k8s.io"}]}, r"prefix = 'ROOT': .*ROOT would give"),
    ({"pull_through": [K8S, K8S]}, r"pull_through = 'k8s': each is named once"),
    (
        {"pull_through": [{"prefix": "hub", "upstream": "registry-1.docker.io"}]},
        r"pull_through\[0\]\.secret_arn = '': registry-1\.docker\.io is asked with a login; name a secret",
    ),
    (
        {"pull_through": [{**K8S, "secret_arn": SECRET}]},
        r"pull_through\[0\]\.secret_arn = .*: registry\.k8s\.io is asked without a login; leave it out",
    ),
    (
        {"pull_through": [{**HUB, "secret_arn": SECRET.replace("ecr-pullthroughcache", "my")}]},
        r"pull_through\[0\]\.secret_arn = .*whose name begins ecr-pullthroughcache/; aws secretsmanager create-secret",
    ),
    (
        {"pull_through": [{**K8S, "role_arn": "arn:aws:iam::123456789012:role/r"}]},
        r"pull_through\[0\]\.role_arn = .*: a role reaches a private registry of ECR.*; leave it out",
    ),
    (
        {
            "pull_through": [
                {"prefix": "own", "upstream": "123456789012.dkr.ecr.eu-west-1.amazonaws.com", "role_arn": "reader"}
            ]
        },
        r"pull_through\[0\]\.role_arn = 'reader': .*named by its ARN; e\.g\. arn:aws:iam",
    ),
    (
        {"untagged_days": 0},
        r"untagged_days = 0: an image is kept a whole number of days, 1 to 36500; leave it out for 14",
    ),
    ({"cached_days": 1.5}, r"cached_days = 1\.5: .*; leave it out for 90"),
    ({"untagged_days": True}, r"untagged_days = True"),
    (
        {"registry_scanning": "FULL"},
        r"registry_scanning = 'FULL': a registry is scanned as BASIC or ENHANCED; leave it out",
    ),
    ({"pull_accounts": ["12345"]}, r"pull_accounts\[0\] = '12345': an account of AWS has 12 digits; e\.g\."),
    (
        {"replica_regions": ["eu-central-1"]},
        r"replica_regions\[0\] = 'eu-central-1': images are copied to another region than their own.*; name another",
    ),
]


@pytest.mark.parametrize(("wrong", "message"), REFUSED)
def test_what_ecr_refuses_when_it_is_applied_is_refused_in_the_preview(wrong: dict[str, object], message: str) -> None:
    """Rule 30: prefix, secret and upstream."""
    with pytest.raises(SpecError, match=message):
        ContainerRegistrySpec.parse(args(**wrong))


def test_every_violation_is_said_at_once() -> None:
    with pytest.raises(SpecError) as caught:
        ContainerRegistrySpec.parse(args(repositories=["A", "b!"], untagged_days=0, pull_accounts=["1"]))
    assert len(caught.value.violations) == 4


WORD = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=8)


@given(words=st.lists(WORD, min_size=1, max_size=5), joint=st.sampled_from([".", "_", "__", "-", "--", "/"]))
def test_a_name_of_joined_words_is_taken_by_botocores_own_pattern_and_here(words: list[str], joint: str) -> None:
    name = joint.join(words)
    if len(name) < 2:
        name += "0"
    assert ContainerRegistrySpec.parse(args(repositories=[name])).repositories == (name,)
    with pytest.raises(SpecError, match=r"repositories\[0\]"):
        ContainerRegistrySpec.parse(args(repositories=[f"{name}{joint}{joint}{joint}"]))


def test_each_upstream_of_the_api_is_known_here() -> None:
    """botocore's model is what ECR takes: one that it adds is missing here by name."""
    listed = botocore.session.get_session().get_service_model("ecr").shape_for("UpstreamRegistry")
    assert {upstream.name for upstream in UPSTREAMS} == set(cast("StringShape", listed).enum)
