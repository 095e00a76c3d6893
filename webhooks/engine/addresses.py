"""Which targets may be called. Twice: the URL when it is saved, and every address when it is dialled.

The first check is for people (a clear message while they type). The second is the guard: it sees the address that is
really connected to, after DNS, so a name that changes its answer gains nothing.
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

import httpx
from yarl import URL

from webhooks.engine.exceptions import BlockedAddressError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MAX_URL_LENGTH = 2048
DEFAULT_PORTS = frozenset({443, 8443})
HOST_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?", re.IGNORECASE)
# A host whose last label is a number is a failed attempt at an address, never a name (WHATWG URL, "ends in a number").
ENDS_IN_NUMBER = re.compile(r"(.*\.)?([0-9]+|0x[0-9a-f]*)\.?", re.IGNORECASE)
# What of IPv6 is given out (RFC 4291). Outside are private networks, and IPv4 addresses in disguise that an IPv4
# check would never see: NAT64 (64:ff9b::/96), IPv4-compatible (::/96) and IPv4-translated ones (::ffff:0:0:0/96).
GLOBAL_UNICAST = IPv6Network("2000::/3")
# Networks that `ipaddress` calls global although what is behind them is not the public internet, or is an IPv4 address
# in disguise.
OFF_LIMITS = tuple(
    ip_network(network)
    for network in (
        "100.64.0.0/10",  # carrier-grade NAT, RFC 6598
        "168.63.129.16/32",  # Azure's own services, metadata among them
        "192.0.0.0/24",  # protocol assignments, RFC 6890; Python before 3.11.10 knows but a part of it
        "192.31.196.0/24",  # AS112, RFC 7535
        "192.52.193.0/24",  # AMT, RFC 7450
        "192.88.99.0/24",  # 6to4 relay, RFC 7526
        "2001::/32",  # Teredo, RFC 4380
        "2002::/16",  # 6to4, RFC 3056
        "2620:4f:8000::/48",  # AS112, RFC 7534
        "3fff::/20",  # documentation, RFC 9637
    )
)


@dataclass(frozen=True, slots=True)
class TargetPolicy:
    """What a subscription's URL may point to. `allow_insecure`: http, private addresses and any port (development)."""

    allow_insecure: bool = False
    allowed_networks: tuple[Network, ...] = ()
    ports: frozenset[int] = DEFAULT_PORTS

    def check_url(self, url: str) -> list[str]:
        """What is wrong with the URL, as messages that say what to do; empty when nothing is. Asks no DNS."""
        if len(url) > MAX_URL_LENGTH:
            return [f"the URL is longer than {MAX_URL_LENGTH} characters"]
        if any(not character.isprintable() or character in " \\" for character in url):
            return ["the URL has spaces, control characters or backslashes; percent-encode them"]
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return ["this is no URL; use https://host/path"]
        try:
            # As the client will read it: `127。0。0。1` is 127.0.0.1 to it, and `①②⑦.0.0.1` is nothing.
            read = httpx.URL(url)
            URL(str(read), encoded=True)  # what it is dialled as; not all that the one reads the other does
            _ = read.host  # what begins with xn-- must be a name
            host = read.raw_host.decode("ascii")
        except (httpx.InvalidURL, ValueError):
            return ["this is no valid host name"]
        problems = self._scheme_problems(parts.scheme)
        if parts.username is not None or parts.password is not None:
            problems.append("credentials in the URL are not accepted; verify the signature instead")
        if parts.fragment:
            problems.append("a URL fragment (#…) is never sent; remove it")
        if not host:
            problems.append("the URL has no host; use https://host/path")
        else:
            problems += self._host_problems(host)
        if port == 0 or (port is not None and not self.allow_insecure and port not in self.ports):
            problems.append(f"port {port} is not allowed; use {', '.join(map(str, sorted(self.ports)))}")
        return problems

    def _scheme_problems(self, scheme: str) -> list[str]:
        if scheme == "https" or (scheme == "http" and self.allow_insecure):
            return []
        return ["the URL must begin with https://" + (" or http://" if self.allow_insecure else "")]

    def _host_problems(self, host: str) -> list[str]:
        address = literal(host)
        if address is not None:
            try:
                self.check_address(str(address))
            except BlockedAddressError as exc:
                return [f"the address {exc}; use a public one"]
            return []
        if not HOST_NAME.fullmatch(host) or ENDS_IN_NUMBER.fullmatch(host) or len(host) > 253:
            return ["this is no valid host name"]
        if not self.allow_insecure and f".{host.rstrip('.').lower()}".endswith(".localhost"):
            return ["localhost is this server itself; use a public host name"]
        return []

    def check_scheme(self, scheme: str, host: str) -> None:
        """Raise BlockedAddressError when this is not spoken: the URL may be from before it was forbidden."""
        if scheme != "https" and not self.allow_insecure:
            raise BlockedAddressError(host, "to be reached by https only")

    def check_address(self, address: str) -> None:
        """Raise BlockedAddressError when this address may not be dialled. A zone (`fe80::1%eth0`) is accepted."""
        parsed = ip_address(address.partition("%")[0])
        effective = getattr(parsed, "ipv4_mapped", None) or parsed
        if any(network.version == effective.version and effective in network for network in self.allowed_networks):
            return
        if effective.is_unspecified or effective.is_multicast:
            raise BlockedAddressError(address, "no single host's address")
        if not self.allow_insecure and not _public(effective):
            raise BlockedAddressError(address, "a private or reserved address")

    def open_socket(self, info: tuple[int, int, int, str, tuple[object, ...]]) -> socket.socket:
        """`socket_factory` of the HTTP client: it is asked for every address that is really dialled."""
        family, kind, protocol, _, address = info
        self.check_address(str(address[0]))
        if not self.allow_insecure and address[1] not in self.ports:
            raise BlockedAddressError(f"{address[0]} port {address[1]}", "a port that is not allowed")
        opened = socket.socket(family, kind, protocol)
        opened.setblocking(False)
        return opened


def _public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address not in GLOBAL_UNICAST:
        return False
    if any(network.version == address.version and address in network for network in OFF_LIMITS):
        return False
    return address.is_global


def literal(host: str) -> Address | None:
    """The IP address a host is in any spelling that a resolver accepts, or None for a name.

    `2130706433`, `0x7f.1`, `0177.0.0.1` and `127.0.0.1.` are all 127.0.0.1 to inet_aton(3) or some resolver.
    """
    bare = host.partition("%")[0] if ":" in host else host.removesuffix(".")
    try:
        return ip_address(bare)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(bare)) if re.fullmatch(r"[0-9a-fx.]+", bare, re.IGNORECASE) else None
    except OSError:
        return None
