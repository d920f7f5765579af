"""The extract of EC2's answers is what EC2 answers, and keeps previews from asking."""

import json
import subprocess
import sys

import boto3
from moto import mock_aws

from components import instance_types
from components.accelerators import AwsAccess, accelerator_of, arm, node_type_of
from components.instance_types.__main__ import document

NOBODY = AwsAccess(region="us-east-1", endpoint="http://127.0.0.1:1")


@mock_aws
def test_the_extract_is_what_ec2_answers() -> None:
    pages = boto3.client("ec2", region_name="us-east-1").get_paginator("describe_instance_types").paginate()
    made = json.loads(document([dict(item) for page in pages for item in page["InstanceTypes"]], "EC2"))
    assert made["types"] == instance_types.known()
    assert made["system"] == instance_types.system()


def test_a_known_type_needs_no_answer_of_ec2() -> None:
    found = accelerator_of("p5.48xlarge", NOBODY)
    assert (found.gpus, found.gpu_model, found.gpu_memory_mib, found.efa_cards) == (8, "H100", 81920, 32)


def test_types_of_system_pools_need_no_answer_either() -> None:
    for family in ("m6i", "m7i", "m7g", "c7i", "r7i", "r7g"):
        found = node_type_of(f"{family}.2xlarge", NOBODY)
        assert found["VCpuInfo"]["DefaultVCpus"] == 8
        assert arm(found) == family.endswith("g")
    assert node_type_of("p5.48xlarge", NOBODY) == instance_types.known()["p5.48xlarge"]


def test_a_preview_of_components_waited_for_botocore() -> None:
    program = (
        "import sys, components.network.component, components.cluster.component, components.gpu_pool.component as it\n"
        "from components.accelerators import AwsAccess, accelerator_of\n"
        "accelerator_of('p5.48xlarge', AwsAccess(region='us-east-1'))\n"
        "sys.exit('botocore' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
