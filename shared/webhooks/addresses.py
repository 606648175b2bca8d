"""Where webhooks may go: to public addresses, never into our own network (SSRF guard)."""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: Prefixes that carry an IPv4 address in their last bits (RFC 6052) or middle (6to4, Teredo).
_TRANSLATING = tuple(
    ipaddress.ip_network(prefix) for prefix in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")
)
#: What is not public either, and Python's tables call it so, or do in some versions: the site-local
#: addresses (RFC 3879), those that hold an IPv4 address (RFC 4291 2.5.5.1, RFC 2765), segments
#: (RFC 9602), documentation (RFC 9637), protocols (RFC 6890), and Azure's own host.
_RESERVED = tuple(
    ipaddress.ip_network(prefix)
    for prefix in (
        *("fec0::/10", "::/96", "::ffff:0:0:0/96", "5f00::/16", "3fff::/20"),
        *("192.0.0.0/24", "168.63.129.16/32"),
    )
)


class ForbiddenAddress(Exception):
    """The host is, or may lead to, an address that is not public."""


class UnknownHost(Exception):
    """The host's name has no address at the moment."""


def is_public(address: IPAddress, allowed: Iterable[Network] = ()) -> bool:
    """Whether a webhook may be sent to ``address``. Into ``allowed`` networks it always may."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if any(address.version == network.version and address in network for network in allowed):
        return True
    if address.is_multicast or not address.is_global:
        return False
    return not any(
        address.version == prefix.version and address in prefix
        for prefix in (*_TRANSLATING, *_RESERVED)
    )


def parse_networks(text: str) -> tuple[Network, ...]:
    """Networks in CIDR notation with commas between them. Raises ValueError."""
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


async def public_addresses(
    host: str, port: int, allowed: Iterable[Network] = ()
) -> tuple[str, ...]:
    """What to connect to, the resolver's first choice first, each once.

    The host is resolved once, so that no second answer can differ. One forbidden address among
    several forbids the host, because chance would decide which is used. Raises ForbiddenAddress or
    UnknownHost.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UnknownHost(host) from error
    # A scope such as %eth0 only belongs to link-local addresses.
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    networks = tuple(allowed)
    if not all(is_public(address, networks) for address in addresses):
        raise ForbiddenAddress(host)
    return tuple(dict.fromkeys(map(str, addresses)))
