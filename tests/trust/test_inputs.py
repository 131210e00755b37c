"""Bad input does nothing: whatever is sent is answered by what the contract declares, and what is refused changes no row."""

import itertools
import json
import re
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import unquote

import anyio
import pytest
import structlog

from service import texts
from service.database import open_database
from tests.builders import STARTS, Client, Json
from tests.conftest import ENGINES
from tests.trust.inputs import Generator, Input, operations
from tests.trust.scene import Scene, stage
from tests.trust.unchanged import Watch, watching

SLOWEST = 5.0
"""Seconds of processor time within which everything is answered, whatever else the machine does."""
FRESH_AFTER = 2_500
"""Inputs after which they go to a new community: in an old one more and more has been decided, closed and taken back."""
MOST_GROWTH = 256
"""Megabytes that this process may grow by: the limits hold before memory is spent."""
SELDOM = frozenset(
    {
        "accept_invitation",
        "amend_proposal",
        "create_dhis2_data_values",
        "create_iati",
        "create_person",
        "create_trials",
        "delete_person",
        "get_deliveries",
        "get_dhis2_data_values",
        "take_over_trials",
        "update_community",
        "validate_contribution",
    }
)
"""What succeeds in a state only that the community of these tests is seldom in: it decides by consent, validates nothing, no
issuer vouches for people, nobody draws an invitation's text, its only proposal is closed soon, its webhook is deleted soon, and
its mapping says nothing of DHIS2. What comes as an activity file is no object, which is all that is made here: `tests/exchange`
sends those."""
_SECRETS = re.compile(
    r'Traceback|File "/|\.py\b|site-packages|sqlalchemy|sqlite3?\.|psycopg|pydantic|starlette|0x[0-9a-f]{8}'
    r"|INSERT INTO|SELECT |UPDATE \w+ SET|\[SQL",
    re.IGNORECASE,
)
"""What only a stack trace, a statement or an object printed as it is would say."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, after how many seconds of processor time."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float


@dataclass(slots=True)
class Sending:
    """Sends inputs and looks at what becomes of them. `faults`: what is wrong with the service, in words."""

    client: Client
    watch: Watch
    scene: Scene
    state: Any = None
    mark: int = 0
    faults: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    outcomes: Counter[tuple[str, bool]] = field(default_factory=Counter)
    slowest: float = 0.0
    is_shut_out: bool = False

    def settle(self) -> None:
        """What there is now, is what must stay."""
        self.state = self.watch.settled()
        self.mark = self.watch.mark()

    def send(self, given: Input) -> Answer | None:
        """Sends one; None, and a fault, where the service broke."""
        request = _Request(given, self._tokens().get(given.caller or ""))
        assert self.client.portal is not None
        try:
            answer: Answer = self.client.portal.call(request.exchange, self.client.witness)
        except Exception as error:  # noqa: BLE001  (whatever it is, it is what the test looks for)
            self.faults.append(f"{error!r} from {given}")
            return None
        # A token that a good input has revoked is good for nothing more: neither is the community then.
        self.is_shut_out |= answer.status == 401 and given.caller == "support" and "header" not in given.faults
        self.statuses[answer.status] += 1
        self.outcomes[given.operation.name, answer.status < 400] += 1
        self.slowest = max(self.slowest, answer.seconds)
        return answer

    def _tokens(self) -> dict[str, str | None]:
        lac, others = self.scene.lac, {caller.kind: caller.token for caller in self.scene.callers}
        members = {actor: voice.token for actor, voice in lac.members.items()}
        ours = {"support": lac.support.token, "operator": self.client.operator_token}
        return {**members, **ours, "elsewhere": others["outsider"]}

    def look(self, given: Input, answer: Answer) -> None:
        """Holds an answer against what is promised."""
        wrong = list(_wrong(answer))
        wrong += self.client.witness.undeclared
        self.client.witness.undeclared.clear()
        if answer.seconds > SLOWEST:
            wrong.append(f"it took {answer.seconds:.1f} s")
        if answer.status >= 400 or given.method in ("GET", "HEAD", "OPTIONS"):
            wrong += self._changed()
        elif answer.status != 304:
            self.settle()
        self.faults += [f"{one}: {answer.status} {answer.body[:400]!r} to {given}" for one in wrong]

    def _changed(self) -> Iterator[str]:
        mark = self.watch.mark()
        if mark == self.mark:
            return
        self.mark, state = mark, self.watch.state()
        if state != self.state:
            yield f"rows were changed in {[name for name in state if state[name] != self.state[name]]}"
            self.state = state


class _Request:
    """An input as a server hands it to the application: no client in between that would put it right."""

    def __init__(self, given: Input, token: str | None) -> None:
        self._body = given.body
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in given.headers]
        if token is not None:
            headers.append((b"authorization", f"Bearer {token}".encode()))
        if given.body and not any(name == b"content-length" for name, _ in headers):
            headers.append((b"content-length", str(len(given.body)).encode()))
        self._scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": given.method, "scheme": "http",
            "path": unquote(given.path.decode("latin-1")), "raw_path": given.path, "query_string": given.query, "root_path": "",
            "headers": [(b"host", b"jalon.test"), *headers], "client": ("127.0.0.1", 1), "server": ("jalon.test", 80),
            "state": {},
        }  # fmt: skip

    async def exchange(self, app: Any) -> Answer:
        """The answer of `app`."""
        start: dict[str, Any] = {}
        pieces: list[bytes] = []
        waiting = [{"type": "http.request", "body": self._body, "more_body": False}]

        async def receive() -> dict[str, Any]:
            if not waiting:
                await anyio.sleep_forever()
            return waiting.pop()

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                pieces.append(message.get("body", b""))

        begun = time.process_time()
        await app(self._scope, receive, send)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in start["headers"]}
        return Answer(start["status"], headers, b"".join(pieces), time.process_time() - begun)


def _wrong(answer: Answer) -> Iterator[str]:
    """What is wrong with an answer as it is, whatever was asked."""
    if answer.status >= 500:
        yield "a failure"
    if answer.status < 400:
        if answer.headers.get("content-type") == "application/json":
            json.loads(answer.body)
        return
    if answer.headers.get("content-type") != "application/problem+json":
        yield "no problem"
        return
    said: Json = json.loads(answer.body)
    language = answer.headers.get("content-language", "")
    title = texts.title(said["code"], language) if language in texts.LANGUAGES else None
    if (said["status"], said["title"]) != (answer.status, title):
        yield "a problem that contradicts itself"
    for one in (said, *said.get("errors", [])):
        if not all(one["code"] in texts.codes(spoken) for spoken in texts.LANGUAGES):
            yield f"no sentence for {one['code']}"
        elif language == "fr" and not _sentence(one["code"]).match(one["detail"][:300]):
            yield f"{one['code']} is not said in French"
    if found := _SECRETS.search(answer.body.decode()):
        yield f"it says {found[0]!r}"


@cache
def _sentence(code: str) -> re.Pattern[str]:
    """What the French sentence of `code` may look like once it is filled in, at its beginning."""
    begins = str(texts.codes("fr")[code]["detail"]).format_map(defaultdict(lambda: "\0")).partition("\0")[0]
    return re.compile(re.escape(begins[:300]))


@pytest.fixture
def quiet() -> Iterator[None]:
    """No line for each request: there would be a million."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    yield
    structlog.reset_defaults()


def _kilobytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


WITH_EVERY_CHANGE = [("sqlite", 2, 14_000), ("postgresql", 2, 6_000)]
"""Together the 20,000 that every change must pass; most of them where one takes a third of the time."""
ON_DEMAND = [(engine, seed, 50_000) for engine in ENGINES for seed in range(101, 111)]
"""On each engine half a million."""
PLENTY = 10_000
"""From so many on, each operation must have been refused and have succeeded."""


@pytest.mark.parametrize(
    ("engine", "seed", "count"),
    [
        *((engine, 1, 250) for engine in ENGINES),
        *(pytest.param(*case, marks=pytest.mark.proof) for case in WITH_EVERY_CHANGE),
        *(pytest.param(*case, marks=pytest.mark.long) for case in ON_DEMAND),
    ],
)
@pytest.mark.usefixtures("quiet")
def test_bad_input_does_nothing(new_database: Callable[[str], str], engine: str, seed: int, count: int) -> None:
    url = new_database(engine)
    opened = open_database(url)
    begun, before = time.process_time(), _kilobytes()
    with Client(opened, STARTS, upload_limit=1 << 20) as client, watching(url) as watch:
        sending = send_all(client, watch, seed, count)
    opened.dispose()
    spent, grown = time.process_time() - begun, (_kilobytes() - before) >> 10
    refused = sum(count for status, count in sending.statuses.items() if status >= 400)
    print(f"seed {seed}: {sending.statuses.total()} inputs on {engine}, {refused} refused, slowest {sending.slowest:.2f} s")
    print(f"{spent:.0f} s of processor time, {grown} MB more memory, {dict(sorted(sending.statuses.items()))}")
    assert not sending.faults, "\n".join(sending.faults[:10])
    assert sending.statuses.total() == count and refused > count // 2
    assert grown < MOST_GROWTH
    if count >= PLENTY:
        wanted = [(one.name, good) for one in operations() for good in (True, False) if not (good and one.name in SELDOM)]
        missing = [outcome for outcome in wanted if not sending.outcomes[outcome]]
        assert not missing, "never done, or never refused: it proves nothing"


def send_all(client: Client, watch: Watch, seed: int, count: int) -> Sending:
    """Sends that many inputs, to a new community every so often, until something is wrong in ten places."""
    sending: Sending | None = None
    kinds = itertools.count()
    for number in range(count):
        if number % FRESH_AFTER == 0 or (sending and sending.is_shut_out):
            client.clock = STARTS
            kind = next(kinds)
            scene = stage(client, is_public=kind % 2 == 1, hides_values=kind % 3 == 2)
            generator = Generator(seed, scene.lac.code, scene.ids)
            sending = Sending(client, watch, scene) if sending is None else sending
            sending.scene, sending.is_shut_out = scene, False
            sending.settle()
        assert sending is not None
        given = generator.make(number)
        if (answer := sending.send(given)) is not None:
            sending.look(given, answer)
        if len(sending.faults) >= 10:
            break
    assert sending is not None
    return sending
