"""A whole community, naively: a list of everything that happened, and every state by replaying it from the beginning.

Written from MODEL.md 2, API.md and issue 3. Nothing is remembered between two questions, so that nothing that came later can
have touched what was before: that is the whole of its proof. Figures and progress are those of `figures.py` and `judging.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from service.indicators.evidence import Entry, Evidence
from service.indicators.register import SetTargetOf, Version
from service.models.community import Charter, Member
from service.models.period import Period
from service.models.vocabulary import EntryKind
from tests.naive.adopting import Decided, Json, Known, No, Objective, adopt
from tests.naive.deciding import STANCES, Electorate, electorate, is_there, may_close, why_rejected

TICK = timedelta(microseconds=1)
UNCHANGED = "unchanged"
MEASURES = ("value", "numerator", "denominator", "weight")
CARRIED = {"quantity": ("value",), "ratio": ("numerator", "denominator"), "mean": ("value", "weight")}


@dataclass(frozen=True)
class Happening:
    """What `by` did when the clock showed `now`; `given` is what was sent."""

    now: datetime
    by: str
    what: str
    given: Json


@dataclass
class Round:
    """A round of a proposal. `said` holds the last position of each actor with its reason."""

    opened_at: datetime
    closes_at: datetime
    electorate: Electorate
    changes: Sequence[Json]
    amended_by: str | None = None
    said: dict[str, tuple[str, str | None]] = field(default_factory=dict)

    @property
    def stances(self) -> dict[str, str]:
        """Where actors stand, without their reasons."""
        return {actor: stance for actor, (stance, _) in self.said.items()}


@dataclass
class Proposal:
    """A proposal. `reason` says why it was rejected and `wrong` what about it did not fit."""

    number: int
    proposer: str
    rounds: list[Round]
    status: str = "open"
    reason: str | None = None
    wrong: str | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None

    @property
    def round(self) -> Round:
        """The present one."""
        return self.rounds[-1]


@dataclass
class State:
    """A community at one moment: what is decided, what is proposed, what was reported. `last` is its journal's last instant."""

    zone: ZoneInfo
    decided: Decided
    last: datetime
    proposals: list[Proposal] = field(default_factory=list)
    ledger: dict[str, list[Entry]] = field(default_factory=dict)
    entries: int = 0

    def day(self, instant: datetime) -> date:
        """The community's day."""
        return instant.astimezone(self.zone).date()

    def due(self, until: datetime) -> Proposal | None:
        """The proposal that time decides next, of those whose time has come by `until`."""
        due = [one for one in self.proposals if one.status == "open" and one.round.closes_at <= until]
        return min(due, key=lambda one: (one.round.closes_at, one.number), default=None)

    def version_for(self, indicator: str, period: Period) -> Version | None:
        """The highest-numbered version adopted by now that does not begin after the period's first day."""
        found = None
        for version in self.decided.indicators[indicator].versions:
            first = version.definition.effective_from
            if first is None or first.first_day <= period.first_day:
                found = version
        return found

    def is_support(self, actor: str, instant: datetime) -> bool:
        """Whether the actor runs the evaluation for the others on that day."""
        member = self.decided.members[actor]
        return member.role == "support" and is_there(member, self.day(instant))


class Community:
    """What happened in a community since it was founded at `founded` with its `members`, who were all there then."""

    def __init__(self, founded: datetime, members: dict[str, Member], charter: Charter, time_zone: str = "UTC") -> None:
        self.founded = founded
        self.members = members
        self.charter = charter
        self.zone = ZoneInfo(time_zone)
        self.happenings: list[Happening] = []

    def attempt(self, now: datetime, by: str, what: str, given: Json) -> str | None:
        """Lets something happen: None. Or says that it changes nothing (`unchanged`), or the code of the refusal."""
        state = self._replayed(None)
        _settle_before_a_write(state, now, None)
        try:
            changes = _act(state, Happening(now, by, what, given))
        except No as refusal:
            return refusal.code
        self.happenings.append(Happening(now, by, what, given))
        return None if changes else UNCHANGED

    def now(self, now: datetime) -> tuple[State, datetime]:
        """The state that a reader finds when the clock shows `now`, and the instant that it is as of.

        That is the last thing that happened, or the first moment of today where that is later.
        """
        state = self._replayed(None)
        until = max(now, state.last)
        while (due := state.due(until)) is not None:
            _settle(state, due, max(due.round.closes_at, state.last + TICK))
        midnight = datetime.combine(now.astimezone(self.zone).date(), time.min, self.zone).astimezone(UTC)
        return state, max(state.last, midnight)

    def as_of(self, instant: datetime) -> State:
        """The state at an instant that lies behind."""
        state = self._replayed(instant)
        while (due := state.due(instant)) is not None:
            at = max(due.round.closes_at, state.last + TICK)
            if at > instant:
                break
            _settle(state, due, at)
        return state

    def _replayed(self, upto: datetime | None) -> State:
        """Everything again from the beginning, up to what happened at `upto`."""
        decided = Decided(self.charter, dict(self.members), {"common": Objective("common", None, Decimal(1))}, {})
        state = State(self.zone, decided, self.founded)
        for happening in self.happenings:
            if not _settle_before_a_write(state, happening.now, upto):
                return state
            if upto is not None and max(happening.now, state.last + TICK) > upto:
                return state
            _act(state, happening)
        return state


def _settle_before_a_write(state: State, now: datetime, upto: datetime | None) -> bool:
    """Decides what time has decided by the instant of a write. False where `upto` lies before the end of it."""
    while (due := state.due(max(now, state.last + TICK))) is not None:
        at = max(due.round.closes_at, state.last + TICK)
        if upto is not None and at > upto:
            return False
        _settle(state, due, at)
    return True


def _settle(state: State, proposal: Proposal, instant: datetime) -> None:
    """Time decides: what is carried is done if it still fits."""
    reason = why_rejected(proposal.round.electorate, proposal.round.stances)
    wrong = None
    if reason is None:
        try:
            _adopt(state, proposal, instant)
        except No as refusal:
            reason, wrong = "does_not_fit", refusal.code
    _end(state, proposal, "rejected" if reason else "adopted", instant, None, reason, wrong)


def _adopt(state: State, proposal: Proposal, instant: datetime) -> None:
    state.decided = adopt(state.decided, proposal.round.changes, instant, proposal.number, known_by(state, instant))


def _end(
    state: State,
    proposal: Proposal,
    status: str,
    instant: datetime,
    by: str | None,
    reason: str | None = None,
    wrong: str | None = None,
) -> None:
    """Ends a proposal; where that was the end of the community's work, all that is open lapses with it."""
    ending = [proposal]
    if state.decided.is_closed:
        ending += [one for one in state.proposals if one.status == "open" and one is not proposal]
    for one in ending:
        one.status, one.decided_at, one.decided_by, one.reason = status, instant, by, reason
        if one is not proposal:
            one.status, one.reason = "rejected", "community_closed"
    proposal.wrong = wrong
    state.last = instant
    state.entries += 1


def _act(state: State, happening: Happening) -> bool:
    """Does it, if it may be done. Whether it changed anything. Raises No."""
    if happening.what not in OBSERVERS_MAY and state.decided.members[happening.by].role == "observer":
        raise No("beyond_role")
    if state.decided.is_closed:
        raise No("community_closed")
    instant = max(happening.now, state.last + TICK)
    changes = _ACTS[happening.what](state, happening, instant)
    if changes:
        state.last = instant
        state.entries += 1
    return changes


def _open_round(state: State, happening: Happening, instant: datetime, amends: str | None, decided: bool = False) -> Round:
    closes_at = happening.given.get("closes_at")
    closing = instant + timedelta(days=state.decided.charter.deliberation_days)
    if closes_at is not None:
        closing = datetime.fromisoformat(closes_at)
    if closing <= instant and (closes_at is not None or not decided):
        raise No("closes_in_the_past")
    voting = electorate(state.decided.charter, state.decided.members, state.day(instant))
    return Round(instant, closing, voting, happening.given["changes"], amends)


def _propose(state: State, happening: Happening, instant: datetime) -> bool:
    _refuse_who_may_not_propose(state, happening.by, instant)
    number = len(state.proposals) + 1
    adopted = adopt(state.decided, happening.given["changes"], instant, number, known_by(state, instant))
    at_once = state.decided.charter.decision_rule == "delegated" and state.is_support(happening.by, instant)
    proposal = Proposal(number, happening.by, [_open_round(state, happening, instant, None, at_once)])
    state.proposals.append(proposal)
    if at_once:
        state.decided = adopted
        _end(state, proposal, "adopted", instant, happening.by)
    return True


def _refuse_who_may_not_propose(state: State, actor: str, instant: datetime) -> None:
    if not is_there(state.decided.members[actor], state.day(instant)):
        raise No("not_a_member_now")


def _found(state: State, happening: Happening) -> Proposal:
    return state.proposals[int(happening.given["proposal"]) - 1]


def _found_open(state: State, happening: Happening) -> Proposal:
    proposal = _found(state, happening)
    if proposal.status != "open":
        raise No("not_open")
    return proposal


def _take_position(state: State, happening: Happening, instant: datetime) -> bool:
    proposal = _found_open(state, happening)
    said = happening.given["position"], happening.given.get("reason")
    assert said[0] in STANCES
    if happening.by not in proposal.round.electorate.voters:
        raise No("not_a_voter")
    if said[0] == "object" and not said[1]:
        raise No("reason_required")
    changes = proposal.round.said.get(happening.by) != said
    proposal.round.said[happening.by] = said
    return changes


def _amend(state: State, happening: Happening, instant: datetime) -> bool:
    proposal = _found(state, happening)
    if proposal.status != "open" and proposal.reason != "does_not_fit":
        raise No("not_open")
    if happening.by != proposal.proposer and not state.is_support(happening.by, instant):
        raise No("not_your_proposal")
    _refuse_who_may_not_propose(state, happening.by, instant)
    adopt(state.decided, happening.given["changes"], instant, proposal.number, known_by(state, instant))
    proposal.rounds.append(_open_round(state, happening, instant, happening.by))
    proposal.status, proposal.reason, proposal.wrong = "open", None, None
    proposal.decided_at = proposal.decided_by = None
    return True


def _close(state: State, happening: Happening, instant: datetime) -> bool:
    proposal = _found_open(state, happening)
    who, said = proposal.round.electorate, proposal.round.stances
    if who.rule == "delegated" and happening.by not in who.voters and not may_close(who, said):
        raise No("support_decides")
    decides = who.rule == "delegated" and happening.by in who.voters and happening.by not in said
    if decides:
        said[happening.by] = "support"
    if not may_close(who, said):
        raise No("too_early")
    reason = why_rejected(who, said)
    if reason is None:
        _adopt(state, proposal, instant)
    if decides:
        proposal.round.said[happening.by] = ("support", None)
    _end(state, proposal, "rejected" if reason else "adopted", instant, happening.by, reason)
    return True


def _withdraw(state: State, happening: Happening, instant: datetime) -> bool:
    proposal = _found_open(state, happening)
    if happening.by != proposal.proposer:
        raise No("not_your_proposal")
    _end(state, proposal, "withdrawn", instant, happening.by)
    return True


def _report(state: State, happening: Happening, instant: datetime) -> bool:
    """One journal entry for all the items; those that say nothing new are not written, and where none does, there is none."""
    entries = [_entry(state, happening.by, item, instant) for item in happening.given["items"]]
    new = [(code, entry) for code, entry in entries if not _says_the_same(state, code, entry)]
    for code, entry in new:
        state.ledger.setdefault(code, []).append(entry)
    return bool(new)


def _entry(state: State, by: str, item: Json, instant: datetime) -> tuple[str, Entry]:
    code, actor, period = item["indicator"], item.get("actor", by), Period.parse(item["period"])
    if code not in state.decided.indicators:
        raise No("unknown_indicator")
    version = state.version_for(code, period)
    if version is None:
        raise No("period_before_first_version")
    if period.frequency != version.definition.frequency:
        raise No("wrong_frequency")
    if period.first_day > state.day(instant):
        raise No("period_not_begun")
    member = state.decided.members[actor]
    if member.role == "observer":
        raise No("observer_may_not_report")
    if (member.joined and member.joined > period.last_day) or (member.left and member.left < period.first_day):
        raise No("actor_not_member")
    _check_content(version, item)
    numbers: Json = {name: Decimal(item[name]) for name in MEASURES if name in item}
    cell = tuple(sorted((item.get("dimensions") or {}).items()))
    return code, Entry(actor, period, cell, state.entries + 1, instant, version.number, **numbers)


def _check_content(version: Version, item: Json) -> None:
    """Whether it has the codes and the measures that the version asks for: time may have decided on another one meanwhile."""
    known = {dimension.code: dimension.codes for dimension in version.definition.dimensions}
    for dimension, code in (item.get("dimensions") or {}).items():
        if code not in known.get(dimension, []):
            raise No("unknown_code" if dimension in known else "unknown_dimension")
    needed, given = set(CARRIED[version.definition.measure.value]), {name for name in MEASURES if name in item}
    if given - needed:
        raise No("unexpected_measure")
    if needed - given:
        raise No("missing_measure" if given else "missing_value")


def _last_of(state: State, code: str, like: Entry) -> Entry | None:
    return next((entry for entry in reversed(state.ledger.get(code, [])) if entry.key == like.key), None)


def _says_the_same(state: State, code: str, entry: Entry) -> bool:
    last = _last_of(state, code, entry)
    if last is None or last.kind != EntryKind.REPORT or last.version != entry.version:
        return False
    return all(getattr(last, name) == getattr(entry, name) for name in MEASURES)


def _take_back(state: State, happening: Happening, instant: datetime) -> bool:
    item = happening.given
    actor, period = item.get("actor", happening.by), Period.parse(item["period"])
    version = state.version_for(item["indicator"], period)
    assert version is not None
    cell = tuple(sorted((item.get("dimensions") or {}).items()))
    entry = Entry(actor, period, cell, state.entries + 1, instant, version.number, EntryKind.WITHDRAWAL)
    last = _last_of(state, item["indicator"], entry)
    assert last is not None
    if last.kind == EntryKind.WITHDRAWAL:
        return False
    state.ledger[item["indicator"]].append(entry)
    return True


def _let_go(state: State, happening: Happening, instant: datetime) -> bool:
    """The support writes down until when an actor is there."""
    given = happening.given
    change = {"kind": "set_membership", "actor": given["actor"], "membership": given["membership"]}
    decided = adopt(state.decided, [change], instant, 0, known_by(state, instant))
    changes = decided.members != state.decided.members
    state.decided = decided
    return changes


def _note(state: State, happening: Happening, instant: datetime) -> bool:
    """Something that is an entry of the journal and changes nothing that is asked for: a token, a comment, a review."""
    return True


OBSERVERS_MAY = {"comment", "token", "note", "let_go"}
"""What is no matter of the scope that a role reaches: who may let an actor go is the support alone, and never in doubt here."""
_ACTS = {
    "propose": _propose,
    "position": _take_position,
    "amend": _amend,
    "close": _close,
    "withdraw": _withdraw,
    "report": _report,
    "take_back": _take_back,
    "let_go": _let_go,
    "comment": _note,
    "token": _note,
    "note": _note,
}


def evidence_of(state: State, code: str, instant: datetime) -> Evidence:
    """What is known of an indicator in a state that was as of `instant`."""
    known = state.decided.indicators[code]
    return Evidence(
        indicator=code,
        versions=known.versions,
        entries=tuple(state.ledger.get(code, [])),
        members=state.decided.members,
        charter=state.decided.charter,
        as_of=instant,
        day=state.day(instant),
        targets=tuple(SetTargetOf(number, terms) for number, terms in known.targets),
        time_zone=state.zone,
        overlaps=known.overlaps,
    )


def known_by(state: State, instant: datetime) -> Known:
    """What a proposal that ends at `instant` is judged by: all that was reported, read as it decides."""
    return lambda decided, code: evidence_of(replace(state, decided=decided), code, instant)
