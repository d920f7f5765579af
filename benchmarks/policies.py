"""What the policy pack costs: `python -m benchmarks.policies`.

A thousand resources are judged twice: by the pack's own server, which unpacks each once, and as the SDK's `PolicyPack` would, once
for each policy. The resources are those kinds that a factory has most of, sized as its examples are.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping

from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import deserialize, proxy

from policies.judge import Judge
from policies.pack import RULES
from policies.resource import PolicyResource
from policies.wire import unpacked

RESOURCES = 1000
IMAGE = "registry.example.org/workloads@sha256:" + "1" * 64


def container(name: str) -> dict[str, object]:
    """A container as a stage has it."""
    return {
        "name": name,
        "image": IMAGE,
        "command": ["python3", "-m", "workloads.pipeline.app.clean"],
        "env": [{"name": f"SETTING_{index}", "value": f"value-{index}"} for index in range(12)],
        "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "1", "memory": "1Gi"}},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }


def declared() -> list[tuple[str, Mapping[str, object]]]:
    """Types and inputs: per hundred, four workflows, sixteen Deployments, and resources of AWS."""
    pod = {"containers": [container("main"), container("beside")], "serviceAccountName": "app"}
    deployment: dict[str, object] = {"kind": "Deployment", "spec": {"replicas": 1, "template": {"spec": pod}}}
    job = {"kind": "JobSet", "spec": {"replicatedJobs": [{"template": {"spec": {"template": {"spec": pod}}}}]}}
    stages = [{"name": f"stage-{index}", "container": container("main")} for index in range(6)]
    made = {"name": "train", "resource": {"action": "create", "manifest": json.dumps(job)}}
    workflow: dict[str, object] = {"kind": "Workflow", "spec": {"templates": [*stages, made]}}
    statement = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::objects/*"]}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement] * 4})
    kinds: list[tuple[str, Mapping[str, object]]] = [
        *[("kubernetes:argoproj.io/v1alpha1:Workflow", workflow)] * 4,
        *[("kubernetes:apps/v1:Deployment", deployment)] * 16,
        *[("aws:iam/rolePolicy:RolePolicy", {"role": "r", "policy": policy})] * 20,
        *[("aws:ec2/subnet:Subnet", {"cidrBlock": "10.0.0.0/20", "tags": {"Name": "private"}})] * 30,
        *[("aws:s3/bucketVersioning:BucketVersioning", {"versioningConfiguration": {"status": "Enabled"}})] * 30,
    ]
    return kinds * (RESOURCES // len(kinds))


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> int:
    """Prints what both cost."""
    judge = Judge(tuple(RULES.values()))
    requests = [
        analyzer_pb2.AnalyzeRequest(type=kind, properties=json_format.ParseDict(dict(props), struct_pb2.Struct()))
        for kind, props in declared()
    ]

    def once() -> int:
        return sum(
            len(list(judge.resource(PolicyResource(kind=one.type, props=unpacked(one.properties))))) for one in requests
        )

    def unpack_for_each_policy() -> None:
        for one in requests:
            for _ in RULES:
                proxy.unknown_checking_proxy(
                    deserialize.deserialize_properties(json_format.MessageToDict(one.properties))
                )

    print(f"{len(RULES)} rules, {len(requests)} resources")
    print(f"unpacked once and judged by every rule about it: {seconds(once):.2f} s")
    print(f"unpacked for each policy, as the SDK does, and not judged: {seconds(unpack_for_each_policy):.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
