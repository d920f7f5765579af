"""The questions of preflight, asked of servers: moto, and ones that answer as AWS does when it refuses."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from components.accelerators import AwsAccess
from components.preflight.aws import AwsQuestions
from components.preflight.checks import preflight
from components.preflight.findings import Finding, State
from components.preflight.plan import Plan
from components.preflight.questions import NoAnswer, Vpc, Why
from tests.local_moto import local_moto
from tests.unit.components.test_preflight import BLOCK, P_QUOTA, PLAN, pool


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.mark.usefixtures("credentials")
def test_moto_answers_what_it_serves_and_the_rest_is_not_judged() -> None:
    with local_moto() as url:
        access = AwsAccess(region="us-east-1", endpoint=url)
        plan = replace(PLAN, pools=(pool(), replace(pool("capacity-block", BLOCK), name="block")), peers=())
        found = {one.name: one for one in preflight(plan, AwsQuestions(access))}
        zones = AwsQuestions(access).zones()
    # us-east-1 is moto's own account; its third zone by id is not one for EKS.
    assert zones
    not_served = {f"quota:{P_QUOTA}", "reservation:block", "version", "addon:vpc-cni"}
    assert {name for name, one in found.items() if one.state is State.NOT_JUDGED} == not_served
    assert {name for name, one in found.items() if one.state is State.FAILED} == set()
    assert found["account"].value == "123456789012"
    assert found["type:gpu"].message == "sold as on-demand, with 32 EFA interfaces"


@pytest.mark.usefixtures("credentials")
def test_vpcs_of_an_account_and_what_connects_them() -> None:
    with local_moto() as url:
        access = AwsAccess(region="us-east-1", endpoint=url)
        ask = AwsQuestions(access)
        ec2 = ask.ec2
        ids = [ec2.create_vpc(CidrBlock=cidr)["Vpc"].get("VpcId", "") for cidr in ("10.64.0.0/20", "10.99.0.0/16")]
        peering = ec2.create_vpc_peering_connection(VpcId=ids[0], PeerVpcId=ids[1])["VpcPeeringConnection"]
        name = peering.get("VpcPeeringConnectionId", "")
        ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=name)
        found = {vpc.id: vpc for vpc in ask.vpcs()}
        assert found[ids[0]] == Vpc(id=ids[0], cidrs=("10.64.0.0/20",), connected=name)
        assert asked_for(PLAN, ask, "cidr").state is State.FAILED
        assert asked_for(replace(PLAN, vpc=ids[0]), ask, "cidr").state is State.OK
        assert ask.type_facts("p9.none") is None
        assert ask.offered("p9.none") == frozenset()
        assert ask.own_nodes("none") == []


@pytest.mark.usefixtures("credentials")
def test_nodes_of_ones_own_cluster() -> None:
    with local_moto() as url:
        ask = AwsQuestions(AwsAccess(region="us-east-1", endpoint=url))
        for cluster in ("own", "other"):
            ask.ec2.run_instances(
                ImageId="ami-12345678",
                InstanceType="g5.xlarge",
                MinCount=2,
                MaxCount=2,
                TagSpecifications=[
                    {
                        "ResourceType": "instance",
                        "Tags": [{"Key": f"kubernetes.io/cluster/{cluster}", "Value": "owned"}],
                    }
                ],
            )
        nodes = ask.own_nodes("own")
    assert [(one.instance_type, one.market, one.reservation) for one in nodes] == [("g5.xlarge", "", "")] * 2


def asked_for(plan: Plan, ask: AwsQuestions, name: str) -> Finding:
    return next(one for one in preflight(plan, ask) if one.name == name)


@dataclass
class Answers:
    """A server in AWS's place that answers each service by a function of the call's name."""

    answer: Callable[[str], tuple[int, str]]
    calls: list[str] = field(default_factory=list[str])

    def __enter__(self) -> str:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
                target = self.headers.get("X-Amz-Target", "")
                call = target.rpartition(".")[2] or body.partition("Action=")[2].partition("&")[0]
                outer.calls.append(call)
                status, text = outer.answer(call)
                self.send_response(status)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, format: str, *args: object) -> None:
                del format, args

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def error(code: str) -> str:
    return f"<ErrorResponse><Error><Code>{code}</Code><Message>of the account</Message></Error></ErrorResponse>"


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("ExpiredToken", Why.CREDENTIALS),
        ("Throttling", Why.THROTTLED),
        ("AccessDenied", Why.DENIED),
        ("Odd", Why.REFUSED),
    ],
)
def test_an_error_of_aws_is_one_line(code: str, why: Why) -> None:
    with Answers(lambda _: (400, error(code))) as url, pytest.raises(NoAnswer) as caught:
        AwsQuestions(AwsAccess(region="us-east-1", endpoint=url)).caller()
    assert caught.value.why is why
    assert str(caught.value) == f"{why.value}: sts:GetCallerIdentity: {code}: of the account"


@pytest.mark.usefixtures("credentials")
def test_nobody_listening_and_no_profile_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    (found,) = preflight(PLAN, AwsQuestions(AwsAccess(region="us-east-1", endpoint="http://127.0.0.1:1")))
    assert "unreachable: sts:GetCallerIdentity" in found.message
    (found,) = preflight(PLAN, AwsQuestions(AwsAccess(region="us-east-1", profile="none-such")))
    assert "no valid credentials" in found.message
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    (found,) = preflight(PLAN, AwsQuestions(AwsAccess(region="us-east-1", endpoint="http://127.0.0.1:1")))
    assert found.message.startswith("no valid credentials")


QUOTA = {
    "QuotaCode": P_QUOTA,
    "QuotaName": "Running On-Demand P instances",
    "Value": 768.0,
    "UsageMetric": {
        "MetricNamespace": "AWS/Usage",
        "MetricName": "ResourceCount",
        "MetricDimensions": {"Class": "P/OnDemand", "Resource": "vCPU", "Service": "EC2", "Type": "Resource"},
        "MetricStatisticRecommendation": "Maximum",
    },
}


@pytest.mark.usefixtures("credentials")
def test_a_quota_that_was_never_raised_is_aws_default() -> None:
    def answer(call: str) -> tuple[int, str]:
        if call == "GetServiceQuota":
            return 400, json.dumps({"__type": "NoSuchResourceException", "Message": "none applied"})
        if call == "ListServiceQuotas":
            spot = {**QUOTA, "QuotaCode": "L-SPOT", "QuotaName": "All P6 Spot Instance Requests"}
            other = {**spot, "QuotaName": "All P7 Spot Instance Requests"}
            return 200, json.dumps({"Quotas": [QUOTA, spot, other]})
        return 200, json.dumps({"Quota": QUOTA})

    with Answers(answer) as url:
        ask = AwsQuestions(AwsAccess(region="us-east-1", endpoint=url))
        quota = ask.quota(P_QUOTA)
        spot = ask.quota_named(("P6", "Spot"))
        assert ask.quota_named(("Spot",)) is None
        assert ask.quota_named(("Trn",)) is None
    assert quota is not None
    assert (quota.vcpus, quota.name) == (768, "Running On-Demand P instances")
    assert quota.metric is not None
    assert ("Class", "P/OnDemand") in quota.metric[2]
    assert spot is not None
    assert spot.code == "L-SPOT"
