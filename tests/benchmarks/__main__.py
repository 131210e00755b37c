"""`python -m tests.benchmarks`: what the service costs beside the least that could do the same, on this machine, now.

`python -m tests.benchmarks.figures` measures figures over ten thousand cells and progress over a million.

Prints ratios, not speeds: only they mean anything on another machine. Every round measures both sides of every ratio once,
one after the other; the spread over the rounds is printed beside the median. Needs what the tests need and no more.
"""

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from tests.benchmarks.coalition import found, monthly_rows
from tests.benchmarks.measures import CLIENTS, Pair, contribution_rate, figure_latency, import_rate
from tests.postgres import server
from tests.serving import application, jalon

# The measures are of the service, not of its guard against one caller who asks too much.
_UNLIMITED = {"JALON_RATE_LIMIT": "0"}


def main() -> None:
    """Parse the command line, run the rounds, print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often everything is measured (default: 5)")
    parser.add_argument("--rows", type=int, default=100_000, help="rows of an imported file (default: 100000)")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long the 32 clients write in a round (default: 5)")
    asked = parser.parse_args()
    console = Console(width=128, log_path=False)
    pairs: dict[tuple[str, str], list[Pair]] = defaultdict(list)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        engines = {
            "SQLite": (f"sqlite:///{folder / 'jalon.db'}", str(folder / "bare.db")),
            "PostgreSQL": (address := stack.enter_context(postgresql()), address),
        }
        servers = {name: stack.enter_context(jalon(url, _UNLIMITED)) for name, (url, _) in engines.items()}
        no_op = stack.enter_context(application("tests.benchmarks.bare:no_op", "/nothing"))
        ready = stack.enter_context(application("tests.benchmarks.bare:ready_answer", "/2"))
        rows = monthly_rows(asked.rows)
        for number in range(1, asked.rounds + 1):
            for name, server in servers.items():
                console.log(f"round {number} of {asked.rounds}, {name}")
                coalition = found(server.port, server.operator, f"round-{number}")
                written = "COPY" if name == "PostgreSQL" else "executemany"
                pairs[name, f"CSV import, rows/s : bare {written}"].append(import_rate(coalition, rows, engines[name][1]))
                pairs[name, f"contributions/s : no-op POST, {CLIENTS} clients"].append(
                    contribution_rate(coalition, no_op.port, asked.seconds)
                )
                first, again = figure_latency(coalition, ready.port)
                pairs[name, "a figure's ms, asked first : bare answer"].append(first)
                pairs[name, "a figure's ms, asked again : bare answer"].append(again)
    console.print(ratios(pairs, f"median and spread of {asked.rounds} rounds; files of {asked.rows} rows"))


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of an empty database on a server that writes as durably as one in use does."""
    with server(durable=True) as running:
        name = running.create()
        yield running.address(name)
        running.drop(name)


def ratios(pairs: Mapping[tuple[str, str], Sequence[Pair]], title: str) -> Table:
    """A row per engine and measure: the median ratio of ours to the bare one, its spread, and the medians of both."""
    table = Table("engine", "measure", "ratio", "lowest", "highest", "ours", "bare", title=title)
    for name, measured in pairs.items():
        ratios = sorted(pair.ours / pair.bare for pair in measured)
        ours, bare_one = (median(getattr(pair, side) for pair in measured) for side in ("ours", "bare"))
        table.add_row(*name, f"{median(ratios):.3g}", f"{ratios[0]:.3g}", f"{ratios[-1]:.3g}", f"{ours:.4g}", f"{bare_one:.4g}")
    return table


if __name__ == "__main__":
    main()
