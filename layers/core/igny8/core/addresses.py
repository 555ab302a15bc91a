"""Which network addresses a customer's site may have: public unicast, nothing less."""

import ipaddress
import socket
from collections.abc import Callable, Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Iterable[str]]

# `is_global` alone passes NAT64, 6to4, multicast and others: IANA special-purpose registries,
# RFC 6890 and its updates.
DENIED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        # Of IPv6 only 2000::/3 is global unicast, and even there some forms hide an IPv4 address.
        "::/3", "4000::/2", "8000::/1", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    )
)  # fmt: skip


def is_allowed(text: str, *, allow_loopback: bool) -> bool:
    """Whether a connection to this literal address may be made."""
    address: Address = ipaddress.ip_address(text.split("%", maxsplit=1)[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if allow_loopback and address.is_loopback:
        return True
    return address.is_global and not any(
        address in network for network in DENIED if network.version == address.version
    )


def resolve(host: str, port: int) -> list[str]:
    """Ask the system's resolver for every address of ``host``. Raises ``OSError``."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]
