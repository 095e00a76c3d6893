"""Who is woken finds what to do: each alert has its section, and all sections say the same things in the same order."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.ops import runbooks
from tests.ops.rules import PROMETHEUS, ROOT, alerts

SECTIONS = runbooks.sections()
PARTS = ["Means", "Impact", "First query", "Where to click", "What to do", "False positives"]
OURS = ("monitor", "project", "webhooks")
SETTING = re.compile(r"\b((?:WEBHOOK|FEED|METRICS|DATABASE|REDIS)_[A-Z_]+|BIND|DATA_DIR)\b")


def test_every_alert_has_a_section_in_the_order_of_the_rules():
    assert list(SECTIONS) == list(dict.fromkeys(rule["alert"] for rule in alerts()))


@pytest.mark.parametrize("alert", SECTIONS)
def test_a_section_says_what_to_do(alert):
    assert re.findall(r"^- \*\*([\w ]+):\*\*", SECTIONS[alert], re.MULTILINE) == PARTS
    assert "```promql\n" in SECTIONS[alert]


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_an_alert_leads_to_its_section(rule):
    assert rule["annotations"]["runbook_url"].partition("#")[2] in {alert.lower() for alert in SECTIONS}


def test_addresses_can_be_written_into_a_copy_of_the_rules():
    """As ops/README.md says, for whoever has no external labels."""
    (command,) = re.findall(r"^ *(sed .*?)^ *```$", (ROOT / "ops/README.md").read_text(), re.MULTILINE | re.DOTALL)
    copy = subprocess.run(command, shell=True, cwd=PROMETHEUS, capture_output=True, text=True, check=True)  # noqa: S602
    assert "$externalLabels" not in copy.stdout
    assert copy.stdout.count("https://grafana.example.com/d/webhooks") == len(alerts())


def test_settings_and_log_events_that_are_named_exist():
    text = runbooks.PAGE.read_text()
    configuration = (ROOT / "docs/configuration.md").read_text()
    for setting in SETTING.findall(text):
        assert f"`{setting}`" in configuration, setting
    sources = "".join(file.read_text() for part in OURS for file in (ROOT / part).rglob("*.py"))
    for event in re.findall(r"`(\w+_(?:failed|unavailable|died))`", text):
        assert f'"{event}"' in sources, event
