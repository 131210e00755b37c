"""What an entry brought has one form, whatever the engine and the order."""

import json
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.models.community import Membership
from service.models.deliberation import ProposalComment, ProposalRound
from service.models.measure import EXACT
from service.models.tables import table_of
from service.models.text import canonical_json
from service.records.content import LedgerDigest, digest_of_texts, entry_digest, line_of
from service.records.entries import LedgerRow
from service.records.journal import values_of
from tests.records.coalition import START

_CELLS = {0: "{}", 7: '{"sex":"F","âge":"Y"}'}
_MEASURES = st.none() | st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-(10**25), max_value=10**25)
_TEXTS = st.none() | st.text(alphabet=st.characters(exclude_categories=["Cs"]))
_ROWS = st.builds(
    LedgerRow,
    indicator=st.integers(1, 9),
    period=st.integers(0, 10**8),
    actor=st.integers(1, 9),
    cell=st.sampled_from(list(_CELLS)),
    batch=st.just(1),
    kind=st.integers(1, 4),
    version=st.integers(1, 9),
    value=_MEASURES,
    numerator=_MEASURES,
    denominator=_MEASURES,
    weight=_MEASURES,
    observation_status=st.none() | st.characters(exclude_categories=["Cs"]),
    reported_by=st.integers(1, 9),
    comment=_TEXTS,
    evidence=_TEXTS,
    salt=st.none() | st.binary(min_size=16, max_size=16),
    erased=st.none(),
).map(lambda row: row if row.comment is not None or row.evidence is not None else row._replace(salt=None))


@given(row=_ROWS)
def test_a_ledger_row_is_written_as_canonical_json(row: LedgerRow) -> None:
    line = LedgerDigest(_CELLS).line(row)
    said = json.loads(line)
    assert canonical_json(said) == line
    expected: dict[str, Any] = {name: value for name, value in row._asdict().items() if value is not None}
    for left_out in ("batch", "salt"):
        expected.pop(left_out, None)
    for text in ("comment", "evidence"):
        if text in expected:
            expected[text] = sha256((row.salt or b"") + expected[text].encode()).hexdigest()
    expected["cell"] = _CELLS[row.cell]
    measures = {name: Decimal(said.pop(name)) for name in ("value", "numerator", "denominator", "weight") if name in said}
    assert measures == {name: expected.pop(name) for name in list(expected) if name in measures}
    assert said == expected


@given(row=_ROWS)
def test_a_number_has_one_form(row: LedgerRow) -> None:
    """`1.50` as it was sent and `1.500000000000` as a column gives it back are the same."""
    longer = row._replace(value=None if row.value is None else row.value.quantize(Decimal("1E-12"), context=EXACT))
    assert LedgerDigest(_CELLS).line(longer) == LedgerDigest(_CELLS).line(row)


def test_a_text_is_not_in_its_line() -> None:
    row = LedgerRow(1, 1, 1, 0, 1, 1, 1, Decimal(1), comment="Un secret", salt=b"s" * 16, reported_by=1)
    assert "secret" not in LedgerDigest(_CELLS).line(row)
    assert LedgerDigest(_CELLS).line(row) != LedgerDigest(_CELLS).line(row._replace(salt=b"t" * 16))


@given(row=_ROWS)
def test_a_row_whose_texts_were_erased_keeps_its_line(row: LedgerRow) -> None:
    gone = row._replace(comment=None, evidence=None, salt=None, erased=digest_of_texts(row.comment, row.evidence, row.salt))
    line = LedgerDigest(_CELLS).line(row)
    assert LedgerDigest(_CELLS).line(gone) == line
    for left in ({"comment": "back"}, {"evidence": "back"}, {"salt": b"s" * 16}):
        assert LedgerDigest(_CELLS).line(gone._replace(**left)) != line
    if row.comment is None and row.evidence is None:
        assert LedgerDigest(_CELLS).line(row._replace(salt=b"s" * 16)) != line


def test_the_order_in_which_rows_came_does_not_matter() -> None:
    lines = ["b", "a", "c"]
    assert len({entry_digest(order, b"x") for order in permutations(lines)}) == 1
    assert entry_digest(["a", "b"], b"x") != entry_digest(["a"], b"x")
    assert entry_digest(["a"], b"x") != entry_digest(["a"], None)


def test_what_is_absent_is_left_out_so_that_columns_can_be_added() -> None:
    membership = Membership(community_id=1, actor=2, journal=3, member={"b": None, "a": "é"})
    line = line_of(table_of(Membership), values_of(membership), {})
    assert line == '{"membership":{"actor":2,"member":{"a":"é","b":null}}}'
    assert line_of(table_of(Membership), values_of(membership) | {"added_later": None}, {}) == line


_CHANGES: list[dict[str, Any]] = [
    {"status": "adopted"},
    {"decided_journal": 5},
    {"decided_at": START},
    {"decided_by": 2},
    {"decision": {"reason": "no_quorum"}},
]


@pytest.mark.parametrize("changed", _CHANGES, ids=lambda changed: next(iter(changed)))
def test_what_later_entries_change_is_not_in_a_rounds_line(changed: dict[str, Any]) -> None:
    opened = ProposalRound(community_id=1, proposal=1, number=1, journal=4, opened_at=START, closes_at=START, status="open")
    values = values_of(opened)
    table = table_of(ProposalRound)
    assert line_of(table, values | changed, {}) == line_of(table, values, {})
    assert line_of(table, values | {"closes_at": START + timedelta(days=1)}, {}) != line_of(table, values, {})


def test_a_comment_is_in_its_line_as_a_salted_digest() -> None:
    said = ProposalComment(community_id=1, proposal=1, journal=5, round=1, actor=2, said_at=START, comment="Oui", salt=b"salt")
    line = line_of(table_of(ProposalComment), values_of(said), {})
    assert "Oui" not in line and sha256(b"saltOui").hexdigest() in line and "salt" not in line
