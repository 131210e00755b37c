"""What the service says of itself: a log line and a measurement per request. Neither holds a token, a value or a body."""

import logging
import re
import sys
import time
import uuid
from collections import defaultdict
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
UNKNOWN = "unknown"
SAID_OF_ALL = "jalon_headers"
"""Where a route leaves, in the scope of its request, headers that any answer to it carries, a refusal too."""
_SECURITY_HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


def configure_logs(level: str) -> None:
    """One JSON object a line on standard error, from `level` on: ours, and those of the server below."""
    stamp: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=stamp,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Libraries say at `info` what they were asked, addresses and all; of them only what went wrong is of interest.
    root.setLevel("WARNING")
    for name in ("jalon", "uvicorn"):
        logging.getLogger(name).setLevel(level.upper())
    structlog.configure(
        processors=[*stamp, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


class Measurements:
    """How many requests there were and how long they took, by method, route template and status, since this process started."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, int], int] = defaultdict(int)
        self._buckets: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * (len(_BOUNDS) + 1))
        self._seconds: dict[tuple[str, str], float] = defaultdict(float)

    def add(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts one request."""
        self._counts[method, route, status] += 1
        self._seconds[method, route] += seconds
        place = next((number for number, bound in enumerate(_BOUNDS) if seconds <= bound), len(_BOUNDS))
        self._buckets[method, route][place] += 1

    def text(self) -> str:
        """Prometheus' text format, version 0.0.4."""
        lines = ["# HELP jalon_requests_total Requests answered.", "# TYPE jalon_requests_total counter"]
        for (method, route, status), count in sorted(self._counts.items()):
            lines.append(f'jalon_requests_total{{method="{method}",route="{route}",status="{status}"}} {count}')
        name = "jalon_request_duration_seconds"
        lines += [f"# HELP {name} Seconds from a request to the end of its answer.", f"# TYPE {name} histogram"]
        for (method, route), buckets in sorted(self._buckets.items()):
            labels, count = f'method="{method}",route="{route}"', 0
            for bound, here in zip((*map(str, _BOUNDS), "+Inf"), buckets, strict=True):
                count += here
                lines.append(f'{name}_bucket{{{labels},le="{bound}"}} {count}')
            lines.append(f"{name}_sum{{{labels}}} {self._seconds[method, route]:.6f}")
            lines.append(f"{name}_count{{{labels}}} {count}")
        return "\n".join(lines) + "\n"


class Observed:
    """Around the whole application: gives each request its id, and says afterwards what became of it."""

    def __init__(self, app: ASGIApp, measurements: Measurements) -> None:
        self._app = app
        self._measurements = measurements
        self._log = structlog.stdlib.get_logger("jalon")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what is no HTTP request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        scope["jalon_request_id"] = request_id
        started, status = time.perf_counter(), 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                for name, value in {**_SECURITY_HEADERS, **scope.get(SAID_OF_ALL, {})}.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            seconds = time.perf_counter() - started
            method = scope["method"] if scope["method"] in _METHODS else UNKNOWN
            route: Any = getattr(scope.get("route"), "path", UNKNOWN)
            self._measurements.add(method, route, status, seconds)
            self._log.info("request", id=request_id, method=method, route=route, status=status, ms=round(seconds * 1000, 1))
