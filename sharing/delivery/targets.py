"""Tell what a webhook may call, so that nobody makes this server call what is its own.

Names are resolved once for each connection, and the connection goes to the address that was
checked: a name that answers otherwise the second time gains nothing (OWASP, Server-Side Request
Forgery Prevention).
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from sharing.errors import DeliveryError

__all__ = ["Address", "Networks", "Target", "is_public", "may_call", "read_target"]

Address = IPv4Address | IPv6Address
Networks = Collection[IPv4Network | IPv6Network]

_LONGEST = 2048
_PORTS: Final = {"https": 443, "http": 80}
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_GLOBAL_V6: Final = ip_network("2000::/3")
"""All that is given out as global unicast (RFC 4291, section 2.4)."""
_TUNNELS: Final = tuple(map(ip_network, ("2002::/16", "2001::/32", "192.88.99.0/24")))
"""6to4, its relays, and Teredo: an address of theirs leads to another, which is not looked at."""
_NAT64: Final = ip_network("64:ff9b::/96")
"""RFC 6052; the last 32 bits are the address that is meant."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address on the web, in the parts that are called."""

    scheme: str
    host: str
    port: int
    path: str
    """With the query."""

    @property
    def is_plain(self) -> bool:
        """Return whether it is called without TLS: at loopback alone."""
        return self.scheme == "http"


def read_target(url: str, allowed: Networks) -> Target:
    """Return the parts of a URL that a webhook may have.

    Raises DeliveryError for whatever is not plainly https, or http to an allowed loopback; for an
    address that may not be called; and for a host that one reader takes for a name and another for
    a number. What a name stands for is checked when it is called.
    """
    if len(url) > _LONGEST or not re.fullmatch(r"[\x21-\x7e]+", url) or "\\" in url:
        raise _refusal("it has more than 2048 characters, or others than printable ASCII")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").removesuffix("."), parts.port
    except ValueError:
        raise _refusal("it cannot be read") from None
    if parts.scheme not in _PORTS or parts.username is not None or parts.fragment or port == 0:
        raise _refusal("it is not https, or has a user name or a fragment")
    target = Target(
        parts.scheme,
        host,
        port or _PORTS[parts.scheme],
        (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
    )
    literal = _literal(host, "[" in parts.netloc)
    if literal is None and target.is_plain and host != "localhost":
        raise _refusal("plain http is for loopback alone")
    if literal is not None and not may_call(literal, target.is_plain, allowed):
        raise _refusal("its address is not a public one")
    if target.is_plain and not any(network.is_loopback for network in allowed):
        raise _refusal("plain http is not allowed here")
    return target


def may_call(address: Address, plain: bool, allowed: Networks) -> bool:
    """Return whether an address may be connected to; without TLS only an allowed loopback."""
    meant = _meant(address)
    is_allowed = any(meant in network for network in allowed)
    if plain:
        return is_allowed and meant.is_loopback
    return is_allowed or is_public(meant)


def is_public(address: Address) -> bool:
    """Return whether an address is one of the public internet, by the registries of IANA."""
    meant = _meant(address)
    if isinstance(meant, IPv6Address) and meant not in _GLOBAL_V6:
        return False
    special = meant.is_multicast or meant.is_reserved or meant.is_unspecified or meant.is_link_local
    return meant.is_global and not special and not any(meant in one for one in _TUNNELS)


def _meant(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one wraps, where it does."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _literal(host: str, bracketed: bool) -> Address | None:
    """Return the address that a host is written as, None for a name."""
    try:
        if "%" not in host:
            return ip_address(host)
    except ValueError:
        pass
    # Some read 2130706433, 0x7f.1 and 0177.0.0.1 as addresses (WHATWG URL, section 3.5).
    if bracketed or not _NAME.fullmatch(host) or _NUMBER.fullmatch(host.rsplit(".", 1)[-1]):
        raise _refusal("its host is neither a name nor an address in its usual form")
    return None


def _refusal(why: str) -> DeliveryError:
    return DeliveryError(f"this address cannot be called: {why}; give an https:// address of yours")
