"""`manage.py serve`: the embedded all-in-one process, what `make run` runs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command

from project.config import exit_with
from project.management.command import ProjectCommand


class Command(ProjectCommand):
    long_running = True
    help = "Run web, worker and (unless DEMO=0) demo traffic in one process, on SQLite and loopback."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMBEDDED:
            exit_with(["serve is the embedded mode; with DATABASE_URL and REDIS_URL run the lines of the Procfile"])
        # Imported here: daphne installs its event loop when it is imported, which only this process wants.
        from project import embedded
        from project.demo import Demo
        from project.sign_in_link import make_link

        if problem := embedded.writable_problem():
            exit_with([problem])
        if not embedded.lock_folder():
            exit_with(
                [f"DATA_DIR: another `make run` uses {settings.DATA_DIR}; stop it, or name another folder"], code=1
            )
        embedded.keep_private()
        try:
            listener = embedded.listen(settings.PORT)
        except OSError as exc:
            exit_with([embedded.port_problem(settings.PORT, exc)], code=1)
        port = listener.getsockname()[1]
        self.say("Preparing the database …")
        call_command("migrate", verbosity=0, interactive=False)
        base = f"http://127.0.0.1:{port}"
        demo = Demo() if settings.DEMO else None

        def on_ready() -> None:
            self.say(f"Sign in: {make_link(base)}")
            if demo:
                self.say(f"Token: {demo.token}")
                self.say(f"Try: curl -H 'Authorization: Bearer {demo.token}' {base}/api/v1/tenant/webhooks/deliveries")
            self.say(f"Ready: {base}")

        server = embedded.EmbeddedServer(listener, demo, on_ready)
        raise SystemExit(server.run())
