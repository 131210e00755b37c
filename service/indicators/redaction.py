"""A progress without what its reader may not know, and without what follows from it."""

from collections.abc import Mapping
from dataclasses import replace

from service.indicators.attainment import NOT_ASSESSED
from service.indicators.progress import Progress
from service.indicators.standing import FEWEST_RANKED, is_few
from service.indicators.suppression import FEWEST_ACTORS
from service.models.indicator import Definition
from service.models.vocabulary import OverActors

TOO_FEW = "too_few_actors"


def _entering(actors: frozenset[str], definition: Definition) -> frozenset[str]:
    if definition.over_actors is OverActors.SINGLE and isinstance(definition.contributors, list):
        return actors & {*definition.contributors} or actors
    return actors


def is_kept(having: frozenset[str], definition: Definition, reader: str) -> bool:
    """Whether a total is kept from `reader`, where the actors `having` a value make it.

    It is where it rests on too few of them, or is one actor's value among many's. A middle value is told from five on, as
    quartiles are.
    """
    actors = _entering(having, definition)
    if not actors or actors == {reader}:
        return False
    if definition.over_actors in (OverActors.MAX, OverActors.MIN):
        return True
    fewest = FEWEST_RANKED if definition.over_actors is OverActors.MEDIAN else FEWEST_ACTORS
    return is_few(actors, reader, fewest)


def keeps_lowest(having: frozenset[str], definition: Definition, reader: str) -> bool:
    """Whether, where people may be counted twice, the least is kept from `reader`: it is the largest single value."""
    return definition.over_actors is OverActors.DISTINCT and not having <= {reader}


def redacted(made: Progress, reader: str) -> Progress:
    """`made` as `reader` may know it, who sees its own values and what rests on three actors or more."""
    definition = made.version.definition
    if 0 < made.aim.targets_set < FEWEST_ACTORS and made.aim.targets_sum is not None:
        made = without_attainment(replace(made, aim=replace(made.aim, terms=None, targets_sum=None)), TOO_FEW)
    having = frozenset(own.actor for own in made.figure.by_actor)
    if is_kept(having, definition, reader):
        return without_value(made, TOO_FEW)
    if keeps_lowest(having, definition, reader):
        # Judged by its worse end, which may be that one.
        return without_attainment(replace(made, figure=replace(made.figure, value=None, lowest=None)), TOO_FEW)
    return made


def all_redacted(made: Mapping[str, Progress], reader: str | None) -> Mapping[str, Progress]:
    """Each of `made` as `reader` may know it; None: nothing is kept from who reads."""
    return made if reader is None else {code: redacted(one, reader) for code, one in made.items()}


def without_value(made: Progress, reason: str) -> Progress:
    """`made` without its value, for `reason`, and without what follows from it."""
    figure = replace(made.figure, value=None, lowest=None, highest=None, flags=(), reason=reason)
    return without_attainment(replace(made, figure=figure), reason)


def without_attainment(made: Progress, reason: str) -> Progress:
    """`made` not judged, for `reason`."""
    return replace(made, attainment=None, exact_attainment=None, expected=None, status=NOT_ASSESSED, reason=reason)
