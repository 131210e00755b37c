"""The journal: what happened, in order and without gaps, as a list, by waiting for what comes next, or as a stream.

And what it ends with, so that whoever wrote that down can tell later whether it was cut off or written anew.
"""

from typing import Annotated

from fastapi import Header, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from service.api.event_answers import EventAnswer, event_answer
from service.api.following import last_event_id, stream, waited_for
from service.api.identity import READ
from service.api.paging import Paged, page_after
from service.api.publication import not_published, reads_published
from service.api.routing import Resource
from service.api.tables import prefers
from service.api.transaction import Arriving, ArrivingContext, Asking, AskingContext, service_of
from service.errors import NotFound
from service.events.feed import events_after
from service.models.instant import Instant
from service.records.happenings import proof_of

router = Resource("events")
EVENT_STREAM = "text/event-stream"
_LONGEST_WAIT = 30
_STREAMED_AT_ONCE = 100


class EventList(BaseModel):
    """Entries in their order. `next_cursor` null: there are no more by now; ask again with the last number as `after`."""

    items: list[EventAnswer]
    next_cursor: str | None


@router.get("/events", access=READ, answer=EventList, media_types=(EVENT_STREAM,))
async def list_events(
    request: Request,
    arriving: Arriving,
    paged: Paged,
    after: Annotated[int, Query(ge=0, le=2**53, description="The number of the last event seen; 0: from the beginning.")] = 0,
    kind: Annotated[
        str | None,
        Query(max_length=1_000, description="Only events of these kinds, by commas: `proposal_adopted,period_closed`."),
    ] = None,
    wait: Annotated[
        int, Query(ge=0, le=_LONGEST_WAIT, description="Seconds to wait for something to happen where there is nothing yet.")
    ] = 0,
    seen: Annotated[
        str | None, Header(alias="Last-Event-ID", description="Of a stream: the number of the last event seen, before `after`.")
    ] = None,
) -> Response | EventList:
    """What happened, in order and without gaps. With `wait`, the answer comes when something happens, or after so many seconds.

    With `Accept: text/event-stream` it goes on as a stream of server-sent events: `id` is the event's number, `event` its kind,
    `data` the event. Coming back with `Last-Event-ID`, as browsers do by themselves, misses nothing and repeats nothing. A
    stream ends after fifteen minutes, or when its reader may read no more.

    What was decided by time counts as of its instant at once, and is an event when the next entry is made. Values are not told
    here. Where a charter protects what single actors reported, those who are no members are not told (403 `not_published`).
    """
    followers = service_of(request).followers
    kinds = frozenset(name.strip() for name in kind.split(",")) - {""} if kind else frozenset()
    if prefers(request, EVENT_STREAM, "application/json"):
        return await _streamed(request, arriving, last_event_id(seen) or after, kinds)
    start = paged.after or after

    async def look() -> list[EventAnswer]:
        return await arriving.ask(lambda asking: _events(asking, start, paged.limit + 1, kinds))

    if wait:
        with followers.place():
            found = await waited_for(look, wait, request)
    else:
        found = await look()
    return EventList(**page_after(found, paged, [event.number for event in found]))


async def _streamed(request: Request, arriving: ArrivingContext, after: int, kinds: frozenset[str]) -> Response:
    async def look(last: int) -> list[tuple[int, bytes]]:
        found = await arriving.ask(lambda asking: _events(asking, last, _STREAMED_AT_ONCE, kinds))
        return [(event.number, _as_sent(event)) for event in found]

    followers = service_of(request).followers
    followers.require_place()
    # Asked once before the answer begins: who may not read is told so, not handed an empty stream.
    await arriving.ask(lambda asking: _events(asking, after, 1, kinds))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream(look, after, request, followers), headers=headers, media_type=EVENT_STREAM)


def _as_sent(event: EventAnswer) -> bytes:
    return f"id: {event.number}\nevent: {event.kind}\ndata: {event.model_dump_json()}\n\n".encode()


def _events(asking: AskingContext, after: int, limit: int, kinds: frozenset[str]) -> list[EventAnswer]:
    if reads_published(asking):
        raise not_published()
    register = asking.register
    found = events_after(asking.connection, register.community_id, after, asking.moment.number, limit, kinds)
    return [event_answer(register, asking.caller, event) for event in found]


class ProofAnswer(BaseModel):
    """A receipt: one journal entry's number and hash, which stands for all that was recorded up to it."""

    community: str
    number: int = Field(description="The entry's number; entries are numbered from 1 without gaps.")
    instant: Instant = Field(description="When it was made.")
    hash: str = Field(description="SHA-256, in lower-case hexadecimal, over the entry, what it brought, and `previous`.")
    previous: str | None = Field(description="The hash of the entry before; null for the first.")


@router.get("/events/proof", access=READ, etag=True)
def get_proof(
    asking: Asking,
    number: Annotated[
        int | None, Query(ge=1, le=2**53, description="The number of the entry asked for. Without it: the last one.")
    ] = None,
) -> ProofAnswer:
    """The number and hash that the journal ends with: a receipt for all that was recorded until now. Keep it somewhere else.

    An entry once made never changes. So what is answered for `number=` later must be what was answered before: another hash
    means that something was written anew, 404 `unknown_entry` that the end was cut off. `jalon verify --expect` checks receipts
    beside the whole chain. As of an instant it is the last entry by then, and later ones are unknown.

    A hash tells nothing of what it was taken of. When something was recorded does: where a charter protects what single
    actors reported, those who are no members are not told (403 `not_published`).
    """
    if reads_published(asking):
        raise not_published()
    last, code = asking.moment.number, asking.register.code
    found = None
    if number is None or number <= last:
        found = proof_of(asking.connection, asking.register.community_id, last if number is None else number)
    if found is None:
        raise NotFound("unknown_entry", f"The journal ends with entry {last}.", last=last)
    previous = None if found.previous is None else found.previous.hex()
    return ProofAnswer(community=code, number=found.number, instant=found.instant, hash=found.hash.hex(), previous=previous)
