"""The command `jalon`. Exit codes: 2 for wrong usage or a wrong setting, 1 for what is refused, 0 otherwise."""

import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer
import uvicorn

from service.api.bearer import OPERATOR, digest_of, new_token
from service.api.observation import configure_logs
from service.api.token_terms import LIFE_DAYS, LONGEST_DAYS, state_of
from service.api.welcoming import first_token
from service.app import contract_as_text, create_app, utc_now
from service.connections import LARGEST_HEAD, PatientProtocol
from service.database import Database, is_migrated, migrate, open_database
from service.errors import Conflict, NotFound, Refused, ServiceError
from service.events.alerts import AlertJob
from service.events.relay import Relay, parse_server
from service.exchange.archive import restore_archive
from service.models.instant import instant_text, parse_instant
from service.records.backup import back_up
from service.records.backup import restore as bring_back
from service.records.register import Registers
from service.records.tokens import create_operator_token, list_operator_tokens, revoke_operator_token
from service.records.verification import parse_receipt
from service.records.verification import verify as find_differences
from service.settings import NO_PROXIES, NOBODY, Settings, describe_settings, read_settings
from service.uploads.command import import_file
from service.web.posting import Post

ENDS_WITHIN = 9
"""Seconds that requests under way get to end after SIGTERM; with the ten that an import then gets it stays below 20."""


def _instant(text: str) -> datetime:
    try:
        return parse_instant(text)
    except ValueError:
        raise typer.BadParameter("an instant is written 2026-03-01T00:05:00Z", param_hint="--at") from None


At = Annotated[
    datetime | None,
    typer.Option(metavar="INSTANT", parser=_instant, help="As if it were then: `2026-03-01T00:05:00Z`; else now."),
]

commands = typer.Typer(
    name="jalon",
    help="The shared evaluation and indicator data service of a community of action.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
operator_tokens = typer.Typer(
    help="Tokens of who runs the service: the only ones that may found a community.", no_args_is_help=True
)
commands.add_typer(operator_tokens, name="operator-token")


def main() -> None:
    """Runs the command line."""
    try:
        commands()
    except ServiceError as error:
        print(error.detail, file=sys.stderr)
        sys.exit(2 if error.code == "wrong_setting" else 1)


def _settings_help() -> str:
    lines = ["Settings are environment variables:", ""]
    for name, default, meaning in describe_settings():
        lines += [f"  {name} ({default})", f"      {meaning}"]
    return "Serves the database.\n\n\b\n" + "\n".join(line or " " for line in lines)


@commands.command(help=_settings_help())
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=256, help="How many processes; SQLite allows one.")] = 1,
) -> None:
    """Serves until SIGTERM or SIGINT, then ends what is under way. A SQLite database is migrated first."""
    settings = read_settings()
    with _opened(settings) as database:
        if database.is_sqlite:
            if workers > 1:
                raise typer.BadParameter(
                    "SQLite allows one worker: one process writes. Use PostgreSQL for more.", param_hint="--workers"
                )
            migrate(database)
    # uvicorn hands the signal on once it has shut down; by default the process would then die of it, not end with 0.
    signal.signal(signal.SIGTERM, _leave)
    try:
        uvicorn.run(
            "service.app:create_served_app",
            factory=True,
            host=host,
            port=port,
            workers=workers,
            log_config=None,
            access_log=False,
            # By default uvicorn believes whoever comes from 127.0.0.1, which may be any program on this machine.
            proxy_headers=settings.trusted_proxies != NO_PROXIES,
            forwarded_allow_ips=settings.trusted_proxies,
            server_header=False,
            http=PatientProtocol,
            h11_max_incomplete_event_size=LARGEST_HEAD,
            timeout_graceful_shutdown=ENDS_WITHIN,
        )
    except SystemExit as ended:
        # uvicorn's own code for "could not start", a port that is taken say, is none of those that our commands have.
        raise typer.Exit(1 if ended.code else 0) from ended


@commands.command()
def demo(port: Annotated[int, typer.Option(min=1, max=65_535, help="The port to listen on.")] = 8000) -> None:
    """Makes a throw-away community from real data, serves it, and says what to try."""
    from service.demo.serving import serve_demo

    configure_logs("warning")
    with tempfile.TemporaryDirectory(prefix="jalon-demo-") as folder:
        settings = Settings(database_url=f"sqlite:///{folder}/demo.db", log_level="warning")
        with _opened(settings) as database:
            migrate(database)
            token = _new_operator_token(database, "demo")
            serve_demo(create_app(settings, database=database), token, port=port)


@commands.command("migrate")
def migrate_database(
    revision: Annotated[str, typer.Argument(help="The revision to go to; `base` is nothing at all.")] = "head",
) -> None:
    """Brings the database to the newest revision, or to the one named."""
    with _opened(read_settings()) as database:
        migrate(database, revision)


@operator_tokens.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What it is for, or whose it is.")],
    days: Annotated[int, typer.Option(min=1, max=LONGEST_DAYS, help="How many days it lives.")] = LIFE_DAYS,
) -> None:
    """Makes an operator's token. It is the last line printed, and never shown again."""
    if not 0 < len(name.strip()) <= 200 or not name.isprintable():
        raise typer.BadParameter("a name has 1 to 200 printable characters", param_hint="NAME")
    with _opened(read_settings()) as database:
        if database.is_sqlite:
            migrate(database)
        _refuse_unmigrated(database)
        token = _new_operator_token(database, name, days)
    print(f"Keep it safe: it is shown this once, and ends in {days} days.")
    print(token)


@operator_tokens.command("list")
def list_tokens() -> None:
    """Lists the operators' tokens: id, when they were made, whether they are in force, when they were used last, name."""
    with _migrated(read_settings()) as database, database.read() as connection:
        for token in list_operator_tokens(connection):
            used = "never used" if token.last_used_at is None else f"used {instant_text(token.last_used_at)}"
            print(f"{token.number}\t{instant_text(token.created_at)}\t{state_of(token, utc_now())}\t{used}\t{token.name}")


@operator_tokens.command("revoke")
def revoke(number: Annotated[int, typer.Argument(metavar="ID", min=1, max=2**31 - 1, help="As `list` shows it.")]) -> None:
    """Revokes an operator's token at once."""
    with _migrated(read_settings()) as database, database.write() as connection:
        if not revoke_operator_token(connection, number, utc_now()):
            raise NotFound("unknown_token", f"There is no operator's token {number} that is in force.")


commands.command("import")(import_file)


@commands.command()
def alerts(at: At = None) -> None:
    """Makes the alerts of every day that has begun, for who runs the service with JALON_WEBHOOKS=off: to be called daily."""
    with _migrated(read_settings()) as database:
        days = AlertJob(database, Registers()).make(at or utc_now())
    print(f"Looked at {days} days.")


@commands.command()
def digest(at: At = None) -> None:
    """Writes to whom an actor's digest goes what the actor owes, where it is time: to be called daily."""
    settings = read_settings()
    if settings.smtp_url == NOBODY:
        print("The digest is off: JALON_SMTP_URL and JALON_MAIL_FROM are not set.")
        return
    with Relay(parse_server(settings.smtp_url)) as relay, _migrated(settings) as database:
        posted = Post(database, Registers(), relay, settings.mail_from).send(at or utc_now())
    print(f"Letters sent: {posted.sent}.")
    if posted.failed:
        raise Refused("mail_not_sent", "\n".join(("Not sent, and tried again the next time:", *posted.failed)))


@commands.command()
def verify(
    expect: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CODE:NUMBER:HASH",
            help="What `GET …/events/proof` once answered of a community, kept elsewhere: shows whether its journal was cut "
            "or written anew. Repeatable.",
        ),
    ] = None,
) -> None:
    """Checks every journal's chain, and all that can be derived, against the ledger; prints what differs, earliest first."""
    try:
        receipts = [parse_receipt(text) for text in expect or []]
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--expect") from None
    with _migrated(read_settings()) as database, database.audit() as connection:
        differences = find_differences(connection, receipts)
    for difference in differences:
        print(difference)
    if differences:
        raise Refused("not_as_recorded", f"{len(differences)} differences.")
    print("Everything is as it was recorded.")


@commands.command()
def backup(file: Annotated[Path, typer.Argument(help="Where to keep it; it must not exist.")]) -> None:
    """Copies the database into a file, while the service runs."""
    back_up(read_settings().database_url, file)


@commands.command()
def restore(file: Annotated[Path, typer.Argument(help="What `jalon backup` made.")]) -> None:
    """Brings a backup back, into an empty database."""
    bring_back(read_settings().database_url, file)


@commands.command("import-archive")
def import_archive(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="What `GET …/export` answered.")],
) -> None:
    """Brings a community back from its archive, under the code that it had; a token of its support is the last line printed."""
    with _opened(read_settings()) as database:
        if database.is_sqlite:
            migrate(database)
        _refuse_unmigrated(database)
        with database.write() as connection, file.open("rb") as opened:
            restored = restore_archive(connection, opened)
            token = first_token(connection, restored.community_id, utc_now())
    print(f"{restored.code} is back, up to entry {restored.number} of its journal, whose hash is {restored.hash}.")
    if token is None:
        print("Nobody is its support today, so that there is nobody to give a token to.")
    else:
        print(f"A token of its support, which is shown this once and ends in {LIFE_DAYS} days:")
        print(token)


@commands.command()
def openapi() -> None:
    """Prints the contract that openapi/openapi.json holds."""
    sys.stdout.write(contract_as_text())


def _refuse_unmigrated(database: Database) -> None:
    with database.read() as connection:
        if not is_migrated(connection):
            raise Conflict("not_migrated", "The database is not at the revision that this version needs: run `jalon migrate`.")


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def _new_operator_token(database: Database, name: str, days: int = LIFE_DAYS) -> str:
    token, now = new_token(OPERATOR), utc_now()
    with database.write() as connection:
        until = now + timedelta(days=days)
        create_operator_token(connection, name=name, digest=digest_of(token), now=now, expires_at=until)
    return token


@contextmanager
def _opened(settings: Settings) -> Iterator[Database]:
    database = open_database(settings.database_url, pool_size=settings.pool_size)
    try:
        yield database
    finally:
        database.dispose()


@contextmanager
def _migrated(settings: Settings) -> Iterator[Database]:
    with _opened(settings) as database:
        _refuse_unmigrated(database)
        yield database
