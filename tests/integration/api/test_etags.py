"""REST: of two changes made from the same state of a subscription, the second can be refused."""

from __future__ import annotations

import pytest

from tests.factories import make_subscription
from tests.integration.api.answers import json_of, problem_of
from webhooks.models import Subscription

BASE = "/api/v1/tenant/webhooks/subscriptions"
BODY = {"url": "https://hooks.example.com/erp", "event": "*"}


def send(api, method, url, body=None, **headers):
    content = {} if method == "get" else {"data": "" if body is None else body, "content_type": "application/json"}
    return getattr(api.client, method)(url, headers={"If-Match": headers["if_match"]} if headers else {}, **content)


@pytest.fixture
def url(api_client):
    return f"{BASE}/{make_subscription(api_client.tenant).id}"


def tag(api, url):
    response = send(api, "get", url)
    json_of(response)
    assert response["ETag"].startswith('"')
    return response["ETag"]


def test_creating_answers_with_the_tag_that_reading_shows(api_client):
    response = send(api_client, "post", BASE, BODY)
    assert response["ETag"] == tag(api_client, f"{BASE}/{json_of(response, 201)['id']}")


def test_a_change_with_the_current_tag_goes_through_and_answers_with_the_next(api_client, url):
    first = tag(api_client, url)
    response = send(api_client, "patch", url, {"description": "mine"}, if_match=first)
    json_of(response)
    assert first != response["ETag"] == tag(api_client, url)


def test_a_change_with_an_old_tag_is_412_and_changes_nothing(api_client, url):
    old = tag(api_client, url)
    json_of(send(api_client, "patch", url, {"description": "theirs"}))
    response = send(api_client, "patch", url, {"description": "mine"}, if_match=old)
    assert tag(api_client, url) in problem_of(response, 412)["detail"]
    assert response["ETag"] == tag(api_client, url)
    problem_of(send(api_client, "delete", url, if_match=old), 412)
    assert Subscription.objects.get().description == "theirs"


@pytest.mark.parametrize("verb", ["disable", "rotate-secret"])
def test_every_change_gives_another_tag(api_client, url, verb):
    first = tag(api_client, url)
    json_of(send(api_client, "post", f"{url}/{verb}"))
    assert tag(api_client, url) != first


def test_deleting_with_the_current_tag(api_client, url):
    assert send(api_client, "delete", url, if_match=tag(api_client, url)).status_code == 204


def test_without_the_header_the_last_one_wins(api_client, url):
    for description in ("theirs", "mine"):
        json_of(send(api_client, "patch", url, {"description": description}))
    assert send(api_client, "delete", url).status_code == 204


@pytest.mark.parametrize("form", ["*", " * ", "{tag}", '"other", {tag}', '{tag},"other"', 'W/"weak" , {tag}'])
def test_one_of_several_tags_will_do(api_client, url, form):
    json_of(send(api_client, "patch", url, {}, if_match=form.format(tag=tag(api_client, url))))


def test_a_long_header_is_read_in_no_time(api_client, url):
    # It took a regular expression four seconds, in which the process did nothing else.
    problem_of(send(api_client, "patch", url, {}, if_match="a" + " " * 1_000_000 + "a"), 412)


@pytest.mark.parametrize("change", ["patch", "disable"])
def test_a_change_to_what_is_so_already_keeps_the_tag(api_client, url, change):
    json_of(send(api_client, "post", f"{url}/disable"))
    before = tag(api_client, url)
    if change == "patch":
        json_of(send(api_client, "patch", url, {"active": False, "description": ""}))
    else:
        json_of(send(api_client, "post", f"{url}/disable"))
    assert tag(api_client, url) == before


@pytest.mark.parametrize("form", ["", "x", '"other"', "W/{tag}", '"', "**", '"other", "another"'])
def test_what_does_not_name_the_current_state_is_412(api_client, url, form):
    problem_of(send(api_client, "patch", url, {}, if_match=form.format(tag=tag(api_client, url))), 412)


def test_a_foreign_subscription_is_404_whatever_the_tag(api_client, stranger, url):
    for if_match in ("*", tag(api_client, url), '"other"'):
        problem_of(send(stranger, "patch", url, {}, if_match=if_match), 404)
