"""Sending files in, as tests do."""

from typing import Any

from service.database import Database
from tests.builders import Client, Coalition, Json, Voice, coalition, define

SEX = [{"code": "sex", "codes": ["F", "M", "NA"]}]


def gathered(database: Database, **settings: Any) -> Coalition:
    """A coalition of a and b with `jobs` (quarterly, by sex), `rate` (annual ratio) and `wait` (annual mean)."""
    made = coalition(Client(database, **settings))
    made.adopt(
        define("jobs", dimensions=SEX),
        define("rate", measure="ratio", frequency="A", factor="100", minimum="0", maximum="100"),
        define("wait", measure="mean", frequency="A"),
    )
    return made


def send(voice: Voice, content: str | bytes, *, headers: dict[str, str] | None = None, **asked: Any) -> Json:
    """What became of a file, once it has come to its end."""
    sent = {"Content-Type": "text/csv", "Prefer": "wait=30", **(headers or {})}
    response = voice.ask("POST", "/imports", content=content, headers=sent, params=asked)
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    return answer


def counts(answer: Json) -> dict[str, int]:
    """Its counts that are not zero."""
    names = ("rows", "created", "revised", "unchanged", "folded", "rejected")
    return {name: answer[name] for name in names if answer[name]}


def standing(voice: Voice) -> dict[tuple[str, str, str, str], str]:
    """What stands of each key: the value, or what else was reported; withdrawn ones are left out."""
    items = voice.get("/contributions", limit=1000)["items"]
    return {
        (item["indicator"], item["actor"], item["period"], item["dimensions"].get("sex", "")): item["value"]
        or f"{item['numerator']}/{item['denominator']}"
        for item in items
        if item["status"] != "withdrawn"
    }
