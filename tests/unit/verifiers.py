"""The snippets of docs/integration.md that verify a webhook, each run by its own language, and requests to run them on.

A verifier is given secret, headers (by lower-case name) and body of several requests and says which are genuine.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from webhooks.engine.request import PendingDispatch, build

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "integration.md"
SECRETS = ["whsec_MKeOGYu94ye3XQfw3S2CbIx+AoROwGtIKBSrqyF8dnQ=", "an-own-secret-with-ünïcode"]
BODY = '{"id":"019ab610-422b-790a-a437-9dc6b07d5ebf","data":{"name":"Peña"}}'.encode()
# Building Go's standard library for the first time takes most of it.
SECONDS = 110

Request = tuple[str, dict[str, str], bytes]
Verifier = Callable[..., list[bool]]

NODE_MAIN = """import { readFileSync } from "node:fs";
import { FUNCTION } from "./verify.mjs";
const requests = JSON.parse(readFileSync(0, "utf8"));
const answers = requests.map(([secret, headers, body]) => FUNCTION(secret, headers, Buffer.from(body, "base64")));
console.log(JSON.stringify(answers));
"""
PHP_MAIN = """<?php
require __DIR__ . '/verify.php';
$answers = [];
foreach (json_decode(file_get_contents('php://stdin'), true) as [$secret, $headers, $body]) {
    $answers[] = FUNCTION($secret, $headers, base64_decode($body));
}
echo json_encode($answers);
"""
GO_MAIN = """package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"

	"example/receiver"
)

func main() {
	var requests [][3]any
	if err := json.NewDecoder(os.Stdin).Decode(&requests); err != nil {
		panic(err)
	}
	answers := []bool{}
	for _, request := range requests {
		headers := http.Header{}
		for name, value := range request[1].(map[string]any) {
			headers.Set(name, value.(string))
		}
		body, _ := base64.StdEncoding.DecodeString(request[2].(string))
		answers = append(answers, receiver.FUNCTION(request[0].(string), headers, body))
	}
	json.NewEncoder(os.Stdout).Encode(answers)
}
"""


def snippet(name: str) -> str:
    """The code block that has this file name in a comment at its beginning."""
    found = re.search(rf"```\w+\n((?:<\?php\n)?(?:#|//) {re.escape(name)}\n.*?)```", PAGE.read_text(), re.DOTALL)
    assert found, f"no snippet {name}"
    return found[1]


def signed(*secrets: str, body: bytes = BODY, age: int = 0) -> tuple[dict[str, str], bytes]:
    """Headers by lower-case name and the body of a request that was made `age` seconds ago."""
    event_id = UUID("019ab610-422b-790a-a437-9dc6b07d5ebf")
    dispatch = PendingDispatch(
        UUID(int=1), UUID(int=2), event_id, "payment.received", 1, "https://x.example", secrets, body, 10.0
    )
    request = build(dispatch, int(time.time()) - age)
    return request.headers, request.body


def in_python(function: str, _folder: Path) -> Verifier:
    code: dict = {}
    exec(snippet("verify.py"), code)  # noqa: S102  # the page's own code
    return lambda *requests: [code[function](*request) for request in requests]


def in_node(function: str, folder: Path) -> Verifier:
    node = _found("node")
    folder.joinpath("verify.mjs").write_text(snippet("verify.mjs"))
    folder.joinpath("main.mjs").write_text(NODE_MAIN.replace("FUNCTION", function))
    return _run_by([node, str(folder / "main.mjs")])


def in_php(function: str, folder: Path) -> Verifier:
    php = _found("php")
    folder.joinpath("verify.php").write_text(snippet("verify.php"))
    folder.joinpath("main.php").write_text(PHP_MAIN.replace("FUNCTION", function))
    return _run_by([php, "-n", "-d", "display_errors=stderr", str(folder / "main.php")])


def in_go(function: str, folder: Path) -> Verifier:
    go = _found("go")
    folder.joinpath("receiver").mkdir()
    folder.joinpath("receiver", "verify.go").write_text(snippet("verify.go"))
    folder.joinpath("main.go").write_text(GO_MAIN.replace("FUNCTION", function))
    folder.joinpath("go.mod").write_text("module example\n\ngo 1.20\n")
    # Another version of Go is never loaded for it.
    environment = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "", "GOWORK": "off"}
    subprocess.run([go, "build", "-o", "main"], cwd=folder, env=environment, check=True, timeout=SECONDS)
    return _run_by([str(folder / "main")])


def _found(program: str) -> str:
    """Where it is. The development packages bring Node; the others may be missing."""
    found = shutil.which(program, path=f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}")
    if not found:
        pytest.skip(f"{program} is not installed")
    return found


def _run_by(command: list[str]) -> Verifier:
    def verify(*requests: Request) -> list[bool]:
        given = json.dumps([[secret, headers, b64encode(body).decode()] for secret, headers, body in requests])
        done = subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=SECONDS)
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout)

    return verify
