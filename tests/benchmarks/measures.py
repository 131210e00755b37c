"""The three measures. Each makes its two runs one after the other, so that a slow minute of the machine is slow for both."""

import csv
import io
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median

import httpx
import psycopg

from tests.benchmarks.clients import latencies, request, throughput
from tests.benchmarks.coalition import HEAD, INDICATORS, Coalition, Row, daily_bodies

CLIENTS = 32
_MOST_POSTS = 6000
"""A second; more than any server here answers."""
_FIGURES = 120


@dataclass(frozen=True)
class Pair:
    """Ours and the bare one, in the same unit."""

    ours: float
    bare: float


def import_rate(coalition: Coalition, rows: Sequence[Row], bare_database: str) -> Pair:
    """Rows a second of a CSV import, from the first byte sent until it counts, and of the same rows written barely."""
    buffer = io.StringIO(HEAD)
    buffer.seek(0, io.SEEK_END)
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    text = buffer.getvalue()
    bare_rate = _copy_rate(text, len(rows), bare_database) if "://" in bare_database else _executemany_rate(rows, bare_database)
    with httpx.Client(base_url=f"http://127.0.0.1:{coalition.port}", timeout=60) as client:
        client.headers["Authorization"] = f"Bearer {coalition.token}"
        start = time.perf_counter()
        headers = {"Content-Type": "text/csv", "Prefer": "wait=10"}
        state = client.post(coalition.path("/imports"), content=text.encode(), headers=headers).raise_for_status().json()
        while state["status"] in ("queued", "running"):
            time.sleep(0.02)
            state = client.get(coalition.path(f"/imports/{state['id']}")).raise_for_status().json()
        spent = time.perf_counter() - start
    if state["status"] != "succeeded" or state["created"] != len(rows):
        raise RuntimeError(f"the import went wrong: {state}")
    return Pair(len(rows) / spent, bare_rate)


_TABLE = "(indicator text, actor text, period text, value numeric, sex text, age text)"


def _copy_rate(text: str, rows: int, database_url: str) -> float:
    """COPY of the file into a typed table without any index."""
    with psycopg.connect(database_url) as connection:
        connection.execute(f"CREATE TABLE bare {_TABLE}")
        connection.commit()
        start = time.perf_counter()
        with connection.cursor().copy("COPY bare FROM STDIN (FORMAT csv, HEADER)") as copy:
            copy.write(text)
        connection.commit()
        spent = time.perf_counter() - start
        connection.execute("DROP TABLE bare")
    return rows / spent


def _executemany_rate(rows: Sequence[Row], file: str) -> float:
    """executemany into a table without any index, in one transaction, as durable as ours; the rows stand ready in memory."""
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"CREATE TABLE bare {_TABLE}")
    start = time.perf_counter()
    with connection:
        connection.executemany("INSERT INTO bare VALUES (?, ?, ?, ?, ?, ?)", rows)
    spent = time.perf_counter() - start
    connection.execute("DROP TABLE bare")
    connection.close()
    Path(file).unlink()
    return len(rows) / spent


def contribution_rate(coalition: Coalition, no_op_port: int, seconds: float) -> Pair:
    """Single contributions a second, each a new key, and POSTs to an application that does nothing; 32 clients each."""
    bodies = list(islice(daily_bodies(), int(_MOST_POSTS * seconds)))
    path = coalition.path("/contributions")
    contributions = [request("POST", path, token=coalition.token, body=body) for body in bodies]
    nothings = [request("POST", "/nothing", token=coalition.token, body=body) for body in bodies]
    bare_rate = throughput(no_op_port, nothings, CLIENTS, seconds, 200)
    return Pair(throughput(coalition.port, contributions, CLIENTS, seconds, 201), bare_rate)


def figure_latency(coalition: Coalition, bare_port: int) -> tuple[Pair, Pair]:
    """Median milliseconds of a figure asked for the first time, and of the same asked again; each beside the bare server."""
    questions = [
        request(
            "GET",
            coalition.path(f"/indicators/{indicator}/figure?from=2000-0{month}&to=2000-06&by={by}"),
            token=coalition.token,
        )
        for indicator in INDICATORS
        for month in (1, 2, 3)
        for by in ("sex", "sex,age")
    ][:_FIGURES]
    first, answers = latencies(coalition.port, questions)
    wrong = [answer for answer in answers if answer.status != 200]
    if wrong:
        raise RuntimeError(f"{wrong[0].status} {wrong[0].body[:300]!r}")
    bare, _ = latencies(bare_port, [request("GET", f"/{len(answer.body)}") for answer in answers])
    again, _ = latencies(coalition.port, questions)
    return Pair(1000 * median(first), 1000 * median(bare)), Pair(1000 * median(again), 1000 * median(bare))
