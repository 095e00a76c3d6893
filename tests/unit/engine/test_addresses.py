from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.engine.addresses import TargetPolicy
from webhooks.engine.exceptions import BlockedAddressError

STRICT = TargetPolicy()
OPEN = TargetPolicy(allow_insecure=True)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com/erp?x=1",
        "https://hooks.example.com:8443/",
        "https://8.8.8.8/hook",
        "https://[2606:4700::1111]/hook",
        "https://bücher.example/hook",
        "https://under_score.example.com/",
    ],
)
def test_public_https_targets_are_accepted(url):
    assert STRICT.check_url(url) == []


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://hooks.example.com/", "https://"),
        ("ftp://hooks.example.com/", "https://"),
        ("hooks.example.com", "https://"),
        ("https:///path", "no host"),
        ("https://user:pass@hooks.example.com/", "credentials"),
        ("https://user@hooks.example.com/", "credentials"),
        ("https://hooks.example.com/a b", "spaces"),
        ("https://hooks.example.com/\r\nX-Evil: 1", "spaces, control"),
        ("https://hooks.example.com\\@evil.example/", "backslashes"),
        ("https://hooks.example.com/#part", "fragment"),
        ("https://hooks.example.com:22/", "port 22"),
        ("https://hooks.example.com:99999/", "no URL"),
        ("https://localhost/", "localhost"),
        ("https://api.localhost./", "localhost"),
        ("https://-bad-.example/", "host name"),
        ("https://" + "a" * 2048, "longer"),
        ("https://[::1", "no URL"),
    ],
)
def test_bad_urls_are_refused_with_a_reason(url, message):
    assert any(message in problem for problem in STRICT.check_url(url))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "172.16.0.1",
        "169.254.169.254",
        "192.0.0.192",
        "100.64.0.1",
        "224.0.0.1",
        "0.0.0.0",
        "255.255.255.255",
        "[::1]",
        "[::]",
        "[fe80::1%25eth0]",
        "[fd00:ec2::254]",
        "[::ffff:127.0.0.1]",
        "[::ffff:10.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:1::1]",
        "[::ffff:0:7f00:1]",
        "[fec0::1]",
        "[5f00::1]",
        "[f:e80::1]",
        "[ff02::1]",
    ],
)
def test_addresses_off_limits_are_refused_in_every_spelling(host):
    assert STRICT.check_url(f"https://{host}/")


def test_insecure_targets_may_be_http_private_and_on_any_port():
    assert OPEN.check_url("http://127.0.0.1:9100/hook") == []
    assert OPEN.check_url("http://localhost:9100/hook") == []


def test_allowed_networks_open_exactly_themselves():
    policy = TargetPolicy(allowed_networks=(ip_network("10.1.0.0/16"),))
    policy.check_address("10.1.2.3")
    policy.check_address("::ffff:10.1.2.3")
    with pytest.raises(BlockedAddressError):
        policy.check_address("10.2.0.1")


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_may_be_dialled(address):
    STRICT.check_address(address)


@given(st.text(max_size=80))
def test_any_text_as_a_url_gets_an_answer(text):
    assert isinstance(STRICT.check_url(text), list)
    assert isinstance(STRICT.check_url(f"https://{text}/"), list)


def test_port_is_checked_again_when_it_is_dialled():
    """The allowed ports may have changed since the URL was saved."""
    policy = TargetPolicy(ports=frozenset({443}))
    policy.open_socket((2, 1, 6, "", ("93.184.215.14", 443))).close()
    with pytest.raises(BlockedAddressError, match="port 8443"):
        policy.open_socket((2, 1, 6, "", ("93.184.215.14", 8443)))
    TargetPolicy(allow_insecure=True).open_socket((2, 1, 6, "", ("127.0.0.1", 9))).close()
