"""REST: what an operation does not know is refused."""

import pytest

from tests.factories import make_delivery, make_subscription
from tests.integration.api.answers import wrong_fields

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("action", ["rotate-secret", "test", "enable", "disable"])
def test_body_of_an_operation_that_takes_none_is_refused(api_client, action):
    path = f"/webhooks/subscriptions/{make_subscription(api_client.tenant).id}/{action}"
    assert wrong_fields(api_client("post", path, {"secret": "my-own-secret"})) == {"secret"}
    assert wrong_fields(api_client("post", path, [1])) == {"body"}
    assert api_client("post", path, {}).status_code < 300


def test_retry_takes_no_body_either(api_client):
    delivery = make_delivery(make_subscription(api_client.tenant))
    assert wrong_fields(api_client("post", f"/webhooks/deliveries/{delivery.id}/retry", {"x": 1})) == {"x"}
    delivery.refresh_from_db()
    assert delivery.status == "PENDING"


@pytest.mark.parametrize(("method", "path"), [("post", "/customers"), ("get", "/webhooks/subscriptions/{id}")])
def test_unknown_parameter_is_refused_everywhere(api_client, method, path):
    path = path.format(id=make_subscription(api_client.tenant).id)
    body = {"name": "Ana", "email": "ana@example.com"} if method == "post" else None
    assert wrong_fields(api_client(method, f"{path}?dry_run=1", body)) == {"dry_run"}


def test_parameter_that_comes_twice_is_refused(api_client):
    own = api_client.tenant.slug
    assert wrong_fields(api_client("get", f"/webhooks/event-types?tenant={own}&tenant={own}")) == {"tenant"}
    assert wrong_fields(api_client("get", "/customers?limit=1&limit=2")) == {"limit"}


@pytest.mark.parametrize("limit", ["5_0", "%2B5", "5.0", "%205", "0x5"])
def test_limit_is_a_plain_whole_number(api_client, limit):
    assert wrong_fields(api_client("get", f"/customers?limit={limit}")) == {"limit"}


def test_token_cannot_ask_for_another_tenant(api_client):
    own, other = api_client.tenant.slug, "somebody-else"
    assert api_client("get", f"/customers?tenant={own}").status_code == 200
    assert api_client("get", f"/customers?tenant={other}").status_code == 404
