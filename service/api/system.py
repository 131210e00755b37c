"""What machines ask of the service itself: is it up, is it ready, how is it doing, what does it promise."""

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from service.api.contract import build_contract, contract_text
from service.api.documentation import page_of
from service.api.identity import ANYONE
from service.api.routing import Resource
from service.api.transaction import service_of
from service.database import is_migrated
from service.errors import Unavailable

router = Resource("system", prefix="")
_PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


class HealthAnswer(BaseModel):
    """How the service is."""

    status: str = Field(description="`ok`.")


@router.get("/healthz", access=ANYONE)
async def get_health() -> HealthAnswer:
    """200 as long as the process answers at all."""
    return HealthAnswer(status="ok")


@router.get("/readyz", access=ANYONE)
def get_readiness(request: Request) -> HealthAnswer:
    """200 once the database can be reached and is migrated, 503 before."""
    with service_of(request).database.read() as connection:
        ready = is_migrated(connection)
    if not ready:
        raise Unavailable("not_migrated", "The database is not migrated to what this version of the service needs.")
    return HealthAnswer(status="ok")


@router.get("/metrics", access=ANYONE, media_types=("text/plain",))
async def get_metrics(request: Request) -> Response:
    """Requests and their durations since the process started, in Prometheus' text format."""
    return Response(service_of(request).measurements.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


@router.get("/openapi.json", access=ANYONE, media_types=("application/json",))
async def get_contract(request: Request) -> Response:
    """This contract."""
    return Response(contract_text(build_contract(request.app)), media_type="application/json")


@router.get("/docs", access=ANYONE, media_types=("text/html",))
async def get_documentation(request: Request) -> Response:
    """This contract, as a page to read. It needs nothing from elsewhere."""
    headers = {"Content-Security-Policy": _PAGE_POLICY}
    return Response(page_of(build_contract(request.app)), media_type="text/html; charset=utf-8", headers=headers)
