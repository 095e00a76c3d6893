"""REST: every route of the OpenAPI document that takes an id, with the id of another tenant's thing. It is generic:
a route that is added is covered, and one whose things cannot be made here fails.
"""

from __future__ import annotations

import pytest

from tests.factories import make_delivery, make_event, make_subscription
from tests.integration.api.answers import json_of, problem_of
from webhooks.models import Delivery, Event, Subscription

PREFIX = "/api/v1/tenant"
UNKNOWN = "00000000-0000-7000-8000-000000000000"


class Owner:
    """A tenant with something of everything; what its API cannot create is made as rows."""

    def __init__(self, api, document):
        self.api = api
        self.paths = document["paths"]
        self.ids = {
            "/webhooks/events": str(make_event(api.tenant).id),
            "/webhooks/deliveries": str(make_delivery(make_subscription(api.tenant)).id),
        }

    def id_in(self, collection):
        """The id of one of its things, made of the documented example where there is none yet."""
        if collection not in self.ids:
            body = example(self.paths[PREFIX + collection]["post"])
            references = {name: self.id_in(referred) for name, referred in self.referred(body).items()}
            self.ids[collection] = json_of(self.api("post", collection, body | references), 201)["id"]
        return self.ids[collection]

    def referred(self, body):
        """Collections that a body refers to, by field: `customer_id` to customers."""
        names = [name for name in body or () if name.endswith("_id") and body[name]]
        found = {name: f"/{name.removesuffix('_id')}s" for name in names}
        return {name: collection for name, collection in found.items() if PREFIX + collection in self.paths}


def example(operation):
    return operation["requestBody"]["content"]["application/json"]["example"] if "requestBody" in operation else None


@pytest.fixture
def document(client):
    return json_of(client.get("/api/v1/openapi.json"))


@pytest.fixture
def routes(document):
    """Method, path and documented example of every operation on one thing."""
    found = [
        (method, path.removeprefix(PREFIX), example(operation))
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if "{" in path
    ]
    assert len(found) >= 15
    return found


@pytest.fixture
def owner(api_client, document):
    return Owner(api_client, document)


def filled(path, thing):
    before, _, rest = path.partition("{")
    return f"{before}{thing}{rest.partition('}')[2]}"


def test_anothers_thing_is_not_found_like_one_that_does_not_exist(stranger, owner, routes):
    for method, path, body in routes:
        thing = owner.id_in(path.partition("/{")[0])
        before = rows()
        foreign = problem_of(stranger(method, filled(path, thing), body), 404)
        assert foreign == problem_of(stranger(method, filled(path, UNKNOWN), body), 404), (method, path)
        assert rows() == before, (method, path)


def test_anothers_thing_cannot_be_referred_to(stranger, owner, document):
    """A reference in a body is refused like one to nothing."""
    for path, item in document["paths"].items():
        body = example(item.get("post", {}))
        for name, collection in owner.referred(body).items():
            foreign = stranger("post", path.removeprefix(PREFIX), {**body, name: owner.id_in(collection)})
            unknown = stranger("post", path.removeprefix(PREFIX), {**body, name: UNKNOWN})
            assert (foreign.status_code, foreign.content) == (unknown.status_code, unknown.content), (path, name)
            assert foreign.status_code in (404, 422), (path, name)


def test_lists_show_nothing_of_another(stranger, owner, document, routes):
    for collection in {path.partition("/{")[0] for _, path, _ in routes}:
        owner.id_in(collection)
        assert json_of(stranger("get", collection))["items"] == [], collection


def rows():
    return [list(model.objects.order_by("id").values()) for model in (Subscription, Delivery, Event)]
