"""Which language a page speaks, and that programs are always answered in English."""

from __future__ import annotations

import json
import re

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import caches
from django.test import Client
from django.utils import translation

from monitor import sign_in as throttled
from tests.factories import make_tenant
from tests.integration.monitor.conftest import PASSWORD

pytestmark = pytest.mark.django_db

SPANISH = {"Accept-Language": "es-AR,es;q=0.9,en;q=0.5"}


@pytest.fixture(autouse=True)
def language_of_the_tests_thread():
    yield
    translation.deactivate()


def spoken(response) -> str:
    return re.search(r'<html lang="([^"]*)">', response.content.decode())[1]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("es", "es"), ("es-MX,en;q=0.5", "es"), ("de,es;q=0.2", "es"), ("de", "en"), ("", "en"), ("*;;q=x", "en")],
)
def test_a_page_speaks_the_browsers_language(accepted, language):
    response = Client(headers={"Accept-Language": accepted}).get("/sign-in")
    assert spoken(response) == response["Content-Language"] == language
    assert {"Accept-Language", "Cookie"} <= {name.strip() for name in response["Vary"].split(",")}
    assert "no-store" in response["Cache-Control"]


def test_the_sign_in_is_spanish():
    text = Client(headers=SPANISH).get("/sign-in").content.decode()
    for words in ("<title>Iniciar sesión", "Correo electrónico", "Contraseña", 'type="submit">Iniciar sesión'):
        assert words in text


def test_a_wrong_password_and_too_many_tries_are_told_in_spanish(monkeypatch):
    caches["shared"].clear()
    monkeypatch.setattr(throttled, "TRIES_OF_A_NAME", 1)
    client = Client(headers=SPANISH)
    told = [client.post("/sign-in", {"username": "ana", "password": "x"}).content.decode() for _ in range(2)]
    caches["shared"].clear()
    assert "El correo electrónico o la contraseña no son correctos." in told[0]
    assert re.search(r"Demasiados intentos\. Espere [45] minutos y vuelva a probar\.", told[1])


def test_a_person_without_a_tenant_is_told_in_spanish(sign_in):
    text = sign_in().get("/", headers=SPANISH).content.decode()
    assert "Su cuenta no tiene acceso a ninguna organización." in text
    assert "Cerrar sesión" in text


def test_an_invalid_sign_in_link_is_told_in_spanish():
    assert "no es válido" in Client(headers=SPANISH).get("/sign-in/link?token=x").content.decode()


@pytest.mark.parametrize(("accepted", "words"), [("es", "No existe esa página"), ("en", "No such page")])
def test_an_address_of_no_page_is_told_in_the_pages_language(accepted, words):
    response = Client(headers={"Accept-Language": accepted}).get("/nothing")
    assert (response.status_code, spoken(response)) == (404, accepted)
    assert words in response.content.decode()


def test_a_form_without_its_token_is_told_in_the_pages_language():
    response = Client(enforce_csrf_checks=True, headers=SPANISH).post("/sign-in", {"username": "ana"})
    assert (response.status_code, spoken(response)) == (403, "es")
    assert "El formulario era demasiado antiguo" in response.content.decode()


@pytest.fixture
def browser(sign_in):
    return sign_in(make_tenant())


def boot(client, **headers):
    text = client.get("/settings", headers=headers).content.decode()
    return spoken_and_chosen(text)


def spoken_and_chosen(text):
    block = re.search(r'<script id="boot" type="application/json">(.*?)</script>', text, re.DOTALL)[1]
    return re.search(r'<html lang="([^"]*)">', text)[1], json.loads(block)["language"]["chosen"]


def test_the_chosen_language_stays_until_it_is_the_browsers_again(browser, settings):
    assert boot(browser) == ("en", None)
    response = browser.post("/language", {"language": "es", "next": "/settings?tenant=a"})
    assert (response.status_code, response.url) == (302, "/settings?tenant=a")
    cookie = response.cookies["language"]
    assert (cookie.value, cookie["samesite"], cookie["path"]) == ("es", "Lax", "/")
    assert bool(cookie["secure"]) == (not settings.EMBEDDED)
    assert cookie["httponly"]
    assert boot(browser, **{"Accept-Language": "en"}) == ("es", "es")
    assert browser.post("/language", {"language": "", "next": "/settings"}).status_code == 302
    assert boot(browser) == ("en", None)


@pytest.mark.parametrize("language", ["de", "es-AR", "../es", "x" * 5000, "es\0"])
def test_another_language_is_refused(browser, language):
    response = browser.post("/language", {"language": language, "next": "/"})
    assert (response.status_code, "language" in response.cookies) == (400, False)


@pytest.mark.parametrize("back", ["https://evil.example.com/", "//evil.example.com", "javascript:alert(1)", ""])
def test_choosing_a_language_never_leads_to_another_site(browser, back):
    assert browser.post("/language", {"language": "es", "next": back}).url == "/"


def test_choosing_a_language_is_a_post_with_the_csrf_token():
    assert Client(enforce_csrf_checks=True).post("/language", {"language": "es"}).status_code == 403
    assert Client().get("/language").status_code == 405


def test_a_cookie_of_another_language_counts_as_none(browser):
    browser.cookies["language"] = "de"
    assert boot(browser, **SPANISH) == ("es", None)


@pytest.fixture
def calls(browser):
    """Calls that end in every kind of problem, each made in English and in Spanish."""

    def call(method, path, body=None):
        answers = []
        for headers in (
            {"Accept-Language": "en"},
            {**SPANISH, "Cookie": f"{browser.cookies.output(header='', sep=';').strip()}; language=es"},
        ):
            send = getattr(browser, method)
            answers.append(
                send(path, body, content_type="application/json", headers=headers)
                if body is not None
                else send(path, headers=headers)
            )
        return answers

    return call


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("post", "/api/v1/tenant/webhooks/subscriptions", {"url": "x", "events": [], "nonsense": 1}, 422),
        ("post", "/api/v1/tenant/payments", {"amount": "-1", "currency": "zzz"}, 422),
        ("get", "/api/v1/tenant/webhooks/deliveries?limit=x", None, 422),
        ("get", "/api/v1/tenant/webhooks/deliveries/0194ad1c-8f00-7c4e-9d3a-5a1b2c3d4e5f", None, 404),
        ("get", "/api/v1/nothing", None, 404),
        ("get", "/monitor/summary?tenant=nobody", None, 404),
        ("get", "/healthz", None, 200),
    ],
)
def test_programs_are_answered_in_english(calls, method, path, body, status):
    english, spanish = calls(method, path, body)
    assert english.status_code == spanish.status_code == status
    assert re.sub(rb'"now":[^,}]*', b"", english.content) == re.sub(rb'"now":[^,}]*', b"", spanish.content)
    assert "Content-Language" not in spanish
    assert "Accept-Language" not in spanish.get("Vary", "")


def test_a_program_after_a_page_is_answered_in_english(browser):
    """On the same thread."""
    browser.get("/settings", headers=SPANISH)
    assert translation.get_language() == "es"
    browser.get("/api/v1/tenant/webhooks/deliveries")
    assert translation.get_language() == "en"


def test_signing_in_keeps_the_chosen_language():
    get_user_model().objects.create_user("ana", password=PASSWORD)
    client = Client()
    client.post("/language", {"language": "es", "next": "/sign-in"})
    client.post("/sign-in", {"username": "ana", "password": PASSWORD})
    assert spoken(client.get("/")) == "es"
