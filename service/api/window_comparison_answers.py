"""How a comparison of two windows is answered: the change, like for like, and what it is made of."""

from collections.abc import Callable
from datetime import date

from pydantic import BaseModel, Field

from service.api.comparison_answers import ComparedValue, shown_number, value_fields
from service.indicators.comparison_windows import BOTH, LEAVER, NEWCOMER, Part, WindowsCompared
from service.indicators.comparison_words import windows_reading
from service.models.indicator import UnitOfMeasure
from service.models.measure import Figure as FigureMeasure
from service.models.period import Window

FEWEST = 3
"""On how many actors a part of a change rests at least where the caller may not see each actor's own."""


class ComparedWindow(ComparedValue):
    """The figure over one window."""

    from_day: date = Field(description="The window's first day, inclusive.")
    to_day: date = Field(description="The window's last day, inclusive.")


class LikeForLikeAnswer(BaseModel):
    """The change over the actors that have a value in both windows and reported every period that was due in both."""

    actors: list[str] = Field(description="These actors.")
    before: FigureMeasure | None
    after: FigureMeasure | None
    change: FigureMeasure | None


class ActorsPart(BaseModel):
    """What some of the actors did to the value."""

    actors: int = Field(description="How many they are.")
    effect: FigureMeasure | None = Field(description="Null where the change does not split, or the parts are withheld.")


class ActorPart(BaseModel):
    """One actor's part in a change."""

    actor: str
    standing: str = Field(description="An open list; today `both`, `newcomer`, `leaver`.")
    before: FigureMeasure | None = Field(description="Its value over the window compared with.")
    after: FigureMeasure | None = Field(description="Its value over the window asked for.")
    effect: FigureMeasure | None = Field(description="What it did to the value; null where values do not add over actors.")
    rate_effect: FigureMeasure | None = Field(description="Its mean share times the change of its rate; else null.")
    mix_effect: FigureMeasure | None = Field(description="Its mean rate times the change of its share; else null.")


class WindowsComparison(BaseModel):
    """The same question over two windows as of one instant.

    Where values add over actors, those in both windows, newcomers and leavers add up to the change, before rounding. Of a ratio
    or a mean, the part of those in both is the rate effect and the mix effect; an actor's share is that of their denominators,
    and newcomers and leavers are measured against them.
    """

    version: int = Field(description="The version in whose terms both are shown.")
    unit: UnitOfMeasure = Field(description="The unit of `version`.")
    before: ComparedWindow = Field(description="Over the window compared with.")
    after: ComparedWindow = Field(description="Over the window asked for.")
    change: FigureMeasure | None = Field(description="`after` less `before`; null where one of them is missing.")
    like_for_like: LikeForLikeAnswer
    rate_effect: FigureMeasure | None = Field(description="Σ w̄·Δr over the actors in both; null unless a ratio or a mean.")
    mix_effect: FigureMeasure | None = Field(description="Σ r̄·Δw over the actors in both; null unless a ratio or a mean.")
    both: ActorsPart
    newcomers: ActorsPart
    leavers: ActorsPart
    by_actor: list[ActorPart] = Field(description="Each actor's part, as far as the caller may see its values.")
    parts_withheld: bool = Field(
        description="Whether parts are not told since some of them would rest on fewer than three actors, and the caller may "
        "not see each one's values."
    )
    reading: dict[str, str] = Field(description="All of it in one sentence, by language.")


def windows_answer(compared: WindowsCompared, other: Window, window: Window, sees: Callable[[str], bool]) -> WindowsComparison:
    """A comparison of two windows as it is answered, with what `sees` lets the caller see of single actors."""
    tells = _may_tell(compared, sees)
    alike = compared.like_for_like
    return WindowsComparison(
        version=compared.version.number,
        unit=compared.version.definition.unit,
        before=ComparedWindow(from_day=other.first_day, to_day=other.last_day, **value_fields(compared.before)),
        after=ComparedWindow(from_day=window.first_day, to_day=window.last_day, **value_fields(compared.after)),
        change=shown_number(compared.change),
        like_for_like=LikeForLikeAnswer(
            actors=list(alike.actors),
            before=shown_number(alike.before.value) if tells else None,
            after=shown_number(alike.after.value) if tells else None,
            change=shown_number(alike.change) if tells else None,
        ),
        rate_effect=shown_number(compared.rate_effect) if tells else None,
        mix_effect=shown_number(compared.mix_effect) if tells else None,
        both=_together(compared, BOTH, tells),
        newcomers=_together(compared, NEWCOMER, tells),
        leavers=_together(compared, LEAVER, tells),
        by_actor=[_part(part) for part in compared.parts if sees(part.actor)],
        parts_withheld=not tells,
        reading=windows_reading(compared, tells_parts=tells),
    )


def _may_tell(compared: WindowsCompared, sees: Callable[[str], bool]) -> bool:
    """Whether the parts may be told: one withheld alone could be worked out from the others, so that all are or none."""
    if all(sees(part.actor) for part in compared.parts):
        return True
    alike = len(compared.like_for_like.actors)
    together = [len(compared.of(standing)) for standing in (BOTH, NEWCOMER, LEAVER)]
    return all(count == 0 or count >= FEWEST for count in (*together, alike, len(compared.parts) - alike))


def _together(compared: WindowsCompared, standing: str, tells: bool) -> ActorsPart:
    effect = compared.effect_of(standing) if tells else None
    return ActorsPart(actors=len(compared.of(standing)), effect=shown_number(effect))


def _part(part: Part) -> ActorPart:
    measures = ("before", "after", "effect", "rate_effect", "mix_effect")
    numbers = {name: shown_number(getattr(part, name)) for name in measures}
    return ActorPart(actor=part.actor, standing=part.standing, **numbers)
