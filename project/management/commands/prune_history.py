"""`manage.py prune_history`: what the workers do each hour, now."""

from typing import Any

from django.core.management.base import CommandParser

from project.management.command import ProjectCommand
from webhooks import pruning


class Command(ProjectCommand):
    help = "Delete events older than WEBHOOK_HISTORY_DAYS with their deliveries and attempts, but for unfinished ones."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        pruned = pruning.prune()
        if options["json"]:
            self.say_json({"events": pruned})
        else:
            self.say(f"{pruned} events pruned")
