"""Events as they are told: to whoever asks for them, and to the webhooks of whoever may."""

from typing import Any

from pydantic import BaseModel, Field

from service.api.identity import Caller
from service.api.sight import reads_entries_of
from service.events.feed import Event, Said
from service.events.kinds import EVENT_KINDS, listed
from service.indicators.register import Register
from service.models.instant import Instant
from service.models.period import Period
from service.records.entries import key_id

_OF_MEMBERS = ("token_", "person_", "invitation_", "mapping_", "webhook_")
"""How the kinds begin of what concerns members' access and files: who is no member is told that it happened, and no more."""


class EventContribution(BaseModel):
    """A contribution that an event says something of. What stands of it now is asked for by its id."""

    id: str = Field(description="The id of the key.")
    indicator: str
    actor: str = Field(description="Whose contribution it is.")
    period: Period
    dimensions: dict[str, str] = Field(description="The cell's codes; empty for the total.")
    kind: str = Field(description="An open list; today `report`, `withdrawal`, `validation`, `contest`.")


class EventAnswer(BaseModel):
    """One entry of the journal: a transaction that changed the community."""

    number: int = Field(description="Its number: 1, 2, 3 … without gaps. It is what `after` and `Last-Event-ID` name.")
    instant: Instant = Field(description="When it was made, later than the entry before it.")
    kind: str = Field(description=f"What happened, an open list; today {listed(EVENT_KINDS)}.")
    actor: str | None = Field(description="Who did it; null where nobody was behind it: time, or an operator.")
    subject: dict[str, Any] = Field(description="What it was done to: ids and counts, by names that depend on the kind.")
    contributions: list[EventContribution] = Field(
        description="The contributions it says something of, 100 at most, those that the caller may see entry by entry."
    )
    has_more: bool = Field(description="Whether it says something of more contributions than 100.")


def event_answer(register: Register, caller: Caller, event: Event) -> EventAnswer:
    """An event as `caller` is told it, by what stands in `register`."""
    is_hidden = caller.actor is None and event.kind.startswith(_OF_MEMBERS)
    codes, charter = register.actor_codes, register.settings.charter
    told = (_contribution(register, said) for said in event.said)
    return EventAnswer(
        number=event.number,
        instant=event.instant,
        kind=event.kind,
        actor=None if event.actor is None or is_hidden else codes[event.actor],
        subject={} if is_hidden else {name: _as_id(name, said) for name, said in event.subject.items()},
        contributions=[one for one in told if reads_entries_of(caller, charter, one.actor)],
        has_more=event.has_more,
    )


def _as_id(name: str, said: object) -> object:
    """What a subject says, ids as they are everywhere: imports enter the journal by their number."""
    return str(said) if name == "import" else said


def _contribution(register: Register, said: Said) -> EventContribution:
    return EventContribution(
        id=key_id(said.key),
        indicator=register.indicator_codes[said.key.indicator],
        actor=register.actor_codes[said.key.actor],
        period=Period.from_number(said.key.period),
        dimensions=dict(said.cell),
        kind=said.kind.name.lower(),
    )
