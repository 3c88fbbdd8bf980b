"""Which IP addresses may be called: those of the public internet, and nothing that leads inside by another name.

Python's `ipaddress` calls some special addresses global (192.0.0.192 on 3.11, 6to4, NAT64), so the lists are our own;
what it calls not global is refused as well. Sources: the IANA registries of special-purpose addresses.
https://www.iana.org/assignments/iana-ipv4-special-registry and .../iana-ipv6-special-registry
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

_REFUSED_4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network; 0.0.0.0 reaches the machine itself
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier NAT; Alibaba's metadata
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's own services, in public space
        "169.254.0.0/16",  # link-local; the metadata of most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments; Oracle's metadata is 192.0.0.192
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved; broadcast
    )
)
# Everything outside of 2000::/3 is refused: loopback, mapped and compatible IPv4, NAT64, private, link-local, multicast.
_PUBLIC_6 = IPv6Network("2000::/3")
_REFUSED_6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",
        "2002::/16",  # 6to4 holds any IPv4 address
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)


def read(text: str) -> Address | None:
    """Return an address as resolvers write it, or None when it is none; a zone makes it one of this machine's links."""
    try:
        return None if "%" in text else ip_address(text)
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Return True when the address is one of the public internet."""
    if not address.is_global:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in block for block in _REFUSED_4)
    return address in _PUBLIC_6 and not any(address in block for block in _REFUSED_6)


def may_be_called(address: Address, *, loopback: bool) -> bool:
    """Return True for a public address, and for this machine's own where that is allowed."""
    return is_public(address) or (loopback and address.is_loopback)
