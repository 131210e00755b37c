"""Reviews: opened over a frozen progress, spoken of until they are closed, each word bound to its journal entry."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, func, select

from service.models.period import Period
from service.models.review import Review, ReviewNote, ReviewProposal, ReviewState
from service.models.tables import table_of
from service.models.text import canonical_json
from service.models.vocabulary import ReviewStatus
from service.records.journal import Writing

READING, LESSON = "reading", "lesson"


@dataclass(frozen=True, slots=True)
class Note:
    """A reading or a lesson: of the indicator or of the objective of that number, or (neither) of the whole."""

    said: str
    indicator: int | None = None
    objective: int | None = None


_NOTHING = Note("")
"""Stands for what is taken back."""


@dataclass(frozen=True, slots=True)
class KnownReview:
    """A review as of a journal entry. `notes` are what each actor said last of each kind, the first said first.

    `proposals` are the numbers of those linked, the first linked first.
    """

    review: Review
    states: tuple[ReviewState, ...]
    notes: tuple[ReviewNote, ...] = ()
    proposals: tuple[int, ...] = ()

    @property
    def number(self) -> int:
        """The review's number."""
        return self.review.number

    @property
    def state(self) -> ReviewState:
        """What it is called, and whether it is open."""
        return self.states[-1]

    @property
    def is_open(self) -> bool:
        """Whether anything is still said in it."""
        return self.state.status == ReviewStatus.OPEN

    def said_by(self, actor: int, kind: str) -> list[Note]:
        """What an actor says of one kind, in its order."""
        return [
            Note(note.said or "", note.indicator, note.objective)
            for note in self.notes
            if note.actor == actor and note.kind == kind
        ]


def open_review(
    writing: Writing, *, actor: int, title: Mapping[str, str], at: Period | None, as_of: datetime, progress: Mapping[str, Any]
) -> KnownReview:
    """Bring a review over `progress`, the JSON of what is answered as of `as_of` at the close of `at`. It is kept as text."""
    table = table_of(Review)
    # The community's lock keeps others from taking the same number.
    last = select(func.max(table.c.number)).where(table.c.community_id == writing.community_id)
    frozen = canonical_json(progress)
    review = Review(
        community_id=writing.community_id,
        number=(writing.connection.execute(last).scalar() or 0) + 1,
        journal=writing.number,
        at_period=None if at is None else at.number,
        as_of=as_of,
        opened_at=writing.instant,
        opened_by=actor,
        progress=frozen,
        sha256=sha256(frozen.encode()).digest(),
    )
    writing.add(review)
    return KnownReview(review, (_state(writing, review.number, actor, title, ReviewStatus.OPEN),))


def set_review(writing: Writing, found: KnownReview, actor: int, title: Mapping[str, str], status: ReviewStatus) -> None:
    """Bring what a review is called, and whether it is open, from now on."""
    _state(writing, found.number, actor, title, status)


def say(writing: Writing, found: KnownReview, actor: int, kind: str, notes: Sequence[Note]) -> None:
    """Bring what an actor says in a review, in place of all it said before of that kind."""
    for place, note in enumerate(notes or [_NOTHING]):
        writing.add(
            ReviewNote(
                community_id=writing.community_id,
                review=found.number,
                journal=writing.number,
                kind=kind,
                place=place,
                actor=actor,
                said_at=writing.instant,
                indicator=note.indicator,
                objective=note.objective,
                said=note.said or None,
                salt=secrets.token_bytes(16) if note.said else None,
            )
        )


def link_proposals(writing: Writing, found: KnownReview, proposals: Sequence[int]) -> None:
    """Bring proposals that came of a review and were not linked yet."""
    for proposal in proposals:
        writing.add(
            ReviewProposal(community_id=writing.community_id, review=found.number, proposal=proposal, journal=writing.number)
        )


def get_review(connection: Connection, community_id: int, number: int, upto: int) -> KnownReview | None:
    """The review of that number as of the journal entry `upto`, None where there was none."""
    known = next(iter(_reviews(connection, community_id, upto, number)), None)
    return known and replace(
        known,
        notes=_notes(connection, community_id, number, upto),
        proposals=_proposals(connection, community_id, number, upto),
    )


def list_reviews(connection: Connection, community_id: int, upto: int) -> list[KnownReview]:
    """Every review as of the journal entry `upto`, the first one first, without what was said in it."""
    return _reviews(connection, community_id, upto, None)


def _state(writing: Writing, review: int, actor: int, title: Mapping[str, str], status: ReviewStatus) -> ReviewState:
    state = ReviewState(
        community_id=writing.community_id,
        review=review,
        journal=writing.number,
        actor=actor,
        said_at=writing.instant,
        title=dict(title),
        status=status.value,
    )
    writing.add(state)
    return state


def _reviews(connection: Connection, community_id: int, upto: int, number: int | None) -> list[KnownReview]:
    review, state = table_of(Review), table_of(ReviewState)
    reviews = select(review).where(review.c.community_id == community_id, review.c.journal <= upto)
    states = select(state).where(state.c.community_id == community_id, state.c.journal <= upto)
    if number is not None:
        reviews, states = reviews.where(review.c.number == number), states.where(state.c.review == number)
    said: dict[int, list[ReviewState]] = {}
    for row in connection.execute(states.order_by(state.c.review, state.c.journal)):
        said.setdefault(row.review, []).append(ReviewState(**row._mapping))
    return [
        KnownReview(Review(**row._mapping), tuple(said[row.number]))
        for row in connection.execute(reviews.order_by(review.c.number))
    ]


def _notes(connection: Connection, community_id: int, review: int, upto: int) -> tuple[ReviewNote, ...]:
    table = table_of(ReviewNote)
    chosen = select(table).where(table.c.community_id == community_id, table.c.review == review, table.c.journal <= upto)
    last: dict[tuple[int, str], list[ReviewNote]] = {}
    for row in connection.execute(chosen.order_by(table.c.journal, table.c.kind, table.c.place)):
        if row.place == 0:
            last[row.actor, row.kind] = []
        last[row.actor, row.kind].append(ReviewNote(**row._mapping))
    notes = (note for said in last.values() for note in said if note.said is not None or note.erased is not None)
    return tuple(sorted(notes, key=lambda note: (note.journal, note.place)))


def _proposals(connection: Connection, community_id: int, review: int, upto: int) -> tuple[int, ...]:
    table = table_of(ReviewProposal)
    chosen = select(table.c.proposal).where(
        table.c.community_id == community_id, table.c.review == review, table.c.journal <= upto
    )
    return tuple(connection.execute(chosen.order_by(table.c.journal, table.c.proposal)).scalars())
