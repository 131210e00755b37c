"""Random scenarios are worth something only if they are legal, and if what can happen does happen in them."""

from collections import Counter

from service.indicators.bridging import bridge_faults
from service.indicators.definition import definition_faults
from service.indicators.evidence import Evidence
from service.indicators.target_rules import target_faults
from tests.chance import Chance
from tests.naive.aims import aim
from tests.naive.judging import judge
from tests.naive.overlaps import figure
from tests.naive.taking import in_force
from tests.scenario_definitions import OVER_ACTORS, OVER_TIME, first_draft
from tests.scenarios import ACTORS, make_evidence, make_question

SEEDS = range(300)
MUST_HAPPEN = {
    *("no_entries", "no_such_grain", "zero_denominator", "no_total_over_actors", "not_started"),
    *("not_validated", "left", "series_break", "newer_definition", "out_of_scope"),
    *("parts_incomplete", "parts_differ_from_total", "carried_forward", "restated", "unallocated", "interval", "by_dimension"),
    *("no_data", "achieved", "missed", "not_assessed", "on_track", "off_track"),
    *("baseline_required", "target_against_direction", "target_equals_baseline"),
    *("editorial", "conversion", "break"),
    *("in_force", "entry_changed", "definition_revised", "membership_changed", "of a cell"),
}
"""Reasons, flags, statuses and bridges that a model which never met them would not be tested by."""


def test_every_scenario_is_legal() -> None:
    for seed in SEEDS:
        evidence = make_evidence(Chance(seed))
        faults = [fault for version in evidence.versions for fault in definition_faults(version.definition)]
        for before, after in zip(evidence.versions, evidence.versions[1:], strict=False):
            assert after.bridge is not None
            faults += bridge_faults(before.definition, after.definition, after.bridge)
        for target in evidence.targets:
            faults += target_faults(target.terms, evidence.version(target.version).definition, evidence.members)
        assert faults == [], f"seed {seed}"


def test_every_entry_has_its_versions_measures_and_place() -> None:
    for seed in SEEDS:
        evidence = make_evidence(Chance(seed))
        for entry in evidence.entries:
            definition = evidence.version(entry.version).definition
            codes = {dimension.code: dimension.codes for dimension in definition.dimensions}
            if entry.kind == 1:
                assert all(code in codes[dimension] for dimension, code in entry.cell)
                assert (entry.numerator is None) == (definition.measure != "ratio")
                assert (entry.weight is None) == (definition.measure != "mean")
            assert entry.recorded_at <= evidence.as_of


def test_what_can_happen_happens() -> None:
    happened: Counter[str | None] = Counter()
    for seed in SEEDS:
        chance = Chance(seed)
        evidence = make_evidence(chance)
        happened.update(str(version.bridge.kind) for version in evidence.versions if version.bridge is not None)
        for _ in range(3):
            asked = make_question(chance, evidence)
            answer = figure(evidence, asked.window, asked.version, asked.by, asked.actors)
            happened.update([answer.reason, *answer.flags, *(reason for reason, _ in answer.excluded)])
            happened["carried_forward"] += answer.carried_forward
            happened["restated"] += answer.restated
            happened["unallocated"] += bool(answer.unallocated)
            happened["interval"] += answer.total.value is None and answer.total.lowest is not None
            happened["by_dimension"] += bool(answer.by_dimension)
            happened.update([answer.overlap[1]] if answer.overlap else [])
            happened["of a cell"] += bool(answer.overlaps)
        happened.update(_judged(evidence))
    assert {what for what in MUST_HAPPEN if not happened[what]} == set()


def _judged(evidence: Evidence) -> list[str | None]:
    terms = aim(evidence, in_force(evidence.versions, evidence.day), None)
    if terms is None:
        return []
    judgement = judge(evidence, terms, None, None)
    return [judgement.status, judgement.reason]


def test_every_legal_combination_occurs() -> None:
    wanted = {
        (measure, nature, over_time, over_actors)
        for (measure, nature), times in OVER_TIME.items()
        for over_time in times
        for over_actors in OVER_ACTORS[measure]
        if over_actors != "distinct" or over_time in ("sum", "last")
    }
    drafts = [first_draft(Chance(seed), ACTORS).fields for seed in range(6_000)]
    assert {(draft["measure"], draft["nature"], draft["over_time"], draft["over_actors"]) for draft in drafts} == wanted
