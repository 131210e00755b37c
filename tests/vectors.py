"""The worked cases of `data/vectors`, as evidence: whoever computes figures can be asked the same questions."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from service.indicators.evidence import Entry, Evidence
from service.indicators.register import SetTargetOf, Version
from service.models.community import Charter, Member
from service.models.indicator import Bridge, Definition
from service.models.period import Period
from service.models.target import TargetTerms
from service.models.vocabulary import EntryKind, Validation

FOLDER = Path(__file__).parent / "data" / "vectors"
EXPECTED_COUNT = 80
"""How many there are: a file that is lost must not make the tests pass more easily."""

Case = Mapping[str, Any]


def cases(kind: str) -> list[Case]:
    """The cases of one kind, by name."""
    return [case for case in all_cases() if case["kind"] == kind]


def all_cases() -> list[Case]:
    """Every case, by name."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))]


def evidence_of(case: Case) -> Evidence:
    """What is known of the case's indicator as of the instant that it asks about."""
    scenario, ask = case["scenario"], case["ask"]
    as_of = instant(ask["as_of"])
    code = ask["indicator"]
    versions = [_version(given) for given in scenario["indicators"][code]["versions"]]
    entries = [entry for entry in _entries(scenario, code, versions) if entry.recorded_at <= as_of]
    adopted = tuple(version for version in versions if version.adopted_at <= as_of)
    left: Mapping[str, str] = scenario.get("left", {})
    actors = sorted({given["actor"] for given in scenario["entries"]} | set(left))
    targets: tuple[SetTargetOf, ...] = ()
    if "target" in ask:
        terms = TargetTerms.model_validate(ask["target"])
        targets = tuple(SetTargetOf(version.number, terms) for version in adopted)
    return Evidence(
        indicator=code,
        versions=adopted,
        entries=tuple(entries),
        members={
            actor: Member.model_validate({"name": actor, "kind": "association", "left": left.get(actor)}) for actor in actors
        },
        charter=Charter(validation=Validation.SUPPORT if scenario.get("validation") else Validation.NONE),
        as_of=as_of,
        day=as_of.date(),
        targets=targets,
    )


def instant(text: str) -> datetime:
    """An instant of a case, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def _version(given: Mapping[str, Any]) -> Version:
    own = {name: value for name, value in given.items() if name not in ("number", "adopted_at", "bridge")}
    definition = Definition.model_validate({"name": "x", "unit": "x", **own})
    bridge = None if given["bridge"] is None else Bridge.model_validate(given["bridge"])
    return Version(given["number"], definition, bridge, instant(given["adopted_at"]))


def _entries(scenario: Case, code: str, versions: list[Version]) -> list[Entry]:
    """Reports, withdrawals, validations and contests in the order of their instants, each its own journal entry."""
    events: list[tuple[datetime, EntryKind, Mapping[str, Any]]] = []
    for given in scenario["entries"]:
        if given["indicator"] == code:
            kind = EntryKind.WITHDRAWAL if given.get("withdrawn") else EntryKind.REPORT
            events.append((instant(given["at"]), kind, given))
            for name, said in (("validated_at", EntryKind.VALIDATION), ("contested_at", EntryKind.CONTEST)):
                if name in given:
                    events.append((instant(given[name]), said, given))
    events.sort(key=lambda event: event[0])
    return [_entry(number, *event, versions) for number, event in enumerate(events, start=1)]


def _entry(number: int, at: datetime, kind: EntryKind, given: Mapping[str, Any], versions: list[Version]) -> Entry:
    period = Period.parse(given["period"])
    known = [version for version in versions if version.adopted_at <= at and _begins_by(version, period)]
    cell = tuple(sorted(given.get("dimensions", {}).items()))
    entry = Entry(given["actor"], period, cell, number, at, known[-1].number, kind)
    if kind is not EntryKind.REPORT:
        return entry
    value, numerator, denominator, weight = (
        Decimal(given[name]) if name in given else None for name in ("value", "numerator", "denominator", "weight")
    )
    return replace(entry, value=value, numerator=numerator, denominator=denominator, weight=weight)


def _begins_by(version: Version, period: Period) -> bool:
    first = version.definition.effective_from
    return first is None or first.first_day <= period.first_day


def expected_figure(case: Case) -> dict[str, Any]:
    """The answer to a `figure` case: what `said_of` makes of one. It holds only what the case says."""
    said = case["expect"]
    answer = {name: said[name] for name in ("version", "restated", "carried_forward", "reason", "unallocated") if name in said}
    answer["flags"] = sorted(said["flags"])
    answer["excluded"] = sorted((item["reason"], item["version"], item["entries"]) for item in said["excluded"])
    answer["total"] = [said["value"], said["lowest"], said["highest"]]
    answer["by_actor"] = said["by_actor"]
    if "by_dimension" in said:
        (dimension,) = case["ask"]["by"]
        bounds = said.get("by_dimension_bounds", {})
        answer["by_dimension"] = {
            ((dimension, code),): [value, *bounds.get(code, (None, None))] for code, value in said["by_dimension"].items()
        }
    return answer


def said_of(answer: Mapping[str, Any], case: Case) -> dict[str, Any]:
    """As much of a figure, in the plain form of `naive.comparing`, as the case says; it has no bounds of actors."""
    values = {actor: value for actor, (value, _, _) in answer["by_actor"].items()}
    return {name: values if name == "by_actor" else answer[name] for name in expected_figure(case)}
