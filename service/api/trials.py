"""Trials: what actors report under a definition that is only proposed, for comparison, and take over once it is adopted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from fastapi import Response

from service.api.adopting import known_by
from service.api.contributions import recorded_answers
from service.api.identity import CONTRIBUTE, READ_WITHIN
from service.api.paging import Paged, page
from service.api.proposals import asked_proposal, open_proposal_in_path, proposal_in_path
from service.api.recording import CREATED, FOLDED, REVISED, UNCHANGED, at, first_places, offered, record, row_of
from service.api.routing import Resource
from service.api.sight import sees_contributions_of
from service.api.transaction import Acting, ActingContext, Asking
from service.api.trial_answers import LeftTrialAnswer, TakenOverAnswer, TrialList, TrialNaming, TrialsTakenAnswer
from service.errors import Conflict, Fault
from service.indicators.acceptance import Accepted, accept, refuse
from service.indicators.adoption import plan
from service.indicators.carried import MEASURES
from service.indicators.evidence import version_in_force
from service.indicators.register import KnownIndicator, Register
from service.indicators.trials import definitions_tried, register_of_trials
from service.models.contribution import ContributionBody
from service.models.deliberation import Trial, TrialsBody
from service.models.indicator import Cell
from service.models.period import Period
from service.models.vocabulary import EntryKind, ObservationStatus, ProposalStatus
from service.records.entries import Key, KeyState, LedgerRow
from service.records.ledger import instants_of, intern_cells, read_cells, states_of
from service.records.proposals import Deliberation, changes_of, read_changes
from service.records.trials import add_trials, serving_trials

router = Resource("proposals")

OLDER_GOVERNS, NEWER_GOVERNS, REPORTED_SINCE = "older_version_governs", "newer_version_governs", "reported_since"
_KEY = ("indicator", "period", "actor", "cell")


@router.post("/proposals/{proposal}/trials", access=CONTRIBUTE, or_status=200)
def create_trials(proposal: str, body: TrialsBody, acting: Acting, response: Response) -> TrialsTakenAnswer:
    """Takes values of periods under a definition that an open proposal would adopt by `revise_indicator`; all or none.

    They enter no figure: the preview sets them beside what was reported. They are judged as contributions under the proposed
    version, whatever its `effective_from`: periods before it are the very point; closed ones will do. An item carries its key
    and its numbers, nothing else; the last one said of a key counts. 200 where nothing of it is new.
    """
    found = open_proposal_in_path(proposal, acting)
    accepted = _accepted(acting, found, body.items)
    cells = intern_cells(acting.connection, acting.register.community_id, {one.cell for one in accepted})
    rows = [row_of(one, cells, acting.caller.known_actor.number) for one in accepted]
    first = first_places(rows, [_pointer(place) for place in range(len(rows))])
    known = {_key(trial): trial for trial in _serving(acting, found)}
    new = [
        one
        for place, (one, row) in enumerate(zip(accepted, rows, strict=True))
        if first[row.key] == place and not (row.key in known and _says_the_same(row, known[row.key]))
    ]
    if new:
        brought = add_trials(acting.writing, found.round, new, acting.caller.known_actor.number)
        known |= {_key(trial): trial for trial in brought}
        subject = {"proposal": str(found.number), "round": found.round.number, "trials": len(new)}
        caller = acting.caller
        acting.writing.close("trials_reported", subject, actor=caller.known_actor.number, token=caller.token)
    else:
        response.status_code = 200
    instants = instants_of(acting.connection, acting.register.community_id, {trial.journal for trial in known.values()})
    naming = TrialNaming(acting.register, {number: cell for cell, number in cells.items()}, instants)
    return TrialsTakenAnswer(items=[naming.answer(known[row.key]) for row in rows])


@router.get("/proposals/{proposal}/trials", access=READ_WITHIN)
def list_trials(proposal: str, asking: Asking, paged: Paged) -> TrialList:
    """The trials of what the present round proposes, those of earlier rounds included where the definition is still the same.

    Where the charter keeps actors' values to themselves, and no peers validate, members see their own; the support sees all.
    """
    found = asked_proposal(proposal, asking)
    community_id, charter = asking.register.community_id, asking.register.settings.charter
    codes = asking.register.actor_codes
    seen = [
        trial
        for trial in serving_trials(asking.connection, found, asking.register.indicator_codes, asking.moment.number)
        if sees_contributions_of(asking.caller, charter, codes[trial.actor])
    ]
    cut = page(seen, paged)
    shown: list[Trial] = cut["items"]
    cells = read_cells(asking.connection, community_id, {trial.cell for trial in shown})
    naming = TrialNaming(
        asking.register, cells, instants_of(asking.connection, community_id, {trial.journal for trial in shown})
    )
    return TrialList(items=[naming.answer(trial) for trial in shown], next_cursor=cut["next_cursor"])


@router.post("/proposals/{proposal}/trials/take-over", access=CONTRIBUTE, or_status=200)
def take_over_trials(proposal: str, acting: Acting, response: Response) -> TakenOverAnswer:
    """Records the caller's own trials as contributions, once what they tried is adopted; 409 `not_adopted` until then.

    Only periods that the adopted version governs: a contribution is recorded under the version in force for its period. Those
    of other versions are left out and named, and so is what was reported under the adopted version since, and what would be
    refused as a contribution. Asked again, it adds nothing: 200, with `unchanged`.
    """
    found = proposal_in_path(proposal, acting)
    if found.round.status != ProposalStatus.ADOPTED:
        raise Conflict("not_adopted", f"this proposal is {found.round.status}", status=found.round.status)
    own = [trial for trial in _serving(acting, found) if trial.actor == acting.caller.known_actor.number]
    cells = read_cells(acting.connection, acting.register.community_id, {trial.cell for trial in own})
    states = states_of(acting.connection, acting.register.community_id, [_key(one) for one in own], acting.writing.number - 1)
    codes = acting.register.indicator_codes
    bodies, left_out = [], []
    for trial in own:
        known = acting.register.indicators[codes[trial.indicator]]
        body = _as_contribution(trial, known.code, cells)
        reason = _reason_to_leave(trial, known, found.number, states[_key(trial)]) or _refusal_of(acting, body)
        if reason is None:
            bodies.append(body)
        else:
            period = Period.from_number(trial.period)
            left_out.append(
                LeftTrialAnswer(indicator=known.code, period=period, dimensions=dict(cells[trial.cell]), reason=reason)
            )
    outcomes = record(acting, bodies, [_pointer(place) for place in range(len(bodies))]) if bodies else []
    counts = {name: sum(one.outcome == name for one in outcomes) for name in (CREATED, REVISED, UNCHANGED, FOLDED)}
    if not counts[CREATED] + counts[REVISED]:
        response.status_code = 200
    return TakenOverAnswer(items=recorded_answers(acting, outcomes), **counts, left_out=left_out)


def _accepted(acting: ActingContext, found: Deliberation, items: Sequence[ContributionBody]) -> list[Accepted]:
    """The trials as they can be kept. Raises what is wrong with them, and what adopting the proposal would raise."""
    changes = read_changes(changes_of(acting.connection, acting.register.community_id, found.number, found.round.number))
    planned = plan(acting.register, changes, now=acting.writing.instant, proposal=found.number, evidence_of=known_by(acting))
    revised = definitions_tried(changes)
    register = register_of_trials(acting.register, planned.register.indicators, list(revised))
    accepted: list[Accepted] = []
    faults: list[Fault] = []
    for place, body in enumerate(items):
        wrong = list(_not_for_a_trial(body, register))
        if not any(fault.code == "not_revised_here" for fault in wrong):
            verdict = _verdict(acting, body, register)
            if isinstance(verdict, Accepted):
                accepted.append(replace(verdict, indicator=acting.register.indicators[body.indicator]))
            else:
                wrong += verdict
        faults += [at(fault, _pointer(place)) for fault in wrong]
    if faults:
        refuse(faults)
    return accepted


def _verdict(acting: ActingContext, body: ContributionBody, register: Register) -> Accepted | list[Fault]:
    caller = acting.caller
    return accept(offered(body), register, day=acting.writing.day, reporter=caller.known_actor, is_support=caller.is_support)


def _not_for_a_trial(body: ContributionBody, register: Register) -> Iterator[Fault]:
    if body.indicator not in register.indicators:
        sentence = f"the proposal does not revise `{body.indicator}`: there is nothing to try"
        yield Fault("not_revised_here", sentence, pointer="/indicator", context={"indicator": body.indicator})
    given = {
        "observation_status": body.observation_status is not ObservationStatus.NORMAL,
        "comment": body.comment is not None,
        "evidence": body.evidence is not None,
        "expected_revision": body.expected_revision is not None,
    }
    for name, is_given in given.items():
        if is_given:
            sentence = f"a trial carries numbers only: `{name}` would not be kept"
            yield Fault("not_kept_in_a_trial", sentence, pointer=f"/{name}", context={"field": name})


def _serving(acting: ActingContext, found: Deliberation) -> list[Trial]:
    return serving_trials(acting.connection, found, acting.register.indicator_codes, acting.writing.number - 1)


def _reason_to_leave(trial: Trial, known: KnownIndicator, proposal: int, state: KeyState) -> str | None:
    """Why a trial cannot be what its actor reports under the version that `proposal` brought; None where it can."""
    adopted = max(version.number for version in known.versions if version.proposal == proposal)
    governing = version_in_force(known.versions, Period.from_number(trial.period).first_day)
    if governing is None or governing.number < adopted:
        return OLDER_GOVERNS
    if governing.number > adopted:
        return NEWER_GOVERNS
    # What was said under the new definition since is the later word: a trial does not take its place.
    if state.last is not None and state.last.version == adopted and not state.last.says_the_same(_as_row(trial, adopted)):
        return REPORTED_SINCE
    return None


def _refusal_of(acting: ActingContext, body: ContributionBody) -> str | None:
    verdict = _verdict(acting, body, acting.register)
    return None if isinstance(verdict, Accepted) else verdict[0].code


def _as_contribution(trial: Trial, indicator: str, cells: Mapping[int, Cell]) -> ContributionBody:
    return ContributionBody(
        indicator=indicator,
        period=str(Period.from_number(trial.period)),
        dimensions=dict(cells[trial.cell]),
        **{name: getattr(trial, name) for name in MEASURES},
    )


def _as_row(trial: Trial, version: int) -> LedgerRow:
    measures = {name: getattr(trial, name) for name in MEASURES}
    status = ObservationStatus.NORMAL.value
    return LedgerRow(*_key(trial), 0, EntryKind.REPORT, version, **measures, observation_status=status)


def _key(trial: Trial) -> Key:
    return Key(*(getattr(trial, name) for name in _KEY))


def _says_the_same(row: LedgerRow, trial: Trial) -> bool:
    return all(getattr(row, name) == getattr(trial, name) for name in MEASURES)


def _pointer(place: int) -> str:
    return f"/items/{place}"
