"""The ledger's rows and keys as plain values."""

import base64
import binascii
import struct
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from service.errors import NotFound
from service.models.vocabulary import EntryKind

_KEY = struct.Struct(">iiii")


class Key(NamedTuple):
    """What a contribution is known by inside its community: the numbers of indicator, period, actor and cell (0: the total)."""

    indicator: int
    period: int
    actor: int
    cell: int


class LedgerRow(NamedTuple):
    """One row of the ledger, in the order of its columns; `kind` is an `EntryKind`, `reported_by` the actor who sent it.

    Measures and texts are None where they are absent. `salt` is given to rows with a text when they are written; `erased`
    stands in place of both once they are gone.
    """

    indicator: int
    period: int
    actor: int
    cell: int
    batch: int
    kind: int
    version: int
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    weight: Decimal | None = None
    observation_status: str | None = None
    reported_by: int = 0
    comment: str | None = None
    evidence: str | None = None
    salt: bytes | None = None
    erased: bytes | None = None

    @property
    def key(self) -> Key:
        """The key it says something of."""
        return Key(self.indicator, self.period, self.actor, self.cell)

    def says_the_same(self, other: "LedgerRow") -> bool:
        """Whether both report the same fields under the same version: sent again, it is `unchanged`."""
        return self.kind == other.kind == EntryKind.REPORT and self._said == other._said

    @property
    def _said(self) -> tuple[object, ...]:
        measures = (self.value, self.numerator, self.denominator, self.weight)
        return (self.version, *measures, self.observation_status, self.comment, self.evidence)


@dataclass(frozen=True, slots=True)
class KeyState:
    """What stands of a key as of a journal entry.

    `revision` counts its reports and withdrawals, `last` is the latest of them (None where there never was one) and
    `last_journal` the number of the entry that brought it. `changed_journal` is the number of the last entry of any kind.
    `validated`: `last` was validated, and not contested since. `contested`: contested, and not validated since.
    """

    revision: int = 0
    last: LedgerRow | None = None
    last_journal: int | None = None
    changed_journal: int | None = None
    validated: bool = False
    contested: bool = False

    @property
    def withdrawn(self) -> bool:
        """Whether it was reported and then taken back."""
        return self.last is not None and self.last.kind == EntryKind.WITHDRAWAL

    def after(self, row: LedgerRow, journal: int) -> "KeyState":
        """What stands once `row` has been added by the entry of that number. Rows come in the order of the journal."""
        if row.kind in (EntryKind.REPORT, EntryKind.WITHDRAWAL):
            return KeyState(self.revision + 1, row, journal, journal, False, self.contested)
        is_contest = row.kind == EntryKind.CONTEST
        return KeyState(self.revision, self.last, self.last_journal, journal, not is_contest, is_contest)


NEVER_REPORTED = KeyState()
"""The state of a key that nothing is known of."""


def key_id(key: Key) -> str:
    """The public id of a key: opaque, safe in a path, meaningful inside its community only."""
    return base64.urlsafe_b64encode(_KEY.pack(*key)).rstrip(b"=").decode("ascii")


def parse_key_id(text: str) -> Key:
    """The key of a public id. Raises NotFound (`unknown_contribution`) for a text that was never given out as one."""
    try:
        key = Key(*_KEY.unpack(base64.urlsafe_b64decode(text.encode("ascii") + b"==")))
    except (UnicodeEncodeError, binascii.Error, struct.error):
        raise NotFound("unknown_contribution", "There is no such contribution.") from None
    if key_id(key) != text or min(key) < 0:  # Decoding forgives what encoding never writes: one thing would have two ids.
        raise NotFound("unknown_contribution", "There is no such contribution.")
    return key
