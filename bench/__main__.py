"""Runs benchmarks against servers of their own: `python -m bench [NAME [options]]`; without a name, all of them.

PostgreSQL and Redis are started on free ports in folders that are removed at the end. Unlike in the tests, PostgreSQL
waits for the disk (fsync): a delivery counts when it would survive a power cut. Settings whose names begin with
WEBHOOK_, API_ or FEED_ are taken from the environment.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.e2e.processes import Production
from tests.servers import DurablePostgreSQL, Redis, running

# What `make bench` runs: each once, in sizes that together take some fifteen minutes.
ALL: dict[str, list[str]] = {
    "huey_worker": ["3000"],
    "publishing": ["300"],
    "deliveries_list": ["1000000", "100"],
    "pruning": ["200000"],
    "charts": ["200000", "50"],
    "scrape": ["200000", "100000"],
    "throughput": ["--events", "10000", "--tenants", "10", "--baseline-events", "1000"],
    "isolation": ["--seconds", "30"],
    "slow_readers": ["--slow", "100", "--seconds", "45"],
    "feed": ["--seconds", "20"],
    "monitor_page": [],
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", nargs="?", choices=list(ALL), help="one benchmark; its own options follow")
    parser.add_argument("options", nargs=argparse.REMAINDER)
    chosen = parser.parse_args()
    wanted = {chosen.name: chosen.options} if chosen.name else ALL
    return max(run(name, options) for name, options in wanted.items())


def run(name: str, options: list[str]) -> int:
    """One benchmark on an empty, migrated database; its exit code."""
    sys.stdout.write(f"\n## {name} {' '.join(options)}\n")
    sys.stdout.flush()
    with (
        running(DurablePostgreSQL) as postgresql,
        running(Redis) as redis,
        tempfile.TemporaryDirectory(prefix="monitor-bench-") as folder,
    ):
        kept = {name: value for name, value in os.environ.items() if name.startswith(("WEBHOOK_", "API_", "FEED_"))}
        production = Production(Path(folder), postgresql, redis, **kept)
        release = [sys.executable, "manage.py", "release"]
        subprocess.run(release, env=production.environment, check=True, stdout=subprocess.DEVNULL)
        command = [sys.executable, "-m", f"bench.{name}", *options]
        # A benchmark looks at all tenants; what it starts does not (see `bench.throughput.Bench`).
        environment = {**production.environment, "PGOPTIONS": "-c app.all_tenants=on"}
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
