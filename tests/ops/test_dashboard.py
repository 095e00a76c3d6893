"""The dashboard and the rules against what the application exports: every name, label and panel's query has data."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.processes import PATIENCE, Embedded, eventually
from tests.ops import runbooks
from tests.ops.derived import hurried_rules
from tests.ops.rules import ROOT, alerts, recorded
from tests.servers import Prometheus

GRAFANA = ROOT / "ops/grafana"
DASHBOARD = json.loads((GRAFANA / "dashboards/webhooks.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
QUERIES = [(panel["title"], target["expr"]) for panel in PANELS for target in panel["targets"]]
WANTED = {
    "Success rate", "Failures by status", "Latency (P95)", "Retry reasons", "HTTP status distribution",
    "Unfinished deliveries", "Circuits", "Subscriptions", "Feed lag", "First-attempt delay", "Error budget burn",
}  # fmt: skip
# Gauges without labels.
PRODUCTION_ONLY = {"webhook_redis_up"}
STEP, HOUR = 30, 3600
METRIC = re.compile(r"\b(webhook_[a-z_]+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> list[Metric]:
    """What the running application tells Prometheus in the embedded mode."""
    system = Embedded(tmp_path_factory.mktemp("dashboard") / "var")
    system.start()
    try:
        text = httpx.get(f"{system.base}/metrics", timeout=PATIENCE).text
    finally:
        system.stop()
    return list(text_string_to_metric_families(text))


@pytest.fixture(scope="module")
def exported(embedded: list[Metric]) -> list[Metric]:
    """And what only production tells."""
    return [*embedded, *(GaugeMetricFamily(name, "Only in production", value=1) for name in PRODUCTION_ONLY)]


@pytest.fixture(scope="module")
def prometheus(exported: list[Metric], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """It has an hour of exactly those series behind it, and evaluates the rules."""
    folder = tmp_path_factory.mktemp("prometheus")
    server = Prometheus("127.0.0.1:1", history_of(exported), {"rule_files": hurried_rules(folder, 300)})
    yield server
    server.remove()


def history_of(families: list[Metric]) -> str:
    """An hour in which every counter grows and every gauge stays, in OpenMetrics."""
    now = int(time.time())
    lines = []
    for family in families:
        lines.append(f"# TYPE {family.name} {family.type}")
        for number, sample in enumerate(family.samples):
            if not sample.name.endswith("_created"):
                labels = {**sample.labels, "job": "webhooks", "instance": "a:8000"}
                series = sample.name + "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"
                # The edges of a histogram come in order, so that its buckets stay cumulative.
                each = 0 if family.type == "gauge" else 1 if sample.name.endswith("_count") else 1 + number
                lines.extend(
                    f"{series} {sample.value + 1 + each * passed} {now - HOUR + passed * STEP}"
                    for passed in range(HOUR // STEP + 1)
                )
    return "\n".join([*lines, "# EOF\n"])


def ask(prometheus: Prometheus, expr: str, **when: float) -> list[Any]:
    query = expr.replace("$__rate_interval", "2m").replace("$job", "webhooks")
    path = "query_range" if when else "query"
    response = httpx.get(f"{prometheus.url}/api/v1/{path}", params={"query": query, **when}, timeout=PATIENCE)
    assert response.status_code == 200, response.text
    return list(response.json()["data"]["result"])


@pytest.mark.parametrize(("title", "expr"), QUERIES, ids=[f"{title}-{n}" for n, (title, _) in enumerate(QUERIES)])
def test_every_panel_has_data(prometheus, title, expr):
    def figures() -> list[str] | None:
        found = [series["value"][1] for series in ask(prometheus, expr)]
        return found if found and "NaN" not in found else None

    assert eventually(figures, f"{title} has data")
    now = time.time()
    ranged = ask(prometheus, expr, start=now - HOUR, end=now, step=15)
    assert any(value != "NaN" for series in ranged for _, value in series["values"])


def all_expressions() -> dict[str, str]:
    rules = {rule["alert"]: rule["expr"] for rule in alerts()} | recorded()
    asked = {**rules, **{f"{title}: {expr}": expr for title, expr in QUERIES}}
    return {**asked, **{f"runbook: {query}": query for query in runbooks.queries()}}


def test_every_rule_can_be_evaluated_on_real_series(prometheus):
    def evaluated() -> list[dict[str, Any]] | None:
        answer = httpx.get(f"{prometheus.url}/api/v1/rules", timeout=PATIENCE).json()
        rules = [rule for group in answer["data"]["groups"] for rule in group["rules"]]
        return rules if all(rule["health"] != "unknown" for rule in rules) else None

    rules = eventually(evaluated, "all rules are evaluated")
    assert len(rules) == len(alerts()) + len(recorded())
    assert not [(rule["name"], rule.get("lastError")) for rule in rules if rule["health"] != "ok"]


@pytest.mark.parametrize("query", runbooks.queries())
def test_what_the_runbooks_ask_is_answered(prometheus, query):
    ask(prometheus, query)


def test_what_only_production_tells_is_documented_so(embedded):
    assert not PRODUCTION_ONLY & {family.name for family in embedded}
    documented = re.findall(
        r"^\| `(webhook_\w+)` \| \|.*\babsent in the embedded mode \|$",
        (ROOT / "docs/monitoring.md").read_text(),
        re.MULTILINE,
    )
    assert set(documented) == PRODUCTION_ONLY


def test_every_metric_and_label_exists(exported):
    """Each selector of a rule or a panel finds a series of the application's."""
    labels: dict[str, list[dict[str, str]]] = {}
    for sample in (sample for family in exported for sample in family.samples):
        labels.setdefault(sample.name, []).append(sample.labels)
    for where, expr in all_expressions().items():
        assert set(re.findall(r"job:[\w:]+", expr)) <= set(recorded()), where
        for name, selector in METRIC.findall(re.sub(r"job:[\w:]+", "", expr)):
            matchers = [each for each in MATCHER.findall(selector) if each[0] != "job"]
            found = any(all(fits(series, *each) for each in matchers) for series in labels.get(name, []))
            assert found, f"{where}: no {name}{{{selector}}}"


def fits(labels: dict[str, str], name: str, operator: str, value: str) -> bool:
    if name not in labels:
        return False
    same = bool(re.fullmatch(value, labels[name])) if "~" in operator else labels[name] == value
    return same != operator.startswith("!")


def test_every_exported_metric_is_looked_at(exported):
    """By a panel or a rule: what nobody looks at need not be exported."""
    text = " ".join(all_expressions().values())
    for family in exported:
        if family.name.startswith("webhook_"):
            assert family.name in text, family.name


def test_panels_say_what_they_show_and_in_which_unit():
    assert {panel["title"] for panel in PANELS} >= WANTED
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    for panel in PANELS:
        assert panel["description"]
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


def test_the_dashboard_can_be_linked_to_and_moved():
    assert (DASHBOARD["uid"], DASHBOARD["id"]) == ("webhooks", None)
    assert [variable["name"] for variable in DASHBOARD["templating"]["list"]] == ["datasource", "job"]
    for title, expr in QUERIES:
        assert "$job" in expr, title
        assert set(re.findall(r"\[(.+?)\]", expr)) <= {"$__rate_interval", "30d"}, title


def test_gauges_of_the_database_are_never_summed():
    """Every web process tells the same."""
    for where, expr in all_expressions().items():
        found = re.search(r"sum[^(]*\((?:webhook_(?:workers|circuits|subscriptions|pending|oldest|failing)\w*)", expr)
        assert not found, where


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_alerts_lead_to_a_panel_that_exists(rule):
    found = re.search(r"viewPanel=(\d+)", rule["annotations"]["dashboard_url"])
    assert rule["alert"] == "WebhookWatchdog" or (found and int(found[1]) in {panel["id"] for panel in PANELS})


@pytest.mark.parametrize("file", sorted((GRAFANA / "provisioning").rglob("*.yml")), ids=lambda file: file.parent.name)
def test_provisioning_files_are_what_grafana_reads(file: Path):
    content = yaml.safe_load(file.read_text())
    kind = {"datasources": "datasources", "dashboards": "providers"}[file.parent.name]
    assert (content["apiVersion"], len(content[kind])) == (1, 1)
