"""IATI: what actors achieve as activity files, and the results of such files as contributions and targets to propose."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from service import texts
from service.api.bodies import read_within
from service.api.contributions import recorded_counts
from service.api.figure_answers import answers_of
from service.api.figures import LONGEST_SERIES, From, To, window_asked
from service.api.file_answer import FileAnswer
from service.api.iati_taking import LeftOut, Taken, taken_from
from service.api.identity import CONTRIBUTE, READ_WITHIN
from service.api.mappings import mapping_sent
from service.api.naming import actor_in_query
from service.api.performing import act_on_arrival
from service.api.recording import record
from service.api.routing import Resource
from service.api.sight import sees_values_of
from service.api.transaction import Acting, ActingContext, Arriving, Asking, AskingContext, service_of
from service.errors import Forbidden, UnsupportedMedia, refused
from service.exchange.iati import FILE_END, IATI_TYPE, LOST, Actual, Told, activity, file_start
from service.exchange.iati_reading import read_activities
from service.indicators.evidence import reference_version
from service.indicators.register import KnownActor, KnownIndicator
from service.indicators.sdmx import indicators_in_order
from service.models.period import Period, Window
from service.models.proposal import Change

router = Resource("iati")
_YEARS = 5
_XML = {"schema": {"type": "string", "format": "binary"}}


class LeftOutAnswer(BaseModel):
    """Something that a file states and that could not be taken."""

    where: str = Field(description="Its place in the file, as XPath.")
    code: str = Field(description="Why; an open list.")
    detail: str


class IatiAnswer(BaseModel):
    """What was taken of an activity file."""

    created: int
    revised: int
    unchanged: int
    folded: int = Field(description="Stated twice alike.")
    changes: list[Change] = Field(
        description="The targets that differ from those in force, as `changes` of a proposal: sending a file decides nothing."
    )
    left_out: list[LeftOutAnswer] = Field(description="What could not be taken, in the order of the file.")


@router.get("/iati", access=READ_WITHIN, media_types=(IATI_TYPE,))
def get_iati(
    asking: Asking,
    actor: Annotated[
        str | None,
        Query(max_length=63, description="Only this actor's activity. Without it: one for each whose values are seen."),
    ] = None,
    begin: From = None,
    to: To = None,
) -> Response:
    """An IATI 2.03 activity file: one activity for each actor, its own figures by reporting period as `actual`.

    An actor is known by its identifier of the scheme `org-id`, else by the community's code and its own. Each indicator is in
    the terms in force, told in total, by each dimension, and by all of them; its own targets stand at their windows, their
    baselines beside them. Without `from` and `to` the last five calendar years are told, at most 400 periods of an indicator.
    A value carried forward is no `actual`.

    What IATI has no place for is named in the file, in a description of type 4, and in the header `Jalon-Lost`: components of
    ratios and means, observation statuses, evidence, bridges, milestones. Locations are not known here.
    """
    if actor is not None and not sees_values_of(asking, actor_in_query(asking.register, actor).code):
        raise Forbidden("actor_values_hidden", "this community shows actors' values to themselves and the support only")
    chosen = list(asking.register.actors.values()) if actor is None else [asking.register.actors[actor]]
    this_year = Period.containing("A", asking.moment.day)
    first = begin or (str(this_year.next(1 - _YEARS)) if to is None else None)
    window = window_asked(first, to, asking.moment.day)
    with ExitStack() as unless_whole:
        file = unless_whole.enter_context(tempfile.TemporaryFile())
        file.write(file_start(asking.moment.instant))
        for one in chosen:
            if sees_values_of(asking, one.code):
                file.write(activity(asking.register, one, _told(asking, one, window), asking.moment.day))
        file.write(FILE_END)
        unless_whole.pop_all()
    headers = {"Content-Disposition": f'attachment; filename="{asking.register.code}-iati.xml"', "Jalon-Lost": LOST["en"]}
    return FileAnswer(file, headers, IATI_TYPE)


def _told(asking: AskingContext, actor: KnownActor, window: Window) -> Iterator[Told]:
    """What is told of each indicator that the actor has a figure or a target of."""
    for known in indicators_in_order(asking.register):
        version = reference_version(known.versions, asking.moment.day)
        own = [one.terms for one in known.targets if one.version == version.number and one.terms.actor == actor.code]
        actuals = list(_actuals(asking, known, actor, window))
        if own or actuals:
            yield Told(known, version, actuals, own)


def _actuals(asking: AskingContext, known: KnownIndicator, actor: KnownActor, window: Window) -> Iterator[Actual]:
    definition = reference_version(known.versions, asking.moment.day).definition
    if window.count(definition.frequency) > LONGEST_SERIES:
        sentence = f"`{known.code}` has more than {LONGEST_SERIES} reporting periods in that window"
        raise refused("series_too_long", sentence, pointer="from", most=LONGEST_SERIES)
    dimensions = [dimension.code for dimension in definition.dimensions]
    splits: list[tuple[str, ...]] = [(), *((one,) for one in dimensions), *([tuple(dimensions)] if len(dimensions) > 1 else [])]
    for by in splits:
        for point in answers_of(asking).series(known.code, definition.frequency, window, None, by, frozenset({actor.code})):
            figure = point.figure
            if figure.carried_forward:
                continue
            if not by and figure.value is not None:
                yield Actual(point.period, (), figure.value, point.comparable)
            for part in figure.by_dimension:
                if part.value is not None:
                    yield Actual(point.period, tuple(sorted(part.codes.items())), part.value, point.comparable)


@router.post(
    "/iati",
    access=CONTRIBUTE,
    status_code=200,
    answer=IatiAnswer,
    extras={"requestBody": {"required": True, "content": {IATI_TYPE: _XML, "text/xml": _XML}}},
)
async def create_iati(
    arriving: Arriving,
    actor: Annotated[
        str | None,
        Query(max_length=63, description="Whose results they are. Without it: as `reporting-org` says, by its `org-id`."),
    ] = None,
    mapping: Annotated[
        str | None,
        Query(
            description="A mapping of the sender's: the labels of its column `indicator` are references or titles of the file, "
            "its columns of dimensions say how the file names those and their values."
        ),
    ] = None,
) -> Response:
    """Takes the results of an IATI 2.03 activity file: `actual` values as contributions, targets as changes to propose.

    An indicator is the one whose code a `reference` gives, or what the mapping says. A period is one that begins and ends on
    the same days. What cannot be taken is listed, and the rest recorded, in one journal entry: values of ratios and means,
    which lack their components; places; anything that a contribution may not be. Document types are refused.
    """
    request = arriving.request
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in (IATI_TYPE, "text/xml"):
        raise UnsupportedMedia("xml_needed", "An activity file is sent as `application/xml`.")
    content = await read_within(request, service_of(request).settings.body_limit)

    def take(acting: ActingContext) -> IatiAnswer:
        return _take(acting, content, actor, mapping)

    return await act_on_arrival(arriving, take, sha256(content).digest())


def _take(acting: Acting, content: bytes, actor: str | None, mapping: str | None) -> IatiAnswer:
    sent = mapping and mapping_sent(acting.connection, acting.register, acting.caller, mapping, acting.writing.number)
    whose = None if actor is None else actor_in_query(acting.register, actor).code
    taken: Taken = taken_from(acting, read_activities(content), whose, sent.terms if sent else None)
    outcomes = record(acting, taken.bodies, [one.where for one in taken.of]) if taken.bodies else []
    return IatiAnswer(
        **recorded_counts(outcomes), changes=taken.changes, left_out=[_left_out(acting, one) for one in taken.left_out]
    )


def _left_out(acting: Acting, one: LeftOut) -> LeftOutAnswer:
    fault = one.fault
    context: dict[str, Any] = dict(fault.context)
    return LeftOutAnswer(
        where=one.where, code=fault.code, detail=texts.detail(fault.code, acting.language, fault.detail, context)
    )
