"""Ranges of addresses: which clients a token may be used from."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated, Any

from pydantic import AfterValidator, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

_MAPPED_BITS = 96
"""How many bits stand before an IPv4 address that is written as an IPv6 one (`::ffff:192.0.2.7`)."""


def normal_range(text: str) -> str:
    """`192.0.2.7/24` as `192.0.2.0/24`, one address as a range of its own, an IPv4 range written as IPv6 as what it means.

    Raises ValueError where it is none.
    """
    if "%" in text:
        raise ValueError("not_an_address_range")  # A zone means something on one machine only.
    return str(_range(text))


def is_within(address: str, ranges: Iterable[str]) -> bool:
    """Whether `address` lies in one of `ranges`. What is no address, such as the name of a socket, lies in none."""
    try:
        plain = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(plain, "ipv4_mapped", None)
    return any((mapped or plain) in _range(one) for one in ranges)


def is_range_within(inner: str, ranges: Iterable[str]) -> bool:
    """Whether the whole of `inner` lies in one of `ranges`."""
    narrow = _range(inner)
    return any(
        narrow.version == wide.version and narrow.subnet_of(wide)  # type: ignore[arg-type]
        for wide in map(_range, ranges)
    )


def _range(text: str) -> IPv4Network | IPv6Network:
    found = ip_network(text, strict=False)
    mapped = getattr(found.network_address, "ipv4_mapped", None)
    if mapped is None or found.prefixlen < _MAPPED_BITS:
        return found
    return IPv4Network((mapped, found.prefixlen - _MAPPED_BITS))


def _validate(given: Any) -> str:
    try:
        return normal_range(given)
    except ValueError:
        raise PydanticCustomError("not_an_address_range", "a range is written 192.0.2.0/24 or 2001:db8::/32") from None


AddressRange = Annotated[
    str,
    StringConstraints(min_length=2, max_length=64),
    AfterValidator(_validate),
    WithJsonSchema({"type": "string", "minLength": 2, "maxLength": 64, "examples": ["192.0.2.0/24", "2001:db8::/32"]}),
]
"""A range of addresses in a body, in its normal form."""
