"""Deciding what people counted twice come to, in a draft of the register (`MODEL.md` 1, `distinct`)."""

from collections.abc import Iterator
from dataclasses import replace
from zoneinfo import ZoneInfo

from service.errors import Fault
from service.indicators.aggregation import Answer
from service.indicators.draft import Draft
from service.indicators.evidence import Evidence, reference_version
from service.indicators.figure import Question, tallied, valued
from service.indicators.overlap import codes_of
from service.indicators.placing import cell_of
from service.indicators.plan import OverlapResolved
from service.indicators.register import DecidedOverlap, KnownIndicator
from service.models.measure import exactly, measure_text, rounded
from service.models.overlap import OverlapTerms
from service.models.proposal import ResolveOverlap
from service.models.text import spoken
from service.models.vocabulary import OverActors, OverlapMethod


def resolve_overlap(draft: Draft, change: ResolveOverlap) -> None:
    """Decides what one window and cell come to, or replaces what was decided of them, if it fits what was reported by now."""
    known = draft.known_indicator(change.indicator)
    if known is None:
        return
    evidence = _evidence(draft, known)
    version = reference_version(known.versions, evidence.day)
    if version.definition.over_actors is not OverActors.DISTINCT:
        draft.blame(
            "not_distinct",
            f"`{known.code}` counts nobody twice (its `over_actors` is `{version.definition.over_actors.value}`): its value is "
            "no interval, and there is nothing to decide",
            "/indicator",
            indicator=known.code,
        )
        return
    terms = OverlapTerms.model_construct(
        **{name: getattr(change, name) for name in OverlapTerms.model_fields}
        | {"dimensions": dict(change.cell) or None, "reason": spoken(change.reason, draft.language)}
    )
    _, faults = cell_of(change.dimensions or {}, version.definition, known.code)
    if draft.take_faults([*faults, *_faults(terms)]):
        return
    decided = DecidedOverlap(
        version.number, terms, draft.now, evidence.day, evidence.members, evidence.charter.validation, draft.proposal
    )
    if draft.take_faults(list(_misfits(terms, _interval(evidence, decided)))):
        return
    # One proposal says one thing of one window and cell: the last one of them.
    kept = tuple(one for one in known.overlaps if (one.decided_at, one.terms.key) != (draft.now, terms.key))
    draft.indicators[known.code] = replace(known, overlaps=(*kept, decided))
    draft.steps.append(OverlapResolved(known.code, decided))


def _evidence(draft: Draft, known: KnownIndicator) -> Evidence:
    """What is known of the indicator, read as it would be once all the other changes are decided."""
    before = None if draft.evidence_of is None else draft.evidence_of(known.code)
    zone = ZoneInfo(draft.settings.time_zone)
    return Evidence(
        indicator=known.code,
        versions=known.versions,
        entries=before.entries if before else (),
        members={code: actor.member for code, actor in draft.actors.items()},
        charter=draft.settings.charter,
        as_of=draft.now,
        day=draft.now.astimezone(zone).date(),
        time_zone=zone,
    )


def _faults(terms: OverlapTerms) -> Iterator[Fault]:
    """What makes the terms wrong in themselves."""
    first = terms.from_period
    if first is not None and (first.first_day > terms.period.first_day or first.last_day > terms.period.last_day):
        yield Fault("periods_crossed", "`from_period` begins or ends after `period`", pointer="/from_period")
    if terms.method is OverlapMethod.AGREED and terms.value is None:
        yield Fault("agreed_value_missing", "an agreed number is said in `value`", pointer="/value")
    if terms.method is not OverlapMethod.AGREED and terms.value is not None:
        yield Fault(
            "agreed_value_unused",
            f"`{terms.method.value}` says what the value is: leave `value` out, or use the method `agreed`",
            pointer="/value",
            context={"method": terms.method.value},
        )


def _interval(evidence: Evidence, decided: DecidedOverlap) -> Answer | None:
    """Between which ends the value lies by what was reported; None where there is none."""
    window, cell = decided.terms.key
    if window.first_day > evidence.day:
        return None
    by = tuple(dimension for dimension, _ in cell)
    with exactly():
        question = Question(window, decided.version, by)
        found = valued(evidence, question, tallied(evidence, question, evidence.version(decided.version)))
    codes = codes_of(cell, by)
    return found.parts.get(codes) if codes else found.answer


def _misfits(terms: OverlapTerms, interval: Answer | None) -> Iterator[Fault]:
    """Why there is nothing to decide, or not so."""
    if interval is None or interval.lowest is None or interval.highest is None:
        yield Fault(
            "nothing_overlaps",
            "nothing that counts was reported for these days and this cell: there is nothing to decide yet",
            pointer="/period",
        )
        return
    lowest, highest = measure_text(rounded(interval.lowest)), measure_text(rounded(interval.highest))
    if interval.lowest == interval.highest:
        yield Fault(
            "nothing_overlaps",
            f"the value of these days and this cell is {lowest}, whoever was counted twice: there is nothing to decide",
            pointer="/period",
        )
    elif terms.value is not None and not interval.lowest <= terms.value <= interval.highest:
        yield Fault(
            "outside_interval",
            f"by what was reported it lies between {lowest} and {highest}, both included",
            pointer="/value",
            suggestion=lowest if terms.value < interval.lowest else highest,
            context={"lowest": lowest, "highest": highest},
        )
