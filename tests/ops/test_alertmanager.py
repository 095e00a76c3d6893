"""Who is told what: the example configuration under amtool, and its inhibitions in a real Alertmanager."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator

import httpx
import pytest
import yaml

from tests.ops.rules import ROOT, alerts, rule_id
from tests.servers import Alertmanager

FOLDER = ROOT / "ops/alertmanager"
CONFIG = FOLDER / "alertmanager.yml"
RECEIVERS = {"critical": "page", "warning": "slack", "info": "shown-only", "none": "shown-only"}


def amtool(*args: str) -> str:
    done = subprocess.run(["amtool", *args], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_amtool_accepts_the_configuration():
    assert "1 templates" in amtool("check-config", str(CONFIG))


@pytest.mark.parametrize("rule", alerts(), ids=rule_id)
def test_an_alert_goes_where_its_severity_says(rule):
    labels = {"alertname": rule["alert"], "job": "webhooks", **rule["labels"]}
    receiver = "dead-man" if rule["alert"] == "WebhookWatchdog" else RECEIVERS[labels["severity"]]
    given = [f"{name}={value}" for name, value in labels.items()]
    amtool("config", "routes", "test", f"--config.file={CONFIG}", f"--verify.receivers={receiver}", *given)


def test_an_alert_without_a_severity_is_not_lost():
    amtool("config", "routes", "test", f"--config.file={CONFIG}", "--verify.receivers=slack", "alertname=Another")


def test_no_secret_stands_in_the_configuration():
    secret = re.compile(r"password|api_url|token|secret|credentials|key")
    for name, value in settings_of(yaml.safe_load(CONFIG.read_text())):
        assert not secret.search(name) or (name.endswith("_file") and value.startswith("/")), name
        assert not re.search(r"hooks\.slack\.com|xox[bp]-", value)


def settings_of(node: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Every scalar, with the name of its setting."""
    if not isinstance(node, dict | list):
        yield name, str(node)
        return
    for child_name, child in node.items() if isinstance(node, dict) else ((name, each) for each in node):
        yield from settings_of(child, child_name)


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alertmanager]:
    """With the example's inhibitions. It tells nobody."""
    folder = tmp_path_factory.mktemp("alertmanager")
    config = yaml.safe_load(CONFIG.read_text())
    quiet = {"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}]}
    (folder / "config.yml").write_text(yaml.safe_dump({"inhibit_rules": config["inhibit_rules"], **quiet}))
    server = Alertmanager(folder / "config.yml")
    yield server
    server.remove()


def told(alertmanager: Alertmanager, *firing: str, job: str) -> set[str]:
    """Which of these alerts (`NAME severity`, an own job first: `other/NAME severity`) are not inhibited."""
    posted = []
    for each in firing:
        name, severity = each.split()
        own_job, _, name = name.rpartition("/")
        labels = {"alertname": name, "severity": severity, "job": own_job or job, "test": job}
        posted.append({"labels": {key: value for key, value in labels.items() if value != "-"}})
    httpx.post(f"{alertmanager.url}/api/v2/alerts", json=posted, timeout=10).raise_for_status()
    found = httpx.get(f"{alertmanager.url}/api/v2/alerts", params={"filter": f"test={job}"}, timeout=10).json()
    assert len(found) == len(firing)
    return {each["labels"]["alertname"] for each in found if not each["status"]["inhibitedBy"]}


@pytest.mark.parametrize(
    ("firing", "heard"),
    [
        (["WebhookMetricsAbsent critical", "WebhookTargetDown warning", "WebhookWatchdog none"],
         {"WebhookMetricsAbsent", "WebhookWatchdog"}),
        (["WebhookMetricsAbsent critical", "-/WebhookNoDeliveries warning"], {"WebhookMetricsAbsent"}),
        (["WebhookMetricsAbsent critical", "staging/WebhookWorkerDown critical"],
         {"WebhookMetricsAbsent", "WebhookWorkerDown"}),
        (["WebhookDatabaseUnreadable critical", "WebhookNoDeliveries warning", "WebhookFeedLag warning"],
         {"WebhookDatabaseUnreadable"}),
        (["WebhookMetricsAbsent warning", "WebhookCircuitOpen critical", "-/WebhookNoDeliveries warning"],
         {"WebhookMetricsAbsent", "WebhookCircuitOpen"}),
        (["WebhookRedisDown warning", "WebhookMetricsAbsent warning", "WebhookFeedLag warning",
          "WebhookFeedUnlogged warning", "WebhookWorkerDown critical"],
         {"WebhookRedisDown", "WebhookWorkerDown"}),
        (["WebhookRedisDown critical", "WebhookMetricsAbsent critical"], {"WebhookMetricsAbsent"}),
        (["WebhookWorkerDown critical", "WebhookDeliveryStalled critical", "WebhookOldestPending warning",
          "WebhookNoDeliveries warning", "WebhookCircuitOpen warning"],
         {"WebhookWorkerDown", "WebhookCircuitOpen"}),
        (["WebhookDeliveryStalled critical", "WebhookNoDeliveries warning"], {"WebhookDeliveryStalled"}),
        (["WebhookHighFailureRate critical", "WebhookCircuitOpen warning"],
         {"WebhookHighFailureRate", "WebhookCircuitOpen"}),
    ],
)  # fmt: skip
def test_consequences_stay_silent_while_their_cause_is_told(alertmanager, request, firing, heard):
    assert told(alertmanager, *firing, job=f"installation-{request.node.callspec.indices['firing']}") == heard


@pytest.mark.parametrize(("louder", "softer"), [("critical", "warning"), ("critical", "info"), ("warning", "info")])
def test_the_more_severe_of_one_name_is_told(alertmanager, louder, softer):
    job = f"{louder}-{softer}"
    told(alertmanager, f"WebhookHighRetryRate {louder}", f"WebhookHighRetryRate {softer}", job=job)
    found = httpx.get(f"{alertmanager.url}/api/v2/alerts", params={"filter": f"test={job}"}, timeout=10).json()
    assert {each["labels"]["severity"]: bool(each["status"]["inhibitedBy"]) for each in found} == {
        louder: False,
        softer: True,
    }
