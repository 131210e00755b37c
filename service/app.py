"""Everything is put together here; nothing happens at import."""

import gc
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.types import Lifespan

from service.answers import Memory
from service.api import (
    actors,
    alerts,
    closed_periods,
    communities,
    completeness,
    contract,
    contribution_changes,
    contributions,
    decision_feed,
    dhis2,
    digests,
    dues,
    erasures,
    events,
    explanations,
    exports,
    figures,
    iati,
    impact,
    import_reports,
    import_templates,
    imports,
    indicators,
    invitations,
    mappings,
    objective_explanations,
    objectives,
    overlaps,
    people,
    positions,
    previews,
    problems,
    progress,
    proposals,
    quality_flags,
    reviews,
    sdmx,
    system,
    targets,
    token_rotation,
    tokens,
    trials,
    webhooks,
)
from service.api.crowd import Crowd
from service.api.following import Followers
from service.api.gate import Gate
from service.api.idempotency import KeysInUse
from service.api.last_use import LastUse
from service.api.limits import Limiter
from service.api.observation import Measurements, Observed, configure_logs
from service.api.openid import Issuer
from service.api.ready import ReadyAnswers
from service.api.routing import GuardedRoute, Resource, routes_of
from service.api.telling import Telling
from service.api.transaction import Service
from service.database import Database, open_database
from service.events.alerts import AlertJob
from service.events.attempting import Postman
from service.events.delivery import Deliveries
from service.events.destinations import Bounds
from service.events.retrying import Pauses
from service.events.sender import Sender
from service.records.register import Registers
from service.settings import NO_RANGES, NOBODY, OFF, Settings, read_settings
from service.uploads.queue import Worker
from service.uploads.workplace import Workplace
from service.web.routes import page_routes

_IMPORTS_END_WITHIN = 10.0
"""Seconds that an import under way gets to come to a point from which it can go on after the next start."""
_DELIVERIES_END_WITHIN = 3.0
"""Seconds that deliveries under way get to end besides; one that does not is made again."""
_READERS_WAIT = 10.0
"""Seconds that a reader waits for others to be answered, before it is told to come back."""


def utc_now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)


def resources() -> list[Resource]:
    """What can be asked, in the order of the contract."""
    return [
        communities.router,
        actors.router,
        tokens.router,
        token_rotation.router,
        people.router,
        tokens.everywhere,
        invitations.router,
        invitations.everywhere,
        objectives.router,
        objective_explanations.router,
        proposals.router,
        positions.router,
        trials.router,
        previews.router,
        indicators.router,
        targets.router,
        overlaps.router,
        contributions.router,
        contribution_changes.router,
        # Before the others: `template` would be taken for the id of an import.
        import_templates.router,
        imports.router,
        import_reports.router,
        mappings.router,
        closed_periods.router,
        dues.router,
        figures.router,
        explanations.router,
        completeness.router,
        quality_flags.router,
        progress.router,
        reviews.router,
        events.router,
        sdmx.router,
        iati.router,
        dhis2.router,
        alerts.router,
        webhooks.router,
        digests.router,
        erasures.router,
        exports.router,
        impact.router,
        decision_feed.router,
        system.router,
    ]


def create_app(settings: Settings, *, clock: Callable[[], datetime] = utc_now, database: Database | None = None) -> FastAPI:
    """The application. `clock` gives the present instant in UTC; nothing else here reads a clock.

    Without a `database` the one of the settings is opened, and closed when the application ends.
    """
    opened = database or open_database(settings.database_url, pool_size=settings.pool_size)

    registers = Registers()
    worker = Worker(Workplace(opened, registers, clock, kept_for=timedelta(days=settings.files_kept_days)))
    last_use = LastUse(opened)
    sender = Sender(deliveries_of(opened, registers, clock, bounds_of(settings)), AlertJob(opened, registers))

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(worker.start)
        last_use.start()
        if settings.webhooks != OFF:
            sender.start()
        yield
        sender.tell_to_stop()
        await run_in_threadpool(worker.stop, _IMPORTS_END_WITHIN)
        await run_in_threadpool(sender.stop, _DELIVERIES_END_WITHIN)
        await run_in_threadpool(last_use.stop)
        if database is None:
            opened.dispose()

    app = _with_routes(running)
    app.state.service = Service(
        settings=settings,
        database=opened,
        registers=registers,
        clock=clock,
        gate=Gate(settings.most_waiting),
        crowd=Crowd(settings.readers_at_once, settings.most_waiting, _READERS_WAIT),
        followers=Followers(settings.most_waiting),
        limiter=Limiter(settings.rate_limit, settings.rate_burst),
        keys_in_use=KeysInUse(),
        measurements=Measurements(),
        memory=Memory(),
        ready=ReadyAnswers(),
        imports=worker,
        sender=sender,
        last_use=last_use,
        issuer=Issuer(settings.oidc_issuer, settings.oidc_audience) if settings.oidc_issuer != NOBODY else None,
    )
    app.router.routes.extend(page_routes())
    problems.install(app)
    app.add_middleware(Observed, measurements=app.state.service.measurements)
    return app


def bounds_of(settings: Settings) -> Bounds:
    """Where webhooks may lead."""
    named = settings.webhook_allowed_ranges
    return Bounds(() if named == NO_RANGES else tuple(named.split(",")))


def deliveries_of(
    database: Database, registers: Registers, clock: Callable[[], datetime], bounds: Bounds, pauses: Pauses | None = None
) -> Deliveries:
    """What delivers to webhooks. Without `pauses` those of every day, each a little by chance."""
    pauses = pauses or Pauses(chance=secrets.SystemRandom().random)
    return Deliveries(database, Telling(registers), clock, Postman(bounds), pauses)


def create_served_app() -> FastAPI:
    """The application that `jalon serve` runs, in each of its processes: with the settings of the environment, and logs."""
    settings = read_settings()
    configure_logs(settings.log_level)
    app = create_app(settings)
    # Rows are read by the ten thousand and dropped again. The collector would come fourteen times meanwhile, and now and then
    # walk through all that was imported: 60 ms each time. What is there now stays, and it comes when there is more to find.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    return app


def contract_as_text() -> str:
    """What `openapi/openapi.json` holds. Needs no database."""
    return contract.contract_text(contract.build_contract(_with_routes(None)))


def _with_routes(lifespan: Lifespan[FastAPI] | None) -> FastAPI:
    app = FastAPI(
        title="Jalon",
        version=contract.VERSION,
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
    )
    app.router.routes.extend(_routes())
    return app


@cache
def _routes() -> list[GuardedRoute]:
    """Made once per process: FastAPI takes a quarter of a second to look at them, and they hold nothing of one application."""
    return routes_of(resources())
