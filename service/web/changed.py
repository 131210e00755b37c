"""What a proposal changes: each change as a sentence, with the old side and the new one, field by field."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.indicators.bridge_words import bridge_reading
from service.models.proposal import (
    Change,
    CloseCommunity,
    DefineIndicator,
    DropTarget,
    ResolveOverlap,
    RetireIndicator,
    ReviseIndicator,
    SetCharter,
    SetMembership,
    SetObjective,
    SetTarget,
)
from service.web.speech import Texts
from service.web.terms import Terms


@dataclass(frozen=True, slots=True)
class Row:
    """One field: the lines that go, the lines that come, and how many stay."""

    field: str
    removed: list[str]
    added: list[str]
    kept: int


@dataclass(frozen=True, slots=True)
class ShownChange:
    """One change. `indicator`: the code of the adopted one that it is about, None where it is about none; `note`: what is said
    besides, by language."""

    sentence: str
    rows: list[Row]
    indicator: str | None = None
    note: Texts = None

    @property
    def has_before(self) -> bool:
        """Whether anything stood there before."""
        return any(row.removed or row.kept for row in self.rows)


def shown_change(change: Change, terms: Terms) -> ShownChange:
    """A change beside what stands in the register of `terms`."""
    code = getattr(change, "indicator", None)
    known = code if code in terms.register.indicators else None
    before, after = _sides(change, terms)
    rows = [row for row in (_row(terms, name, before.get(name), after[name]) for name in after) if row.removed or row.added]
    return ShownChange(sentence(change, terms), rows, known, _note(change))


def sentence(change: Change, terms: Terms) -> str:
    """A change as one sentence."""
    say, said = terms.speech.say, terms.speech.text
    match change:
        case DefineIndicator():
            where = terms.objective(change.objective)
            return say("New indicator: %(name)s, under %(objective)s.", name=said(change.definition.name), objective=where)
        case ReviseIndicator():
            name = said(change.definition.name)
            return say("Version %(number)s of %(name)s.", number=change.based_on + 1, name=name)
        case RetireIndicator():
            return say(
                "%(name)s is retired: it stays readable and takes no more figures.", name=terms.indicator(change.indicator)
            )
        case SetTarget():
            return _target(change, terms)
        case DropTarget():
            name = terms.indicator(change.indicator)
            return say("The target of %(name)s by %(period)s is dropped.", name=name, period=change.period)
        case ResolveOverlap():
            name = terms.indicator(change.indicator)
            return say("People counted twice in %(name)s, %(period)s: what counts.", name=name, period=change.period)
        case SetObjective():
            given = change.name
            name = said(given) if given else terms.objective(change.objective)
            return say("Objective %(name)s is removed.", name=name) if change.removed else say("Objective %(name)s.", name=name)
        case SetCharter():
            return say("The community’s rules, and what it says of itself.")
        case SetMembership():
            return _membership(change, terms)
        case CloseCommunity():
            return say("The community ends its work.")


def _target(change: SetTarget, terms: Terms) -> str:
    speech, name = terms.speech, terms.indicator(change.indicator)
    of = ", ".join([*([terms.actor(change.actor)] if change.actor else []), *(change.dimensions or {}).values()])
    name = f"{name} ({of})" if of else name
    if change.value is not None:
        value = speech.number(change.value)
        return speech.say("Target of %(name)s: %(value)s by %(period)s.", name=name, value=value, period=change.period)
    least, most = ("–" if bound is None else speech.number(bound) for bound in (change.minimum, change.maximum))
    return speech.say(
        "Target of %(name)s: between %(least)s and %(most)s by %(period)s.",
        name=name,
        least=least,
        most=most,
        period=change.period,
    )


def _membership(change: SetMembership, terms: Terms) -> str:
    say, known = terms.speech.say, terms.register.actors.get(change.actor)
    given = change.membership.name
    name = terms.speech.text(given) if given else terms.actor(change.actor)
    # Who is let in is named, and said to be of a kind; of who is known already what is left out stays as it is.
    if known is None or {"name", "kind"} <= change.membership.model_fields_set:
        return say("%(name)s joins.", name=name)
    if change.membership.left is not None:
        return say("%(name)s leaves.", name=name)
    return say("What is known of %(name)s.", name=name)


def _sides(change: Change, terms: Terms) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What stands, and what would, by field, as JSON."""
    register = terms.register
    match change:
        case DefineIndicator():
            return {}, change.definition.model_dump(mode="json")
        case ReviseIndicator():
            known = register.indicators.get(change.indicator)
            stands = known.versions[change.based_on - 1 : change.based_on] if known else []
            return stands[0].definition.model_dump(mode="json") if stands else {}, change.definition.model_dump(mode="json")
        case SetTarget():
            return {}, change.model_dump(mode="json", include={"baseline", "milestones"})
        case ResolveOverlap():
            return {}, change.model_dump(mode="json", include={"value"})
        case SetObjective():
            objective = register.objectives.get(change.objective)
            stands_as = (
                {"name": dict(objective.name), "parent": objective.parent, "weight": objective.weight} if objective else {}
            )
            return stands_as, change.model_dump(mode="json", exclude_unset=True, exclude={"kind", "objective", "removed"})
        case SetCharter():
            given = change.model_dump(mode="json", exclude_unset=True, exclude={"kind"})
            settings = register.settings.model_dump(mode="json")
            return settings | settings["charter"], _flat(given)
        case SetMembership():
            actor = register.actors.get(change.actor)
            member = actor.member.model_dump(mode="json") if actor else {}
            return member, change.membership.model_dump(mode="json", exclude_unset=True)
    return {}, {}


def _flat(given: dict[str, Any]) -> dict[str, Any]:
    """The community's fields and its charter's side by side."""
    charter = given.pop("charter", None) or {}
    return given | charter


def _note(change: Change) -> Texts:
    match change:
        case ReviseIndicator():
            note = change.bridge.note or {}
            read = bridge_reading(change.bridge)
            return {language: " ".join(filter(None, (read[language], note.get(language)))) for language in read}
        case ResolveOverlap():
            return change.reason
    return None


def _row(terms: Terms, field: str, before: Any, after: Any) -> Row:
    older, newer = terms.lines(field, before), terms.lines(field, after)
    removed, added = ([line for line in mine if line not in others] for mine, others in ((older, newer), (newer, older)))
    return Row(terms.field(field), removed, added, len(newer) - len(added))


def brought(changes: Sequence[Change], terms: Terms, count: int) -> Iterator[str]:
    """The sentences of the first of `count` changes, and how many more there are."""
    for change in changes:
        yield sentence(change, terms)
    if count > len(changes):
        yield terms.speech.count("And %(num)s more.", "And %(num)s more.", count - len(changes))
