"""Trials: values under a definition that is only proposed. What they are judged by, and how long they serve."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from service.indicators.differences import differences
from service.indicators.register import KnownIndicator, Register
from service.models.indicator import Definition
from service.models.proposal import Change, ReviseIndicator


def definitions_tried(changes: Sequence[Change]) -> dict[str, Definition]:
    """The definition that the changes of a round propose for each indicator that they revise; the last where there are two."""
    return {change.indicator: change.definition for change in changes if isinstance(change, ReviseIndicator)}


def serves_still(tried: Definition | None, proposed: Definition | None) -> bool:
    """Whether what was tried under one definition is a trial of the one proposed now.

    From which period on a definition is to govern does not change what a value under it is; every other field may.
    """
    if tried is None or proposed is None:
        return False
    return {difference.field for difference in differences(tried, proposed)} <= {"effective_from"}


def register_of_trials(register: Register, proposed: Mapping[str, KnownIndicator], revised: Sequence[str]) -> Register:
    """What trials are judged by: `register` with the proposed versions of what is `revised` alone, whatever the period.

    Periods before the proposed version's first are the very point, and that one is closed does not matter to what enters no
    figure.
    """
    indicators = {}
    for code in revised:
        latest = proposed[code].versions[-1]
        definition = latest.definition.model_copy(update={"effective_from": None})
        indicators[code] = replace(proposed[code], versions=(replace(latest, definition=definition),))
    return replace(register, indicators=indicators, closed=frozenset())
