"""Clients as members have them: they keep their connection, and may be cut off, try again under the same key, or give up."""

import random
import time
from dataclasses import dataclass
from typing import Any

import httpx

from tests.trust.history import Effect, Operation, Told

GIVES_UP_AFTER = 60.0
"""Seconds after which even a patient client says that the service does not come back."""


@dataclass(frozen=True)
class Sent:
    """What became of a request, however often it was sent: between which instants, and the answer that settled it."""

    told: Told
    answer: httpx.Response | None
    sent: float
    answered: float
    tries: int

    @property
    def content(self) -> Any:
        """The answer, read; an error where there is none that succeeded."""
        assert self.told is Told.DONE and self.answer is not None
        return self.answer.json()

    def operation(self, name: str, *effects: Effect) -> Operation:
        """The same for the checker."""
        return Operation(name, self.told, effects, self.sent, self.answered)


def client_of(token: str, **options: Any) -> httpx.Client:
    """A client with that token, made without reading the certificates of the world, which takes longer than most requests."""
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(headers=headers, timeout=GIVES_UP_AFTER, trust_env=False, verify=False, **options)


class Caller:
    """One client of one community. Raises AssertionError for an answer that no client should ever see."""

    def __init__(self, address: str, token: str) -> None:
        self._client = client_of(token, base_url=address)

    def close(self) -> None:
        """Hangs up."""
        self._client.close()

    def ask(self, method: str, path: str, *, patient: bool = True, **request: Any) -> Sent:
        """Sends a request; where it is cut off or told to come back, again and again if `patient`.

        Whether a POST may be sent again is the caller's to see to: with an `Idempotency-Key`.
        """
        began, doubtful, tries = time.monotonic(), False, 0
        while True:
            tries += 1
            answer = None
            try:
                answer = self._client.request(method, path, **request)
            except httpx.ConnectError:
                pass  # Nothing was sent.
            except httpx.TransportError:
                doubtful = True
            if answer is not None and not _comes_back(answer):
                return Sent(Told.DONE if answer.is_success else Told.REFUSED, answer, began, time.monotonic(), tries)
            doubtful = doubtful or (answer is not None and answer.json()["code"] == "outcome_unknown")
            time.sleep(random.uniform(0.02, 0.05) * min(tries, 10))
            if not patient:
                return Sent(Told.NOTHING if doubtful else Told.REFUSED, answer, began, time.monotonic(), tries)
            assert time.monotonic() < began + GIVES_UP_AFTER, f"{method} {path}: {answer and answer.text}"


def _comes_back(answer: httpx.Response) -> bool:
    """Whether the answer is to try again: overloaded, the database away, the same key still at work."""
    if answer.status_code == 503:
        assert "retry-after" in answer.headers
        return True
    assert answer.status_code < 500, f"{answer.status_code} {answer.text}"
    return answer.status_code == 409 and answer.json()["code"] == "idempotency_key_in_use"
