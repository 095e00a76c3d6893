"""`manage.py release`: what must happen once before a new version starts (the Procfile's `release`)."""

from typing import Any

from django.conf import settings
from django.core.management import call_command

from project.management.command import ProjectCommand
from tenancy import row_security


class Command(ProjectCommand):
    help = "Apply migrations, collect static files and check the configuration."

    def handle(self, *args: Any, **options: Any) -> None:
        self.say("Applying migrations …")
        call_command("migrate", interactive=False, verbosity=options["verbosity"])
        row_security.protect()  # the migrations did; this is for tables that somebody changed by hand
        if not settings.EMBEDDED:  # there they are served from where they lie
            self.say("Collecting static files …")
            call_command("collectstatic", interactive=False, verbosity=0)
        call_command("check", deploy=not settings.EMBEDDED)
        self.say("Released.")
