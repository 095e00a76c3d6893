"""REST: each token has its requests a minute, and a cache that is away refuses nobody."""

from __future__ import annotations

import pickle
import time

import pytest
from django.core.cache import caches
from structlog.testing import capture_logs

from project.counts import CountSerializer
from rest.rate_limit import PAUSE_SECONDS, RateLimiter, limiter
from tenancy.ids import new_id
from tests.conftest import ApiClient
from tests.factories import make_tenant
from tests.integration.api.answers import json_of, problem_of
from tests.integration.api.test_authentication_api import make_user, signed_in

PATH = "/webhooks/subscriptions"


class Clock:
    def __init__(self):
        self.now = time.time()

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(limiter, "_clock", clock)
    return clock


@pytest.fixture
def away(monkeypatch):
    """The shared cache's server is gone."""

    class Away:
        calls = 0

        def get_or_set(self, *_args):
            self.calls += 1
            raise ConnectionError("refused")

    cache = Away()
    with monkeypatch.context() as patched:
        patched.setattr(limiter, "_cache", lambda: cache)
        yield cache
    limiter._away_until = 0.0


def test_one_request_too_many_is_429_and_says_when_to_come_back(api_client, settings, clock):
    settings.API_RATE_LIMIT = 3
    for left in (2, 1, 0):
        response = api_client("get", PATH)
        json_of(response)
        assert (response["RateLimit-Limit"], response["RateLimit-Remaining"]) == ("3", str(left))
    clock.now += 18.5
    response = api_client("get", PATH)
    assert "3 requests a minute" in problem_of(response, 429)["detail"]
    assert (response["Retry-After"], response["RateLimit-Reset"], response["RateLimit-Remaining"]) == ("42", "42", "0")


def test_each_token_has_its_own_limit(api_client, settings):
    settings.API_RATE_LIMIT = 1
    json_of(api_client("get", PATH))
    problem_of(api_client("get", PATH), 429)
    json_of(ApiClient(api_client.tenant)("get", PATH))


def test_requests_that_are_refused_count_too(settings):
    settings.API_RATE_LIMIT = 2
    api = ApiClient(make_tenant(), scopes=("read",))
    problem_of(api("post", PATH, {}), 403)
    problem_of(api("get", f"{PATH}?nope=1"), 422)
    problem_of(api("get", PATH), 429)


def test_a_request_with_a_key_counts_once(api_client, settings):
    settings.API_RATE_LIMIT = 2
    body = {"url": "https://hooks.example.com/erp", "event": "*"}
    for _ in range(2):
        response = api_client.client.post(
            f"/api/v1/tenant{PATH}", body, content_type="application/json", headers={"Idempotency-Key": "k"}
        )
        json_of(response, 201)
    assert response["RateLimit-Remaining"] == "0"


def test_zero_is_no_limit(api_client, settings):
    settings.API_RATE_LIMIT = 0
    assert "RateLimit-Limit" not in api_client("get", PATH)


def test_people_are_not_counted(api_client, settings):
    settings.API_RATE_LIMIT = 1
    client = signed_in(make_user(api_client.tenant))
    for _ in range(3):
        json_of(client.get(f"/api/v1/tenant{PATH}"))


def test_a_cache_that_is_away_refuses_nobody_and_is_logged_once(api_client, settings, clock, away):
    settings.API_RATE_LIMIT = 1
    with capture_logs() as logs:
        for _ in range(3):
            json_of(api_client("get", PATH))
            clock.now += PAUSE_SECONDS + 1
    assert [entry["event"] for entry in logs if entry["event"] != "api_request"] == ["rate_limit_away"]
    assert away.calls == 3


def test_a_cache_that_is_away_is_not_asked_with_every_request(api_client, clock, away):
    for _ in range(3):
        json_of(api_client("get", PATH))
    assert away.calls == 1


def test_counting_goes_on_when_the_cache_is_back(api_client, settings, clock, away, monkeypatch):
    settings.API_RATE_LIMIT = 1
    json_of(api_client("get", PATH))
    monkeypatch.setattr(limiter, "_cache", lambda: caches["shared"])
    clock.now += PAUSE_SECONDS + 1
    with capture_logs() as logs:
        json_of(api_client("get", PATH))
    assert [entry["event"] for entry in logs if entry["event"] != "api_request"] == ["rate_limit_back"]
    problem_of(api_client("get", PATH), 429)


def test_processes_share_their_counts():
    name = str(new_id())
    one, other = (RateLimiter(lambda: caches["shared"]) for _ in range(2))
    assert [one.take(name, 10).remaining, other.take(name, 10).remaining, one.take(name, 10).remaining] == [9, 8, 7]


def test_the_next_window_begins_with_the_next_request():
    name, cache = str(new_id()), caches["shared"]
    limiter = RateLimiter(lambda: cache)
    limiter.take(name, 10)
    cache.delete(f"window:{name}")  # as its end does
    time.sleep(0.002)
    assert limiter.take(name, 10).remaining == 9


@pytest.mark.parametrize("value", ["1", True, None, b"1", 1.0, [1]])
def test_the_shared_cache_keeps_whole_numbers_only(value):
    """What Django's own serializer reads, it unpickles."""
    with pytest.raises(TypeError):
        CountSerializer().dumps(value)


def test_what_somebody_wrote_into_the_shared_cache_does_not_run():
    with pytest.raises(ValueError, match="invalid literal"):
        CountSerializer().loads(pickle.dumps(print))
    assert CountSerializer().loads(str(CountSerializer().dumps(7)).encode()) == 7
