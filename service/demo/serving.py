"""`jalon demo`: serves a throw-away community while it is being founded, and says what to try."""

import json
import signal
import socket
import threading
import time
from types import FrameType
from typing import NoReturn

import httpx
import uvicorn
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from starlette.types import ASGIApp

from service.connections import PatientProtocol
from service.demo.founding import Founded, NotFounded, found
from service.demo.packaged import read_founding

HOST = "127.0.0.1"
STARTS_WITHIN, ANSWERS_WITHIN, ENDS_WITHIN = 30.0, 60.0, 20
YEAR, OPERATION = "2024", "sa-mwi"
"""The last year for which the operations have reported (for the year after it they have targets only), and Malawi's."""
STEPS = {"decisions": "What the members agreed on", "contributions": "What they reported"}


def serve_demo(app: ASGIApp, operator_token: str, *, port: int) -> None:
    """Serve `app`, whose database is empty, found the demo's community in it and print where to look.

    Returns when it is interrupted from the keyboard. Raises SystemExit when the process is terminated (0), when the port is
    taken or the service refuses its own demo (1): the caller's clean-up runs in every case.
    """
    console = Console()
    config = uvicorn.Config(
        app, host=HOST, port=port, http=PatientProtocol, log_level="warning", timeout_graceful_shutdown=ENDS_WITHIN
    )
    server = uvicorn.Server(config)
    listening = _listen(port, console)
    guide = _Guide(server, operator_token, f"http://{HOST}:{port}", console)
    # uvicorn hands a signal on once it has shut down; by default a termination would then leave the temporary files behind.
    signal.signal(signal.SIGTERM, _leave)
    guide.start()
    try:
        server.run(sockets=[listening])
    except KeyboardInterrupt:
        console.print("The demo and everything in it is gone.")
    finally:
        server.should_exit = True
        guide.join()
        listening.close()
    if guide.refusal is not None:
        console.print(guide.refusal, soft_wrap=True, markup=False, highlight=False)
        raise SystemExit(1)


def _listen(port: int, console: Console) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        console.print(f"Nothing can be served on port {port}: {error.strerror}. Try another --port.", markup=False)
        raise SystemExit(1) from None


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


class _Guide(threading.Thread):
    """Founds the community over HTTP as soon as the server listens, then prints what to try."""

    def __init__(self, server: uvicorn.Server, operator_token: str, address: str, console: Console) -> None:
        super().__init__(name="guide")
        self.refusal: str | None = None
        self._server = server
        self._operator_token = operator_token
        self._address = address
        self._console = console

    def run(self) -> None:
        """Runs beside the server, and stops it where the founding fails."""
        if not self._listens():
            return
        try:
            founded = self._found()
        except (NotFounded, httpx.HTTPError) as error:
            # A server that is told to stop drops its guide's connection: that is no refusal.
            if not self._server.should_exit:
                self.refusal = str(error)
                self._server.should_exit = True
            return
        self._console.print(*introduction(self._address, founded), sep="\n", soft_wrap=True, markup=False, highlight=False)

    def _listens(self) -> bool:
        give_up = time.monotonic() + STARTS_WITHIN
        while not self._server.started and not self._server.should_exit and time.monotonic() < give_up:
            time.sleep(0.02)
        return self._server.started and not self._server.should_exit

    def _found(self) -> Founded:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        founding = read_founding()
        of = {"decisions": len(founding.decisions), "contributions": founding.contributions.count(b"\n") - 1}
        # A proxy set for the outside world has no way to this machine.
        client = httpx.Client(base_url=self._address, timeout=ANSWERS_WITHIN, trust_env=False)
        with client, Progress(*columns, console=self._console) as bars:
            tasks = {step: bars.add_task(STEPS[step], total=total) for step, total in of.items()}

            def advance(step: str, done: int, total: int) -> None:
                bars.update(tasks[step], completed=done, total=total)

            return found(client, self._operator_token, founding, advance)


def introduction(address: str, founded: Founded) -> list[str]:
    """What is printed once the community stands: the address of the page, a token, three requests, the last one a change."""
    community = f"{address}/v1/communities/{founded.code}"
    headers = f"-H 'Authorization: Bearer {founded.token}' -H 'Content-Type: application/json'"
    contribution = {
        "indicator": "resettlement-departures",
        "actor": OPERATION,
        "period": "2025",
        "dimensions": {"population_type": "refugees-and-asylum-seekers"},
        "value": "120",
    }
    return [
        "",
        f"{founded.imported['rows']} figures that UNHCR published (CC BY 4.0): 30 operations, 24 indicators, four years.",
        f"  {address}/communities/{founded.code}?at={YEAR}",
        "and for programs:",
        f"  {address}/docs",
        "",
        "The token of the community's support (reading needs none):",
        f"  {founded.token}",
        "",
        f"Where the operations together stood at the end of {YEAR}, and in words why where a figure is missing:",
        f"  curl '{community}/progress?at={YEAR}'",
        "",
        "Where one of them stood on the way to its own targets:",
        f"  curl '{community}/progress?at={YEAR}&actor={OPERATION}'",
        "",
        "Report a figure for it, then ask again:",
        f"  curl {headers} -d '{json.dumps(contribution)}' '{community}/contributions'",
        "",
        "Ctrl-C ends the demo and removes everything.",
    ]
