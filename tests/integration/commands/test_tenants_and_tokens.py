"""`create_tenant` and `create_token`."""

from __future__ import annotations

import hashlib

import pytest

from tests.integration.commands.manage_py import Manage, assert_one_line_error


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def test_a_tenant_comes_with_a_token_that_is_stored_hashed(manage: Manage) -> None:
    made = manage.json("create_tenant", "Muñoz & Söhne", "--json")
    assert made["tenant"]["slug"] == "munoz-sohne"
    assert set(made) == {"tenant", "token"}
    assert set(made["tenant"]) == {"id", "slug"}
    ((tenant_id, digest, scopes),) = manage.rows("SELECT tenant_id, digest, scopes FROM api_tokens")
    assert tenant_id == made["tenant"]["id"].replace("-", "")
    assert digest == _digest(made["token"])
    assert scopes == '["read", "write", "admin"]'


def test_an_existing_name_fails_and_makes_nothing(manage: Manage) -> None:
    manage.json("create_tenant", "Acme", "--json")
    assert_one_line_error(manage("create_tenant", "Acme", "--json"), 1)
    assert manage.rows("SELECT (SELECT count(*) FROM tenants), (SELECT count(*) FROM api_tokens)") == [(1, 1)]


def test_names_that_look_alike_get_slugs_of_their_own(manage: Manage) -> None:
    slugs = [manage.json("create_tenant", name, "--json")["tenant"]["slug"] for name in ("Acme", "Acme!", "東京")]
    assert slugs == ["acme", "acme-2", "tenant"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\nb"])
def test_an_unusable_name_is_wrong_usage(manage: Manage, name: str) -> None:
    assert_one_line_error(manage("create_tenant", name), 2)


def test_a_token_has_the_scopes_asked_for(manage: Manage) -> None:
    manage.json("create_tenant", "Acme", "--json")
    made = manage.json("create_token", "acme", "--scopes", "read", "--json")
    assert set(made) == {"token", "prefix"}
    assert made["token"].startswith(made["prefix"])
    (scopes,) = manage.rows(f"SELECT scopes FROM api_tokens WHERE digest = '{_digest(made['token'])}'")
    assert scopes == ('["read"]',)


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["nobody", "--scopes", "read"], 1),
        (["acme", "--scopes", "read,everything"], 2),
        (["acme", "--scopes", ""], 2),
        (["acme", "--unknown"], 2),
        ([], 2),
    ],
)
def test_a_token_that_cannot_be_made_is_one_line(manage: Manage, args: list[str], code: int) -> None:
    manage.json("create_tenant", "Acme", "--json")
    assert_one_line_error(manage("create_token", *args), code)


def test_a_database_without_tables_is_one_line(bare_manage: Manage) -> None:
    assert_one_line_error(bare_manage("create_tenant", "Acme", "--json"), 1)


def test_history_can_be_pruned_by_hand(manage: Manage) -> None:
    assert manage.json("prune_history", "--json") == {"events": 0}
