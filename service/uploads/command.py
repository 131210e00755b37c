"""`jalon import`: the same upload over HTTP, with a bar that shows how far it is, and the report beside the file."""

import locale
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from service.errors import Refused, Unavailable
from service.settings import read_client_settings
from service.uploads.archive import ZIP
from service.uploads.workbook import WORKBOOK_TYPE

_BLOCK = 1 << 16
_GLANCE, _PAUSE, _WAIT = 0.2, 1.0, 1
_PATIENCE = httpx.Timeout(60.0, connect=10.0)
_RECORDING_FROM = 50
"""Percent from which rows are being recorded; below, the file is being read."""
_FINISHED = ("succeeded", "rejected", "failed", "undone")
_COUNTS = ("rows", "created", "revised", "unchanged", "folded", "rejected")


def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A CSV file or a workbook (.xlsx).")],
    community: Annotated[str, typer.Option(help="The community's code.")],
    server: Annotated[str | None, typer.Option(help="The service's address; else JALON_SERVER.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only say what would happen.")] = False,
    on_error: Annotated[
        str, typer.Option(help="`reject_all`, or `skip_rows` to record the rows without faults.")
    ] = "reject_all",
    decimal: Annotated[str, typer.Option(help="`auto`, `point` or `comma`.")] = "auto",
    encoding: Annotated[str, typer.Option(help="`auto`, `utf-8`, `utf-16` or `windows-1252`.")] = "auto",
    mapping: Annotated[str | None, typer.Option(help="The name of a saved mapping: how this file reads.")] = None,
) -> None:
    """Sends a file of contributions, CSV or .xlsx, to a service, with the token in JALON_TOKEN. Exits with 1 if it is refused.

    Where rows are wrong, a report is written beside the file: mend it and import it. It speaks the language of the terminal.
    """
    settings = read_client_settings()
    if settings.token is None:
        raise typer.BadParameter("set JALON_TOKEN to a token of an actor of the community", param_hint="JALON_TOKEN")
    if server is not None and not server.startswith(("http://", "https://")):
        raise typer.BadParameter("an address begins with http:// or https://", param_hint="--server")
    language = "fr" if (locale.getlocale()[0] or "").lower().startswith("fr") else "en"
    headers = {"Authorization": f"Bearer {settings.token.get_secret_value()}", "Accept-Language": language}
    asked = {"mode": "check" if check else "commit", "on_error": on_error, "decimal": decimal, "encoding": encoding}
    asked |= {} if mapping is None else {"mapping": mapping}
    console = Console(stderr=True)
    with httpx.Client(base_url=server or settings.server, headers=headers, timeout=_PATIENCE) as client:
        done = send(client, file, community, asked, console)
        _say(done, check)
        if done["errors"]:
            typer.echo(f"Report: {_fetch_report(client, done['report'], file)}")
    if done["status"] != "succeeded":
        raise typer.Exit(1)


def send(client: httpx.Client, file: Path, community: str, asked: dict[str, str], console: Console) -> dict[str, Any]:
    """The import once it has come to its end.

    Raises Refused with the service's own sentence where it says no, Unavailable where it cannot be reached.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        sending = progress.add_task("Sending", total=file.stat().st_size)
        headers = {
            "Content-Type": _media_type(file),
            "Content-Length": str(file.stat().st_size),
            # One key for every try: what arrived twice is one import.
            "Idempotency-Key": str(uuid.uuid4()),
            # Most files are done by then; the bar is for the others.
            "Prefer": f"wait={_WAIT}",
        }

        def upload() -> httpx.Response:
            progress.reset(sending)
            content = _blocks(file, lambda count: progress.advance(sending, count))
            return client.post(f"/v1/communities/{community}/imports", params=asked, headers=headers, content=content)

        found = _answered(_tried_twice(upload))
        address = f"/v1/communities/{community}/imports/{found['id']}"
        working = progress.add_task("Reading", total=100)
        while found["status"] not in _FINISHED:
            stage = "Recording" if found["progress"] >= _RECORDING_FROM else "Reading"
            progress.update(working, completed=found["progress"], description=stage)
            time.sleep(_GLANCE)
            found = _answered(_tried_twice(lambda: client.get(address)))
    return found


def _media_type(file: Path) -> str:
    with file.open("rb") as opened:
        return WORKBOOK_TYPE if opened.read(len(ZIP)) == ZIP else "text/csv"


def _blocks(file: Path, advance: Callable[[int], None]) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK):
            yield block
            advance(len(block))


def _tried_twice(request: Callable[[], httpx.Response]) -> httpx.Response:
    try:
        return request()
    except httpx.TransportError:
        time.sleep(_PAUSE)
    try:
        return request()
    except httpx.TransportError as error:
        raise Unavailable("service_unreachable", f"The service cannot be reached: {error}") from error


def _answered(response: httpx.Response) -> dict[str, Any]:
    """What the service answered. Raises Refused with what it says where that is a problem."""
    try:
        content = response.json()
    except ValueError:
        content = {}
    if response.is_success and isinstance(content, dict):
        return content
    code, detail = content.get("code") or "refused", content.get("detail") or f"The service answered {response.status_code}."
    raise Refused(code, "\n".join([f"{code}: {detail}", *(_line(fault) for fault in content.get("errors") or [])]))


def _line(fault: dict[str, Any]) -> str:
    where = ", ".join(f"{name} {fault[name]}" for name in ("row", "column") if fault.get(name) is not None)
    suggestion = f" ({fault['suggestion']})" if fault.get("suggestion") else ""
    return f"  {where + ': ' if where else ''}{fault['code']}: {fault['detail']}{suggestion}"


def _say(done: dict[str, Any], check: bool) -> None:
    counts = ", ".join(f"{done[name]} {name}" for name in _COUNTS)
    typer.echo(f"Import {done['id']} {done['status']}{' (checked, nothing recorded)' if check else ''}: {counts}.")
    for fault in done["errors"]:
        typer.echo(_line(fault))


def _fetch_report(client: httpx.Client, address: str, file: Path) -> Path:
    """The report, written beside the file: of a workbook it is a workbook."""
    with client.stream("GET", address) as response:
        if not response.is_success:
            response.read()
            _answered(response)
        is_sheet = response.headers["Content-Type"] == WORKBOOK_TYPE
        report = file.with_name(f"{file.stem}.report.{'xlsx' if is_sheet else 'csv'}")
        with report.open("wb") as opened:
            for block in response.iter_bytes():
                opened.write(block)
    return report
