"""From a payment to a verified webhook, a row in the feed and a number in the metrics, in both modes."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime

import httpx
import pytest
from standardwebhooks import Webhook

from project.receiver import BackgroundReceiver, Behaviour, Received, make_app
from tests.conftest import RecordingReceiver
from tests.e2e.conftest import Program, next_frame, requests_of
from tests.e2e.processes import PATIENCE, eventually

SECRET = "whsec_" + "c2VjcmV0LW9mLXRoZS1lbmQtdG8tZW5kLXRlc3Rz"


def counted(program: Program, series: str) -> float:
    """The value of a series at /metrics."""
    text = httpx.get(f"{program.system.base}/metrics", timeout=PATIENCE).text
    return next(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(series + " "))


def test_a_payment_reaches_the_receiver_the_feed_and_the_metrics(program: Program, receiver: RecordingReceiver) -> None:
    subscription = program.subscribe(receiver.url("/ok"), secret=SECRET)
    with program.feed() as feed:
        head = next_frame(feed, "hello")["head"]
        feed.send(json.dumps({"t": "sub", "filter": {}}))
        payment = program.pay()
        (request,) = requests_of(receiver, 1)
        batch = next_frame(feed, "batch")

    body = json.loads(request.body)
    assert (body["type"], body["tenant_id"], body["data"]["id"]) == (
        "payment.received",
        program.tenant_id,
        payment["id"],
    )
    assert (
        request.headers["x-signature"]
        == "sha256=" + hmac.new(SECRET.encode(), request.body, hashlib.sha256).hexdigest()
    )
    assert Webhook(SECRET).verify(request.body.decode(), dict(request.headers))
    assert request.headers["webhook-id"] == body["id"]
    assert (request.event, request.attempt) == ("payment.received", 1)
    assert request.headers["user-agent"] == "GestiqCloud-Webhooks/1.0"

    (delivery,) = program.finished()
    assert (delivery["status"], delivery["subscription_id"]) == ("DELIVERED", subscription["id"])
    assert (batch["from"], batch["to"], batch["n"]) == (head + 1, head + 1, 1)
    assert delivery["id"] in batch["r"][0]
    series = 'webhook_deliveries_total{event="payment.received",status="success"}'
    eventually(lambda: counted(program, series) == 1, "the attempt is counted")


def test_a_receiver_that_fails_three_times_gets_it_after_1_2_and_4_seconds(program: Program) -> None:
    got: list[Received] = []

    def answers() -> object:
        # The first three requests fail: the behaviour follows what has been received.
        behaviours = {"/hook": Behaviour(503)}

        def observe(received: Received) -> None:
            got.append(received)
            if len(got) == 3:
                behaviours["/hook"] = Behaviour(200)

        return make_app(behaviours, observe=observe)

    with BackgroundReceiver(answers) as server:  # type: ignore[arg-type]
        program.subscribe(f"{server.base}/hook")
        program.pay()
        (delivery,) = program.finished()
    assert (delivery["status"], delivery["attempt_count"], delivery["last_error"]) == ("DELIVERED", 4, None)
    assert [attempt["http_status"] for attempt in delivery["attempts"]] == [503, 503, 503, 200]
    assert [request.attempt for request in got] == [1, 2, 3, 4]
    assert len({request.id for request in got}) == 1
    for wait, before, after in zip((1, 2, 4), delivery["attempts"], delivery["attempts"][1:], strict=False):
        ended = datetime.fromisoformat(before["started_at"]).timestamp() + before["duration_ms"] / 1000
        assert datetime.fromisoformat(after["started_at"]).timestamp() - ended >= wait - 0.002  # ms are rounded


def test_a_receiver_that_always_fails_leaves_the_reason(program: Program, receiver: RecordingReceiver) -> None:
    program.subscribe(receiver.url("/down"))
    program.pay()
    (delivery,) = program.finished()
    assert (delivery["status"], delivery["attempt_count"], delivery["max_attempts"]) == ("FAILED", 4, 4)
    assert delivery["last_error"].startswith("http_5xx")
    assert "503" in delivery["last_error"]
    assert len(receiver.requests) == 4


@pytest.mark.parametrize("stopping", ["SIGTERM", "SIGKILL"])
def test_what_was_in_flight_is_delivered_after_the_next_start(
    program: Program, receiver: RecordingReceiver, stopping: str
) -> None:
    program.subscribe(receiver.url("/slow"))
    payments = [program.pay()["id"] for _ in range(20)]
    requests_of(receiver, 1)
    if stopping == "SIGTERM":
        program.system.restart_worker()
    else:
        program.system.restart_after_kill()
    deliveries = program.finished(20)
    assert {delivery["status"] for delivery in deliveries} == {"DELIVERED"}
    assert {json.loads(request.body)["data"]["id"] for request in receiver.requests} == set(payments)
