"""The demo of `make run`: made once, found again at the next start."""

from __future__ import annotations

import stat
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pytest_django.fixtures import Settings

from project.demo import ENDPOINTS, STATE_FILE, Demo, ensure_demo
from tenancy import tokens
from tenancy.models import ApiToken, Tenant
from webhooks.models import Event, Subscription


@pytest.fixture
def folder(settings: Settings, tmp_path: Path, transactional_db: None) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


def _url_of(path: str) -> str:
    """Where an endpoint is, for a client whose resolver does not know names under `localhost`."""
    port = urlsplit(Subscription.objects.get(url__endswith=path).url).port
    return f"http://127.0.0.1:{port}{path}"


@pytest.fixture
def demo(folder: Path) -> Iterator[Demo]:
    with Demo() as demo:
        yield demo


def test_it_makes_tenants_subscriptions_and_a_working_token(folder: Path) -> None:
    made = ensure_demo(4711)
    assert (made.tenant.name, made.tenant.slug) == ("Acme Industrial", "acme-industrial")
    token = tokens.find(made.token)
    assert token
    assert token.tenant_id == made.tenant.id
    assert Tenant.objects.count() == 2
    assert sorted(Subscription.objects.values_list("url", flat=True)) == sorted(
        f"http://{endpoint.host}.localhost:4711{endpoint.path}" for endpoint in ENDPOINTS
    )


def test_the_next_start_finds_everything_again(folder: Path) -> None:
    first = ensure_demo(4711)
    assert ensure_demo(4711) == first
    assert (Tenant.objects.count(), ApiToken.objects.count()) == (2, 1)
    assert Subscription.objects.count() == len(ENDPOINTS)


def test_subscriptions_follow_the_receiver_to_another_port(folder: Path) -> None:
    ensure_demo(4711)
    elsewhere = Subscription.objects.first()
    assert elsewhere
    Subscription.objects.filter(id=elsewhere.id).update(url="http://mine.localhost:47110/mine")
    ensure_demo(4712)
    urls = set(Subscription.objects.values_list("url", flat=True))
    assert "http://mine.localhost:47110/mine" in urls
    assert sum(".localhost:4712/" in url for url in urls) == len(ENDPOINTS) - 1


def test_what_people_changed_stays(folder: Path) -> None:
    ensure_demo(4711)
    deleted, paused = Subscription.objects.all()[:2]
    deleted.delete()
    Subscription.objects.filter(id=paused.id).update(active=False)
    ensure_demo(4711)
    assert Subscription.objects.count() == len(ENDPOINTS) - 1
    assert not Subscription.objects.get(id=paused.id).active


def test_a_revoked_token_is_replaced(folder: Path) -> None:
    first = ensure_demo(4711)
    ApiToken.objects.all().delete()
    second = ensure_demo(4711)
    assert second.token != first.token
    assert tokens.find(second.token)


@pytest.mark.parametrize("damaged", ["", "{", "[]", '{"token": "x"}'])
def test_a_damaged_state_file_is_made_anew(folder: Path, damaged: str) -> None:
    ensure_demo(4711)
    (folder / STATE_FILE).write_text(damaged)
    second = ensure_demo(4711)
    assert tokens.find(second.token)
    assert ensure_demo(4711).token == second.token


def test_the_token_is_readable_by_its_owner_only(folder: Path) -> None:
    ensure_demo(4711)
    assert stat.S_IMODE((folder / STATE_FILE).stat().st_mode) == 0o600


def test_business_goes_on_until_it_is_stopped(demo: Demo) -> None:
    deadline = time.monotonic() + 30
    while not Event.objects.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    demo.stop_traffic()
    assert Event.objects.exists()


def test_it_answers_before_business_begins(folder: Path) -> None:
    demo = Demo()
    demo.prepare()
    url = _url_of("/everything")
    with urllib.request.urlopen(urllib.request.Request(url, data=b"{}"), timeout=30) as response:
        assert response.status == 200
    demo.stop()
    assert not Event.objects.exists()


def test_its_endpoints_answer_and_keep_their_port(folder: Path) -> None:
    bases = []
    for _ in range(2):
        with Demo():
            url = _url_of("/payments")
            with urllib.request.urlopen(urllib.request.Request(url, data=b"{}"), timeout=30) as response:
                assert response.status == 201
            bases.append(url)
    assert bases[0] == bases[1]
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(url, timeout=30)
