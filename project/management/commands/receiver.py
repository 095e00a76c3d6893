"""`manage.py receiver`: a real HTTP receiver of webhooks, for trying things out."""

import argparse
import asyncio
import signal
import socket
import sys
from typing import Any

import uvloop
from django.core.management.base import CommandParser

from project.config import exit_with
from project.management.command import ProjectCommand, number, whole_number
from project.receiver import Behaviour, Received, listen, make_app, serve
from project.receiver.verifying import standard_key


def port_number(text: str) -> int:
    return whole_number(text, most=65535, meaning="a port number, 0 to 65535")


def share(text: str) -> float:
    return number(text, least=0, most=1, meaning="a share between 0 and 1")


def duration(text: str) -> float:
    return number(text, least=0, meaning="seconds, 0 or more")


def signing_secret(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("a secret is not empty")
    try:
        standard_key(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError("what follows whsec_ is not base64") from exc
    return text


class Command(ProjectCommand):
    help = (
        "Receive webhooks on 127.0.0.1 and answer 200. Prints one JSON line a request: "
        '{"id", "event", "attempt", "verified", "status"}; verified is null without --secret. Needs no database.'
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=port_number, required=True, metavar="N", help="0 takes a free one")
        parser.add_argument("--secret", type=signing_secret, metavar="S", help="verify both signatures with it")
        parser.add_argument(
            "--fail-rate", type=share, default=0.0, metavar="F", help="answer this share of the requests with 500"
        )
        parser.add_argument("--latency", type=duration, default=0.0, metavar="S", help="seconds before each answer")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            listener = listen(options["port"])
        except OSError as exc:
            exit_with([f"cannot listen on port {options['port']}: {exc.strerror}"], code=1)
        sys.stderr.write(f"Listening on http://127.0.0.1:{listener.getsockname()[1]}\n")
        sys.stderr.flush()
        behaviour = Behaviour(fail_rate=options["fail_rate"], latency=(options["latency"], options["latency"]))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._serve(listener, behaviour, options["secret"]))

    async def _serve(self, listener: socket.socket, behaviour: Behaviour, secret: str | None) -> None:
        stop = asyncio.Event()
        for signum in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(signum, stop.set)
        await serve(make_app({}, default=behaviour, secret=secret, observe=self._print), listener, stop)

    def _print(self, received: Received) -> None:
        self.say_json({name: getattr(received, name) for name in ("id", "event", "attempt", "verified", "status")})
