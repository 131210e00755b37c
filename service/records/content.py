"""What a journal entry brought, as bytes: the same rows give the same digest on every engine, in whatever order they came."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from hashlib import sha256
from typing import Any

from sqlalchemy import Table

from service.models.instant import instant_text
from service.models.measure import measure_text
from service.models.text import canonical_json

_IMPLIED = frozenset({"community_id", "journal", "batch", "opened_journal"})
"""Columns that say which entry a row belongs to. A row that is moved is missing in one entry and too much in another."""
_CHANGING = {
    "proposal_round": frozenset({"status", "decided_journal", "decided_at", "decided_by", "decision"}),
}
"""Columns that later entries change; those say so in their subject."""
_SALTED = {"position": "reason", "proposal_comment": "comment", "review_note": "said"}
"""Columns with what people wrote: a salted digest stands for it, so that it can be erased. So it is in the ledger."""
_DIGEST = 32
_NO_TEXT = bytes(_DIGEST)
_NO_TEXTS = [None] * 4
"""Comment, evidence, salt and erased of most rows."""
_NOTHING_SAID = None, None, ""


class LedgerDigest:
    """The digest over the ledger rows of one batch, taken in the order of their primary keys, one by one.

    `cells` gives the codes of every cell by number: a row is bound to the codes it was reported by, not to a number whose
    meaning could be changed elsewhere. Texts of people enter as salted digests, so that they can be erased later.
    """

    def __init__(self, cells: Mapping[int, str]) -> None:
        self._cells = {number: canonical_json(codes) for number, codes in cells.items()}
        self._hash = sha256()

    def add(self, row: Sequence[Any]) -> None:
        """Take in the next row: its fields in the order of LedgerRow, measures as decimals or as their canonical texts."""
        self._hash.update(self.line(row).encode() + b"\n")

    def add_all(self, rows: Iterable[Sequence[Any]]) -> None:
        """Take in the next rows, as many as fit into memory as texts."""
        self._hash.update("".join([self.line(row) + "\n" for row in rows]).encode())

    def line(self, row: Sequence[Any]) -> str:
        """The row as canonical JSON. Written out by hand: an import takes in a million, and `canonical_json` is slow."""
        indicator, period, actor, cell, _, kind, version, value, numerator, denominator, weight, status, by, *texts = row
        comment, evidence, astray = _NOTHING_SAID if texts == _NO_TEXTS else _texts_of(*texts)
        return (
            f'{{"actor":{actor},"cell":{self._cells.get(cell)}'
            f"{'' if comment is None else _field('comment', comment.hex())}"
            f"{'' if denominator is None else _field('denominator', _measure(denominator))}"
            f"{'' if evidence is None else _field('evidence', evidence.hex())}"
            f',"indicator":{indicator},"kind":{kind:d}'
            f"{'' if numerator is None else _field('numerator', _measure(numerator))}"
            f"{'' if status is None else _status(status)}"
            f',"period":{period},"reported_by":{by}'
            f"{'' if value is None else _field('value', _measure(value))}"
            f',"version":{version}'
            f"{'' if weight is None else _field('weight', _measure(weight))}"
            f"{astray}}}"
        )

    def value(self) -> bytes:
        """The digest of all rows taken in so far."""
        return self._hash.digest()


def line_of(table: Table, values: Mapping[str, Any], cells: Mapping[int, str]) -> str:
    """One row of a journaled table as canonical JSON. What is NULL is left out, so that a column can be added later."""
    left_out = _IMPLIED | _CHANGING.get(table.name, frozenset())
    said = _SALTED.get(table.name)
    if said is not None:
        values = {**values, **_stands_for(said, values)}
    line = {name: _plain(value) for name, value in values.items() if name not in left_out and value is not None}
    if "cell" in line:
        line["cell"] = cells.get(values["cell"])
    return canonical_json({table.name: line})


def entry_digest(lines: Iterable[str], ledger: bytes | None) -> bytes:
    """The digest of an entry: over the lines of its rows, sorted, and the digest of its ledger rows (None: it brought none)."""
    content = sha256()
    for line in sorted(lines):
        content.update(line.encode() + b"\n")
    if ledger is not None:
        content.update(b"ledger " + ledger.hex().encode() + b"\n")
    return content.digest()


def entry_hash(community: str, values: Mapping[str, Any]) -> bytes:
    """The hash of an entry of the community of that code, over the entry's own columns and the hash of the one before."""
    content = {name: _plain(value) for name, value in values.items() if name not in ("community_id", "hash")}
    return sha256(canonical_json({"community": community, **content}).encode()).digest()


def digest_of_texts(comment: str | None, evidence: str | None, salt: bytes | None) -> bytes:
    """What a ledger row keeps for its texts when they are erased."""
    return b"".join(_NO_TEXT if text is None else salted_digest(text, salt) for text in (comment, evidence))


def salted_digest(text: str, salt: bytes | None) -> bytes:
    """What stands for a text that somebody wrote."""
    return sha256((salt or b"") + text.encode()).digest()


def _measure(measure: Decimal | str) -> str:
    """Whoever reads a million rows for nothing but their digest reads measures as the texts that they are there."""
    return measure if isinstance(measure, str) else measure_text(measure)


def _field(name: str, text: str) -> str:
    """A field behind others, of a text with nothing in it that JSON escapes."""
    return f',"{name}":"{text}"'


@cache
def _status(letter: str) -> str:
    return f',"observation_status":{canonical_json(letter)}'


def _texts_of(
    comment: str | None, evidence: str | None, salt: bytes | None, erased: bytes | None
) -> tuple[bytes | None, bytes | None, str]:
    """What stands for the comment and the evidence of a row; and, as JSON, what no row of ours has beside it."""
    if erased is not None:
        kept = erased[:_DIGEST], erased[_DIGEST:]
        stands = [None if digest == _NO_TEXT else digest for digest in kept]
        is_gone = comment is None and evidence is None and salt is None
        return stands[0], stands[1], "" if is_gone else ',"not_erased":true'
    if comment is None and evidence is None:
        return None, None, "" if salt is None else f',"salt":"{salt.hex()}"'
    stands = [None if text is None else salted_digest(text, salt) for text in (comment, evidence)]
    return stands[0], stands[1], ""


def _stands_for(said: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in a line for the text `said`. What no row of ours has beside it stays in the line, and is found there."""
    text, salt, erased = values[said], values["salt"], values["erased"]
    if erased is not None and text is None and salt is None:
        return {said: erased, "erased": None}
    if text is not None and salt is not None:
        return {said: salted_digest(text, salt), "salt": None}
    return {}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return measure_text(value)
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return value
