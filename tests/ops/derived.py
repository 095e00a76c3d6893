"""The files of ops/ as they are, but faster: what is an alert after minutes is one after seconds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from tests.ops.rules import PROMETHEUS, ROOT, groups

ALERTMANAGER = ROOT / "ops/alertmanager"


def hurried_rules(folder: Path, seconds: int) -> list[str]:
    """Copies of all rules: 5 minutes are `seconds`, and nothing has to last; the files' paths."""
    hurried = []
    for group in groups():
        rules = [
            {**{name: value for name, value in rule.items() if name != "for"}, "expr": _hurried(rule["expr"], seconds)}
            for rule in group["rules"]
        ]
        hurried.append({"name": group["name"], "interval": "1s", "rules": rules})
    path = folder / "hurried.rules.yml"
    path.write_text(yaml.safe_dump({"groups": hurried}))
    return [str(path)]


def _hurried(expr: str, seconds: int) -> str:
    return re.sub(r"\[5m\]", f"[{seconds}s]", expr)


def prometheus_config(rule_files: list[str], alertmanager: str) -> dict[str, Any]:
    """What the example says about rules, links and whom to tell."""
    example = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
    alerting = {**example["alerting"], "alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]}
    return {
        "global": {"external_labels": example["global"]["external_labels"]},
        "rule_files": rule_files,
        "alerting": alerting,
    }


def alertmanager_config(folder: Path, web: str, smtp: str, **secrets: str) -> Path:
    """The example, telling these servers at once, with the secrets `slack`, `mail` and `dead_man`; the file's path."""
    config = yaml.safe_load((ALERTMANAGER / "alertmanager.yml").read_text())
    files = {name: folder / name for name in secrets}
    for name, file in files.items():
        file.write_text(secrets[name])
    config["global"].update(
        slack_api_url_file=str(files["slack"]),
        smtp_auth_password_file=str(files["mail"]),
        smtp_smarthost=smtp,
        smtp_require_tls=False,
    )
    (dead_man,) = [receiver for receiver in config["receivers"] if receiver["name"] == "dead-man"]
    dead_man["webhook_configs"][0]["url"] = f"{web}/dead-man"
    dead_man["webhook_configs"][0]["http_config"]["authorization"]["credentials_file"] = str(files["dead_man"])
    config["templates"] = [str(ALERTMANAGER / name) for name in config["templates"]]
    for route in (config["route"], *config["route"]["routes"]):
        route.update(group_wait="0s", group_interval="1s", repeat_interval="1h")
    path = folder / "alertmanager.yml"
    path.write_text(yaml.safe_dump(config))
    return path
