"""`python -m tests.benchmarks.imports`: what an import over HTTP costs beside the least that could bring the same file in.

Each round starts a service of its own on an empty database and measures both sides of every ratio, one after the other; what
landed is held against sums taken from the file. `--times 5` brings in a file five times as long, too, once, for its memory.
"""

import argparse
import random
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from itertools import islice, product
from pathlib import Path

import httpx
import psycopg
from rich.console import Console

from tests.benchmarks.__main__ import postgresql, ratios
from tests.benchmarks.coalition import HEAD, INDICATORS, Coalition, found
from tests.benchmarks.figures import most_memory
from tests.benchmarks.measures import Pair
from tests.serving import jalon

ACTORS = [f"actor-{number}" for number in range(200)]
SEXES = ["F", "M", "X"]
AGES = ["0-4", "5-9", "10-17", "18-29", "30-44", "45-64", "65+"]
_A_YEAR = 12 * len(INDICATORS) * len(ACTORS) * len(SEXES) * len(AGES)
SMALL = 1_000
AT_ONCE = 0.3
"""Seconds that a small file may take from its start to its report."""
_FIRST_YEAR, _YEAR_OF_THE_SMALL = 2000, 1999
_SETTINGS = {"JALON_RATE_LIMIT": "0", "JALON_UPLOAD_LIMIT": str(2**31), "JALON_LOG_LEVEL": "warning"}
_TABLE = "(indicator text, actor text, period text, value numeric, sex text, age text)"
_UNIQUE = "UNIQUE (indicator, actor, period, value, sex, age)"
_SEED = 20261126

Row = tuple[str, str, str, str, str, str]
Rows = list[Row]


def yearly_rows(wanted: int, first_year: int = _FIRST_YEAR) -> Iterator[Row]:
    """Rows of a file, each with its own key: twenty indicators, two hundred actors, the months of as many years as it takes."""
    # So many years at most: `product` takes all of what it is given before it gives anything.
    years = range(first_year, first_year + wanted // _A_YEAR + 1)
    keys = product(years, range(1, 13), INDICATORS, ACTORS, SEXES, AGES)
    for number, (year, month, indicator, actor, sex, age) in enumerate(islice(keys, wanted)):
        yield indicator, actor, f"{year}-{month:02}", f"{number % 997}.{number % 89:02}", sex, age


def corrected(rows: Rows) -> Rows:
    """The same rows with every tenth value, wherever it stands, another one."""
    chosen = set(random.Random(_SEED).sample(range(len(rows)), len(rows) // 10))
    return [(*row[:3], f"{row[3]}5" if place in chosen else row[3], *row[4:]) for place, row in enumerate(rows)]


def as_file(rows: Iterable[Row]) -> bytes:
    """The file that is sent, and copied."""
    return (HEAD + "".join(",".join(row) + "\n" for row in rows)).encode()


class Sending:
    """A client of one community, who checks what it is told."""

    def __init__(self, coalition: Coalition) -> None:
        self._coalition = coalition
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{coalition.port}", timeout=600)
        self._client.headers["Authorization"] = f"Bearer {coalition.token}"

    def seconds(self, content: bytes, *, report: bool = False, **expected: int) -> float:
        """From the first byte sent until it has landed, or its report is read. Raises RuntimeError where it comes out other
        than `expected`."""
        path = self._coalition.path("/imports")
        start = time.perf_counter()
        headers = {"Content-Type": "text/csv", "Prefer": "wait=60"}
        state = self._client.post(path, content=content, headers=headers).raise_for_status().json()
        while state["status"] in ("queued", "running"):
            time.sleep(0.02)
            state = self._client.get(f"{path}/{state['id']}").raise_for_status().json()
        if report:
            self._client.get(state["report"]).raise_for_status()
        spent = time.perf_counter() - start
        if state["status"] != "succeeded" or {name: state[name] for name in expected} != expected:
            raise RuntimeError(f"the import went wrong: {state}")
        return spent

    def check(self, rows: Rows) -> None:
        """Holds what the service adds up against the file. Raises RuntimeError where they differ."""
        for indicator in INDICATORS[:3]:
            wanted = sum(Decimal(row[3]) for row in rows if row[0] == indicator)
            window = {"from": f"{_FIRST_YEAR}-01", "to": f"{_FIRST_YEAR + 10}-12"}
            path = self._coalition.path(f"/indicators/{indicator}/figure")
            figure = self._client.get(path, params=window).raise_for_status().json()
            if Decimal(figure["value"] or 0) != wanted:
                raise RuntimeError(f"{indicator}: {figure['value']} instead of {wanted}")


def copy_seconds(address: str, content: bytes, key: str = "") -> float:
    """COPY of the file into a typed table, without index or with `key`."""
    with psycopg.connect(address) as connection:
        connection.execute(f"CREATE TABLE bare {_TABLE[:-1]}{', ' + key if key else ''})".encode())
        connection.commit()
        start = time.perf_counter()
        with connection.cursor().copy("COPY bare FROM STDIN (FORMAT csv, HEADER)") as copy:
            copy.write(content)
        connection.commit()
        spent = time.perf_counter() - start
        connection.execute("DROP TABLE bare")
    return spent


def import_seconds(folder: Path, content: bytes) -> float:
    """SQLite's own `.import` of the file into a table without index; executemany, in one transaction, where it has no shell."""
    file, table = folder / "file.csv", folder / "bare.db"
    file.write_bytes(content)
    start = time.perf_counter()
    if shutil.which("sqlite3"):
        commands = f"CREATE TABLE bare {_TABLE};\n.mode csv\n.import --skip 1 {file} bare\n"
        subprocess.run(["sqlite3", str(table)], input=commands, text=True, check=True, capture_output=True)
    else:
        connection = sqlite3.connect(table)
        connection.execute(f"CREATE TABLE bare {_TABLE}")
        with connection, file.open() as lines:
            next(lines)
            connection.executemany("INSERT INTO bare VALUES (?, ?, ?, ?, ?, ?)", (line.rstrip().split(",") for line in lines))
        connection.close()
    spent = time.perf_counter() - start
    table.unlink()
    return spent


Bare = Callable[[bytes], float]
Measured = dict[str, Pair]


@contextmanager
def engine(name: str) -> Iterator[tuple[str, dict[str, Bare]]]:
    """An empty database of that engine, and the bare ways to bring a file into it."""
    if name == "SQLite":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/jalon.db", {".import": lambda content: import_seconds(Path(folder), content)}
    else:
        with postgresql() as address:
            ways: dict[str, Bare] = {
                "COPY": lambda content: copy_seconds(address, content),
                "COPY, unique key": lambda content: copy_seconds(address, content, _UNIQUE),
            }
            yield address, ways


def measure(name: str, rows: Rows) -> tuple[Measured, float]:
    """One round on one engine, and the most memory that the service held, in megabytes."""
    content, small = as_file(rows), as_file(yearly_rows(SMALL, _YEAR_OF_THE_SMALL))
    with engine(name) as (address, ways), jalon(address, _SETTINGS) as served:
        coalition = found(served.port, served.operator, "bench", actors=ACTORS, sexes=SEXES, ages=AGES)
        sending, measured = Sending(coalition), Measured()
        bare = {way: len(rows) / run(content) for way, run in ways.items()}
        measured["1,000 rows, start to report, s : 0.3"] = Pair(sending.seconds(small, report=True, created=SMALL), AT_ONCE)
        first = sending.seconds(content, created=len(rows))
        for way, speed in bare.items():
            measured[f"empty ledger, rows/s : {way}"] = Pair(len(rows) / first, speed)
        sending.check(rows)
        measured["unchanged once more, s : the first time"] = Pair(sending.seconds(content, unchanged=len(rows)), first)
        corrections, revised = corrected(rows), len(rows) // 10
        spent = sending.seconds(as_file(corrections), revised=revised, unchanged=len(rows) - revised)
        for way, speed in bare.items():
            measured[f"full ledger, 10 % corrected, rows/s : {way}"] = Pair(len(rows) / spent, speed)
        sending.check(corrections)
        return measured, most_memory(served.process_id)


def memory_for(name: str, rows: int) -> float:
    """The most memory that a service holds, in megabytes, in whose life nothing happens but the import of so many rows."""
    with engine(name) as (address, _), jalon(address, _SETTINGS) as served:
        coalition = found(served.port, served.operator, "bench", actors=ACTORS, sexes=SEXES, ages=AGES)
        Sending(coalition).seconds(as_file(yearly_rows(rows)), created=rows)
        return most_memory(served.process_id)


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line, run the rounds, print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.imports", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often everything is measured (default: 5)")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the file (default: 1000000)")
    parser.add_argument(
        "--times", type=int, default=0, help="a file so many times as long once, for its memory (default: none)"
    )
    parser.add_argument("--engine", choices=["SQLite", "PostgreSQL"], help="only this one")
    asked = parser.parse_args(arguments)
    console = Console(width=128, log_path=False)
    names = [asked.engine] if asked.engine else ["PostgreSQL", "SQLite"]
    rows = list(yearly_rows(asked.rows))
    pairs: dict[tuple[str, str], list[Pair]] = defaultdict(list)
    memory: dict[str, list[float]] = defaultdict(list)
    for number in range(1, asked.rounds + 1):
        for name in names:
            console.log(f"round {number} of {asked.rounds}, {name}")
            measured, most = measure(name, rows)
            memory[name].append(most)
            for what, pair in measured.items():
                pairs[name, what].append(pair)
    console.print(ratios(pairs, f"median and spread of {asked.rounds} rounds; a file of {asked.rows} rows"))
    for name in names:
        console.print(f"{name}: the service had at most {max(memory[name]):.0f} MB in memory")
    for name in names if asked.times else ():
        once, more = (memory_for(name, asked.rows * times) for times in (1, asked.times))
        console.print(f"{name}: {once:.0f} MB for {asked.rows} rows, {more:.0f} MB for {asked.times} times as many")


if __name__ == "__main__":
    main()
