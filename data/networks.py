"""Network addresses: what is kept of one, and what is counted as one place."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

NETWORK = {4: 24, 6: 48}
ONE_PLACE = {4: 32, 6: 64}  # who has one IPv6 address has all of its /64
UNKNOWN = "unknown"


def network_of(address: str) -> str:
    """The network part alone, IPv4 /24 or IPv6 /48, as it is shown and kept; else `unknown`."""
    return _cut(address, NETWORK)


def place_of(address: str) -> str:
    """What is counted as one place: an IPv4 address or an IPv6 /64; else `unknown`."""
    return _cut(address, ONE_PLACE)


def _cut(address: str, lengths: dict[int, int]) -> str:
    try:
        found = _plain(ip_address(address.partition("%")[0]))
    except ValueError:
        return UNKNOWN
    network: IPv4Network | IPv6Network = ip_network((found, lengths[found.version]), strict=False)
    return str(network)


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """An IPv4 address in IPv6 clothes (::ffff:192.0.2.1) is an IPv4 address."""
    return getattr(address, "ipv4_mapped", None) or address
