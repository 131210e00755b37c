"""What adopting changes does, and what is refused when it is proposed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from service.errors import Conflict, Refused, ServiceError
from service.indicators.adoption import plan
from service.indicators.plan import IndicatorPlaced, MemberSet, ObjectiveSet, SettingsSet, TargetSet, VersionAdopted
from service.indicators.register import KnownActor, KnownObjective, Register
from service.models.community import Charter, Member, Settings
from service.models.measure import measure_text
from service.models.proposal import ProposalBody
from service.models.vocabulary import Role

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def member(name: str, role: Role = Role.MEMBER) -> Member:
    return Member(name={"en": name}, kind="association", role=role)


EMPTY = Register(
    community_id=1,
    code="c",
    settings=Settings(name={"fr": "Coalition"}, language="fr", charter=Charter()),
    actors={
        "s": KnownActor(1, "s", member("Support", Role.SUPPORT)),
        "a": KnownActor(2, "a", member("A")),
        "b": KnownActor(3, "b", member("B")),
    },
    objectives={"common": KnownObjective(1, "common", {"fr": "But"}, None, Decimal(1))},
    indicators={},
)


def definition(**changed: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "name": "Emplois",
        "unit": "emplois",
        "measure": "quantity",
        "nature": "flow",
        "over_time": "sum",
        "over_actors": "sum",
        "direction": "increase",
        "frequency": "Q",
    }
    return given | changed


def define(code: str = "x", **changed: Any) -> dict[str, Any]:
    return {"kind": "define_indicator", "indicator": code, "definition": definition(**changed)}


def revise(bridge: dict[str, Any], based_on: int = 1, targets: str | None = None, **changed: Any) -> dict[str, Any]:
    return {
        "kind": "revise_indicator",
        "indicator": "x",
        "based_on": based_on,
        "definition": definition(effective_from="2026-Q3", **changed),
        "bridge": bridge,
    } | ({"targets": targets} if targets else {})


def target(**changed: Any) -> dict[str, Any]:
    return {"kind": "set_target", "indicator": "x", "period": "2026", "value": "120"} | changed


def adopt(register: Register, *changes: dict[str, Any]) -> Register:
    body = ProposalBody.model_validate({"title": "t", "changes": list(changes)})
    return plan(register, body.changes, now=NOW).register


AGES = [{"code": "age", "codes": ["18-24", "25-29", "30+"]}]
SEX = [{"code": "sex", "codes": ["F", "M"]}]
MERGED = [{"code": "age", "codes": ["18-29", "30+"]}]
MERGE = {"age": {"18-24": "18-29", "25-29": "18-29"}}


def test_an_indicator_is_defined_in_the_communitys_language() -> None:
    body = ProposalBody.model_validate({"title": "t", "changes": [define()]})
    made = plan(EMPTY, body.changes, now=NOW, proposal=7)
    version, placed = made.steps
    assert isinstance(version, VersionAdopted)
    assert isinstance(placed, IndicatorPlaced)
    assert version.version.definition.name == {"fr": "Emplois"}
    assert (version.version.number, version.version.bridge, version.version.proposal) == (1, None, 7)
    assert (placed.objective, placed.weight, placed.retired) == ("common", Decimal(1), False)


def test_a_later_change_sees_what_an_earlier_one_did() -> None:
    after = adopt(
        EMPTY,
        {"kind": "set_membership", "actor": "n", "membership": {"name": "N", "kind": "company"}},
        {"kind": "set_objective", "objective": "jobs", "name": "Emploi", "weight": "2"},
        define() | {"objective": "jobs", "weight": "3"},
        target(actor="n"),
    )
    assert after.actors["n"].member.role is Role.MEMBER
    assert after.objectives["jobs"].parent == "common"
    assert (after.indicators["x"].objective, after.indicators["x"].weight) == ("jobs", Decimal(3))
    assert after.indicators["x"].targets[0].terms.actor == "n"


def test_a_target_replaces_the_one_of_the_same_key_only() -> None:
    after = adopt(
        EMPTY, define(dimensions=SEX), target(), target(value="130"), target(dimensions={"sex": "F"}), target(actor="a")
    )
    kept = {(t.terms.actor, t.terms.cell): measure_text(t.terms.value) for t in after.indicators["x"].targets if t.terms.value}
    assert kept == {(None, ()): "130", (None, (("sex", "F"),)): "120", ("a", ()): "120"}


def test_a_total_code_is_no_code() -> None:
    after = adopt(EMPTY, define(dimensions=SEX), target(dimensions={"sex": "_T"}))
    assert after.indicators["x"].targets[0].terms.cell == ()


def test_targets_are_converted_with_the_definition() -> None:
    before = adopt(
        EMPTY,
        define(dimensions=AGES),
        target(baseline={"period": "2025", "value": "90"}, milestones=[{"period": "2026-Q2", "value": "100"}]),
        target(dimensions={"age": "18-24"}, value="40"),
    )
    after = adopt(
        before, revise({"kind": "conversion", "factor": "0.5", "code_map": MERGE}, targets="convert", dimensions=MERGED)
    )
    converted = [t for t in after.indicators["x"].targets if t.version == 2]
    assert [t.terms.value for t in converted] == [Decimal(60), Decimal(20)]
    assert converted[0].terms.baseline is not None
    assert converted[0].terms.baseline.value == 45
    assert converted[0].terms.milestones[0].value == 50
    assert converted[1].terms.cell == (("age", "18-29"),)
    assert len([t for t in after.indicators["x"].targets if t.version == 1]) == 2


def test_a_ratios_target_is_converted_through_its_factor() -> None:
    before = adopt(EMPTY, define(measure="ratio", factor="100"), target(value="60"))
    bridge = {"kind": "conversion", "numerator_factor": "2", "denominator_factor": "4"}
    after = adopt(before, revise(bridge, targets="convert", measure="ratio", factor="1000"))
    assert after.indicators["x"].targets[-1].terms.value == 300


def test_dropped_targets_stay_with_the_older_version() -> None:
    after = adopt(adopt(EMPTY, define(), target()), revise({"kind": "break"}, targets="drop"))
    assert [t.version for t in after.indicators["x"].targets] == [1]


def test_targets_set_anew_beside_a_revision_are_not_left_behind() -> None:
    after = adopt(adopt(EMPTY, define(), target()), revise({"kind": "break"}), target(value="7"))
    assert [(t.version, t.terms.value) for t in after.indicators["x"].targets] == [(1, Decimal(120)), (2, Decimal(7))]


def test_a_target_can_be_dropped() -> None:
    body = ProposalBody.model_validate({"title": "t", "changes": [{"kind": "drop_target", "indicator": "x", "period": "2026"}]})
    made = plan(adopt(EMPTY, define(), target()), body.changes, now=NOW)
    assert made.register.indicators["x"].targets == ()
    assert [isinstance(step, TargetSet) and step.dropped for step in made.steps] == [True]


def test_retired_is_out_of_the_tree_and_cannot_be_revised() -> None:
    after = adopt(adopt(EMPTY, define()), {"kind": "retire_indicator", "indicator": "x"})
    assert after.indicators["x"].retired
    with pytest.raises(Refused) as refusal:
        adopt(after, revise({"kind": "editorial"}))
    assert refusal.value.code == "indicator_retired"


def test_the_charter_keeps_what_is_not_said() -> None:
    body = ProposalBody.model_validate(
        {"title": "t", "changes": [{"kind": "set_charter", "charter": {"due_days": 10}, "time_zone": "Europe/Paris"}]}
    )
    step = plan(EMPTY, body.changes, now=NOW).steps[0]
    assert isinstance(step, SettingsSet)
    assert (step.settings.charter.due_days, step.settings.charter.deliberation_days) == (10, 14)
    assert (step.settings.time_zone, step.settings.name) == ("Europe/Paris", {"fr": "Coalition"})


def test_a_member_leaves_and_comes_back() -> None:
    gone = adopt(EMPTY, {"kind": "set_membership", "actor": "a", "membership": {"left": "2026-05-01"}})
    assert gone.actors["a"].member.left == date(2026, 5, 1)
    assert gone.actors["a"].member.name == {"en": "A"}
    back = adopt(gone, {"kind": "set_membership", "actor": "a", "membership": {"left": None}})
    assert back.actors["a"].member.left is None


def test_steps_come_in_the_order_of_the_changes() -> None:
    body = ProposalBody.model_validate(
        {
            "title": "t",
            "changes": [
                {"kind": "set_membership", "actor": "n", "membership": {"name": "N", "kind": "x"}},
                {"kind": "set_objective", "objective": "jobs", "name": "J"},
                define() | {"objective": "jobs"},
                {"kind": "set_objective", "objective": "jobs", "indicators": [{"indicator": "x", "weight": "5"}]},
            ],
        }
    )
    made = plan(EMPTY, body.changes, now=NOW)
    kinds = [MemberSet, ObjectiveSet, VersionAdopted, IndicatorPlaced, ObjectiveSet, IndicatorPlaced]
    assert [type(step) for step in made.steps] == kinds
    assert made.register.indicators["x"].weight == 5


ONE = adopt(EMPTY, define(dimensions=AGES))
PLAIN = adopt(EMPTY, define())
MEAN = adopt(EMPTY, define(measure="mean"))
STOCK: dict[str, Any] = {"nature": "stock", "over_time": "last", "over_actors": "mean"}

REFUSALS: list[tuple[str, Register, list[dict[str, Any]], str, str]] = [
    ("illegal over_time", EMPTY, [define(over_time="last")], "illegal_over_time", "/changes/0/definition/over_time"),
    (
        "ratio averaged",
        EMPTY,
        [define(measure="ratio", over_actors="mean")],
        "illegal_over_actors",
        "/changes/0/definition/over_actors",
    ),
    (
        "distinct best month",
        EMPTY,
        [define(over_time="max", over_actors="distinct")],
        "illegal_over_actors",
        "/changes/0/definition/over_actors",
    ),
    (
        "single without one",
        EMPTY,
        [define(over_actors="single")],
        "single_needs_one_contributor",
        "/changes/0/definition/contributors",
    ),
    ("unknown contributor", EMPTY, [define(contributors=["zz"])], "unknown_actor", "/changes/0/definition/contributors"),
    ("no contributors", EMPTY, [define(contributors=[])], "no_contributors", "/changes/0/definition/contributors"),
    ("factor on a quantity", EMPTY, [define(factor="100")], "factor_without_ratio", "/changes/0/definition/factor"),
    ("factor zero", EMPTY, [define(measure="ratio", factor="0")], "factor_not_positive", "/changes/0/definition/factor"),
    (
        "denominator of a quantity",
        EMPTY,
        [define(denominator_over_time="last")],
        "no_denominator",
        "/changes/0/definition/denominator_over_time",
    ),
    (
        "last over sum",
        EMPTY,
        [define(measure="ratio", nature="stock", over_time="last", denominator_over_time="sum")],
        "illegal_denominator_over_time",
        "/changes/0/definition/denominator_over_time",
    ),
    ("bounds crossed", EMPTY, [define(minimum="2", maximum="1")], "bounds_crossed", "/changes/0/definition/minimum"),
    (
        "dimension named as a column",
        EMPTY,
        [define(dimensions=[{"code": "Value", "codes": ["a"]}])],
        "reserved_dimension",
        "/changes/0/definition/dimensions/0/code",
    ),
    (
        "dimension twice",
        EMPTY,
        [define(dimensions=[*SEX, {"code": "SEX", "codes": ["a"]}])],
        "duplicate_dimension",
        "/changes/0/definition/dimensions/1/code",
    ),
    (
        "code twice",
        EMPTY,
        [define(dimensions=[{"code": "sex", "codes": ["F", "F"]}])],
        "duplicate_code",
        "/changes/0/definition/dimensions/0/codes",
    ),
    (
        "label of no code",
        EMPTY,
        [define(dimensions=[{"code": "sex", "codes": ["F"], "labels": {"M": "m"}}])],
        "unknown_code",
        "/changes/0/definition/dimensions/0/labels",
    ),
    ("unknown objective", EMPTY, [define() | {"objective": "zz"}], "unknown_objective", "/changes/0/objective"),
    ("weight zero", EMPTY, [define() | {"weight": "0"}], "weight_not_positive", "/changes/0/weight"),
    ("revision of nothing", EMPTY, [revise({"kind": "break"})], "unknown_indicator", "/changes/0/indicator"),
    (
        "revision from the start",
        PLAIN,
        [revise({"kind": "editorial"}) | {"definition": definition()}],
        "effective_from_required",
        "/changes/0/definition/effective_from",
    ),
    (
        "measure without break",
        PLAIN,
        [revise({"kind": "editorial"}, measure="ratio")],
        "measure_needs_break",
        "/changes/0/bridge/kind",
    ),
    (
        "nature without break",
        PLAIN,
        [revise({"kind": "conversion"}, nature="stock", over_time="last")],
        "measure_needs_break",
        "/changes/0/bridge/kind",
    ),
    ("another thing", PLAIN, [revise({"kind": "editorial"}, name="Autre", unit="m2")], "code_reused", "/changes/0/bridge/kind"),
    (
        "editorial factor",
        adopt(EMPTY, define(measure="ratio")),
        [revise({"kind": "editorial"}, measure="ratio", factor="100")],
        "factor_changed",
        "/changes/0/definition/factor",
    ),
    (
        "editorial with terms",
        PLAIN,
        [revise({"kind": "editorial", "factor": "2"})],
        "bridge_term_unused",
        "/changes/0/bridge/factor",
    ),
    ("break with terms", PLAIN, [revise({"kind": "break", "factor": "2"})], "bridge_term_unused", "/changes/0/bridge/factor"),
    (
        "editorial drops a dimension",
        ONE,
        [revise({"kind": "editorial"})],
        "dimension_removed",
        "/changes/0/definition/dimensions",
    ),
    (
        "editorial drops a code",
        ONE,
        [revise({"kind": "editorial"}, dimensions=MERGED)],
        "code_removed",
        "/changes/0/definition/dimensions",
    ),
    ("unmapped code", ONE, [revise({"kind": "conversion"}, dimensions=MERGED)], "code_unmapped", "/changes/0/bridge/code_map"),
    (
        "mapped to nothing known",
        ONE,
        [revise({"kind": "conversion", "code_map": {"age": {"18-24": "zz", "25-29": None}}}, dimensions=MERGED)],
        "unknown_code",
        "/changes/0/bridge/code_map/age/18-24",
    ),
    (
        "map of an unknown code",
        ONE,
        [revise({"kind": "conversion", "code_map": {"age": {"zz": None} | MERGE["age"]}}, dimensions=MERGED)],
        "unknown_code",
        "/changes/0/bridge/code_map/age/zz",
    ),
    (
        "map of an unknown dimension",
        PLAIN,
        [revise({"kind": "conversion", "code_map": {"age": {"18-24": None}}})],
        "unknown_dimension",
        "/changes/0/bridge/code_map/age",
    ),
    (
        "merge without sum",
        adopt(EMPTY, define(dimensions=AGES, **STOCK)),
        [revise({"kind": "conversion", "code_map": MERGE}, dimensions=MERGED, **STOCK)],
        "merge_needs_sum",
        "/changes/0/bridge/code_map",
    ),
    (
        "drop without sum",
        adopt(EMPTY, define(dimensions=AGES, **STOCK)),
        [revise({"kind": "conversion"}, **STOCK)],
        "dropping_needs_sum",
        "/changes/0/definition/over_codes",
    ),
    (
        "offset on a sum over time",
        PLAIN,
        [revise({"kind": "conversion", "offset": "1"})],
        "offset_on_a_sum",
        "/changes/0/bridge/offset",
    ),
    (
        "offset on a sum over codes",
        adopt(EMPTY, define(dimensions=AGES, over_codes="sum", **STOCK)),
        [revise({"kind": "conversion", "offset": "1"}, dimensions=AGES, over_codes="sum", **STOCK)],
        "offset_on_a_sum",
        "/changes/0/bridge/offset",
    ),
    (
        "factor zero in a bridge",
        PLAIN,
        [revise({"kind": "conversion", "factor": "0"})],
        "factor_zero",
        "/changes/0/bridge/factor",
    ),
    (
        "numerator factor of a quantity",
        PLAIN,
        [revise({"kind": "conversion", "numerator_factor": "2"})],
        "bridge_term_unused",
        "/changes/0/bridge/numerator_factor",
    ),
    (
        "targets left behind",
        adopt(PLAIN, target()),
        [revise({"kind": "editorial"})],
        "targets_left_behind",
        "/changes/0/targets",
    ),
    (
        "one target left behind",
        adopt(PLAIN, target(), target(actor="a")),
        [revise({"kind": "break"}), target()],
        "targets_left_behind",
        "/changes/0/targets",
    ),
    (
        "targets across a break",
        adopt(PLAIN, target()),
        [revise({"kind": "break"}, targets="convert")],
        "targets_cannot_convert",
        "/changes/0/targets",
    ),
    (
        "target without a place",
        adopt(ONE, target(dimensions={"age": "25-29"})),
        [
            revise(
                {"kind": "conversion", "code_map": {"age": {"18-24": "18-29", "25-29": None}}},
                targets="convert",
                dimensions=MERGED,
            )
        ],
        "target_without_place",
        "/changes/0/targets",
    ),
    ("target of no whole periods", PLAIN, [target(period="2026-01")], "not_whole_periods", "/changes/0/period"),
    (
        "target of crossed weeks",
        adopt(EMPTY, define(frequency="W")),
        [target(period="2026")],
        "not_whole_periods",
        "/changes/0/period",
    ),
    ("from after", PLAIN, [target(from_period="2027")], "periods_crossed", "/changes/0/from_period"),
    (
        "baseline after",
        PLAIN,
        [target(baseline={"period": "2026", "value": "1"})],
        "baseline_not_before",
        "/changes/0/baseline/period",
    ),
    (
        "milestone outside",
        PLAIN,
        [target(milestones=[{"period": "2026", "value": "1"}])],
        "milestone_outside",
        "/changes/0/milestones/0/period",
    ),
    (
        "maintain without bounds",
        adopt(EMPTY, define(direction="maintain")),
        [target()],
        "bounds_required",
        "/changes/0/minimum",
    ),
    ("increase with bounds", PLAIN, [target(value=None, minimum="1", maximum="2")], "value_required", "/changes/0/value"),
    ("target of an unknown actor", PLAIN, [target(actor="zz")], "unknown_actor", "/changes/0/actor"),
    ("target of an unknown code", ONE, [target(dimensions={"age": "zz"})], "unknown_code", "/changes/0/dimensions/age"),
    ("target of an unknown version", PLAIN, [target(version=2)], "unknown_version", "/changes/0/version"),
    (
        "no such target",
        PLAIN,
        [{"kind": "drop_target", "indicator": "x", "period": "2026"}],
        "no_such_target",
        "/changes/0/period",
    ),
    ("objective without a name", EMPTY, [{"kind": "set_objective", "objective": "j"}], "missing", "/changes/0/name"),
    (
        "objective below itself",
        adopt(
            EMPTY,
            {"kind": "set_objective", "objective": "j", "name": "J"},
            {"kind": "set_objective", "objective": "k", "name": "K", "parent": "j"},
        ),
        [{"kind": "set_objective", "objective": "j", "parent": "k"}],
        "objective_in_itself",
        "/changes/0/parent",
    ),
    (
        "root removed",
        EMPTY,
        [{"kind": "set_objective", "objective": "common", "removed": True}],
        "root_stays",
        "/changes/0/objective",
    ),
    (
        "objective not empty",
        adopt(EMPTY, {"kind": "set_objective", "objective": "j", "name": "J"}, define() | {"objective": "j"}),
        [{"kind": "set_objective", "objective": "j", "removed": True}],
        "objective_not_empty",
        "/changes/0",
    ),
    (
        "share above one",
        EMPTY,
        [{"kind": "set_charter", "charter": {"quorum": "1.5"}}],
        "not_a_share",
        "/changes/0/charter/quorum",
    ),
    (
        "thresholds crossed",
        EMPTY,
        [{"kind": "set_charter", "charter": {"at_risk": "0.95"}}],
        "thresholds_crossed",
        "/changes/0/charter/at_risk",
    ),
    (
        "no such zone",
        EMPTY,
        [{"kind": "set_charter", "time_zone": "Mars/Olympus"}],
        "unknown_time_zone",
        "/changes/0/time_zone",
    ),
    (
        "zone outside",
        EMPTY,
        [{"kind": "set_charter", "time_zone": "../../etc/passwd"}],
        "unknown_time_zone",
        "/changes/0/time_zone",
    ),
    (
        "nameless actor",
        EMPTY,
        [{"kind": "set_membership", "actor": "n", "membership": {"kind": "x"}}],
        "missing",
        "/changes/0/membership/name",
    ),
    (
        "no day",
        EMPTY,
        [{"kind": "set_membership", "actor": "a", "membership": {"left": "2025-02-30"}}],
        "not_a_day",
        "/changes/0/membership/left",
    ),
    (
        "left before joined",
        EMPTY,
        [{"kind": "set_membership", "actor": "a", "membership": {"joined": "2025-02-01", "left": "2025-01-01"}}],
        "left_before_joined",
        "/changes/0/membership/left",
    ),
    (
        "last support leaves",
        EMPTY,
        [{"kind": "set_membership", "actor": "s", "membership": {"left": "2026-05-01"}}],
        "last_support",
        "/changes/0",
    ),
    (
        "last support demoted",
        EMPTY,
        [{"kind": "set_membership", "actor": "s", "membership": {"role": "member"}}],
        "last_support",
        "/changes/0",
    ),
]


@pytest.mark.parametrize(
    ("register", "changes", "code", "pointer"), [case[1:] for case in REFUSALS], ids=[case[0] for case in REFUSALS]
)
def test_what_is_illegal_is_refused_where_it_stands(
    register: Register, changes: list[dict[str, Any]], code: str, pointer: str
) -> None:
    with pytest.raises(Refused) as refusal:
        adopt(register, *changes)
    assert refusal.value.code == code
    assert (refusal.value.faults[0].code, refusal.value.faults[0].pointer) == (code, pointer)


LEGAL: list[tuple[str, Register, list[dict[str, Any]]]] = [
    ("offset on a mean", MEAN, [revise({"kind": "conversion", "factor": "2", "offset": "1"}, measure="mean")]),
    ("offset on a stock's average", adopt(EMPTY, define(**STOCK)), [revise({"kind": "conversion", "offset": "1"}, **STOCK)]),
    (
        "break changes all",
        PLAIN,
        [revise({"kind": "break"}, name="Autre", unit="m2", measure="mean", nature="stock", over_time="last")],
    ),
    (
        "a code is added",
        ONE,
        [revise({"kind": "editorial"}, dimensions=[{"code": "age", "codes": ["18-24", "25-29", "30+", "60+"]}])],
    ),
    ("a dimension goes", ONE, [revise({"kind": "conversion"})]),
    (
        "codes swap",
        ONE,
        [revise({"kind": "conversion", "code_map": {"age": {"18-24": "25-29", "25-29": "18-24"}}}, dimensions=AGES)],
    ),
    (
        "out of scope without sum",
        adopt(EMPTY, define(dimensions=SEX, **STOCK)),
        [
            revise(
                {"kind": "conversion", "code_map": {"sex": {"M": "_X"}}}, dimensions=[{"code": "sex", "codes": ["F"]}], **STOCK
            )
        ],
    ),
    ("single", EMPTY, [define(over_actors="single", contributors=["a"])]),
    ("flow over stock", EMPTY, [define(measure="ratio", denominator_over_time="last")]),
    ("an earlier quarter's baseline", PLAIN, [target(period="2026-Q4", baseline={"period": "2026-Q3", "value": "1"})]),
]


@pytest.mark.parametrize(("register", "changes"), [case[1:] for case in LEGAL], ids=[case[0] for case in LEGAL])
def test_what_is_legal_is_adopted(register: Register, changes: list[dict[str, Any]]) -> None:
    assert adopt(register, *changes) != register


CONFLICTS: list[tuple[Callable[[], Register], str]] = [
    (lambda: adopt(PLAIN, define()), "code_taken"),
    (lambda: adopt(PLAIN, revise({"kind": "editorial"}, based_on=2)), "stale_version"),
    (lambda: adopt(PLAIN, revise({"kind": "editorial"}), revise({"kind": "editorial"})), "stale_version"),
]


@pytest.mark.parametrize(("attempt", "code"), CONFLICTS, ids=[code for _, code in CONFLICTS])
def test_what_contradicts_what_is_there_is_a_conflict(attempt: Callable[[], Register], code: str) -> None:
    with pytest.raises(Conflict) as conflict:
        attempt()
    assert conflict.value.code == code


def test_every_fault_of_every_change_is_told() -> None:
    with pytest.raises(Refused) as refusal:
        adopt(EMPTY, define(over_time="last", factor="3"), define("y", factor="3"))
    assert [fault.pointer for fault in refusal.value.faults] == [
        "/changes/0/definition/over_time",
        "/changes/0/definition/factor",
        "/changes/1/definition/factor",
    ]


def test_a_refusal_leaves_the_register_as_it_was() -> None:
    before = replace(PLAIN)
    with pytest.raises(ServiceError):
        adopt(PLAIN, target(), revise({"kind": "break", "factor": "2"}))
    assert before == PLAIN
