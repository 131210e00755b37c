"""Where a webhook may lead: anywhere in the public internet, and nowhere inside the operator's own network.

An address is written in many ways, and a name means one address now and another a moment later. So nothing that is decided on
the text of a URL protects: the name is resolved, each address found is checked as a number, and the connection is made to that
very number. What is checked when a webhook is made only spares its maker a surprise.
"""

import re
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from service.errors import refused
from service.models.address import is_within

Resolve = Callable[[str, int], Sequence[str]]
"""The addresses of a host, as text. Raises OSError where it has none."""
LONGEST_URL = 2_000
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9.])?|\[[0-9A-Fa-f:.]+\])"
    r"(?P<port>:[0-9]{1,5})?(?P<target>(?:/[!-~]*)?(?:\?[!-~]*)?)",
    re.ASCII,
)
"""No user, no fragment, nothing that two readers of URLs might take for another host. Names are ASCII (`xn--…`)."""
_NUMBER = re.compile(r"(?:0[xX][0-9A-Fa-f]*|[0-9]+)", re.ASCII)
_INSIDE_4 = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
            "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
            "224.0.0.0/4", "240.0.0.0/4",
        ),
    )
)  # fmt: skip
_GLOBAL_6 = ip_network("2000::/3")
_INSIDE_6 = tuple(map(ip_network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
"""Of the global addresses: Teredo and other protocols' own, documentation, and 6to4, which leads to an IPv4 address inside."""
_NAT64 = ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Destination:
    """A URL in its parts. `host` is without brackets and without the dot of the root, `target` the path with the query."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def host_header(self) -> str:
        """The host as it is told to the server."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Bounds:
    """Which addresses may be connected to: those of the public internet over TLS, and whatever lies in `allowed`."""

    allowed: tuple[str, ...] = ()

    def permits(self, address: str, scheme: str) -> bool:
        """Whether a URL of `scheme` may lead to `address`."""
        return is_within(address, self.allowed) or (scheme == "https" and is_public(address))


def is_public(address: str) -> bool:
    """Whether `address` is one of the public internet. What is no address, or has a zone, is not."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv4Address):
        return not any(found in inside for inside in _INSIDE_4)
    if found.scope_id is not None:
        return False
    meant = _embedded(found)
    if meant is not None:
        return is_public(str(meant))
    return found in _GLOBAL_6 and not any(found in inside for inside in _INSIDE_6)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one is a spelling of, or is translated to on the way; None: it is none of these."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None


def parse_url(url: str) -> Destination:
    """A URL in its parts. Raises Refused (`not_a_destination`)."""
    match = _URL.fullmatch(url) if len(url) <= LONGEST_URL else None
    port = match and int((match["port"] or f":{_PORTS[match['scheme']]}")[1:])
    if match is None or not port or port > 65_535 or "#" in match["target"] or not _may_be_host(match["host"]):
        raise refused(
            "not_a_destination",
            "A webhook leads to an address like `https://hooks.example.org/jalon`, without a user, a password or a fragment.",
            pointer="/url",
        )
    target = match["target"] or "/"
    return Destination(
        match["scheme"], match["host"].strip("[]").rstrip("."), port, target if target.startswith("/") else f"/{target}"
    )


def check_url(url: str, bounds: Bounds) -> None:
    """Refuses what no delivery could ever reach: no TLS, or an address inside, in whatever spelling.

    Raises Refused: `not_a_destination`, `https_only`, `destination_inside`.
    """
    found = parse_url(url)
    if found.scheme == "http" and not bounds.allowed:
        raise refused("https_only", "What happens is delivered over TLS only: `https://…`.", pointer="/url")
    address = spelled_address(found.host)
    if address is not None and not bounds.permits(address, found.scheme):
        raise refused("destination_inside", "This address is none of the public internet.", pointer="/url")


def spelled_address(host: str) -> str | None:
    """The address that `host` spells, as `127.1`, `2130706433` and `0x7f.0.0.1` all spell 127.0.0.1; None: it is a name."""
    if ":" in host:
        return str(ip_address(host))
    return socket.inet_ntoa(socket.inet_aton(host)) if _NUMBER.fullmatch(host.rpartition(".")[2]) else None


def _may_be_host(host: str) -> bool:
    bare = host.strip("[]").rstrip(".")
    if len(bare) > 253 or "" in bare.split("."):
        return False
    try:
        spelled_address(bare)
    except (OSError, ValueError):
        return False  # It ends like an address and is none.
    return True


def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses that the system knows of a host. Raises OSError where it knows none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def permitted_addresses(found: Iterable[str], scheme: str, bounds: Bounds) -> list[str]:
    """Of the addresses of a name those that may be connected to; none at all where a single one may not: a name that leads
    inside as well as outside is set up to try."""
    addresses = list(found)
    return addresses if addresses and all(bounds.permits(one, scheme) for one in addresses) else []
