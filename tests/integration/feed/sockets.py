"""A client of the feed, talking to the real consumer."""

from __future__ import annotations

from typing import Any, Self

from channels.testing import WebsocketCommunicator

from monitor.feed.consumer import FeedConsumer
from monitor.feed.limits import Limits
from project.asgi import application

# Long enough for a loaded machine; what is expected comes much sooner.
PATIENCE = 15
PATH = "/ws/v1/feed"


class FeedSocket:
    """Use as `async with`. `receive` leaves out heartbeats, and only `metrics` gives the messages of that name."""

    def __init__(self, token: str | None, *, path: str = PATH, limits: Limits | None = None, **headers: str) -> None:
        if token:
            headers["authorization"] = f"Bearer {token}"
        wire = [(name.encode(), value.encode()) for name, value in {"host": "testserver", **headers}.items()]
        served = application if limits is None else FeedConsumer.as_asgi(limits=limits)
        self._communicator = WebsocketCommunicator(served, path, headers=wire)

    async def __aenter__(self) -> Self:
        self.accepted, _ = await self._communicator.connect(PATIENCE)
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self._communicator.disconnect(timeout=PATIENCE)

    async def send(self, **message: Any) -> None:
        await self._communicator.send_json_to(message)

    async def send_text(self, text: str) -> None:
        await self._communicator.send_to(text_data=text)

    async def send_bytes(self, data: bytes) -> None:
        await self._communicator.send_to(bytes_data=data)

    async def receive_any(self) -> dict[str, Any]:
        """The next message, whatever it is but `metrics`."""
        while (message := await self._communicator.receive_json_from(PATIENCE))["t"] == "metrics":
            pass
        return message

    async def metrics(self) -> dict[str, Any]:
        """The next `metrics` message; others before it are passed over."""
        while (message := await self._communicator.receive_json_from(PATIENCE))["t"] != "metrics":
            pass
        return message

    async def receive(self) -> dict[str, Any]:
        """The next message that is no heartbeat."""
        while True:
            message = await self.receive_any()
            if message["t"] != "hb":
                return message

    async def subscribe(self, **sub: Any) -> dict[str, Any]:
        """Say `sub`; the answer is the hello that came before."""
        hello = await self.receive()
        assert hello["t"] == "hello"
        await self.send(t="sub", **sub)
        return hello

    async def until(self, last: int) -> list[dict[str, Any]]:
        """All numbered messages up to the number `last`, each beginning where the one before ended."""
        messages = [await self.receive()]
        while messages[-1]["to"] < last:
            messages.append(await self.receive())
            assert messages[-1]["from"] == messages[-2]["to"] + 1
        assert messages[-1]["to"] == last
        return messages

    async def heartbeat_with(self, head: int) -> None:
        """Wait until the server knows of `head`; nothing else may come before."""
        message = {"head": -1}
        while message["head"] < head:
            message = await self.receive_any()
            assert message["t"] == "hb"

    async def output(self) -> dict[str, Any]:
        """What the server does next, as ASGI says it."""
        return await self._communicator.receive_output(PATIENCE)

    async def closed(self) -> int:
        """The code the server closes with, at once or after some messages."""
        while (output := await self.output())["type"] != "websocket.close":
            pass
        return output["code"]


def rows_of(messages: list[dict[str, Any]]) -> list[list[Any]]:
    return [row for message in messages if message["t"] == "batch" for row in message["r"]]


def numbers_of(messages: list[dict[str, Any]]) -> list[int]:
    return [row[0] for row in rows_of(messages)]
