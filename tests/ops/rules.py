"""The alert rules of ops/prometheus, and how a wrong one would look."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "ops/prometheus"
RULE_FILES = [PROMETHEUS / "recording.rules.yml", PROMETHEUS / "alerts.rules.yml"]
# A comparison with a number, which may be a product: `> 14.4 * 0.005` has its threshold in the first factor.
COMPARISON = re.compile(r"(>=|<=|==|>|<) (\d[\d.]*)")
OTHER_DIRECTION = {">": "<", "<": ">", ">=": "<", "<=": ">", "==": "!="}

Rule = dict[str, Any]


@cache
def groups() -> list[dict[str, Any]]:
    return [group for file in RULE_FILES for group in yaml.safe_load(file.read_text())["groups"]]


@cache
def alerts() -> list[Rule]:
    return [rule for group in groups() for rule in group["rules"] if "alert" in rule]


@cache
def recorded() -> dict[str, str]:
    """Recorded series and their expressions."""
    return {rule["record"]: rule["expr"] for group in groups() for rule in group["rules"] if "record" in rule}


def rule_id(rule: Rule) -> str:
    """Alerts of one name differ by severity or window."""
    return "-".join([rule["alert"], rule["labels"]["severity"], *filter(None, [rule["labels"].get("window")])])


def cases_of(rule: Rule) -> Path:
    window = rule["labels"].get("window")
    return PROMETHEUS / "tests" / f"{rule['alert']}{f'-{window}' if window else ''}.yml"


def mutants(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """The rule with one thing wrong, and what it is: a threshold, a comparison, the time it must last."""
    for name, expr in _wrong_expressions(rule["expr"]):
        yield name, {**rule, "expr": expr}
    if "for" in rule:
        number, unit = int(rule["for"][:-1]), rule["for"][-1]
        yield "at once", {name: value for name, value in rule.items() if name != "for"}
        yield "twice as long", {**rule, "for": f"{2 * number}{unit}"}
    else:
        yield "not at once", {**rule, "for": "1h"}


def _wrong_expressions(expr: str) -> Iterator[tuple[str, str]]:
    for found in COMPARISON.finditer(expr):
        sign, number = found.groups()
        wrong = [f"{sign} {value}" for value in _wrong(number)] + [f"{OTHER_DIRECTION[sign]} {number}"]
        for each in wrong:
            yield f"{each} for {found[0]}", expr[: found.start()] + each + expr[found.end() :]
    for found in re.finditer(r" < (?!\d)", expr):
        yield "> for <", expr[: found.start()] + " > " + expr[found.end() :]


def _wrong(number: str) -> list[str]:
    """A count one off, anything else a quarter off."""
    if number.isdecimal() and int(number) <= 36:
        return [str(int(number) + 1), str(int(number) - 1)]
    return [f"{float(number) * 1.25:g}", f"{float(number) * 0.8:g}"]


def only(rule: Rule) -> dict[str, Any]:
    """A rule file with the rules of this alert's name, this one in its place, and what they need recorded: promtool
    is done with it in a moment."""
    (group,) = [group for group in groups() if rule["alert"] in {each.get("alert") for each in group["rules"]}]
    namesakes = [each for each in group["rules"] if each["alert"] == rule["alert"]]
    rules = [rule if rule_id(each) == rule_id(rule) else each for each in namesakes]
    records = [
        {"record": name, "expr": expr}
        for name, expr in recorded().items()
        if any(re.search(rf"{name}\b", each["expr"]) for each in rules)
    ]
    recording = {"name": "webhooks-recording", "rules": records}
    return {"groups": [*([recording] if records else []), {"name": group["name"], "rules": rules}]}
