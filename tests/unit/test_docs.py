"""What the documents say is so: settings, metrics, and links between them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, values

from monitor.feed.metrics import FeedMetrics
from project.config import REQUIRED_IN_PRODUCTION, Config
from webhooks import attempt_log
from webhooks.metrics.attempts import AttemptMetrics
from webhooks.metrics.exposition import BuildInfo, RedisUp
from webhooks.metrics.gauges import DatabaseGauges, Figures
from webhooks.signals import RecordedAttempt

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", ROOT / "ops/README.md", *sorted((ROOT / "docs").rglob("*.md"))]
# [text](target) and ![text](target); a target with a scheme leads elsewhere.
LINK = re.compile(r"\]\((?!\w+:)([^)\s]+)\)")


def shown(default: object) -> str:
    """A default as it would be set in the environment."""
    if isinstance(default, bool):
        return str(int(default))
    return ",".join(map(str, default)) if isinstance(default, list) else str(default)


@pytest.mark.parametrize("name", Config.model_fields)
def test_every_setting_is_documented_with_its_default_and_meaning(name):
    field = Config.model_fields[name]
    default = f"`{shown(field.default)}`" if shown(field.default) else ""
    assert f"| `{name}` | {default} | {field.description} |" in (ROOT / "docs/configuration.md").read_text()


def test_documented_settings_all_exist():
    documented = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/configuration.md").read_text(), re.MULTILINE)
    assert set(documented) == set(Config.model_fields)


@pytest.mark.parametrize("name", REQUIRED_IN_PRODUCTION)
def test_what_production_requires_is_in_the_example_environment(name):
    assert re.search(rf"\b{name}\b", (ROOT / ".env.example").read_text())


@pytest.fixture
def exported(monkeypatch, settings):
    """Every exported metric's names and labels."""
    monkeypatch.setattr(values, "ValueClass", values.MutexValue)
    registry = CollectorRegistry()
    AttemptMetrics(registry)
    FeedMetrics(registry)
    gauges = DatabaseGauges()
    by_state = ("pending", "circuits", "subscriptions")
    figures = Figures._make({"a state": 0} if field in by_state else 0 for field in Figures._fields)
    monkeypatch.setattr(gauges, "latest", lambda: figures)
    registry.register(gauges)
    registry.register(BuildInfo())
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    registry.register(RedisUp())
    return {
        metric.name + ("_total" if metric.type == "counter" else ""): {
            label for sample in metric.samples for label in sample.labels if label != "le"
        }
        for metric in registry.collect()
    }


def test_every_exported_metric_is_documented_with_its_labels(exported):
    text = (ROOT / "docs/monitoring.md").read_text()
    for name, labels in exported.items():
        (row,) = re.findall(rf"^\| `{name}` (?:\| \w+ )?\|([^|]*)\|[^|]*\|$", text, re.MULTILINE)
        assert set(re.findall(r"`(\w+)`", row)) == labels


def test_documented_metrics_all_exist(exported):
    documented = re.findall(r"`?(webhook_[a-z_]+)", (ROOT / "docs/monitoring.md").read_text())
    assert set(documented) <= set(exported)


def test_the_line_of_an_attempt_is_documented_as_it_is_written():
    (shown,) = re.findall(r"```json\n(.*?)```", (ROOT / "docs/monitoring.md").read_text(), re.DOTALL)
    row = RecordedAttempt._make([None] * len(RecordedAttempt._fields))
    assert set(json.loads(shown)) == {*attempt_log.line(row), "logger", "level", "timestamp"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_documents_lead_to_files_that_exist(page):
    for target in LINK.findall(page.read_text()):
        file, _, section = target.partition("#")
        linked = page.parent / file if file else page
        assert linked.exists(), f"{target} leads nowhere"
        if section and linked.suffix == ".md":
            assert section in sections(linked), f"{target}: no such section"


def sections(page: Path) -> set[str]:
    """The anchors of a page's headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
