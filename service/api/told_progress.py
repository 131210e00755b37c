"""The progress of indicators as a caller may know it: whole, without what is kept from members, or what is published."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from service.api.figure_answers import answers_of
from service.api.publication import Publications, reads_published, refuse_narrowing
from service.api.published_progress import published_progress
from service.api.sight import actors_asked
from service.api.transaction import AskingContext
from service.api.withholding import reader_of
from service.indicators.progress import Progress
from service.indicators.redaction import all_redacted
from service.indicators.register import KnownIndicator
from service.models.period import Period


class ToldProgress(NamedTuple):
    """The progress of indicators as a caller may know it, and as of which instant."""

    made: Mapping[str, Progress]
    as_of: datetime
    is_published: bool


def told_progress(
    asking: AskingContext, indicators: Iterable[KnownIndicator], at: Period | None, actor: str | None
) -> ToldProgress:
    """The progress of `indicators` at the close of `at` (None: of yesterday), of all or of one actor, without what is kept."""
    if reads_published(asking):
        refuse_narrowing(asking)
        published = Publications(asking)
        return ToldProgress(published_progress(published, indicators, at), published.asking.moment.instant, True)
    actors_asked(asking, actor, None)
    made = answers_of(asking).progress([known.code for known in indicators], at, actor)
    return ToldProgress(all_redacted(made, reader_of(asking)), asking.moment.instant, False)
