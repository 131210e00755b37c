"""Ranges of addresses: one form for each, and what lies in them."""

import pytest

from service.models.address import is_range_within, is_within, normal_range


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("192.0.2.0/24", "192.0.2.0/24"),
        ("192.0.2.77/24", "192.0.2.0/24"),
        ("192.0.2.7", "192.0.2.7/32"),
        ("192.0.2.0/255.255.255.0", "192.0.2.0/24"),
        ("2001:DB8:0::1/32", "2001:db8::/32"),
        ("::1", "::1/128"),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ("::/0", "::/0"),
        ("::ffff:0:0/95", "::fffe:0:0/95"),  # More than IPv4: it stays what it is.
    ],
)
def test_each_range_has_one_form(given: str, normal: str) -> None:
    assert normal_range(given) == normal
    assert normal_range(normal) == normal


@pytest.mark.parametrize(
    "given", ["", "office", "192.0.2.0/33", "192.0.2", "192.0.2.256", "0x7f.1", "fe80::1%eth0", "1/8", "/8", "٣.0.0.1"]
)
def test_what_is_no_range(given: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (what it says depends on what is wrong)
        normal_range(given)


@pytest.mark.parametrize(
    ("address", "ranges", "expected"),
    [
        ("192.0.2.0", ["192.0.2.0/24"], True),
        ("192.0.2.255", ["192.0.2.0/24"], True),
        ("192.0.3.0", ["192.0.2.0/24"], False),
        ("192.0.1.255", ["192.0.2.0/24"], False),
        ("::ffff:192.0.2.5", ["192.0.2.0/24"], True),
        ("::ffff:192.0.3.5", ["192.0.2.0/24"], False),
        ("2001:db8:ffff::1", ["192.0.2.0/24", "2001:db8::/32"], True),
        ("2001:db9::1", ["192.0.2.0/24", "2001:db8::/32"], False),
        ("fe80::1%eth0", ["fe80::/10"], True),
        ("192.0.2.5", ["::/0"], False),
        ("testclient", ["0.0.0.0/0", "::/0"], False),
        ("", ["0.0.0.0/0", "::/0"], False),
        ("192.0.2.5", [], False),
    ],
)
def test_what_lies_in_a_range(address: str, ranges: list[str], expected: bool) -> None:
    assert is_within(address, ranges) is expected


def test_ranges_in_ranges() -> None:
    assert is_range_within("192.0.2.128/25", ["10.0.0.0/8", "192.0.2.0/24"])
    assert is_range_within("192.0.2.0/24", ["192.0.2.0/24"])
    assert not is_range_within("192.0.0.0/16", ["192.0.2.0/24"])
    assert not is_range_within("0.0.0.0/0", ["::/0"])
