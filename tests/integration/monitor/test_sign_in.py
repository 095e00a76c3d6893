"""Signing in: how often it may be tried."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import caches
from django.test import Client

from monitor import sign_in
from tests.factories import make_tenant
from tests.integration.monitor.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_tried_before(monkeypatch):
    caches["shared"].clear()
    monkeypatch.setattr(sign_in, "TRIES_OF_A_NAME", 3)
    monkeypatch.setattr(sign_in, "TRIES_FROM_AN_ADDRESS", 6)
    yield
    caches["shared"].clear()


def submit(name="ana", password=PASSWORD, address="127.0.0.1"):
    return Client(REMOTE_ADDR=address).post("/sign-in", {"username": name, "password": password})


def test_after_too_many_tries_even_the_right_password_is_not_looked_at(sign_in):
    make_tenant()
    get_user_model().objects.create_user("ana", password=PASSWORD)
    assert [submit(password="wrong").status_code for _ in range(3)] == [200] * 3
    refused = submit()
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 300
    assert "Too many tries. Wait 5 minutes" in refused.content.decode()
    assert "sessionid" not in refused.cookies
    for spelling in ("ANA ", "\uff41\uff4e\uff41", "\U0001d41ana", "\u24d0na"):
        assert submit(spelling).status_code == 429


def test_a_name_may_be_written_in_capitals():
    for name in ("ana@example.com", "Eva"):
        get_user_model().objects.create_user(name, password=PASSWORD)
    assert [submit(name).status_code for name in ("Ana@Example.com", "Eva", "eva")] == [302, 302, 200]


def test_another_name_is_not_hindered():
    get_user_model().objects.create_user("eva", password=PASSWORD)
    for _ in range(4):
        submit("ana", "wrong")
    assert submit("eva").status_code == 302


def test_an_address_that_tries_many_names_is_refused():
    for number in range(6):
        assert submit(f"person-{number}", "wrong", "93.184.215.14").status_code == 200
    assert submit("person-7", "wrong", "93.184.215.14").status_code == 429
    assert submit("person-8", "wrong", "93.184.215.15").status_code == 200


def test_a_proxys_address_is_everybodys():
    assert {submit(f"person-{number}", "wrong", "10.0.0.1").status_code for number in range(8)} == {200}


def test_names_may_be_anything():
    for name in ("", "a" * 10_000, "a\0b", "änä"):
        assert submit(name).status_code in (200, 429)
