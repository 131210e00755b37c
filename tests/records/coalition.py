"""A small community for the tests of the records, made through the records alone."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from service.database import Database, use_community
from service.indicators.acceptance import Accepted
from service.indicators.plan import IndicatorPlaced, MemberSet, OverlapResolved, Step, TargetSet, VersionAdopted
from service.indicators.register import DecidedOverlap, Register, Version
from service.models.community import Charter, Member, Settings
from service.models.digest import Every
from service.models.indicator import Definition
from service.models.invitation import Invitation
from service.models.journal import JournalEntry
from service.models.overlap import OverlapTerms
from service.models.period import Period
from service.models.target import TargetTerms
from service.models.vocabulary import EntryKind, ProposalStatus, Role, Stance, Validation
from service.models.webhook import Webhook
from service.records.adoption import set_closed, write_steps
from service.records.alerts import NewAlert, add_alerts
from service.records.digests import set_recipients
from service.records.entries import Key, LedgerRow
from service.records.idempotency import remember_answer
from service.records.invitations import add_invitation
from service.records.jobs import queue_job
from service.records.journal import Writing, begin_writing
from service.records.ledger import append, intern_cells
from service.records.mappings import set_mapping
from service.records.moment import Moment, moment_of
from service.records.people import link_person
from service.records.proposals import add_comment, amend_proposal, decide_round, open_proposal, take_position
from service.records.register import Registers, create_community, find_community
from service.records.reviews import LESSON, READING, Note, link_proposals, open_review, say
from service.records.tokens import create_operator_token, create_token
from service.records.trials import add_trials
from service.records.uploads import create_upload, write_part
from service.records.webhooks import add_webhook

START = datetime(2026, 1, 1, 9, tzinfo=UTC)
QUARTER = Period.parse("2025-Q4").number


def definition(**changes: Any) -> Definition:
    """A quantity that adds up over everything, in quarters."""
    plain = {
        "name": {"en": "Jobs created"},
        "unit": {"label": {"en": "jobs"}},
        "measure": "quantity",
        "nature": "flow",
        "over_time": "sum",
        "over_actors": "sum",
        "direction": "increase",
        "frequency": "Q",
    }
    return Definition.model_validate(plain | changes)


def adopted(code: str, number: int = 1, **changes: Any) -> list[Step]:
    """The steps that adopt a version of an indicator."""
    version = Version(number, definition(**changes), None, START)
    placed = IndicatorPlaced(code, "common", Decimal(1), retired=False)
    return [VersionAdopted(code, version), placed] if number == 1 else [VersionAdopted(code, version)]


def member(name: str, role: Role = Role.MEMBER) -> Member:
    """A member organisation."""
    return Member(name={"en": name}, kind="association", role=role)


def row(key: Key, batch: int, value: str | None = None, kind: EntryKind = EntryKind.REPORT, **more: Any) -> LedgerRow:
    """A ledger row; `value` None for anything but a report."""
    measure = None if value is None else Decimal(value)
    return LedgerRow(
        *key, batch, kind, 1, measure, observation_status="A" if value is not None else None, reported_by=key.actor, **more
    )


@contextmanager
def reading(database: Database, community: int | str = 1) -> Iterator[Connection]:
    """A snapshot, for the community of that number or code: the first that was founded, where none is named."""
    with database.read() as connection:
        found = find_community(connection, community) if isinstance(community, str) else community
        assert found is not None
        use_community(connection, found)
        yield connection


@contextmanager
def changing(database: Database, community_id: int = 1) -> Iterator[Connection]:
    """A transaction that writes for a community without a journal entry: the first founded, where none is named."""
    with database.write() as connection:
        use_community(connection, community_id)
        yield connection


@dataclass
class Coalition:
    """A community in a database, its registers, and short ways to change it and to look at it."""

    database: Database
    community_id: int
    registers: Registers = field(default_factory=Registers)

    @contextmanager
    def writing(self, at: datetime = START) -> Iterator[Writing]:
        """A transaction under the community's lock, which whoever asks for it closes."""
        with self.database.write() as connection:
            yield begin_writing(connection, self.community_id, at, self.registers)

    def change(self, at: datetime, steps: Iterable[Step], kind: str = "changed") -> JournalEntry:
        """Write steps as one journal entry."""
        with self.writing(at) as writing:
            write_steps(writing, list(steps))
            return writing.close(kind, {}, actor=1, token=None)

    def record(self, at: datetime, *said: tuple[Any, ...], **more: Any) -> JournalEntry:
        """Write ledger rows, each a key and what `row` takes besides the batch, as one journal entry."""
        with self.writing(at) as writing:
            batch = writing.new_number("batch")
            append(writing, [row(key, batch, *rest, **more) for key, *rest in said])
            return writing.close("contributed", {"keys": len(said)}, actor=1, token=None, batch=batch)

    def moment(self, as_of: datetime | None, now: datetime) -> Moment:
        """What an instant means."""
        with reading(self.database, self.community_id) as connection:
            return moment_of(connection, self.community_id, as_of, now, self.registers)

    def register(self, number: int) -> Register:
        """What was decided up to an entry."""
        with reading(self.database, self.community_id) as connection:
            return self.registers.read(connection, self.community_id, number)


def found_coalition(database: Database, code: str = "lab", at: datetime = START, **settings: Any) -> Coalition:
    """A community called `code` with its support and two members, and one indicator `jobs`, in three journal entries."""
    said = Settings(name={"en": "Lab"}, charter=Charter(), **settings)
    with database.write() as connection:
        founded = create_community(
            connection,
            code=code,
            settings=said,
            objective={"en": "Everybody in work"},
            support_code="hub",
            support=member("Hub", Role.SUPPORT),
            now=at,
        )
    coalition = Coalition(database, founded.community_id)
    coalition.change(at, [MemberSet("a", member("A"), is_new=True), MemberSet("b", member("B"), is_new=True)])
    coalition.change(at, adopted("jobs"))
    return coalition


def fill_every_table(database: Database, code: str = "full") -> Coalition:
    """A community that leaves a row in every table."""
    coalition = found_coalition(database, code)
    women = (("sex", "F"),)
    with changing(coalition.database, coalition.community_id) as connection:
        cell = intern_cells(connection, coalition.community_id, [women])[women]
    keys = Key(1, QUARTER, 2, 0), Key(1, QUARTER, 2, cell)
    coalition.record(START, (keys[0], "1"), (keys[1], "0"), comment="Un commentaire", evidence="https://example.org")
    coalition.record(START, (keys[0], "2"))
    terms = TargetTerms(period=Period.parse("2027"), value=Decimal("12.5"), dimensions={"sex": "F"}, actor="a")
    said = {"period": "2025-Q4", "dimensions": {"sex": "F"}, "method": "agreed", "value": "1.5", "reason": {"en": "Compared"}}
    agreed = DecidedOverlap(1, OverlapTerms.model_validate(said), START, START.date(), {}, Validation.NONE, 1)
    coalition.change(START, [TargetSet("jobs", 1, terms, dropped=False), OverlapResolved("jobs", agreed)])
    with coalition.writing() as writing:
        changes = [{"kind": "first"}, {"kind": "second"}]
        proposal = open_proposal(
            writing, proposer=2, title={"en": "More"}, rationale=None, changes=changes, closes_at=START + timedelta(days=14)
        )
        writing.close("proposal_opened", {}, actor=2, token=None)
    with coalition.writing() as writing:
        take_position(writing, proposal.round, 3, Stance.OBJECT, "Trop tôt")
        writing.close("position_taken", {}, actor=3, token=None)
    with coalition.writing() as writing:
        add_comment(writing, proposal.round, 2, "Parlons-en")
        writing.close("proposal_commented", {}, actor=2, token=None)
    with coalition.writing() as writing:
        later = START + timedelta(days=15)
        proposal = amend_proposal(writing, proposal, actor=2, rationale={"en": "Later"}, changes=changes[:1], closes_at=later)
        writing.close("proposal_amended", {"proposal": "1", "round": 2}, actor=2, token=None)
    with coalition.writing() as writing:
        known, actor = writing.register.indicators["jobs"], writing.register.actors["a"]
        one = Decimal(1)
        tried = Accepted(
            known, actor, Period.from_number(QUARTER), women, known.versions[0], one, None, None, None, "A", None, None
        )
        add_trials(writing, proposal.round, [tried], 2)
        writing.close("trials_reported", {}, actor=2, token=None)
    with coalition.writing() as writing:
        decide_round(writing, proposal.round, ProposalStatus.REJECTED, {"reason": "objection_stands"}, 1)
        writing.close("proposal_rejected", {"proposal": "1", "reason": "objection_stands"}, actor=1, token=None)
    with coalition.writing() as writing:
        set_closed(writing, Period.parse("2024"), closed=True)
        writing.close("period_closed", {}, actor=1, token=None)
    with coalition.writing() as writing:
        review = open_review(
            writing, actor=1, title={"en": "2025"}, at=Period.parse("2025"), as_of=START, progress={"objectives": []}
        )
        writing.close("review_opened", {}, actor=1, token=None)
    with coalition.writing() as writing:
        say(writing, review, 2, READING, [Note("Enfin", indicator=1)])
        say(writing, review, 2, LESSON, [])
        link_proposals(writing, review, [1])
        writing.close("review_changed", {}, actor=2, token=None)
    with coalition.writing() as writing:
        set_mapping(writing, 2, "export", {"decimal": "comma"})
        writing.close("mapping_set", {"actor": "a", "mapping": "export"}, actor=2, token=None)
    _fill_what_is_not_journaled(coalition)
    return coalition


def _fill_what_is_not_journaled(coalition: Coalition) -> None:
    community_id = coalition.community_id
    with changing(coalition.database, coalition.community_id) as connection:
        digest = community_id.to_bytes(32, "big")
        token = create_token(connection, community_id, actor=1, name="t", scopes=["read"], digest=digest, now=START)
        link_person(
            connection, community_id, actor=1, issuer="https://id.example", subject="s", name=None, scopes=["read"], now=START
        )
        invitation = Invitation(
            community_id=community_id,
            number=3,
            actor=1,
            invited_by=1,
            name="i",
            scopes=["read"],
            session_days=1,
            digest=digest,
            created_at=START,
            expires_at=START,
        )
        add_invitation(connection, invitation)
        create_operator_token(connection, name="o", digest=digest, now=START)
        upload = create_upload(
            connection,
            community_id,
            actor=1,
            token=token.number,
            on_behalf=False,
            options={},
            filename="jobs.csv",
            sha256=digest,
            size=3,
            now=START,
        )
        write_part(connection, community_id, upload.number, "file", 0, b"a,b")
        webhook = Webhook(
            community_id=community_id,
            number=1,
            actor=1,
            url="https://hooks.example",
            secret="whsec_",
            created_at=START,
            position=1,
            alert_position=0,
        )
        add_webhook(connection, webhook)
        set_recipients(connection, community_id, 1, ["office@example.org"], "fr", Every.DAY)
        add_alerts(connection, community_id, [NewAlert(START, 1, "status_changed", {"indicator": "jobs"})])
        queue_job(connection, community_id, "import", upload.number)
        remember_answer(connection, digest, digest, 201, {}, b"{}", START, START - timedelta(hours=24))
