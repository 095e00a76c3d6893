"""The web server's time for a request to come in is not a socket's time to live."""

from __future__ import annotations

import json
import time
from pathlib import Path

from tests.e2e.conftest import Program, next_frame
from tests.e2e.processes import Embedded

SECONDS = 1


def test_a_socket_outlives_the_time_that_a_request_has(tmp_path: Path) -> None:
    system = Embedded(tmp_path / "var", API_REQUEST_SECONDS=str(SECONDS))
    system.start()
    with Program(system) as program, program.feed() as feed:
        next_frame(feed, "hello")
        feed.send(json.dumps({"t": "sub"}))
        time.sleep(2 * SECONDS)
        feed.send(json.dumps({"t": "ping"}))
        assert next_frame(feed, "hb")["head"] == 0
    system.stop()
