"""Reviews keep what they froze and what was said in them, entry by entry."""

import json
from hashlib import sha256

from sqlalchemy import update

from service.database import Database
from service.models.period import Period
from service.models.review import Review
from service.models.tables import table_of
from service.models.vocabulary import ReviewStatus
from service.records.reviews import (
    LESSON,
    READING,
    KnownReview,
    Note,
    get_review,
    link_proposals,
    list_reviews,
    open_review,
    say,
    set_review,
)
from service.records.verification import verify
from tests.records.coalition import START, Coalition, changing, fill_every_table, found_coalition, reading

FROZEN = {"zeta": "1.50", "été": {"b": None, "a": ["0"]}}


def _open(coalition: Coalition, title: str = "2025") -> KnownReview:
    with coalition.writing() as writing:
        opened = open_review(writing, actor=1, title={"en": title}, at=Period.parse("2025-Q4"), as_of=START, progress=FROZEN)
        writing.close("review_opened", {}, actor=1, token=None)
    return opened


def _say(coalition: Coalition, found: KnownReview, actor: int, kind: str, *notes: Note) -> int:
    with coalition.writing() as writing:
        say(writing, found, actor, kind, notes)
        return writing.close("review_changed", {}, actor=actor, token=None).number


def _get(coalition: Coalition, upto: int = 1_000) -> KnownReview:
    with reading(coalition.database, coalition.community_id) as connection:
        found = get_review(connection, coalition.community_id, 1, upto)
    assert found is not None
    return found


def test_it_freezes_canonical_text_under_its_hash(database: Database) -> None:
    coalition = found_coalition(database)
    opened, found = _open(coalition), _get(coalition)
    assert found.review.model_dump() == opened.review.model_dump()
    assert found.review.progress == '{"zeta":"1.50","été":{"a":["0"],"b":null}}'
    assert found.review.sha256 == sha256('{"zeta":"1.50","été":{"a":["0"],"b":null}}'.encode()).digest()
    assert (json.loads(found.review.progress), found.review.at_period) == (FROZEN, Period.parse("2025-Q4").number)
    assert (found.number, found.review.journal, found.is_open) == (1, 4, True)
    with reading(database) as connection:
        assert get_review(connection, coalition.community_id, 1, 3) is None
        assert get_review(connection, coalition.community_id, 2, 1_000) is None
        assert verify(connection) == []


def test_what_an_actor_said_last_of_a_kind_counts(database: Database) -> None:
    coalition = found_coalition(database)
    found = _open(coalition)
    first = _say(coalition, found, 2, READING, Note("Up", indicator=1), Note("Well", objective=1))
    _say(coalition, found, 3, READING, Note("Down"))
    _say(coalition, found, 2, LESSON, Note("Ask"))
    again = _say(coalition, found, 2, READING, Note("Up again"))
    taken_back = _say(coalition, found, 3, READING)
    now = _get(coalition)
    assert [(note.actor, note.kind, note.said) for note in now.notes] == [(2, "lesson", "Ask"), (2, "reading", "Up again")]
    assert (now.said_by(3, READING), now.said_by(2, READING)) == ([], [Note("Up again")])
    before = _get(coalition, taken_back - 1)
    assert [note.said for note in before.notes if note.kind == READING] == ["Down", "Up again"]
    assert _get(coalition, first).said_by(2, READING) == [Note("Up", indicator=1), Note("Well", objective=1)]
    assert _get(coalition, again - 1).said_by(2, READING) == [Note("Up", indicator=1), Note("Well", objective=1)]
    with reading(database) as connection:
        assert verify(connection) == []


def test_it_is_called_and_closed_from_an_entry_on(database: Database) -> None:
    coalition = found_coalition(database)
    found = _open(coalition)
    _open(coalition, "2026")
    with coalition.writing() as writing:
        set_review(writing, found, 1, {"en": "Better"}, ReviewStatus.CLOSED)
        entry = writing.close("review_closed", {}, actor=1, token=None)
    closed = _get(coalition)
    assert (closed.is_open, closed.state.title, closed.state.said_at) == (False, {"en": "Better"}, entry.instant)
    assert (_get(coalition, entry.number - 1).is_open, _get(coalition, entry.number - 1).state.title) == (True, {"en": "2025"})
    with reading(database) as connection:
        listed = list_reviews(connection, coalition.community_id, 1_000)
        assert [(one.number, one.is_open) for one in listed] == [(1, False), (2, True)]
        assert [one.number for one in list_reviews(connection, coalition.community_id, 4)] == [1]


def test_proposals_are_linked_in_their_order(database: Database) -> None:
    coalition = fill_every_table(database)
    found = _get(coalition)
    assert (found.proposals, found.said_by(2, READING)) == ((1,), [Note("Enfin", indicator=1)])
    with coalition.writing() as writing:
        linked = open_review(writing, actor=1, title={"en": "Next"}, at=None, as_of=START, progress={})
        link_proposals(writing, linked, [1])
        entry = writing.close("review_opened", {}, actor=1, token=None)
    with reading(database) as connection:
        second = get_review(connection, coalition.community_id, 2, entry.number)
        assert second is not None
        assert (second.proposals, second.review.at_period) == ((1,), None)
        assert verify(connection) == []


def test_a_text_stays_out_of_the_chain(database: Database) -> None:
    """Two reviews of one content have one hash; a note has a salt of its own, so that it cannot be guessed."""
    coalition = found_coalition(database)
    found = _open(coalition)
    _say(coalition, found, 2, LESSON, Note("Yes"), Note("Yes"))
    salts = [note.salt for note in _get(coalition).notes]
    assert len(set(salts)) == 2 and all(salt is not None and len(salt) == 16 for salt in salts)


def test_a_frozen_content_with_another_hash_is_found(database: Database) -> None:
    coalition = found_coalition(database)
    _open(coalition)
    with changing(database) as connection:
        connection.execute(update(table_of(Review)).values(sha256=sha256(b"{}").digest()))
        found = verify(connection)
    assert "community lab: what review 1 froze no longer has its SHA-256, which entry 4 says" in found
    assert "community lab: what entry 4 brought is not what it is now" in found
