"""What every request is held against before its endpoint sees it: the caller's limit, whether it may, its body, its query."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from service.api.bearer import Bearer
from service.api.bodies import BoundedRequest
from service.api.identity import ANYONE, Access
from service.api.limits import Limiter
from service.api.observation import SAID_OF_ALL
from service.api.transaction import address_of, admitted, service_of
from service.errors import Fault, Refused, refused


def count_request(request: Request, limiter: Limiter, bearer: Bearer | None) -> None:
    """Counts a request of a caller; what is left goes into its answer's headers. Raises TooMany past the limit."""
    if limiter.policy is not None:
        said = request.scope[SAID_OF_ALL] = {"RateLimit-Policy": limiter.policy}
        said["RateLimit"] = limiter.count(bearer, address_of(request))


async def check_caller(request: Request, access: Access) -> None:
    """Raises what `admit` raises.

    A reading is admitted in its own snapshot, and here only where it is refused anyway: a stranger is told that it is one,
    not what its question should have looked like.
    """
    if access is ANYONE:
        return
    service = service_of(request)

    def run() -> None:
        with service.database.read() as connection:
            admitted(request, access, connection, service.clock())

    await run_in_threadpool(run)


def check_body(request: BoundedRequest, expected: bool) -> None:
    """Raises Unreadable, UnsupportedMedia or Refused for a body that is no JSON object, or that is not expected."""
    if request.content and (expected or request.method != "GET"):
        request.require_json()
        content = request.parse()
        if not isinstance(content, dict):
            raise refused("object_expected", "The body is an object.", pointer="")
        if content and not expected:
            raise Refused("unexpected_body", "This call takes no body.")


def refuse_unknown(request: Request, known: frozenset[str]) -> None:
    """Raises Refused for parameters of the query that are not `known`, or given twice."""
    seen: set[str] = set()
    faults = []
    for name, value in request.query_params.multi_items():
        if name not in known:
            faults.append(Fault("unknown_parameter", "there is no such parameter", pointer=name[:100]))
        elif name in seen:
            faults.append(Fault("repeated_parameter", "a parameter is given once", pointer=name))
        elif "\x00" in value:
            faults.append(Fault("control_character", "a parameter may not hold control characters", pointer=name))
        seen.add(name)
    if faults:
        raise Refused(
            faults[0].code,
            "The query names parameters that this call does not take, or takes once.",
            faults=tuple(faults[:100]),
        )
