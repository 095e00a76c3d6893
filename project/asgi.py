"""The web process: HTTP by Django, the live feed by Channels."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

from django.core.asgi import get_asgi_application

django_application = get_asgi_application()

from channels.routing import ProtocolTypeRouter  # noqa: E402  # models must be loaded before consumers are imported

from monitor.routing import websocket_application  # noqa: E402
from rest.body_limit import limit_body  # noqa: E402

application = ProtocolTypeRouter({"http": limit_body(django_application), "websocket": websocket_application})
