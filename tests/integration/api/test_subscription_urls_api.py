"""REST: which URLs a subscription may have. Checked without DNS."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from tests.integration.api.answers import json_of, problem_of, wrong_fields

BASE = "/webhooks/subscriptions"

# Spellings of addresses and of localhost that a resolver or client would take for this machine or a private one.
PRIVATE = (
    "127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "2130706433", "2130706433.", "0x7f000001", "0X7F.1", "017700000001",
    "127。0。0。1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1",
    "[::1]", "[0:0:0:0:0:0:0:1]", "[::1%25lo]", "[fe80::1]", "[fd00::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "[::127.0.0.1]", "[::ffff:0:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fec0::1]",
    "localhost", "LOCALHOST", "localhost.", "erp.localhost",
)  # fmt: skip
# No single host's address, and what only looks like a host.
NEVER = (
    "0", "0.0.0.0", "[::]", "224.0.0.1", "[ff02::1]", "①②⑦.0.0.1", "١٢٧.0.0.1", "1.2.3.4.5",
    "4294967296", "0177.0.0.1", "08.1.1.1",
    "0x", "hooks.0x1", "-bad-.example", "hooks..example", ".example", "x" * 64 + ".example", "127.0.0.%31",
    "127.0.0.1%00", "[v1.a]", "[::1]x", "x[::1]", "exam\u00adple.com", "exa\u200bmple.com", "ⓛocalhost",
)  # fmt: skip
# Nobody may have these.
MALFORMED = (
    "", "hooks.example.com", "//hooks.example.com/", "https:hooks.example.com", "https:///erp", "https://",
    "ftp://hooks.example.com/", "javascript:alert(1)", "file:///etc/passwd", "ws://hooks.example.com/",
    "https://user@hooks.example.com/", "https://user:pass@hooks.example.com/", "https://@hooks.example.com/",
    "https://hooks.example.com@evil.example/", "https://hooks.example.com\\@evil.example/",
    "https://hooks.example.com/a b", "https://hooks.example.com/\tx", "https://hooks.example.com/\r\nX-Evil: 1",
    "https://hooks.example.com/\x00", "https://hooks.example.com/\x7f", "https://hooks.example.com/\x85",
    "https://hooks.example.com/\u2028", "https://hooks.example.com/\u202e", "https://hooks.example.com/#part",
    "https://hooks.example.com:0/", "https://hooks.example.com:65536/", "https://hooks.example.com:-1/",
    "https://hooks.example.com:x/", "https://hooks.example.com/\ud800", "https://hooks.example.com/" + "x" * 2048,
)  # fmt: skip


@pytest.fixture
def strict(settings):
    settings.WEBHOOK_ALLOW_INSECURE_TARGETS = False


@pytest.fixture
def insecure(settings):
    settings.WEBHOOK_ALLOW_INSECURE_TARGETS = True


def subscribe(api, url):
    return api("post", BASE, {"url": url, "event": "*"})


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com", "https://hooks.example.com/erp?x=1&y=%20", "HTTPS://HOOKS.EXAMPLE.COM/",
        "https://hooks.example.com:443/", "https://hooks.example.com:8443/", "https://hooks.example.com./",
        "https://bücher.example/ü", "https://xn--bcher-kva.example/", "https://under_score.example.com/",
        "https://8.8.8.8/", "https://134744072/", "https://[2606:4700::1111]/", "https://[::ffff:8.8.8.8]/",
    ],
)  # fmt: skip
def test_a_public_https_url_is_accepted_as_it_is(api_client, strict, url):
    assert json_of(subscribe(api_client, url), 201)["url"] == url


@pytest.mark.parametrize("url", MALFORMED)
def test_a_malformed_url_is_refused(api_client, strict, url):
    assert wrong_fields(subscribe(api_client, url)) == {"url"}


@pytest.mark.parametrize("url", MALFORMED)
def test_a_malformed_url_is_refused_with_insecure_targets_too(api_client, insecure, url):
    assert wrong_fields(subscribe(api_client, url)) == {"url"}


@pytest.mark.parametrize("host", [*PRIVATE, *NEVER])
def test_addresses_off_limits_are_refused_in_every_spelling(api_client, strict, host):
    assert wrong_fields(subscribe(api_client, f"https://{host}/")) == {"url"}


@pytest.mark.parametrize("host", PRIVATE)
def test_insecure_targets_may_be_private_on_any_port_without_tls(api_client, insecure, host):
    json_of(subscribe(api_client, f"http://{host}:9100/erp"), 201)


@pytest.mark.parametrize("host", NEVER)
def test_insecure_targets_must_still_be_hosts(api_client, insecure, host):
    assert wrong_fields(subscribe(api_client, f"http://{host}/")) == {"url"}


@pytest.mark.parametrize("url", ["http://hooks.example.com/", "https://hooks.example.com:22/"])
def test_plain_http_and_other_ports_are_refused(api_client, strict, url):
    assert wrong_fields(subscribe(api_client, url)) == {"url"}


def test_an_allowed_network_opens_exactly_itself(api_client, strict, settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = [ip_network("10.1.0.0/16")]
    json_of(subscribe(api_client, "https://10.1.2.3/"), 201)
    assert wrong_fields(subscribe(api_client, "https://10.2.0.1/")) == {"url"}


@pytest.mark.parametrize("url", [None, 5, ["https://hooks.example.com"], {"href": "x"}])
def test_a_url_is_text(api_client, url):
    assert wrong_fields(subscribe(api_client, url)) == {"url"}


def test_a_change_of_the_url_is_checked_as_well(api_client, strict):
    created = json_of(subscribe(api_client, "https://hooks.example.com/"), 201)
    assert wrong_fields(api_client("patch", f"{BASE}/{created['id']}", {"url": "https://127.1/"})) == {"url"}


def test_all_that_is_wrong_is_said_at_once(api_client, strict):
    problem = problem_of(subscribe(api_client, "http://user@localhost:22/#x"), 422)
    (message,) = problem["errors"]["url"]
    assert all(word in message for word in ("https://", "credentials", "fragment", "localhost", "port 22"))
