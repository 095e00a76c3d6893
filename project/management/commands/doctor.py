"""`manage.py doctor`: what is wrong with this installation, and what to do."""

import sys
from typing import Any

from django.core.management.base import CommandParser

from project import doctor
from project.management.command import ProjectCommand

SIGNS = {"ok": "ok  ", "warning": "warn", "error": "FAIL"}


class Command(ProjectCommand):
    help = "Check configuration, connections, migrations, workers, metrics and subscriptions; exit code 1 on a failure."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = []
        for finding in doctor.examine():
            findings.append(finding)
            if not options["json"]:
                self.say(f"{SIGNS[finding.level]}  {finding.part}: {finding.text}")
                if finding.advice:
                    self.say(f"      -> {finding.advice}")
        failed = sum(finding.level == "error" for finding in findings)
        warnings = sum(finding.level == "warning" for finding in findings)
        if options["json"]:
            self.say_json({"failed": failed, "warnings": warnings, "findings": [each._asdict() for each in findings]})
        else:
            self.say(f"{failed} failed, {warnings} to look at." if failed or warnings else "All is well.")
        if failed:
            sys.exit(1)
