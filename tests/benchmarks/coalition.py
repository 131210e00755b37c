"""A synthetic coalition, big enough to be busy: its indicators, its actors, and rows that they could have reported."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

import httpx

INDICATORS = [f"indicator-{number}" for number in range(20)]
ACTORS = [f"actor-{number}" for number in range(100)]
SEXES = ["F", "M"]
AGES = ["0-4", "5-17", "18-39", "40-59", "60+"]
DAILY = "people-received"
_FIRST_YEAR = 2000
HEAD = "indicator,actor,period,value,sex,age\n"


@dataclass(frozen=True)
class Coalition:
    """A community made over HTTP, and its support's token."""

    code: str
    token: str
    port: int

    def path(self, rest: str) -> str:
        """The path of one of its resources."""
        return f"/v1/communities/{self.code}{rest}"


def found(
    port: int,
    operator: str,
    code: str,
    indicators: Sequence[str] = INDICATORS,
    *,
    actors: Sequence[str] = ACTORS,
    sexes: Sequence[str] = SEXES,
    ages: Sequence[str] = AGES,
) -> Coalition:
    """Make a community with its actors and, in one proposal, its indicators. Raises HTTPStatusError where it is refused.

    Each indicator has a target for 2025."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        founded = client.post(
            "/v1/communities",
            headers={"Authorization": f"Bearer {operator}"},
            json={
                "code": code,
                "name": "Benchmark",
                "objective": "To be measured",
                "language": "en",
                "visibility": "members",
                "support": {"code": "support", "name": "Support", "kind": "association"},
            },
        ).raise_for_status()
        coalition = Coalition(code, founded.json()["token"], port)
        client.headers["Authorization"] = f"Bearer {coalition.token}"
        for actor in actors:
            body = {"code": actor, "name": actor, "kind": "association", "role": "member"}
            client.post(coalition.path("/actors"), json=body).raise_for_status()
        changes = [_define(code, "M", sexes, ages) for code in indicators] + [_define(DAILY, "D", sexes, ages)]
        changes += [{"kind": "set_target", "indicator": code, "period": "2025", "value": "9000000"} for code in indicators]
        proposal = {"title": "Indicators", "rationale": "To have something to measure.", "changes": changes}
        client.post(coalition.path("/proposals"), json=proposal).raise_for_status()
    return coalition


def _define(code: str, frequency: str, sexes: Sequence[str], ages: Sequence[str]) -> dict[str, object]:
    definition = {
        "name": code,
        "unit": "people",
        "measure": "quantity",
        "nature": "flow",
        "over_time": "sum",
        "over_actors": "sum",
        "direction": "increase",
        "frequency": frequency,
        "dimensions": [{"code": "sex", "codes": list(sexes)}, {"code": "age", "codes": list(ages)}],
    }
    return {"kind": "define_indicator", "indicator": code, "objective": "common", "definition": definition}


Row = tuple[str, str, str, str, str, str]


def monthly_rows(count: int) -> list[Row]:
    """Rows of a file, month by month, each with its own key: indicator, actor, period, value, sex, age."""
    keys = product(range(count), INDICATORS, ACTORS, SEXES, AGES)
    return [
        (indicator, actor, f"{_FIRST_YEAR + month // 12}-{month % 12 + 1:02}", f"{number % 997}.{number % 89:02}", sex, age)
        for number, (month, indicator, actor, sex, age) in zip(range(count), keys, strict=False)
    ]


def daily_bodies() -> Iterator[bytes]:
    """Bodies of single contributions, day by day, each with its own key; without end for any purpose."""
    day = date(_FIRST_YEAR, 1, 1)
    while True:
        for actor, sex, age in product(ACTORS, SEXES, AGES):
            body = {
                "indicator": DAILY,
                "actor": actor,
                "period": day.isoformat(),
                "value": "12.5",
                "dimensions": {"sex": sex, "age": age},
            }
            yield json.dumps(body).encode()
        day += timedelta(days=1)
