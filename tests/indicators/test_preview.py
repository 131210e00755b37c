"""What trials suggest and what becomes of targets, case by case, without a service around it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from service.indicators.adoption import plan
from service.indicators.estimation import Estimate, Spread, estimate
from service.indicators.evidence import Entry
from service.indicators.plan import Plan
from service.indicators.register import KnownActor, KnownObjective, Register, Version
from service.indicators.target_outcomes import target_outcomes
from service.models.community import Charter, Member, Settings
from service.models.indicator import Bridge, Cell, Definition
from service.models.period import Period
from service.models.proposal import DefineIndicator, DropTarget, ReviseIndicator, SetTarget
from service.models.vocabulary import Role

THEN = datetime(2026, 1, 1, tzinfo=UTC)
SEX = [{"code": "sex", "codes": ["F", "M"]}]
F, M = (("sex", "F"),), (("sex", "M"),)


def definition(**more: Any) -> Definition:
    """A quantity summed over everything."""
    plain = {
        "name": {"en": "Jobs"}, "unit": {"label": {"en": "jobs"}}, "measure": "quantity", "nature": "flow", "over_time": "sum",
        "over_actors": "sum", "direction": "increase", "frequency": "Q", "dimensions": SEX,
    }  # fmt: skip
    return Definition.model_validate(plain | more)


def versions(*bridges: str, **more: Any) -> tuple[Version, ...]:
    """Version 1 and one more for each bridge: `conversion` doubles."""
    made = [Version(1, definition(**more), None, THEN)]
    for number, kind in enumerate(bridges, start=2):
        bridge = Bridge.model_validate({"kind": kind} | ({"factor": "2"} if kind == "conversion" else {}))
        made.append(Version(number, definition(**more), bridge, THEN))
    return tuple(made)


def entry(value: str, version: int = 1, actor: str = "a", period: str = "2025-Q1", cell: Cell = ()) -> Entry:
    return Entry(actor, Period.parse(period), cell, 1, THEN, version, value=Decimal(value))


def estimated(known: tuple[Version, ...], counting: list[Entry], trials: list[Entry]) -> Estimate:
    """What is suggested where the last version is proposed and the one before it the present one."""
    return estimate(known, known[-2], known[-1], counting, trials)


@pytest.mark.parametrize(
    ("trial", "present", "factor"),
    [
        ("1", "3", "0.333333333333"),
        ("2", "3", "0.666666666667"),
        ("1", "2000000000000", "0"),  # A tie goes to the even neighbour.
        ("3", "2000000000000", "0.000000000002"),
        ("0", "3", "0"),
        ("-4", "2", "-2"),
    ],
)
def test_a_factor_is_rounded_half_even_to_twelve_decimals(trial: str, present: str, factor: str) -> None:
    made = estimated(versions("break"), [entry(present)], [entry(trial, 2)])
    assert made.factors[0].factor == Decimal(factor) == made.factors[0].lowest == made.factors[0].highest


def test_what_is_older_counts_as_it_reads_in_the_present_version() -> None:
    made = estimated(versions("conversion", "break"), [entry("10"), entry("7", 2, period="2025-Q2")], [
        entry("30", 3), entry("14", 3, period="2025-Q2"),
    ])  # fmt: skip
    assert (made.actors[0].present, made.actors[0].trial) == ((Decimal(27),), (Decimal(44),))
    assert made.factors[0].factor == Decimal("1.62962962963")
    behind = estimated(versions("break", "editorial"), [entry("10")], [entry("30", 3)])
    assert [one.reason for one in behind.left_out] == ["not_comparable"]


def test_a_total_is_read_as_a_figure_reads_it() -> None:
    """A reported total wins over its parts; parts make it only where all are there."""
    reported = [entry("10"), entry("100", cell=F), entry("100", cell=M)]
    assert estimated(versions("break"), reported, [entry("20", 2)]).actors[0].present == (Decimal(10),)
    assert estimated(versions("break"), reported[1:], [entry("20", 2)]).actors[0].present == (Decimal(200),)
    for counting, trials in (([reported[1]], [entry("20", 2)]), ([entry("10")], [entry("20", 2, cell=M)])):
        made = estimated(versions("break"), counting, trials)
        assert ([one.reason for one in made.left_out], made.reason) == (["parts_incomplete"], "no_pairs")
    alone = versions("break", over_codes="none")
    made = estimated(alone, reported[1:], [entry("20", 2)])
    assert [one.reason for one in made.left_out] == ["no_total"]


def test_an_actor_with_nothing_counts_in_the_sums_and_not_in_the_spread() -> None:
    made = estimated(
        versions("break"), [entry("0"), entry("4", actor="b")], [entry("2", 2), entry("4", 2, actor="b")]
    )  # fmt: skip
    assert [one.factors for one in made.actors] == [(None,), (Decimal(1),)]
    assert made.factors[0] == Spread(Decimal("1.5"), Decimal(1), Decimal(1))


def register() -> Register:
    support = Member(name={"en": "Hub"}, kind="association", role=Role.SUPPORT)
    settings = Settings(name={"en": "Lab"}, charter=Charter())
    root = KnownObjective(1, "common", {"en": "All"}, None, Decimal(1))
    plain = Register(1, "lab", settings, {"hub": KnownActor(1, "hub", support)}, {"common": root}, {})
    return planned(plain, DefineIndicator(kind="define_indicator", indicator="jobs", definition=definition())).numbered()


def planned(before: Register, *changes: Any) -> Plan:
    return plan(before, changes, now=THEN)


def aim(value: str, **more: Any) -> SetTarget:
    return SetTarget.model_validate({"kind": "set_target", "indicator": "jobs", "period": "2026", "value": value, **more})


def revision(based_on: int, kind: str, targets: str | None = None) -> ReviseIndicator:
    bridge = versions(kind)[1].bridge
    said = {"kind": "revise_indicator", "indicator": "jobs", "based_on": based_on, "bridge": bridge, "targets": targets}
    return ReviseIndicator.model_validate(said | {"definition": definition(effective_from="2026-Q1")})


def told(before: Register, *changes: Any) -> list[tuple[Any, ...]]:
    return [
        (one.outcome, one.before and (one.before.version, one.before.terms.value), one.after and one.after.terms.value)
        for one in target_outcomes(before, planned(before, *changes))
    ]


def test_a_target_of_an_older_version_stays_or_loses_its_meaning() -> None:
    once = planned(register(), aim("10")).register
    twice = planned(once, revision(1, "conversion", "convert")).register
    assert told(twice, aim("25")) == [("kept", (1, 10), 10), ("set", (2, 20), 25)]
    assert told(twice, revision(2, "conversion", "convert")) == [("kept", (1, 10), 10), ("converted", (2, 20), 40)]
    assert told(twice, revision(2, "break", "drop")) == [("meaningless", (1, 10), None), ("meaningless", (2, 20), None)]


def test_two_revisions_and_changes_of_mind_in_one_proposal() -> None:
    once = planned(register(), aim("10")).register
    both = (revision(1, "conversion", "convert"), revision(2, "conversion", "convert"))
    assert told(once, *both) == [("converted", (1, 10), 20), ("converted", (2, 20), 40)]
    assert told(once, aim("11"), aim("12")) == [("set", (1, 10), 12)]
    other = aim("5", dimensions={"sex": "F"})
    dropped = {"kind": "drop_target", "indicator": "jobs", "period": "2026", "dimensions": {"sex": "F"}}
    assert told(once, other, DropTarget.model_validate(dropped)) == [("kept", (1, 10), 10)]
