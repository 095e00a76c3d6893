"""Receivers fail, and the on-call engineer is told; they are well again, and the engineer is told.

The application, a real Prometheus with the rules of ops/, a real Alertmanager with its configuration, and what stands
where Slack, the mail server and the dead man's switch would.
"""

from __future__ import annotations

import email
import email.policy
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from project.receiver import BackgroundReceiver, Behaviour, make_app
from tests.conftest import RecordingReceiver
from tests.e2e.conftest import Program
from tests.e2e.processes import Embedded, eventually
from tests.ops.derived import alertmanager_config, hurried_rules, prometheus_config
from tests.servers import Alertmanager, Prometheus, free_port

PASSWORD = "of-the-mail-server"
ALERT = "WebhookHighFailureRate"
WINDOW = 8  # seconds in place of 5 minutes


class Mailbox:
    """A mail server that wants the password; `mails` are subject and text of what it got."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, str]] = []
        self.port = free_port()
        # aiosmtpd warns of requiring a password without TLS: instead, what comes without one is refused below.
        self.controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            auth_require_tls=False,
            # aiosmtpd asks for a LOGIN otherwise than Alertmanager expects.
            auth_exclude_mechanism=["LOGIN"],
            authenticator=self.authenticate,
        )

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: object
    ) -> AuthResult:
        return AuthResult(success=isinstance(data, LoginPassword) and data.password == PASSWORD.encode())

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:
        if not session.authenticated or not isinstance(envelope.content, bytes):
            return "530 5.7.0 Authentication required"
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        body = mail.get_body(("plain",))
        self.mails.append((mail["Subject"], body.get_content() if body else ""))
        return "250 OK"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    box.controller.start()
    yield box
    box.controller.stop()


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """Without circuits: they would end the failures before anybody is told of them."""
    system = Embedded(tmp_path / "var", WEBHOOK_CIRCUIT_BREAKER="0")
    system.start()
    with Program(system) as made:
        yield made
    system.stop()


@pytest.fixture
def alertmanager(tmp_path: Path, receiver: RecordingReceiver, mailbox: Mailbox) -> Iterator[Alertmanager]:
    secrets = {"slack": receiver.url("/slack"), "mail": PASSWORD, "dead_man": "of-the-dead-man"}
    server = Alertmanager(alertmanager_config(tmp_path, receiver.base, f"127.0.0.1:{mailbox.port}", **secrets))
    yield server
    server.remove()


@pytest.fixture
def prometheus(tmp_path: Path, program: Program, alertmanager: Alertmanager) -> Iterator[Prometheus]:
    config = prometheus_config(hurried_rules(tmp_path, WINDOW), alertmanager.url.removeprefix("http://"))
    server = Prometheus(program.system.base.removeprefix("http://"), config=config)
    yield server
    server.remove()


def slack_messages(receiver: RecordingReceiver, title: str) -> list[dict[str, str]]:
    """What was posted to Slack with this title."""
    posted = [json.loads(request.body) for request in receiver.requests if request.path == "/slack"]
    return [each for message in posted for each in message["attachments"] if each["title"] == title]


def pay_until(program: Program, happened: Callable[[], bool], what: str) -> None:
    """Business goes on."""

    def look() -> bool:
        program.pay()
        time.sleep(0.1)
        return happened()

    eventually(look, what)


def test_failing_receivers_are_told_and_their_recovery(
    program: Program, prometheus: Prometheus, receiver: RecordingReceiver, mailbox: Mailbox
) -> None:
    behaviours = {"/hook": Behaviour(503)}
    firing, resolved = f"[FIRING critical] {ALERT} (webhooks)", f"[RESOLVED] {ALERT} (webhooks)"
    with BackgroundReceiver(lambda: make_app(behaviours)) as customers:
        for _ in range(3):
            program.subscribe(f"{customers.base}/hook")

        def told(title: str) -> bool:
            return bool(slack_messages(receiver, title)) and title in dict(mailbox.mails)

        pay_until(program, lambda: told(firing), "Slack and the mail server are told")
        behaviours["/hook"] = Behaviour(200)
        pay_until(program, lambda: told(resolved), "they are told that it is over")

    message = slack_messages(receiver, firing)[0]
    assert message["color"] == "danger"
    assert "of webhook attempts fail, at several receivers*" in message["text"]
    assert f"docs/runbooks.md#{ALERT.lower()}|Runbook>" in message["text"]
    assert "https://grafana.example.com/d/webhooks?var-job=webhooks&viewPanel=2" in message["text"]
    assert slack_messages(receiver, resolved)[0]["color"] == "good"
    mail = dict(mailbox.mails)[firing]
    assert "Receivers do not fail together" in mail
    assert f"Runbook: https://git.example.com/delivery-monitor/blob/main/docs/runbooks.md#{ALERT.lower()}" in mail
    watchdog = next(request for request in receiver.requests if request.path == "/dead-man")
    assert watchdog.headers["authorization"] == "Bearer of-the-dead-man"
    (alert,) = json.loads(watchdog.body)["alerts"]
    # The links are in the annotations; as labels they were dropped on the way.
    assert alert["labels"] == {"alertname": "WebhookWatchdog", "severity": "none"}
