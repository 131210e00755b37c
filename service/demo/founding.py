"""Founding a community through the public API: its head, what it decides first, what its members report.

The same calls that any client would make, in the order a coalition would make them, so that the demo shows nothing which a
user could not do, and the tests on published data load whole communities the way they are loaded in earnest.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

MOST_CHANGES = 2_000
MOST_BYTES = 900_000
"""A proposal's body stays below the smallest limit that a service is set up with: 1 MiB of JSON."""
WAITS_SECONDS = 0.1
FINAL = {"succeeded", "rejected", "failed", "undone"}


class Answer(Protocol):
    """What is needed of an answer."""

    @property
    def is_error(self) -> bool:
        """Whether its status is 400 or more."""

    @property
    def text(self) -> str:
        """Its body."""

    def json(self) -> Any:
        """What its body holds."""


class Caller(Protocol):
    """What is needed of an HTTP client that knows the service's address: httpx's, and the one that the tests run on."""

    def get(self, url: str, *, headers: dict[str, str] | None = None) -> Answer:
        """Asks."""

    def post(
        self, url: str, *, json: Any = None, content: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """Sends JSON, or bytes as they are."""


@dataclass(frozen=True, slots=True)
class Founding:
    """A community as requests that are yet to be made.

    `community` is the body that creates it, `decisions` the changes it adopts, in order, under the rule `delegated`, and
    `contributions` a CSV file as `POST …/imports` takes it.
    """

    community: dict[str, Any]
    decisions: tuple[dict[str, Any], ...]
    contributions: bytes


@dataclass(frozen=True, slots=True)
class Founded:
    """A community that stands: its code, its support's token and the import that brought the contributions."""

    code: str
    token: str
    imported: dict[str, Any]


class NotFounded(RuntimeError):
    """The service refused a step; the text is its answer."""


Advance = Callable[[str, int, int], None]
"""Told after every step: what is being done, how much of it is done, of how much."""


def unheard(step: str, done: int, of: int) -> None:
    """For whoever does not want to be told."""


def found(client: Caller, operator_token: str, founding: Founding, advance: Advance = unheard) -> Founded:
    """Make the community of `founding` on the service that `client` talks to. Raises NotFounded for any refusal."""
    code, token = decide(client, operator_token, founding, advance)
    return Founded(code, token, bring(client, code, token, founding.contributions, advance))


def decide(client: Caller, operator_token: str, founding: Founding, advance: Advance = unheard) -> tuple[str, str]:
    """Make the community without any contribution; its code and its support's token. Raises NotFounded for any refusal."""
    answer = client.post("/v1/communities", json=founding.community, headers=_bearer(operator_token))
    token = str(_accepted(answer)["token"])
    code = str(founding.community["code"])
    done = 0
    for changes in _proposals(founding.decisions):
        _decide(client, code, token, changes)
        done += len(changes)
        advance("decisions", done, len(founding.decisions))
    return code, token


def bring(
    client: Caller, code: str, token: str, contributions: bytes, advance: Advance = unheard, *, mapping: str | None = None
) -> dict[str, Any]:
    """Import a file, under a mapping where one is named; the import at its end. Raises NotFounded unless it succeeded."""
    headers = {**_bearer(token), "Content-Type": "text/csv; charset=utf-8"}
    under = "" if mapping is None else f"?mapping={mapping}"
    upload = _accepted(client.post(f"/v1/communities/{code}/imports{under}", content=contributions, headers=headers))
    rows = contributions.count(b"\n") - 1
    while upload["status"] not in FINAL:
        time.sleep(WAITS_SECONDS)
        upload = _accepted(client.get(f"/v1/communities/{code}/imports/{upload['id']}", headers=_bearer(token)))
        advance("contributions", round(rows * float(upload["progress"])), rows)
    if upload["status"] != "succeeded":
        raise NotFounded(f"the import is {upload['status']}: {json.dumps(upload['errors'][:5], ensure_ascii=False)}")
    advance("contributions", rows, rows)
    return upload


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _accepted(answer: Answer) -> dict[str, Any]:
    if answer.is_error:
        raise NotFounded(answer.text)
    content: dict[str, Any] = answer.json()
    return content


def _proposals(decisions: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The decisions in order, as few proposals as their limits allow."""
    together: list[dict[str, Any]] = []
    size = 0
    for decision in decisions:
        weight = len(json.dumps(decision).encode())
        if together and (len(together) == MOST_CHANGES or size + weight > MOST_BYTES):
            yield together
            together, size = [], 0
        together.append(decision)
        size += weight
    if together:
        yield together


def _decide(client: Caller, code: str, token: str, changes: list[dict[str, Any]]) -> None:
    body = {"title": "Founding", "rationale": "What the members agreed on before they began to report.", "changes": changes}
    proposal = _accepted(client.post(f"/v1/communities/{code}/proposals", json=body, headers=_bearer(token)))
    if proposal["status"] != "adopted":
        raise NotFounded(f"the proposal is {proposal['status']} and not adopted")
