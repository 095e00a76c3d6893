"""What the monitor's page costs a browser while 2,000 attempts/s of its tenant come in.

    .venv/bin/python -m bench monitor_page [--rate 2000] [--seconds 20] [--profile]

The page of a web process in headless Chromium, one after another: the live page that follows, the live page with a
filter, the charts. Attempts are not made but recorded (`bench.recorded`); measuring begins some seconds after they do.
Busy, tasks and repaints are those of the page's main thread in Chromium's own trace; the heap is V8's after a garbage
collection. `--profile` says which functions took the time.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import time
from collections import Counter
from typing import Any, NamedTuple

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.test import Client  # noqa: E402
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright  # noqa: E402

from bench import load  # noqa: E402
from bench.feed import say, spawn, watched_of  # noqa: E402
from bench.recorded import Watched, record  # noqa: E402
from bench.throughput import Bench  # noqa: E402
from tenancy.models import Membership, Tenant  # noqa: E402
from tests.e2e.processes import CHROMIUM, CHROMIUM_FLAGS  # noqa: E402

VIEWS = {
    "live, following": "/",
    "live, filtered": "/?q=event:invoice.*",
    "charts": "/charts",
}
SUBSCRIPTIONS = 20
WARM_UP_SECONDS = 5.0
CATEGORIES = ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"]
TASK, REPAINT = "RunTask", "Commit"
# Busy ms of a second, ms of the longest task, MB of heap.
BUDGETS = (150.0, 100.0, 20.0)
FUNCTIONS = 20
# In the page's header.
RATE = re.compile(r"[\d,]+/s")


class Measured(NamedTuple):
    """Of the main thread; `cpu` and `longest_cpu` are what was spent on a core, the rest of a time is waiting for one.
    `seen`: the rate that the page itself shows."""

    busy: float
    longest: float
    heap: float
    cpu: float
    longest_cpu: float
    repaints: float
    seen: str
    functions: list[tuple[str, float]]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, default=2000, help="attempts a second, all of the tenant")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--profile", action="store_true")
    chosen = parser.parse_args()
    say("| page | busy ms/s | on a core | longest task ms | on a core | heap MB | repaints/s | seen | |")
    say("|---|---|---|---|---|---|---|---|---|")
    bench = Bench()
    try:
        tenant = load.make_tenant([bench.url(str(number)) for number in range(SUBSCRIPTIONS)])
        cookie, watched = _cookie(tenant), watched_of(1, tenant)
        base = bench.feed_url.partition("/ws/")[0].replace("ws:", "http:")
        # No database from here on: Playwright's event loop runs in this thread.
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
            for name, path in VIEWS.items():
                _report(name, _measure(browser, _page(browser, base + path, cookie), watched, chosen))
    finally:
        bench.stop()


def _cookie(tenant: Tenant) -> str:
    """Of a session at the tenant."""
    user = get_user_model().objects.create_user("bench")
    Membership.objects.create(user=user, tenant=tenant, role="admin")
    client = Client(headers={"Host": "localhost"})
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _page(browser: Browser, address: str, cookie: str) -> Page:
    context: BrowserContext = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "domain": "127.0.0.1", "path": "/"}])
    page = context.new_page()
    page.goto(address)
    page.get_by_text("Connected").wait_for()
    return page


def _measure(browser: Browser, page: Page, watched: Watched, chosen: argparse.Namespace) -> Measured:
    tools = page.context.new_cdp_session(page)
    recorder = spawn(record, [watched], chosen.rate, WARM_UP_SECONDS + chosen.seconds + 2)
    recorder.recv()
    recorder.send("go")
    page.wait_for_timeout(1000 * WARM_UP_SECONDS)
    if chosen.profile:
        tools.send("Profiler.enable")
        tools.send("Profiler.start")
    begun = time.monotonic()
    browser.start_tracing(page=page, categories=CATEGORIES)
    page.wait_for_timeout(1000 * chosen.seconds)
    shown = RATE.search(page.locator("header").first.inner_text())
    seen = shown[0] if shown else "nothing"
    trace = json.loads(browser.stop_tracing())
    functions = _functions(tools, time.monotonic() - begun) if chosen.profile else []
    heap = _heap(tools)
    page.context.close()
    recorder.recv()
    return _measured(trace["traceEvents"], heap, seen, functions)


def _heap(tools: CDPSession) -> float:
    """MB of V8's heap that are in use."""
    tools.send("HeapProfiler.enable")
    tools.send("HeapProfiler.collectGarbage")
    return float(tools.send("Runtime.getHeapUsage")["usedSize"]) / 1e6


def _measured(events: list[dict[str, Any]], heap: float, seen: str, functions: list[tuple[str, float]]) -> Measured:
    """From a trace; its times are µs. The page's main thread is the one of that name with most to tell."""
    threads = {
        (each["pid"], each["tid"])
        for each in events
        if each["name"] == "thread_name" and each["args"]["name"] == "CrRendererMain"
    }
    by_thread = [[each for each in events if (each["pid"], each["tid"]) == thread] for thread in threads]
    own = max(by_thread, key=len)
    times = [each["ts"] for each in own if each["ts"]]
    seconds = (max(times) - min(times)) / 1e6
    # One that was running at the end has no length.
    tasks = [each for each in own if each["name"] == TASK and "dur" in each]
    return Measured(
        busy=sum(task["dur"] for task in tasks) / 1000 / seconds,
        longest=max(task["dur"] for task in tasks) / 1000,
        heap=heap,
        cpu=sum(task.get("tdur", 0) for task in tasks) / 1000 / seconds,
        longest_cpu=max(task.get("tdur", 0) for task in tasks) / 1000,
        repaints=sum(each["name"] == REPAINT for each in own) / seconds,
        seen=seen,
        functions=functions,
    )


def _functions(tools: CDPSession, seconds: float) -> list[tuple[str, float]]:
    """Functions with their own ms of a second, the most first."""
    profile = tools.send("Profiler.stop")["profile"]
    frames = {node["id"]: node["callFrame"] for node in profile["nodes"]}
    spent: Counter[str] = Counter()
    for node, micros in zip(profile["samples"], profile["timeDeltas"], strict=True):
        frame = frames[node]
        spent[f"{frame['functionName'] or 'anonymous'} {frame['lineNumber']}:{frame['columnNumber']}"] += micros
    return [(name, micros / 1000 / seconds) for name, micros in spent.most_common(FUNCTIONS)]


def _report(name: str, measured: Measured) -> None:
    over = [value > most for value, most in zip(measured[:3], BUDGETS, strict=True)]
    own = [measured.cpu > BUDGETS[0], measured.longest_cpu > BUDGETS[1], over[2]]
    verdict = "over" if any(own) else "PASS, but had to wait for a core" if any(over) else "PASS"
    times = f"{measured.busy:.0f} | {measured.cpu:.0f} | {measured.longest:.0f} | {measured.longest_cpu:.0f}"
    say(f"| {name} | {times} | {measured.heap:.1f} | {measured.repaints:.1f} | {measured.seen} | {verdict} |")
    for function, spent in measured.functions:
        say(f"    {spent:6.1f} ms/s {function}")


if __name__ == "__main__":
    main()
