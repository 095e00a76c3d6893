"""`simulate_erp`: made-up business in a process of its own."""

from __future__ import annotations

import json
import signal
import time

import pytest

from tests.integration.commands.manage_py import Manage, assert_one_line_error


def test_exactly_the_wanted_events_happen(manage: Manage) -> None:
    manage.json("create_tenant", "Acme", "--json")
    summary = manage.json("simulate_erp", "--rate", "0", "--events", "120")
    assert set(summary) == {"events", "failed", "seconds"}
    assert (summary["events"], summary["failed"]) == (120, 0)
    assert manage.rows("SELECT count(*) FROM webhook_events") == [(120,)]


def test_it_can_be_kept_to_one_tenant(manage: Manage) -> None:
    for name in ("Acme", "Norte"):
        manage.json("create_tenant", name, "--json")
    manage.json("simulate_erp", "--rate", "0", "--events", "20", "--tenant", "norte")
    manage.json("simulate_erp", "--rate", "0", "--events", "10")
    counts = manage.rows(
        "SELECT slug, count(*) FROM webhook_events e JOIN tenants t ON t.id = e.tenant_id GROUP BY slug ORDER BY slug"
    )
    assert counts == [("acme", 5), ("norte", 25)]


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_with_the_summary(manage: Manage, signum: signal.Signals) -> None:
    manage.json("create_tenant", "Acme", "--json")
    process = manage.start("simulate_erp", "--rate", "20")
    while process.poll() is None and manage.rows("SELECT count(*) FROM webhook_events") == [(0,)]:
        time.sleep(0.05)
    process.send_signal(signum)
    stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == 0, stderr
    summary = json.loads(stdout.splitlines()[-1])
    assert manage.rows("SELECT count(*) FROM webhook_events") == [(summary["events"],)]


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["--rate", "5"], 1),
        (["--rate", "5", "--tenant", "nobody"], 1),
        (["--rate", "-1"], 2),
        (["--rate", "many"], 2),
        (["--rate", "nan"], 2),
        (["--rate", "1", "--events", "-3"], 2),
        ([], 2),
    ],
)
def test_what_cannot_be_simulated_is_one_line(manage: Manage, args: list[str], code: int) -> None:
    assert_one_line_error(manage("simulate_erp", *args), code)
