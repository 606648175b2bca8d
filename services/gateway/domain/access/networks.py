"""Whom a request's address stands for."""

import ipaddress

#: A household or host has a whole /64 of IPv6 to choose from (RFC 6177).
_IPV6_PREFIX = 64


def client_network(host: str) -> str:
    """The address itself for IPv4, its /64 for IPv6; what is no address stands for itself."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        return str(mapped)
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(ipaddress.ip_network((address, _IPV6_PREFIX), strict=False))
