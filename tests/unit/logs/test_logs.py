"""Log lines as they come out, with secrets planted everywhere a log call could pick one up."""

from __future__ import annotations

import io
import json
import logging
from uuid import uuid4

import pytest
import structlog
from django.conf import settings
from django.test import RequestFactory

from project import logs
from webhooks.attempt_log import write
from webhooks.engine.request import PendingDispatch
from webhooks.signals import RecordedAttempt

SECRET = "planted-secret"


@pytest.fixture(params=[True, False], ids=["json", "readable"])
def output(request):
    """Everything logged during the test, in production's format and in the embedded mode's."""
    written = io.StringIO()
    config = logs.logging_config("DEBUG", as_json=request.param)
    config["handlers"]["stderr"]["stream"] = written
    logs.configure({**config, "loggers": {"webhooks.attempts": {"level": "DEBUG"}}})
    yield lambda: written.getvalue()
    logs.configure(settings.LOGGING)


def test_event_has_its_fields_logger_level_and_time(output):
    structlog.get_logger("webhooks.something").warning("claim_failed", deliveries=3)
    assert all(part in output() for part in ("claim_failed", "deliveries", "3", "warning", "webhooks.something"))


def test_standard_library_records_come_out_the_same_way(output):
    logging.getLogger("django.something").error("went %s", "wrong", extra={"code": 7})
    assert "went wrong" in output()
    assert "7" in output()


def test_json_line_is_one_object(output):
    structlog.get_logger("json").error("two\nlines", value=uuid4())
    (first, *_) = output().splitlines()
    if first.startswith("{"):
        assert json.loads(output())["event"] == "two\nlines"
        assert len(output().splitlines()) == 1


def test_what_orjson_refuses_is_logged_all_the_same(output):
    structlog.get_logger("odd").error("odd", text="\ud800", number=10**30)
    assert "odd" in output()


def test_traceback_shows_no_local_variables(output):
    def sign(key: str) -> None:
        raise RuntimeError("cannot sign")

    try:
        sign(SECRET)
    except RuntimeError:
        structlog.get_logger("local").exception("attempt_crashed")
        logging.getLogger("django.local").exception("crashed")
    assert output().count("cannot sign") >= 2
    assert SECRET not in output()


def test_dispatch_in_a_log_line_shows_neither_secret_nor_body(output):
    dispatch = PendingDispatch(uuid4(), uuid4(), uuid4(), "x", 1, "https://a.example", (SECRET,), SECRET.encode(), 1.0)
    structlog.get_logger("dispatch").error("odd", dispatch=dispatch)
    assert "https://a.example" in output()
    assert SECRET not in output()


def test_djangos_request_is_left_out_with_the_token_in_its_query(output):
    request = RequestFactory().get("/sign-in/link", {"token": SECRET}, headers={"Authorization": f"Bearer {SECRET}"})
    logging.getLogger("django.request").error("Internal Server Error: %s", request.path, extra={"request": request})
    assert "/sign-in/link" in output()
    assert SECRET not in output()


def test_every_kind_of_line_has_the_id_of_the_request_it_is_about(output):
    with structlog.contextvars.bound_contextvars(request_id="shop.order_17-a"):
        structlog.get_logger("ours").error("went wrong")
        logging.getLogger("django.theirs").error("went %s", "wrong")
    assert output().count("shop.order_17-a") == 2


def test_attempt_line_names_ids_and_outcome_and_no_more(output):
    ids = [uuid4() for _ in range(4)]
    error = f"connection: https://{SECRET}.example refused"
    numbers = {"number": 2, "max_attempts": 4, "duration_ms": 31, "http_status": None, "started_at": 0.0}
    row = RecordedAttempt(
        *ids, "payment.received", outcome="connection", status="RETRYING", held=None, error=error,
        next_attempt_at=1.0, request_id="shop.order_17-a", **numbers,
    )  # fmt: skip
    write([row, row])
    assert len(output().splitlines()) == 2
    assert all(str(each) in output() for each in ids)
    assert all(part in output() for part in ("payment.received", "connection", "RETRYING", "31", "shop.order_17-a"))
    assert SECRET not in output()


@pytest.mark.parametrize(
    ("text", "secret", "rest"),
    [
        ("postgres://app:pass-word@db/x is away", "pass-word", "postgres://app:[redacted]@db/x is away"),
        ("Authorization: Bearer abc.def-ghi", "abc.def-ghi", "Bearer [redacted]"),
        ("key whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw bad", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_[redacted] bad"),
        ("token gq_abcDEF-123_456 unknown", "abcDEF-123_456", "gq_[redacted] unknown"),
        ("GET /x?token=abcdef123&a=1", "abcdef123", "token=[redacted]&a=1"),
        ("Cookie: sessionid=abcdefghij; a=1", "abcdefghij", "sessionid=[redacted]; a=1"),
    ],
)
def test_what_looks_like_a_secret_is_masked_wherever_it_comes_from(output, text, secret, rest):
    structlog.get_logger("x").error("failed", error=text)
    logging.getLogger("y").error("failed: %s", text)
    try:
        raise ValueError(text)
    except ValueError:
        logging.getLogger("z").exception("failed")
    assert secret not in output()
    assert rest in output()


def test_what_is_no_secret_stays(output):
    text = "https://hooks.example.com:8443/a@b?page=2 attempt 019ab60f-9d01-7bb2-8c3a-6a5b4c3d2e20"
    structlog.get_logger("x").info(text)
    assert text in output()
