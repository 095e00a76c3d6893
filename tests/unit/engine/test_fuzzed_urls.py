"""URLs made to be read differently by two parsers: what is checked must be what is dialled."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_network

import httpx
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.engine.sending import request_to
from webhooks.engine.addresses import TargetPolicy, literal

STRICT = TargetPolicy()

# IANA's registries of special-purpose addresses, without what is public in them. Of IPv6 only 2000::/3 is not special.
SPECIAL_IPV4 = [
    ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/3",
    )
]  # fmt: skip
SPECIAL_IPV6 = [ip_network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]
PUBLIC = ("8.8.8.8", "1.1.1.1", "134.74.40.72")
FULL_WIDTH = {ord(character): ord(character) + 0xFEE0 for character in "0123456789abcdefx.@/:?%\\"}


def _with_parts(spell: str):
    """Each of the four numbers as `spell` formats it."""
    return lambda address: ".".join(format(part, spell) for part in address.packed)


def _nat64(prefix: str):
    """An IPv6 address with the IPv4 one in its last 32 bits, in brackets."""
    return lambda address: f"[{IPv6Address(int(IPv6Address(prefix)) | int(address))}]"


SPELLINGS = (
    str,
    lambda address: str(int(address)),
    lambda address: hex(int(address)),
    lambda address: f"0{int(address):o}",
    _with_parts("#x"),
    _with_parts("03o"),
    _with_parts("03d"),
    lambda address: f"{address.packed[0]}.{int(address) & 0xFFFFFF}",
    lambda address: f"{address}.",
    lambda address: str(address).translate(FULL_WIDTH),
    lambda address: "".join(f"%{ord(character):02x}" for character in str(address)),
    lambda address: f"[::ffff:{address}]",
    lambda address: f"[::{address}]",
    lambda address: f"[::ffff:{address}%25eth0]",
    _nat64("64:ff9b::"),
    _nat64("64:ff9b:1::"),
    _nat64("::ffff:0:0:0"),
    lambda address: f"[{IPv6Address((0x2002 << 112) | (int(address) << 80))}]",
)
IPV6 = ("[::1]", "[::]", "[fe80::1%25eth0]", "[fe80::1%eth0]", "[fd00::1]", "[ff02::1]", "[2606:4700::1111]", "[v1.a]")
NAMES = ("localhost", "a.localhost.", "ⓛocalhost", "hooks.example.com", "bücher.example", "xn--a.example")
ADDRESSES = st.sampled_from(SPECIAL_IPV4).map(lambda network: network[-2]) | st.sampled_from(PUBLIC).map(IPv4Address)
HOSTS = (
    st.builds(lambda spell, address: spell(address), st.sampled_from(SPELLINGS), ADDRESSES)
    | st.sampled_from(IPV6)
    | st.sampled_from(NAMES)
)
# What parsers split at, strip, fold or decode.
SIGNS = "@:/\\?#%[].0;,_-~|^`{'\"<* \t\n\r\0\x85"
SEAMS = st.sampled_from([
    *SIGNS, *SIGNS.translate(FULL_WIDTH), "。", "\u00ad", "\u200b", "\u202e", "\u2024", "ß", "℀", "\ud800", "%2f",
    "%40", "%00", "//", ":443", ":443".translate(FULL_WIDTH), "user:password@", "8.8.8.8", "127.0.0.1", "a.example",
])  # fmt: skip


@st.composite
def urls(draw) -> str:
    """A URL of an odd host, with up to two seams put anywhere into it."""
    url = draw(st.sampled_from(["https://"] * 3 + ["HTTPS://", "https:", "//"])) + draw(HOSTS)
    url += draw(st.sampled_from(["", "", ":443", ":8443"])) + draw(st.sampled_from(["", "/a?b=ü"]))
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(url)))
        url = url[:at] + draw(SEAMS) + url[at:]
    return url


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """By the registries, not by the code that is tested."""
    address = getattr(address, "ipv4_mapped", None) or address
    if address.version == 4:
        return not any(address in network for network in SPECIAL_IPV4)
    return address in ip_network("2000::/3") and not any(address in network for network in SPECIAL_IPV6)


@given(urls())
@settings(max_examples=1000, deadline=None)
@example("https://hooks.example.com?x")
@example("https://[f:e80::1]/")
@example("https://[::ffff:8.8.8.8%[25eth0]")  # one parser's host, another's error
@example("https://3221225664/")  # 192.0.0.192, where a cloud's metadata are
def test_a_url_is_refused_with_a_reason_or_dials_what_was_checked(url):
    problems = STRICT.check_url(url)
    assert all(isinstance(problem, str) and problem for problem in problems)
    if problems:
        return
    request, checked = request_to(url), httpx.URL(url)
    assert request.url.raw_host == checked.raw_host.decode("ascii")
    assert (request.url.scheme, request.url.port) == ("https", checked.port or 443)
    assert request.url.user is request.url.password is None
    assert request.head().startswith(b"POST /")
    address = literal(request.url.raw_host)
    assert address is None or is_public(address)
