"""Run as a process of its own: counts attempts in a slot of the folder, says so, and waits to be told how many more.

Lines of stdin: how many attempts to count. Lines of stdout: the slot at first, then `counted`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from django.conf import settings

# As project.settings says; without applications and database it is there in an instant.
folder = Path(os.environ["DATA_DIR"]) / "metrics"
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
settings.configure(METRICS_DIR=folder)

from webhooks.metrics import slots  # noqa: E402  # after the settings

slots.install()

from prometheus_client import Counter, Gauge  # noqa: E402

attempts = Counter("attempts", "What this process counted")
Gauge("connected", "Whether this process lives", multiprocess_mode="livesum").set(1)
sys.stdout.write(f"{slots._slot()}\n")
sys.stdout.flush()
for line in sys.stdin:
    attempts.inc(int(line))
    sys.stdout.write("counted\n")
    sys.stdout.flush()
