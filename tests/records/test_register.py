"""What was decided is read as it was written, as of every entry, and remembered without ever being wrong."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, event

from service.database import Database
from service.errors import Conflict
from service.indicators.plan import (
    IndicatorPlaced,
    MemberSet,
    ObjectiveSet,
    OverlapResolved,
    Plan,
    SettingsSet,
    TargetSet,
    VersionAdopted,
)
from service.indicators.register import DecidedOverlap, Version
from service.models.community import Charter, Identifier, Member, Settings
from service.models.indicator import Bridge
from service.models.overlap import OverlapTerms
from service.models.period import Period
from service.models.target import Point, TargetTerms
from service.models.vocabulary import BridgeKind, Role, Validation
from service.records.adoption import set_closed, write_adoption
from service.records.register import Registers, create_community, find_community, list_communities, read_register
from tests.records.coalition import START, Coalition, adopted, changing, definition, found_coalition, member, reading

HOUR = timedelta(hours=1)


def test_a_new_community_has_its_support_and_its_root_objective(database: Database) -> None:
    settings = Settings(name={"fr": "Labo"}, language="fr", time_zone="Europe/Paris", charter=Charter(quorum=Decimal("0.6")))
    support = Member(
        name={"fr": "Centre"}, kind="association", role=Role.SUPPORT, identifiers=[Identifier(scheme="SIREN", value="1")]
    )
    with changing(database) as connection:
        founded = create_community(
            connection,
            code="lab",
            settings=settings,
            objective={"fr": "Ensemble"},
            support_code="hub",
            support=support,
            now=START,
        )
    with reading(database) as connection:
        assert find_community(connection, "lab") == founded.community_id
        assert find_community(connection, "bal") is None
        register = read_register(connection, founded.community_id, 1)
    assert (register.community_id, register.code, register.settings) == (founded.community_id, "lab", settings)
    assert [(actor.number, actor.code, actor.member) for actor in register.actors.values()] == [
        (founded.support, "hub", support)
    ]
    root = register.objectives["common"]
    assert (root.name, root.parent, root.weight, root.removed) == ({"fr": "Ensemble"}, None, Decimal(1), False)
    assert (register.indicators, register.closed) == ({}, frozenset())
    assert (founded.entry.kind, founded.entry.number, founded.entry.actor) == ("community_created", 1, None)


def test_a_code_is_never_used_again(database: Database) -> None:
    found_coalition(database)
    with pytest.raises(Conflict) as conflict:
        found_coalition(database)
    assert conflict.value.code == "code_taken"
    found_coalition(database, "other")
    with reading(database) as connection:
        assert [code for _, code in list_communities(connection)] == ["lab", "other"]


def test_a_definition_comes_back_whole(database: Database) -> None:
    coalition = found_coalition(database)
    told = definition(
        effective_from="2026-Q2",
        minimum="-0.5",
        maximum="9" * 26,
        factor="100",
        contributors=["a"],
        dimensions=[{"code": "sex", "codes": ["F", "M"], "name": {"fr": "Sexe"}, "labels": {"F": {"fr": "Femmes"}}}],
        description={"fr": "Ça compte"},
    )
    bridge = Bridge(
        kind=BridgeKind.CONVERSION, factor=Decimal("2.5"), code_map={"sex": {"W": "F", "X": None}}, note={"en": "Twice"}
    )
    entry = coalition.change(START + HOUR, [VersionAdopted("jobs", Version(2, told, bridge, START, proposal=9))])
    versions = coalition.register(entry.number).indicators["jobs"].versions
    assert versions[1] == Version(2, told, bridge, entry.instant, 9)
    assert [version.number for version in coalition.register(entry.number - 1).indicators["jobs"].versions] == [1]


def test_a_plan_names_the_proposal_that_decided_it(database: Database) -> None:
    coalition = found_coalition(database)
    with coalition.writing(START + HOUR) as writing:
        write_adoption(writing, Plan(tuple(adopted("homes")), writing.register), proposal=4)
        entry = writing.close("proposal_adopted", {}, actor=1, token=None)
    assert coalition.register(entry.number).indicators["homes"].versions[0].proposal == 4


def test_an_overlap_decision_keeps_what_it_was_decided_by(database: Database) -> None:
    """Each with its members, its charter and its day, whatever has changed since."""
    coalition = found_coalition(database, time_zone="Pacific/Kiritimati")
    instants = [START + HOUR * place for place in (2, 4)]

    def decided(method: str, **terms: Any) -> DecidedOverlap:
        said = {"period": "2025", "method": method, "reason": {"fr": "Listes comparées"}, **terms}
        return DecidedOverlap(1, OverlapTerms.model_validate(said), START, START.date(), {}, Validation.NONE, 3)

    cell = decided("agreed", value="1.5", from_period="2024", dimensions={"sex": "F"})
    before = coalition.register(3)
    one = coalition.change(instants[0], [OverlapResolved("jobs", decided("max"))])
    left = before.actors["a"].member.model_copy(update={"left": date(2026, 1, 31)})
    asked = before.settings.model_copy(update={"charter": Charter(validation=Validation.PEER)})
    coalition.change(instants[0] + HOUR, [MemberSet("a", left, is_new=False), SettingsSet(asked)])
    two = coalition.change(instants[1], [OverlapResolved("jobs", cell), OverlapResolved("jobs", decided("sum"))])
    first, *others = coalition.register(two.number).indicators["jobs"].overlaps
    members = {code: actor.member for code, actor in before.actors.items()}
    assert coalition.register(one.number).indicators["jobs"].overlaps == (first,)
    assert first == replace(decided("max"), decided_at=one.instant, day=date(2026, 1, 2), members=members)
    then: dict[str, Any] = {"decided_at": two.instant, "day": date(2026, 1, 2), "members": members | {"a": left}}
    assert sorted(others, key=lambda other: other.terms.method) == [
        replace(other, validation=Validation.PEER, **then) for other in (cell, decided("sum"))
    ]


def test_everything_is_as_it_was_as_of_every_entry(database: Database) -> None:
    coalition = found_coalition(database)
    root = ObjectiveSet("work", {"en": "Work"}, "common", Decimal("0.25"), removed=False, is_new=True)
    gone = Member(name={"en": "A"}, kind="company", groups=["north"], joined=date(2024, 1, 1), left=date(2026, 6, 30))
    steps: list[list[Any]] = [
        [root, IndicatorPlaced("jobs", "work", Decimal(3), retired=False)],
        [MemberSet("a", gone, is_new=False), MemberSet("c", member("C"), is_new=True)],
        [IndicatorPlaced("jobs", "common", Decimal(1), retired=True), replace(root, removed=True, is_new=False)],
        [SettingsSet(Settings(name={"en": "Other"}, charter=Charter(due_days=0)))],
    ]
    numbers = [coalition.change(START + HOUR, step).number for step in steps]
    coalition.registers = (
        Registers()
    )  # Each was remembered when the next was written, with nothing after it to be mistaken for it.
    registers = [coalition.register(number) for number in (3, *numbers)]
    assert [list(register.objectives) for register in registers] == [["common"]] + [["common", "work"]] * 4
    assert [register.indicators["jobs"].objective for register in registers] == ["common", "work", "work", "common", "common"]
    assert [register.indicators["jobs"].weight for register in registers] == [1, 3, 3, 1, 1]
    assert [register.indicators["jobs"].retired for register in registers] == [False, False, False, True, True]
    assert [register.objectives["work"].removed for register in registers[1:]] == [False, False, True, True]
    assert [list(register.actors) for register in registers] == [["hub", "a", "b"]] * 2 + [["hub", "a", "b", "c"]] * 3
    assert [register.actors["a"].member.left for register in registers] == [None, None] + [date(2026, 6, 30)] * 3
    assert [register.settings.charter.due_days for register in registers] == [30, 30, 30, 30, 0]
    assert registers[2].actors["a"].member == gone


def _target(period: str, value: str | None = "1", **more: Any) -> TargetTerms:
    return TargetTerms(period=Period.parse(period), value=None if value is None else Decimal(value), **more)


def test_targets_come_back_whole_and_can_be_replaced_and_dropped(database: Database) -> None:
    coalition = found_coalition(database)
    baseline, milestones = (
        Point(period=Period.parse("2025"), value=Decimal(0)),
        [Point(period=Period.parse("2026-Q1"), value=Decimal("0.5"))],
    )
    first = _target("2026", "12.5", baseline=baseline, milestones=milestones, from_period=Period.parse("2026-Q1"))
    second = _target("2026", None, minimum=Decimal("-1"), maximum=Decimal(0), actor="b", dimensions={"sex": "F", "age": "Y"})
    third = replace_value(first, "13")
    one = coalition.change(START + HOUR, [TargetSet("jobs", 1, terms, dropped=False) for terms in (first, second)])
    two = coalition.change(START + HOUR, [TargetSet("jobs", 1, third, dropped=False)])
    three = coalition.change(START + HOUR, [TargetSet("jobs", 1, second, dropped=True)])
    coalition.registers = (
        Registers()
    )  # Each was remembered when the next was written, with nothing after it to be mistaken for it.
    seen = [
        [target.terms for target in coalition.register(entry.number).indicators["jobs"].targets] for entry in (one, two, three)
    ]
    assert seen == [[second, first], [second, third], [third]]
    assert coalition.register(one.number - 1).indicators["jobs"].targets == ()


def replace_value(terms: TargetTerms, value: str) -> TargetTerms:
    """The same target with another value."""
    return terms.model_copy(update={"value": Decimal(value)})


def test_a_thing_set_twice_stands_as_it_was_left(database: Database) -> None:
    coalition = found_coalition(database)
    terms = _target("2026")
    entry = coalition.change(
        START + HOUR,
        [
            MemberSet("c", member("C"), is_new=True),
            MemberSet("c", member("D"), is_new=False),
            IndicatorPlaced("jobs", "common", Decimal(2), retired=False),
            IndicatorPlaced("jobs", "common", Decimal(3), retired=False),
            TargetSet("jobs", 1, terms, dropped=False),
            TargetSet("jobs", 1, replace_value(terms, "2"), dropped=False),
            SettingsSet(Settings(name={"en": "One"})),
            SettingsSet(Settings(name={"en": "Two"})),
        ],
    )
    register = coalition.register(entry.number)
    assert register.actors["c"].member == member("D")
    assert register.indicators["jobs"].weight == 3
    assert [target.terms.value for target in register.indicators["jobs"].targets] == [2]
    assert register.settings.name == {"en": "Two"}


def test_things_of_one_plan_may_point_to_each_other(database: Database) -> None:
    coalition = found_coalition(database)
    entry = coalition.change(
        START + HOUR,
        [
            ObjectiveSet("a", {"en": "A"}, "common", Decimal(1), removed=False, is_new=True),
            ObjectiveSet("b", {"en": "B"}, "a", Decimal(1), removed=False, is_new=True),
            MemberSet("new", member("New"), is_new=True),
            VersionAdopted("homes", Version(1, definition(), None, START)),
            IndicatorPlaced("homes", "b", Decimal(1), retired=False),
            TargetSet("homes", 1, _target("2026", actor="new", dimensions={"sex": "F"}), dropped=False),
        ],
    )
    register = coalition.register(entry.number)
    assert (register.objectives["b"].parent, register.indicators["homes"].objective) == ("a", "b")
    assert register.indicators["homes"].targets[0].terms.actor == "new"


def test_a_period_is_closed_until_it_is_opened_again(database: Database) -> None:
    coalition = found_coalition(database)
    year, quarter = Period.parse("2025"), Period.parse("2026-Q1")
    for period, closed in ((year, True), (quarter, True), (year, False)):
        with coalition.writing(START + HOUR) as writing:
            set_closed(writing, period, closed)
            writing.close("closed", {}, actor=1, token=None)
    assert [coalition.register(number).closed for number in range(3, 7)] == [set(), {year}, {year, quarter}, {quarter}]


def test_a_register_is_read_once(database: Database) -> None:
    coalition = found_coalition(database)
    first = coalition.register(3)
    assert coalition.register(3) is first
    statements = _counting(database, lambda: coalition.moment(None, START + HOUR))
    assert statements <= 2, "the moment and the register of a question cost more than one statement"


def test_registers_that_were_not_asked_for_lately_are_forgotten(database: Database) -> None:
    coalition = found_coalition(database)
    coalition.registers = Registers(remembered=2)
    first, second = coalition.register(1), coalition.register(2)
    assert coalition.register(1) is first
    coalition.register(3)
    assert coalition.register(1) is first
    assert coalition.register(2) is not second


def test_what_was_read_in_a_transaction_that_was_undone_is_not_believed(database: Database) -> None:
    coalition = found_coalition(database)

    def fail() -> None:
        with coalition.writing(START + HOUR) as writing:
            write_adoption(writing, Plan((SettingsSet(Settings(name={"en": "Never"})),), writing.register))
            entry = writing.close("changed", {}, actor=1, token=None)
            assert coalition.registers.read(writing.connection, coalition.community_id, entry.number).settings.name == {
                "en": "Never"
            }
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    entry = coalition.change(START + HOUR, [SettingsSet(Settings(name={"en": "Now"}))])
    assert entry.number == 4
    assert coalition.register(4).settings.name == {"en": "Now"}


def _counting(database: Database, act: Callable[[], object]) -> int:
    """How many statements `act` sends, beginning and ending the transaction left out."""
    sent: list[str] = []

    def hear(connection: Connection, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    event.listen(database.engine, "before_cursor_execute", hear)
    act()
    event.remove(database.engine, "before_cursor_execute", hear)
    return len(sent)


def test_a_coalition_knows_itself(database: Database) -> None:
    """The builder of these tests makes what it says."""
    coalition: Coalition = found_coalition(database)
    register = coalition.register(3)
    assert list(register.actors) == ["hub", "a", "b"] and list(register.indicators) == ["jobs"]
