"""Secrets are planted everywhere, things go wrong, and nothing that comes out holds one of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx

from tests.conftest import RecordingReceiver
from tests.e2e.conftest import Program
from tests.e2e.processes import PATIENCE, ROOT, Process, Production, eventually
from tests.servers import PostgreSQL, Redis

SECRET = "planted-secret-of-a-subscription"


def test_nothing_that_comes_out_holds_a_secret(
    tmp_path: Path, postgresql: PostgreSQL, redis_server: Redis, receiver: RecordingReceiver
) -> None:
    system = Production(tmp_path, postgresql, redis_server)
    system.environment["LOG_LEVEL"] = "DEBUG"
    system.start()
    seen: list[str] = []
    with Program(system) as program:
        planted = [SECRET, program.token, *(system.environment[name] for name in ("SECRET_KEY", "ENCRYPTION_KEYS"))]
        fields = {"secret": SECRET, "retry_schedule": []}
        created = program.subscribe(receiver.url("/ok"), **fields)
        assert created["secret"] == SECRET  # this once
        program.subscribe(receiver.url("/down"), **fields)
        program.subscribe("http://127.0.0.1:1/", **fields)
        program.pay()
        program.finished(3)
        with httpx.Client(base_url=system.base, headers={"Authorization": f"Bearer {program.token}"}) as client:
            api = "/api/v1/tenant"
            for path in ("subscriptions", "deliveries", "events", "event-types", f"subscriptions/{created['id']}"):
                seen.append(client.get(f"{api}/webhooks/{path}").text)
            for item in client.get(f"{api}/webhooks/deliveries").json()["items"]:
                seen.append(client.get(f"{api}/webhooks/deliveries/{item['id']}").text)
            wrong = {"url": "nonsense", "event": "*", "secret": SECRET, "unknown": SECRET}
            seen.append(client.post(f"{api}/webhooks/subscriptions", json=wrong).text)
            seen.append(client.post(f"{api}/webhooks/subscriptions", content=f"{{{SECRET}").text)
            for path in ("/", "/sign-in", "/metrics", "/readyz", "/api/v1/openapi.json", "/no-such-page"):
                seen.append(client.get(path, params={"token": SECRET}).text)
        postgresql.kill()  # errors of the database's client quote what they were given
        headers = {"Authorization": f"Bearer {program.token}"}
        seen.append(httpx.get(f"{system.base}/api/v1/tenant/customers", headers=headers, timeout=PATIENCE).text)
        seen.append(_tokens(system))
        postgresql.start()
        eventually(system.answers, "the web process answers again")
    logs: list[Process] = [system.web, system.worker]
    system.stop()
    seen += ["".join(process.lines) for process in logs]
    for secret in planted:
        assert not [text[max(0, text.find(secret) - 200) : text.find(secret) + 40] for text in seen if secret in text]


def _tokens(system: Production) -> str:
    command = [sys.executable, "manage.py", "list_tokens", "acme"]
    done = subprocess.run(
        command, cwd=ROOT, env=system.environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    return done.stdout + done.stderr
