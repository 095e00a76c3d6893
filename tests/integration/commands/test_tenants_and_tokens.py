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


def test_tokens_expire_are_listed_and_revoked(manage: Manage) -> None:
    manage.json("create_tenant", "Acme", "--json")
    made = manage.json("create_token", "acme", "--scopes", "read", "--expires-days", "7", "--json")
    newest, first = manage.json("list_tokens", "acme", "--json")["items"]
    assert (newest["prefix"], newest["scopes"], newest["state"]) == (made["prefix"], ["read"], "good")
    assert (first["expires_at"], newest["expires_at"] is None, newest["last_used_at"]) == (None, False, None)
    assert made["token"] not in manage("list_tokens", "acme").stdout
    assert manage.json("revoke_token", "acme", made["prefix"], "--json") == {"revoked": 1}
    assert manage.json("list_tokens", "acme", "--json")["items"][0]["state"] == "revoked"
    assert_one_line_error(manage("revoke_token", "acme", made["prefix"]), 1)


@pytest.mark.parametrize("days", ["0", "-1", "x", "36501", "1.5"])
def test_a_lifetime_that_is_none_is_wrong_usage(manage: Manage, days: str) -> None:
    assert_one_line_error(manage("create_token", "acme", "--expires-days", days), 2)


def test_a_user_is_made_with_a_role_and_a_password_that_is_stored_hashed(manage: Manage) -> None:
    manage.json("create_tenant", "Acme", "--json")
    made = manage.json("create_user", "Ana@Example.com", "--tenant", "acme", "--role", "viewer", "--json")
    assert set(made) == {"email", "password"}
    assert made["email"] == "ana@example.com"
    ((username, password, staff),) = manage.rows("SELECT username, password, is_staff FROM auth_user")
    assert (username, staff) == ("ana@example.com", 0)
    assert made["password"] not in password
    assert manage.rows("SELECT role FROM tenant_memberships") == [("viewer",)]
    assert_one_line_error(manage("create_user", "ana@example.com", "--tenant", "acme", "--role", "admin"), 1)


def test_staff_need_no_tenant(manage: Manage) -> None:
    manage.json("create_user", "root@example.com", "--staff", "--json")
    assert manage.rows("SELECT is_staff FROM auth_user") == [(1,)]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["no-address", "--staff"], 2),
        (["a@example.com"], 2),
        (["a@example.com", "--tenant", "acme"], 2),
        (["a@example.com", "--role", "viewer", "--staff"], 2),
        (["a@example.com", "--tenant", "acme", "--role", "king"], 2),
        (["a@example.com", "--tenant", "nobody", "--role", "viewer"], 1),
    ],
)
def test_a_user_that_cannot_be_made_is_refused(manage: Manage, arguments: list[str], code: int) -> None:
    assert_one_line_error(manage("create_user", *arguments), code)
    assert manage.rows("SELECT count(*) FROM auth_user") == [(0,)]


def test_a_role_is_given_changed_and_taken_away(manage: Manage) -> None:
    for name in ("Acme", "Beta"):
        manage.json("create_tenant", name, "--json")
    manage.json("create_user", "ana@example.com", "--tenant", "acme", "--role", "viewer", "--json")
    for tenant, role in (("beta", "admin"), ("acme", "operator")):
        manage.json("set_role", "ana@example.com", "--tenant", tenant, "--role", role, "--json")
    assert sorted(manage.rows("SELECT role FROM tenant_memberships")) == [("admin",), ("operator",)]
    manage.json("set_role", "Ana@Example.com", "--tenant", "beta", "--role", "none", "--json")
    assert manage.rows("SELECT role FROM tenant_memberships") == [("operator",)]
    assert_one_line_error(manage("set_role", "nobody@example.com", "--tenant", "acme", "--role", "viewer"), 1)
