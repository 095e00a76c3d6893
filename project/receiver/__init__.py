"""A real HTTP receiver of webhooks for the demo, the `receiver` command and the tests.

It shares no code with what sends: `verifying` is written from the specifications alone.
"""

from project.receiver.answering import BEHAVIOURS, Behaviour, Received, make_app
from project.receiver.serving import BackgroundReceiver, listen, serve

__all__ = ["BEHAVIOURS", "BackgroundReceiver", "Behaviour", "Received", "listen", "make_app", "serve"]
