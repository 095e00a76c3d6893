import pytest

from monitor.feed.filtering import MAX_VALUES, Filter, FilterError
from tests.unit.feed.rows import FAILED, row

SUBSCRIPTION = "0194ad1c-8f00-7c4e-9d3a-5a1b2c3d4e5f"


def matches(wire, **fields):
    return Filter.parse(wire).matches(row(**fields))


@pytest.mark.parametrize("wire", [None, {}, {"status": [], "not": {}}, {"not": None, "min_attempt": None}])
def test_filter_that_asks_nothing_matches_all(wire):
    assert Filter.parse(wire).matches_all


@pytest.mark.parametrize(
    ("wire", "matching", "other"),
    [
        ({"status": ["FAILED", "RETRYING"]}, {"status": "RETRYING"}, {"status": "DELIVERED"}),
        ({"outcome": ["timeout"]}, {"outcome": "timeout"}, {"outcome": "success"}),
        ({"event": ["invoice.sent"]}, {"event": "invoice.sent"}, {"event": "invoice.created"}),
        ({"event": ["invoice.*"]}, {"event": "invoice.created"}, {"event": "payment.received"}),
        ({"code": ["5xx"]}, {"http_status": 503}, {"http_status": 200}),
        ({"code": ["5XX"]}, {"http_status": 500}, {"http_status": 499}),
        ({"code": ["404", 410]}, {"http_status": 410}, {"http_status": 400}),
        ({"code": ["5xx"]}, {"http_status": 599}, {"http_status": None}),
        ({"min_attempt": 2}, {"number": 2}, {"number": 1}),
        ({"subscription": [SUBSCRIPTION.upper()]}, {"subscription_id": SUBSCRIPTION}, {}),
        ({"not": {"outcome": ["success"]}}, FAILED, {}),
        ({"not": {"min_attempt": 3}}, {"number": 2}, {"number": 3}),
        ({"not": {"code": ["2xx"]}}, {"http_status": None}, {"http_status": 204}),
    ],
)
def test_each_key(wire, matching, other):
    assert matches(wire, **matching)
    assert not matches(wire, **other)


def test_star_takes_every_event():
    assert matches({"event": ["*"]}, event="webhook.test")


def test_keys_narrow_one_another():
    wire = {"event": ["invoice.*"], "code": ["5xx"]}
    assert matches(wire, event="invoice.sent", **FAILED)
    assert not matches(wire, event="invoice.sent")
    assert not matches(wire, **FAILED)


def test_each_key_of_not_takes_away():
    wire = {"not": {"event": ["invoice.sent"], "code": ["5xx"]}}
    assert not matches(wire, event="invoice.sent")
    assert not matches(wire, **FAILED)
    assert matches(wire)


def test_not_takes_away_from_what_is_wanted():
    wire = {"event": ["invoice.*"], "not": {"event": ["invoice.cancelled"]}}
    assert matches(wire, event="invoice.sent")
    assert not matches(wire, event="invoice.cancelled")


@pytest.mark.parametrize(
    ("wire", "problem"),
    [
        ([], "filter: must be an object"),
        ({"not": ["x"]}, "not: must be an object"),
        ({"stats": []}, "stats: unknown key"),
        ({"not": {"not": {}}}, "not.not: unknown key"),
        ({"status": "FAILED"}, "status: must be a list"),
        ({"status": ["RETRYNG"]}, "status: RETRYNG is not a status"),
        ({"status": [["FAILED"]]}, "is not a status"),
        ({"outcome": ["http_600"]}, "outcome: http_600 is not an outcome"),
        ({"event": ["*.sent"]}, "event: *.sent is not an event type"),
        ({"subscription": ["7"]}, "subscription: 7 is not the id"),
        ({"code": ["6xx"]}, "code: 6xx is not an HTTP status"),
        ({"code": [True]}, "code: True is not"),
        ({"min_attempt": 0}, "min_attempt: must be"),
        ({"min_attempt": "2"}, "min_attempt: must be"),
        ({"event": ["a.b"] * (MAX_VALUES + 1)}, f"event: at most {MAX_VALUES} values"),
    ],
)
def test_wrong_filter_is_explained(wire, problem):
    with pytest.raises(FilterError) as failure:
        Filter.parse(wire)
    assert problem in str(failure.value)
