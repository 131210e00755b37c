"""Answers asked again by the same caller: only whether they still hold is looked up.

What a reading answers follows from the journal, the day, what time has decided, and who asks. So it is kept with the number of
the journal's last entry and with the instant at which time alone could change it.
"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from service.api.bearer import Bearer
from service.api.ready import Key, ReadyAnswer
from service.api.transaction import AskingContext, address_of, bearer_of, service_of
from service.database import use_community
from service.records.freshness import still_holds


async def ready_answer(request: Request, bearer: Bearer | None) -> Response | None:
    """The answer to the same request by the same caller, where it was kept and still holds; else None."""
    service = service_of(request)
    answer = service.ready.recall(_key(request, bearer))
    now = service.clock()
    if answer is None or now >= answer.until or _has_body(request):
        return None
    kept = answer

    def run() -> bool:
        with service.database.read() as connection:
            use_community(connection, kept.community_id)
            digest = bearer.digest if bearer else None
            return still_holds(connection, kept.community_id, kept.last, digest, now, address_of(request))

    if not await run_in_threadpool(run):
        return None
    if bearer is not None:
        service.last_use.note(bearer, now)
    return kept.response()


def keep_ready(context: AskingContext, response: Response) -> None:
    """Keeps the answer to the request of `context`."""
    if response.status_code != 200:
        return
    request, moment = context.request, context.moment
    answer = ReadyAnswer(moment.community_id, moment.last, _until(context), bytes(response.body), list(response.raw_headers))
    service_of(request).ready.keep(_key(request, bearer_of(request)), answer)


def _key(request: Request, bearer: Bearer | None) -> Key:
    scope, headers = request.scope, request.headers
    spoken = headers.get("accept", ""), headers.get("accept-language", "")
    return scope["path"], scope["query_string"], *spoken, bearer.digest if bearer else None


def _has_body(request: Request) -> bool:
    return request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers


def _until(context: AskingContext) -> datetime:
    """The next midnight where the community lives, or the end of the next proposal to close."""
    zone = ZoneInfo(context.register.settings.time_zone)
    midnight = datetime.combine(context.now.astimezone(zone).date() + timedelta(days=1), time.min, zone).astimezone(UTC)
    closing = [proposal.closes_at for proposal in context.register.open_proposals if proposal.closes_at > context.now]
    return min([midnight, *closing])
