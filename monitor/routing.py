"""WebSocket paths. Everything but the feed is refused before the handshake, as HTTP 403."""

from __future__ import annotations

from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import URLRouter
from django.urls import path, re_path

from monitor.feed.consumer import FeedConsumer


class RefusingConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """Answers an unknown path; without it the router raises, which is a traceback and a 500."""

    channel_layer_alias = "none"

    async def connect(self) -> None:
        await self.close()


websocket_application: Any = URLRouter(
    [path("ws/v1/feed", FeedConsumer.as_asgi()), re_path("", RefusingConsumer.as_asgi())]
)
