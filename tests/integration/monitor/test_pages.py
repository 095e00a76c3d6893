import json
from html.parser import HTMLParser

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from project import sign_in_link
from tests.factories import make_tenant
from tests.integration.monitor.conftest import PASSWORD

pytestmark = pytest.mark.django_db


class Page(HTMLParser):
    """The scripts of a page and whatever else in it could run: `on…` attributes and javascript: links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.scripts, self.active, self._script = [], [], None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.active += [(tag, *attr) for attr in attrs if attr[0].startswith("on")]
        self.active += [(tag, *attr) for attr in attrs if (attr[1] or "").startswith("javascript:")]
        self._script = dict(attrs) if tag == "script" else None
        if tag == "script":
            self.scripts.append({**dict(attrs), "text": ""})

    def handle_data(self, data):
        if self._script is not None:
            self.scripts[-1]["text"] += data

    def handle_endtag(self, tag):
        self._script = None


def page(response) -> Page:
    return Page(response.content.decode())


def boot(response):
    (block,) = [script for script in page(response).scripts if script.get("id") == "boot"]
    return json.loads(block["text"])


def test_live_page_redirects_to_the_sign_in():
    response = Client().get("/?tenant=acme")
    assert (response.status_code, response.url) == (302, "/sign-in?next=/%3Ftenant%3Dacme")


def test_password_signs_in_and_leads_back():
    get_user_model().objects.create_user("ana", password=PASSWORD)
    client = Client()
    assert client.get("/sign-in").status_code == 200
    response = client.post("/sign-in", {"username": "ana", "password": PASSWORD, "next": "/?tenant=acme"})
    assert (response.status_code, response.url) == (302, "/?tenant=acme")
    assert client.get("/").status_code == 200


def test_wrong_password_says_so_and_signs_nobody_in():
    get_user_model().objects.create_user("ana", password=PASSWORD)
    client = Client()
    response = client.post("/sign-in", {"username": "ana", "password": "guessed"})
    assert "E-mail address or password is wrong." in response.content.decode()
    assert client.get("/").status_code == 302


def test_signing_in_never_leads_to_another_site():
    get_user_model().objects.create_user("ana", password=PASSWORD)
    response = Client().post("/sign-in", {"username": "ana", "password": PASSWORD, "next": "https://evil.example.com/"})
    assert response.url == "/"


def test_signing_in_needs_the_csrf_token():
    response = Client(enforce_csrf_checks=True).post("/sign-in", {"username": "ana", "password": PASSWORD})
    assert response.status_code == 403


def test_signing_out_ends_the_session(sign_in):
    client = sign_in(make_tenant())
    assert client.post("/sign-out").url == "/sign-in"
    assert client.get("/").status_code == 302


def test_session_cookie_is_for_https_where_it_is_not_the_embedded_mode(settings):
    get_user_model().objects.create_user("ana", password=PASSWORD)
    client = Client()
    client.post("/sign-in", {"username": "ana", "password": PASSWORD})
    cookie = client.cookies["sessionid"]
    assert bool(cookie["secure"]) == (not settings.EMBEDDED)
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_live_page_has_no_inline_script_but_the_json_block(sign_in):
    response = sign_in(make_tenant()).get("/")
    found = page(response)
    assert found.active == []
    inline = [script for script in found.scripts if "src" not in script]
    assert [(script["id"], script["type"]) for script in inline] == [("boot", "application/json")]
    assert all(not script["text"].strip() for script in found.scripts if "src" in script)
    assert all(script["src"].startswith("/static/") for script in found.scripts if "src" in script)


def test_name_with_markup_stays_text(sign_in):
    tenant = make_tenant("</script><script>alert(1)</script>")
    response = sign_in(tenant).get("/")
    assert len(page(response).scripts) == 2
    assert boot(response)["tenant"]["name"] == tenant.name


def test_live_page_shows_the_persons_own_tenants_only(sign_in):
    own, second, foreign = make_tenant("Acme"), make_tenant("Bodega"), make_tenant("Cobalt")
    client = sign_in(own, second)
    assert [tenant["slug"] for tenant in boot(client.get("/"))["tenants"]] == [own.slug, second.slug]
    assert boot(client.get(f"/?tenant={second.slug}"))["tenant"]["id"] == str(second.id)
    refused = client.get(f"/?tenant={foreign.slug}").content.decode()
    assert "No such tenant" in refused
    assert f"/?tenant={second.slug}" in refused
    assert foreign.name not in refused.partition("<main")[2]
    assert str(foreign.id) not in refused


def test_page_knows_how_many_subscriptions_a_tenant_may_have(sign_in, settings):
    settings.WEBHOOK_MAX_SUBSCRIPTIONS = 7
    make_tenant("A")
    assert boot(sign_in(staff=True).get("/subscriptions"))["limits"] == {"subscriptions": 7}


def test_staff_see_every_tenant(sign_in):
    tenants = [make_tenant(name) for name in "AB"]
    data = boot(sign_in(staff=True).get("/"))
    assert [tenant["id"] for tenant in data["tenants"]] == [str(tenant.id) for tenant in tenants]
    assert data["user"]["staff"]


def test_person_without_a_tenant_is_told(sign_in):
    response = sign_in().get("/")
    assert "no access to a tenant" in response.content.decode()
    assert page(response).scripts == []


def test_pages_are_never_cached_or_framed(sign_in):
    response = sign_in(make_tenant()).get("/")
    assert "no-store" in response["Cache-Control"]
    assert response["X-Frame-Options"] == "DENY"


@pytest.fixture
def link(monkeypatch):
    """The path of a process's sign-in link."""
    monkeypatch.setattr(sign_in_link, "_tokens", [])
    return sign_in_link.make_link("")


def test_sign_in_link_signs_in_a_staff_operator_from_loopback(link):
    for address in ("127.0.0.1", "127.8.9.10", "::1"):
        client = Client(REMOTE_ADDR=address)
        assert client.get(link).url == "/"
        assert client.get("/").status_code == 200
    operator = get_user_model().objects.get()
    assert (operator.is_staff, operator.is_superuser, operator.has_usable_password()) == (True, False, False)


@pytest.mark.parametrize("address", ["192.0.2.7", "10.0.0.1", "2001:db8::1", ""])
def test_sign_in_link_is_refused_from_another_machine(link, address):
    client = Client(REMOTE_ADDR=address)
    assert client.get(link).status_code == 403
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("token", ["", "?token=", "?token=guessed", "?token=%ff", "?other=1"])
def test_wrong_sign_in_link_is_refused(link, token):
    assert Client().get(f"/sign-in/link{token}").status_code == 403


def test_process_that_made_no_link_refuses_all(monkeypatch):
    monkeypatch.setattr(sign_in_link, "_tokens", [])
    assert Client().get("/sign-in/link?token=").status_code == 403


def test_link_stays_the_same_while_its_process_runs(link):
    assert sign_in_link.make_link("") == link


@pytest.mark.parametrize("key", ['"\\000aaaaaaaaaaaa"', "../../etc/passwd", "A" * 32, "x" * 5000])
def test_cookie_that_is_no_session_key_is_nobodys_session(db, key):
    client = Client(headers={"Cookie": f"sessionid={key}"})
    assert client.get("/monitor/summary").status_code == 401
    assert client.get("/api/v1/tenant/webhooks/deliveries").status_code == 401
