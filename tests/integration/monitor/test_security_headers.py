"""What every answer tells the browser."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.factories import make_tenant

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/", "/sign-in", "/healthz", "/api/v1/docs", "/api/v1/openapi.json", "/no-such-page"])
def test_nothing_is_loaded_from_elsewhere_and_nothing_runs_inline(sign_in, path):
    response = sign_in(make_tenant()).get(path, headers={"Host": "testserver"})
    policy = dict(part.split(" ", 1) for part in response["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["connect-src"] == "'self' ws://testserver wss://testserver"
    assert "unsafe" not in response["Content-Security-Policy"]
    assert "camera=()" in response["Permissions-Policy"]
    assert (response["X-Content-Type-Options"], response["Referrer-Policy"]) == ("nosniff", "same-origin")


@pytest.mark.parametrize("path", ["/", "/sign-in", "/api/v1/docs"])
def test_pages_have_no_inline_code(sign_in, path):
    browser = Client() if path == "/sign-in" else sign_in(make_tenant())
    page = browser.get(path).content.decode()
    scripts = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", page)
    assert all('type="application/json"' in attributes for attributes in scripts), scripts
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page)


def test_answers_of_the_api_are_kept_nowhere(api_client):
    assert api_client("get", "/webhooks/subscriptions")["Cache-Control"] == "no-store"


def test_a_host_that_is_none_gets_into_no_header():
    response = Client().get("/healthz", headers={"Host": "a b;script-src *"})
    assert "script-src *" not in response.get("Content-Security-Policy", "")
