"""REST: whatever JSON or query is sent, the answer is the contract's: never a 500, and every error is a problem."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import ApiClient
from tests.factories import make_tenant
from tests.integration.api.answers import problem_of

WRITTEN = {201, 400, 409, 413, 422}
LISTED = {200, 422}
FEW = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
# A lone surrogate and a NUL are texts to JSON, and none to a database.
TEXTS = st.text(st.characters() | st.sampled_from("\0\ud800\udfff\uffff\u202e%,*"), max_size=30)
NUMBERS = (
    st.integers()
    | st.sampled_from([10**400, -(10**40), 2**63, 2**31, 0.1, 1e308, 5e-324, -0.0, 1e16])
    | st.floats(allow_nan=True, allow_infinity=True)
)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4))
DEEP = st.sampled_from([1, 20, 21, 1000, 100_000]).map(lambda depth: "[" * depth + "]" * depth)
PATHS = {
    "/webhooks/subscriptions": {
        "url": "https://hooks.example.com/erp", "events": ["*"], "secret": "a-secret-of-8",
        "description": "Ledger", "retry_schedule": [1, 2], "timeout": 5, "rate_limit": 5, "ordering": "entity",
        "active": True,
    },
    "/payments": {
        "amount": "12.50", "currency": "EUR", "method": "card", "reference": "RF18",
        "invoice_id": "0194ad1c-9a10-7b21-8c4d-6f5e4d3c2b1a",
    },
}  # fmt: skip
LISTS = {
    "/webhooks/deliveries": ["status", "event", "subscription", "since", "until", "limit", "cursor"],
    "/webhooks/events": ["event", "type", "since", "until", "limit", "cursor"],
    "/payments": ["status", "invoice", "limit", "cursor"],
    "/customers": ["limit", "cursor", "email"],
}
QUERY_VALUES = TEXTS | NUMBERS.map(str) | st.sampled_from([
    "FAILED", "FAILED,,", "invoice.*", "0194ad1c-9a10-7b21-8c4d-6f5e4d3c2b1a", "AZq2D50Be7KMOmpbTD0uHw",
    "2026-01-31T12:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:60-23:59", "1969-12-31T23:59:59Z", "1" * 400,
])  # fmt: skip


@st.composite
def bodies(draw, usual: dict) -> str:
    """Anything at all, or a usual body with some fields absent, replaced or added."""
    kind = draw(st.integers(0, 5))
    if kind == 0:
        return draw(VALUES.map(json.dumps) | DEEP | TEXTS)
    absent = draw(st.sets(st.sampled_from(sorted(usual)), max_size=2 * kind))
    replaced = draw(st.dictionaries(st.sampled_from(sorted(usual)), NUMBERS | TEXTS | VALUES, max_size=2))
    added = draw(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=2)) if kind == 1 else {}
    return json.dumps({name: value for name, value in usual.items() if name not in absent} | replaced | added)


def post(path: str, body: str):
    """By a tenant of its own: neither its number of subscriptions nor its rate is limited."""
    # Not Django's own dump: what is sent here may be no JSON.
    return ApiClient(make_tenant())("post", path, body.encode("utf-8", "surrogatepass"))


def check(response, expected):
    assert response.status_code in expected, response.content
    if response.status_code >= 400:
        problem_of(response, response.status_code)


@pytest.mark.parametrize("path", PATHS)
@given(data=st.data())
@FEW
def test_any_body_is_written_or_refused_with_a_problem(path, data):
    check(post(path, data.draw(bodies(PATHS[path]))), WRITTEN)


@pytest.mark.parametrize("path", LISTS)
@given(data=st.data())
@FEW
def test_any_filter_lists_or_is_refused_with_a_problem(api_client, path, data):
    names = st.sampled_from(LISTS[path]) | TEXTS
    query = data.draw(st.lists(st.tuples(names, QUERY_VALUES), min_size=1, max_size=3))
    # A lone surrogate goes out as bytes that are no UTF-8.
    text = urlencode(query, encoding="utf-8", errors="surrogatepass")
    check(api_client("get", f"{path}?{text}"), LISTED)
