"""What Karpenter's controller is at AWS: an identity that acts on its own nodes alone, and a queue that EC2 speaks to."""

import json

import pulumi

from components.karpenter_controller import spec
from components.karpenter_controller.component import KarpenterController
from host.documents import mapping, sequence
from tests.support.iam import Request, allowed
from tests.unit.components.engine_requests import Requests, requested

CLUSTER, REGION = "aws-platform-cluster", "us-east-1"
INSTANCE = f"arn:aws:ec2:{REGION}:111122223333:instance/i-0"
# IAM user guide, "IAM and AWS STS quotas": characters of a role's inline policies without white space.
MOST_INLINE = 10_240
EVERYTHING = json.dumps({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})


def ends(tags: dict[str, str]) -> bool:
    context = {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
    request = Request(action="ec2:TerminateInstances", resource=INSTANCE, context=context)
    return allowed(request, [spec.nodes_policy(CLUSTER, REGION)], EVERYTHING)


def test_it_ended_nodes_of_others() -> None:
    """The nodes of another cluster in the account, and those of the system pool, which it runs on."""
    own = {f"kubernetes.io/cluster/{CLUSTER}": "owned", spec.NODE_POOL: "gpu"}
    assert ends(own)
    assert not ends({"kubernetes.io/cluster/other": "owned", spec.NODE_POOL: "gpu"})
    assert not ends({f"kubernetes.io/cluster/{CLUSTER}": "owned"})


def test_it_passes_no_role_by_itself() -> None:
    """Each pool lets it pass that of its nodes: with any role it would have the rights of every one."""
    policies = [policy(CLUSTER, REGION) for policy in (spec.nodes_policy, spec.profiles_policy, spec.facts_policy)]
    assert not any("iam:PassRole" in policy for policy in policies)
    everything = [*policies, spec.interruptions_policy("arn:aws:sqs:us-east-1:111122223333:karpenter-interruptions")]
    assert sum(len(policy.replace(" ", "")) for policy in everything) < MOST_INLINE


def test_policies_are_of_the_regions_partition() -> None:
    for policy in (spec.nodes_policy, spec.profiles_policy, spec.facts_policy):
        assert "arn:aws-eusc:" in policy(CLUSTER, "eusc-de-east-1")
        assert "arn:aws:" not in policy(CLUSTER, "eusc-de-east-1")


def made() -> Requests:
    def program() -> None:
        provider = pulumi.ResourceOptions()
        KarpenterController("karpenter", {"cluster_name": CLUSTER, "region": REGION}, provider)

    return requested(program)


def test_every_announcement_of_a_nodes_end_reaches_the_queue() -> None:
    found = made()
    rules = {one.name: one.inputs for one in found.recorded.of("aws:cloudwatch/eventRule:EventRule")}
    heard = {json.loads(str(rule["eventPattern"]))["detail-type"][0] for rule in rules.values()}
    assert heard == {detail for _, detail in spec.EVENTS.values()}
    targets = found.recorded.of("aws:cloudwatch/eventTarget:EventTarget")
    assert {str(one.inputs["rule"]) for one in targets} == set(rules)
    # A rule whose messages the queue refuses loses them without a word.
    assert all("karpenter-interruptions-policy" in found.waits_for(one.name) for one in targets)


def test_only_its_own_rules_write_to_the_queue_and_nobody_without_tls() -> None:
    admitted = mapping(json.loads(spec.queue_policy("arn:q", ["arn:one", "arn:two"])))
    allow, deny = map(mapping, sequence(admitted["Statement"]))
    assert allow["Condition"] == {"ArnEquals": {"aws:SourceArn": ["arn:one", "arn:two"]}}
    assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
