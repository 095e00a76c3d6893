"""The rules under promtool: each fires, stays silent and resolves as it should, and its tests notice if it does not."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.ops.rules import PROMETHEUS, ROOT, RULE_FILES, alerts, cases_of, groups, mutants, only, recorded, rule_id

ALERTS = alerts()
SEVERITIES = {"critical", "warning", "info", "none"}
RUNBOOKS = "{{ $externalLabels.webhooks_runbooks }}#"
DASHBOARD = "{{ $externalLabels.webhooks_dashboard }}"
REQUIRED = {"WebhookHighFailureRate", "WebhookHighRetryRate", "WebhookSlowDeliveries", "WebhookNoDeliveries"}
SEVERAL = r"(failing_subscriptions:max(\[\w+\]\))?|circuits\{state=\"open\"\}\)) >= [23]"
of_each_rule = pytest.mark.parametrize("rule", ALERTS, ids=rule_id)


def promtool(*args: str | Path) -> subprocess.CompletedProcess[str]:
    """With all it says in `stdout`, in the order in which it was said."""
    # A process that lives a moment needs neither threads nor its garbage collected.
    environment = {**os.environ, "GOGC": "400", "GOMAXPROCS": "1"}
    return subprocess.run(
        ["promtool", *map(str, args)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )


def test_promtool_accepts_the_rules():
    done = promtool("check", "rules", *RULE_FILES)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("authorized", [True, False])
def test_promtool_accepts_the_example_configuration(tmp_path, authorized):
    config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
    assert [PROMETHEUS / name for name in config["rule_files"]] == RULE_FILES
    if authorized:
        token = tmp_path / "token"
        token.write_text("of-the-tests")
        config["scrape_configs"][0]["authorization"]["credentials_file"] = str(token)
    else:
        del config["scrape_configs"][0]["authorization"]
    config["rule_files"] = list(map(str, RULE_FILES))
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config))
    done = promtool("check", "config", tmp_path / "prometheus.yml")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("file", sorted({cases_of(rule) for rule in ALERTS}), ids=lambda file: file.stem)
def test_alerts_fire_stay_silent_and_resolve(file):
    done = promtool("test", "rules", file)
    assert done.returncode == 0, done.stdout


@of_each_rule
def test_a_wrong_rule_would_be_noticed(rule, tmp_path):
    written = {}
    for number, (name, wrong) in enumerate([("nothing", rule), *mutants(rule)]):
        rules, cases = tmp_path / f"{number}.rules.yml", tmp_path / f"{number}.yml"
        rules.write_text(json.dumps(only(wrong)))  # JSON is YAML
        cases.write_text(re.sub("^rule_files: .*", f"rule_files: [{rules}]", cases_of(rule).read_text()))
        written[str(cases)] = name
    done = promtool("test", "rules", *written)
    results = re.findall(r"^Unit Testing:  (\S+)\s+(SUCCESS|FAILED)", done.stdout, re.MULTILINE)
    assert [file for file, _ in results] == list(written), done.stdout
    assert [written[file] for file, result in results if result == "SUCCESS"] == ["nothing"]


@of_each_rule
def test_an_alert_says_what_it_is_and_where_to_look(rule):
    assert re.fullmatch(r"Webhook[A-Z]\w+", rule["alert"])
    assert rule["labels"]["severity"] in SEVERITIES
    notes = rule["annotations"]
    assert set(notes) == {"summary", "description", "runbook_url", "dashboard_url"}
    assert notes["runbook_url"] == RUNBOOKS + rule["alert"].lower()
    assert notes["dashboard_url"].startswith(DASHBOARD)


def test_the_four_promised_alerts_are_there():
    assert {rule["alert"] for rule in ALERTS} >= REQUIRED


def test_one_receiver_that_is_down_wakes_nobody():
    """What counts attempts or deliveries is critical only where it is sure that several receivers fail."""
    for rule in ALERTS:
        if rule["labels"]["severity"] == "critical" and re.search(r"failed|circuits", rule["expr"]):
            assert re.search(SEVERAL, rule["expr"]), rule_id(rule)
            # What is not one receiver may be none that anybody knows of.
            assert " unless " not in rule["expr"], rule_id(rule)


def test_what_is_recorded_is_what_its_name_says():
    for name, expr in recorded().items():
        window = re.search(r"(?:rate|increase)(\d+[mhd])$", name)
        assert set(re.findall(r"\[(\w+)\]", expr)) == ({window[1]} if window else set()), name


def test_every_rule_of_one_name_stands_in_one_group():
    placed: dict[str, set[str]] = {}
    for group in groups():
        for rule in group["rules"]:
            placed.setdefault(rule.get("alert", rule.get("record")), set()).add(group["name"])
    assert all(len(names) == 1 for names in placed.values())


def test_there_are_no_cases_of_alerts_that_are_gone():
    assert set((ROOT / "ops/prometheus/tests").iterdir()) == {cases_of(rule) for rule in ALERTS}
