"""The first page: the communities that anyone may look at."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from service.api.transaction import service_of
from service.database import use_community
from service.models.vocabulary import Visibility
from service.records.moment import moment_of
from service.records.register import list_communities

_MOST = 500
"""Communities that are looked at: each has its own register to be read, once."""


async def public_communities(request: Request) -> list[tuple[str, dict[str, str], dict[str, str]]]:
    """The code, name and common objective of each public community."""
    service = service_of(request)

    def run() -> list[tuple[str, dict[str, str], dict[str, str]]]:
        now, found = service.clock(), []
        with service.database.read() as connection:
            for community_id, _ in list_communities(connection)[:_MOST]:
                use_community(connection, community_id)
                moment = moment_of(connection, community_id, None, now, service.registers)
                register = service.registers.read(connection, community_id, moment)
                if register.settings.visibility is Visibility.PUBLIC:
                    found.append((register.code, dict(register.settings.name), dict(register.objectives["common"].name)))
        return found

    return await run_in_threadpool(run)
