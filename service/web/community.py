"""The community's page: where the common objective stands, and every indicator under it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from service.api.communities import get_community
from service.api.progress import IndicatorProgressAnswer, ObjectiveProgressAnswer, get_progress
from service.api.transaction import AskingContext
from service.web.charts import bar, sparkline
from service.web.course import course_of
from service.web.speech import Speech

_YEARS_BACK = 4
"""Years at whose close the page can be looked at again."""


@dataclass(frozen=True, slots=True)
class Line:
    """One indicator on the page."""

    answer: IndicatorProgressAnswer
    spark: Markup


@dataclass(frozen=True, slots=True)
class Block:
    """One objective on the page, `depth` levels below the common one."""

    answer: ObjectiveProgressAnswer
    depth: int
    bar: Markup
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Reporting:
    """How much of what was due over all indicators is there, in (actor, period) pairs."""

    due: int
    reported: int
    late: int

    @property
    def share(self) -> Decimal | None:
        """The share of what was due that was reported; None where nothing was."""
        return Decimal(self.reported) / self.due if self.due else None


def community_page(asking: AskingContext, speech: Speech) -> dict[str, Any]:
    """What the template `community.html` shows."""
    at = asking.request.query_params.get("at")
    community, progress = get_community(asking), get_progress(asking, at)
    depths: dict[str, int] = {}
    blocks: list[Block] = []
    for objective in progress.objectives:
        depths[objective.code] = depth = depths[objective.parent] + 1 if objective.parent in depths else 0
        lines = [Line(one, sparkline(course_of(asking, one.indicator, one.to_day).dots)) for one in objective.indicators]
        blocks.append(Block(objective, depth, _bar(objective, speech), lines))
    answers = [line.answer.completeness for block in blocks for line in block.lines]
    reporting = Reporting(
        sum(one.due for one in answers), sum(one.reported for one in answers), sum(one.late for one in answers)
    )
    return {
        "community": community,
        "blocks": blocks,
        "reporting": reporting,
        "as_of": progress.as_of,
        "at": at,
        "years": [str(asking.moment.day.year - back) for back in range(1, _YEARS_BACK + 1)],
    }


def progress_bar(asking: AskingContext, speech: Speech) -> Markup:
    """The bar of the common objective by itself, as an image for members' own sites."""
    return _bar(get_progress(asking, asking.request.query_params.get("at")).objectives[0], speech)


def _bar(objective: ObjectiveProgressAnswer, speech: Speech) -> Markup:
    return bar(objective.attainment, objective.lowest, objective.highest, objective_words(objective, speech))


def objective_words(objective: ObjectiveProgressAnswer, speech: Speech) -> str:
    """An objective's bar in words."""
    say = speech.say
    if objective.attainment is None:
        return say("Nothing can be said yet of how far this is.")
    if objective.lowest == objective.highest:
        return say("%(share)s of the way.", share=speech.share(objective.attainment))
    return say(
        "%(share)s of the way; between %(lowest)s and %(highest)s, depending on what is not known yet.",
        share=speech.share(objective.attainment),
        lowest=speech.share(objective.lowest),
        highest=speech.share(objective.highest),
    )
