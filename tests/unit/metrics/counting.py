"""Run as a process of its own: counts attempts in a slot of the folder, says so, and waits to be told how many more.

Lines of stdin: how many attempts to count. Lines of stdout: the slot at first, then `counted`.
"""

from __future__ import annotations

import sys

import django

django.setup()

from webhooks.metrics import slots  # noqa: E402  # after Django's settings

slots.install()

from prometheus_client import Counter  # noqa: E402

attempts = Counter("attempts", "What this process counted")
sys.stdout.write(f"{slots._slot()}\n")
sys.stdout.flush()
for line in sys.stdin:
    attempts.inc(int(line))
    sys.stdout.write("counted\n")
    sys.stdout.flush()
