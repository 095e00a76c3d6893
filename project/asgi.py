"""The web process: HTTP by Django, the live feed by Channels."""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

from django.core.asgi import get_asgi_application

django_application = get_asgi_application()

from channels.routing import ProtocolTypeRouter  # noqa: E402  # models must be loaded before consumers are imported
from django.urls import get_resolver  # noqa: E402

from monitor.routing import websocket_application  # noqa: E402
from project import database_role, memory, metrics, tracing  # noqa: E402

application = ProtocolTypeRouter({"http": django_application, "websocket": websocket_application})

# Daphne has no setting for it. Where another program imports this module there is nothing to limit.
if daphne_server := sys.modules.get("daphne.server"):
    from project.web_server import LimitedHTTPFactory, LimitedWebSocketFactory

    daphne_server.HTTPFactory = LimitedHTTPFactory  # type: ignore[attr-defined]
    daphne_server.WebSocketFactory = LimitedWebSocketFactory  # type: ignore[attr-defined]

if "daphne.cli" in sys.modules:  # the Procfile's web process
    database_role.require_protected_tables()
    metrics.start()
    tracing.start()
get_resolver().url_patterns  # noqa: B018  # or the first request would load the views
memory.settle()
