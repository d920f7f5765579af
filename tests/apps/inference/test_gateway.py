"""What clients did to the gateway, and what it does of it now."""

import json
import socket
import threading
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.apps.inference.conftest import KEY, OTHER, Running, caller

COMPLETIONS = "/v1/completions"


def asked(**more: object) -> bytes:
    return json.dumps({"model": "aifactory", "prompt": "def", **more}).encode()


def until(holds: "threading.Event | None", gateway: Running, count: int) -> list[dict[str, object]]:
    """The records, when there are so many."""
    ends = time.monotonic() + 20
    if holds is not None:
        assert holds.wait(20)
    while len(found := gateway.records()) < count and time.monotonic() < ends:
        threading.Event().wait(0.02)
    return found


def released(gateway: Running) -> None:
    """Every request gave its place and its bytes back. It does so once its answer has left: a client may be faster."""
    limits, ends = gateway.proxy.limits, time.monotonic() + 20
    while (limits.requests or limits.held) and time.monotonic() < ends:
        threading.Event().wait(0.001)
    assert (limits.requests, limits.held) == (0, 0)


def test_deep_json_killed_the_gateway_after_a_hundred_requests(gateway: Running) -> None:
    deep = b"[" * 20_000 + b"]" * 20_000
    for _ in range(120):
        status, _, content = gateway.ask("POST", COMPLETIONS, deep)
        assert status == 400
        assert json.loads(content)["error"]["code"] == "invalid_json"
    assert gateway.ask("POST", COMPLETIONS, asked())[0] == 200
    released(gateway)
    assert len(until(None, gateway, 121)) == 121


@pytest.mark.parametrize(
    "path",
    [
        "/v1/%2e%2e/metrics",
        "/v1/..%2fmetrics",
        "/v1/../metrics",
        "//metrics",
        "/metrics",
        "/v1/load_lora_adapter",
        "/tokenize",
        "/v1/completions/",
        "/v1/completions%00",
        "/V1/completions",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_path_in_disguise_reached_the_servers_metrics(gateway: Running, method: str, path: str) -> None:
    status, _, content = gateway.ask(method, path)
    assert status == 404
    assert "POST /v1/completions" in json.loads(content)["error"]["message"]
    assert gateway.upstream.paths == []


def test_health_was_refused_under_load_and_the_pod_killed(gateway: Running) -> None:
    threads = [
        threading.Thread(target=gateway.ask, args=("POST", COMPLETIONS, asked(prompt="wait")), daemon=True)
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    ends = time.monotonic() + 20
    while gateway.proxy.limits.requests < 8 and time.monotonic() < ends:
        threading.Event().wait(0.02)
    status, headers, content = gateway.ask("POST", COMPLETIONS, asked())
    assert (status, headers["retry-after"]) == (429, "1")
    assert json.loads(content)["error"]["type"] == "rate_limit_error"
    assert gateway.ask("GET", "/health", key="")[0] == 200
    gateway.upstream.go.set()
    for thread in threads:
        thread.join(20)
    released(gateway)
    assert gateway.ask("POST", COMPLETIONS, asked())[0] == 200


def test_a_client_that_left_did_not_end_its_answer(gateway: Running) -> None:
    body = asked(prompt="wait")
    head = (
        f"POST {COMPLETIONS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", gateway.port)) as client:
        client.sendall(head.encode() + body)
        ends = time.monotonic() + 20
        while not gateway.upstream.bodies and time.monotonic() < ends:
            threading.Event().wait(0.02)
    (record,) = until(gateway.upstream.broken, gateway, 1)
    assert (record["complete"], record["status"]) == (False, 499)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none_wrote_records_that_are_no_json(gateway: Running, number: str) -> None:
    body = asked(temperature=0.5).replace(b"0.5", number.encode())
    assert gateway.ask("POST", COMPLETIONS, body)[0] == 400
    (record,) = until(None, gateway, 1)
    assert number in str(record["request"])


def test_half_of_a_surrogate_pair_is_refused_and_recorded(gateway: Running) -> None:
    assert gateway.ask("POST", COMPLETIONS, b'{"model": "m", "prompt": "\\ud800"}')[0] == 400
    assert len(until(None, gateway, 1)) == 1


@pytest.mark.parametrize(
    "field", ["prompt_logprobs", "cache_salt", "request_id", "priority", "guided_json", "prompt_embeds", "lora_request"]
)
def test_a_field_by_which_a_client_can_end_the_engine_is_refused(gateway: Running, field: str) -> None:
    status, _, content = gateway.ask("POST", COMPLETIONS, asked(**{field: 1}))
    assert status == 400
    assert field in json.loads(content)["error"]["message"]
    assert gateway.upstream.bodies == []


def test_more_stops_than_the_server_takes_were_let_through(gateway: Running) -> None:
    status, _, content = gateway.ask("POST", COMPLETIONS, asked(stop=["a"] * 5))
    assert (status, gateway.upstream.bodies) == (400, [])
    assert "a list of up to 4 of them" in json.loads(content)["error"]["message"]
    assert gateway.ask("POST", COMPLETIONS, asked(stop=["a"] * 4))[0] == 200


@pytest.mark.parametrize(
    ("key", "code"), [("", "missing_api_key"), ("aif_x", "invalid_api_key"), (OTHER, "expired_api_key")]
)
def test_anyone_could_ask_the_model(gateway: Running, key: str, code: str) -> None:
    status, headers, content = gateway.ask("POST", COMPLETIONS, asked(), key=key)
    assert (status, headers["www-authenticate"]) == (401, "Bearer")
    assert json.loads(content)["error"]["code"] == code
    assert gateway.upstream.bodies == []


def test_a_record_names_the_caller_and_neither_server_nor_record_sees_the_key(gateway: Running) -> None:
    assert gateway.ask("POST", COMPLETIONS, asked(seed=7))[0] == 200
    (record,) = until(None, gateway, 1)
    assert (record["caller"], record["complete"], record["sampling"]) == ("team", True, {"seed": 7})
    assert KEY not in json.dumps(record)
    assert "authorization" not in gateway.upstream.headers[0]
    # What the server computed for one caller's prompt is not reused for another's.
    assert len(str(json.loads(gateway.upstream.bodies[0])["cache_salt"])) == 64


def test_a_revoked_key_is_refused_without_a_restart(gateway: Running) -> None:
    assert gateway.ask("POST", COMPLETIONS, asked())[0] == 200
    written = gateway.callers.with_name("next")
    written.write_text(json.dumps({"somebody": caller("aif_else")}))
    written.rename(gateway.callers)
    assert gateway.ask("POST", COMPLETIONS, asked())[0] == 401
    gateway.callers.write_text("broken")
    assert gateway.ask("GET", "/health", key="")[0] == 503


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(
    ["model", "prompt", "n", "seed", "stop", "logit_bias", "stream", "max_tokens", "messages", "echo"]
)
BODIES = (
    st.binary(max_size=200)
    | st.dictionaries(NAMES | st.text(max_size=8), VALUES, max_size=8).map(lambda values: json.dumps(values).encode())
    | VALUES.map(lambda value: json.dumps(value).encode())
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"]),
    path=st.sampled_from(
        [COMPLETIONS, "/v1/chat/completions", "/v1/models", "/health", "/%2e%2e/x", "/v1//completions"]
    ),
    body=BODIES,
)
def test_no_request_is_answered_by_a_fault_of_the_gateway(
    gateway: Running, method: str, path: str, body: bytes
) -> None:
    before = len(gateway.upstream.bodies)
    if b"wait" in body:
        return
    status, _, _ = gateway.ask(method, path, body)
    assert status in (200, 400, 401, 404, 413)
    assert len(gateway.upstream.bodies) - before <= 1
    released(gateway)
