"""Indicators: what stands now, and every version that was adopted."""

from collections.abc import Sequence
from typing import Any

from fastapi import Query
from pydantic import BaseModel, Field

from service.api.identity import READ
from service.api.naming import indicator_in_path
from service.api.paging import Paged, page
from service.api.proposal_answers import PositionAnswer, position_answers
from service.api.routing import Resource
from service.api.targets import TargetAnswer, target_answers, told
from service.api.transaction import Asking, AskingContext
from service.errors import NotFound
from service.indicators.bridge_words import bridge_reading
from service.indicators.differences import differences
from service.indicators.evidence import reference_version
from service.indicators.register import KnownIndicator, Version
from service.models.indicator import Bridge, Definition
from service.models.instant import Instant
from service.models.measure import Measure
from service.records.proposals import list_proposals, positions_of

router = Resource("indicators")


class FieldChange(BaseModel):
    """One field of a definition that differs from the version before."""

    field: str = Field(description="The field's name in `definition`.")
    before: Any = Field(description="What it was; null where it was not set.")
    after: Any = Field(description="What it is from this version on; null where it is not set.")


class VersionAnswer(BaseModel):
    """One adopted definition. It never changes."""

    indicator: str
    number: int = Field(description="1 for the first, without gaps.")
    definition: Definition
    bridge: Bridge | None = Field(description="How values of the version before read in this one; null for version 1.")
    reading: dict[str, str] | None = Field(description="The bridge in words, by language; null for version 1.")
    changed: list[FieldChange] = Field(description="What differs from the version before, field by field; empty for version 1.")
    proposal: str | None = Field(description="The id of the proposal that decided it.")
    title: dict[str, str] | None = Field(description="What that proposal is called, by language.")
    rationale: dict[str, str] | None = Field(description="Why it was proposed, by language; null where nothing was said.")
    positions: list[PositionAnswer] | None = Field(
        description="Where actors stood in the round that decided it; null to those who are no members."
    )
    adopted_at: Instant


class VersionList(BaseModel):
    """Versions, the first one first."""

    items: list[VersionAnswer]
    next_cursor: str | None


class IndicatorAnswer(BaseModel):
    """An indicator as it stands: its definition in force, its place in the tree, its targets."""

    code: str
    version: int = Field(description="The version in force today (on `as_of`'s day); figures are shown in it by default.")
    latest_version: int = Field(
        description="The version adopted last, on which the next revision is based; it may not be in force yet."
    )
    definition: Definition
    objective: str = Field(description="The code of the objective it hangs under.")
    weight: Measure = Field(description="Its weight among the children of its objective.")
    retired: bool = Field(description="Whether it has left the tree: it stays readable and takes no more contributions.")
    adopted_at: Instant = Field(description="When `version` was adopted.")
    targets: list[TargetAnswer] = Field(description="The targets in force of `version`.")


class IndicatorList(BaseModel):
    """Indicators in the order they were adopted."""

    items: list[IndicatorAnswer]
    next_cursor: str | None


def _answer(known: KnownIndicator, asking: Asking) -> IndicatorAnswer:
    version = reference_version(known.versions, asking.moment.day)
    return IndicatorAnswer(
        code=known.code,
        version=version.number,
        latest_version=known.versions[-1].number,
        definition=version.definition,
        objective=known.objective,
        weight=known.weight,
        retired=known.retired,
        adopted_at=version.adopted_at,
        targets=target_answers(known, version=version.number),
    )


def _version_answers(known: KnownIndicator, versions: Sequence[Version], asking: AskingContext) -> list[VersionAnswer]:
    decided = {one.proposal for one in versions if one.proposal is not None}
    found = {
        one.number: one
        for one in list_proposals(asking.connection, asking.register.community_id, asking.moment.number)
        if one.number in decided
    }
    codes = asking.register.actor_codes
    answers = []
    for version in versions:
        before = known.versions[version.number - 2].definition if version.number > 1 else None
        proposal = found.get(version.proposal) if version.proposal is not None else None
        positions = None
        if asking.caller.actor is not None and proposal is not None:
            said = positions_of(asking.connection, asking.register.community_id, proposal.number, asking.moment.number)
            positions = position_answers(codes, said.get(proposal.round.number, []))
        answers.append(
            VersionAnswer(
                indicator=known.code,
                number=version.number,
                definition=version.definition,
                bridge=version.bridge,
                reading=None if version.bridge is None else bridge_reading(version.bridge),
                changed=[
                    FieldChange(**one._asdict())
                    for one in (differences(before, version.definition) if before is not None else [])
                ],
                proposal=None if version.proposal is None else str(version.proposal),
                title=None if proposal is None else proposal.proposal.title,
                rationale=None if proposal is None else proposal.rationale,
                positions=positions,
                adopted_at=version.adopted_at,
            )
        )
    return answers


@router.get("/indicators", access=READ)
def list_indicators(
    asking: Asking,
    paged: Paged,
    objective: str | None = Query(
        default=None, description="Only those under this objective itself, not under those below it."
    ),
    retired: bool | None = Query(
        default=None, description="Only those that are retired (true) or are not (false). Without: both."
    ),
) -> IndicatorList:
    """Every indicator adopted by then, each with the definition in force, its place and its targets."""
    ordered = sorted(asking.register.indicators.values(), key=lambda known: known.number)
    wanted = [
        known
        for known in ordered
        if (objective is None or known.objective == objective) and (retired is None or known.retired == retired)
    ]
    return IndicatorList(**page([_answer(known, asking) for known in told(asking, wanted)], paged))


@router.get("/indicators/{indicator}", access=READ, etag=True)
def get_indicator(indicator: str, asking: Asking) -> IndicatorAnswer:
    """One indicator as it stands. 404 until it is adopted."""
    (known,) = told(asking, [indicator_in_path(asking.register, indicator)])
    return _answer(known, asking)


@router.get("/indicators/{indicator}/versions", access=READ)
def list_indicator_versions(indicator: str, asking: Asking, paged: Paged) -> VersionList:
    """Every adopted definition: what changed, why, who stood where, and how older values read in it."""
    known = indicator_in_path(asking.register, indicator)
    cut = page(known.versions, paged)
    return VersionList(items=_version_answers(known, cut["items"], asking), next_cursor=cut["next_cursor"])


@router.get("/indicators/{indicator}/versions/{number}", access=READ, etag=True)
def get_indicator_version(indicator: str, number: int, asking: Asking) -> VersionAnswer:
    """One adopted definition. 404 where none of that number is adopted."""
    known = indicator_in_path(asking.register, indicator)
    if not 1 <= number <= len(known.versions):
        raise NotFound("unknown_version", f"`{indicator}` has no version {number}.", indicator=indicator, version=number)
    return _version_answers(known, known.versions[number - 1 : number], asking)[0]
