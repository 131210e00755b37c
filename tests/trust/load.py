"""What members do all day, all of it at once, and what each of them remembers of it."""

import hashlib
import random
import threading
import traceback
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from tests.trust.clients import Caller, Sent
from tests.trust.history import Effect, Operation, Told
from tests.trust.world import MEMBERS, PERIODS, World, place_of

COLUMNS = ("indicator", "actor", "period", "value", "comment")


@dataclass
class Remembered:
    """What all clients of a load remember together."""

    operations: list[Operation] = field(default_factory=list)
    landings: dict[str, Operation] = field(default_factory=dict)
    """What the files that were sent bring if they land, by digest."""
    answers: dict[str, list[Sent]] = field(default_factory=lambda: defaultdict(list))
    """What became of each request, by the name of its operation."""
    last: dict[int, Effect] = field(default_factory=dict)
    """By client: an effect that it was told of last."""
    broken: list[str] = field(default_factory=list)

    def summary(self) -> str:
        """How many there were."""
        told = Counter(one.told for one in self.operations)
        tries = sum(sent.tries for several in self.answers.values() for sent in several)
        return (
            f"{len(self.operations)} operations in {tries} requests: {told[Told.DONE]} acknowledged,"
            f" {told[Told.REFUSED]} not taken, {told[Told.NOTHING]} cut off"
        )

    def all_operations(self, imports: Mapping[str, str]) -> list[Operation]:
        """All that was asked for. `imports` says of those that the service knows how they ended: what their files brought is
        told by that."""
        landed = [
            replace(landing, told=Told.DONE if imports.get(digest) == "succeeded" else Told.REFUSED)
            for digest, landing in self.landings.items()
        ]
        return [*self.operations, *landed]


class Load:
    """Clients that write until they are told to end: contributions, batches, files, withdrawals, proposals.

    The patient ones, all or every second one, send again, under the same key, what was cut off; the others go on with something
    else. Each client is `twins` threads that send the same under the same keys, and does `each` things at most.
    """

    def __init__(
        self, world: World, seed: str, clients: int, *, all_patient: bool = False, twins: int = 1, each: int | None = None
    ) -> None:
        self.remembered = Remembered()
        self._ending = threading.Event()
        self._each = each
        self._threads = [
            threading.Thread(target=self._work, args=(world, seed, number, all_patient or number % 2 == 0))
            for number in range(clients)
            for _ in range(twins)
        ]

    def begin(self) -> None:
        """Lets the clients begin."""
        for thread in self._threads:
            thread.start()

    def end(self) -> Remembered:
        """What they remember, once every client has come to the end of what it was at."""
        self._ending.set()
        return self.wait()

    def wait(self) -> Remembered:
        """What they remember, once every client has done all that it is to do."""
        for thread in self._threads:
            thread.join()
        assert not self.remembered.broken, self.remembered.broken[0]
        return self.remembered

    def _work(self, world: World, seed: str, number: int, patient: bool) -> None:
        writer = _Writer(world, self.remembered, seed, number, patient)
        try:
            while not self._ending.is_set() and writer.count != self._each:
                writer.write()
        except (AssertionError, httpx.HTTPError):
            self.remembered.broken.append(traceback.format_exc())
        finally:
            writer.close()


class _Writer:
    """One client, of one actor. What it does follows from `seed` and its number."""

    def __init__(self, world: World, remembered: Remembered, seed: str, number: int, patient: bool) -> None:
        self._actor = [*MEMBERS, "appui"][number % 5]
        self._chance = random.Random(f"{seed} {number}")
        self._caller = Caller(world.address, world.tokens[self._actor])
        self._ids, self._remembered = world.ids, remembered
        self._seed, self._number, self._patient = seed, number, patient
        self.count = 0

    def close(self) -> None:
        """Hangs up."""
        self._caller.close()

    def write(self) -> None:
        """Does one thing, and remembers it."""
        self.count += 1
        name, kind = f"{self._number}-{self.count}", self._chance.random()
        if self._actor == "appui" and kind < 0.1:
            done = self._propose(name)
        elif kind < 0.15:
            done = self._import(name)
        elif kind < 0.3:
            done = self._batch(name)
        elif kind < 0.45 and self._actor in MEMBERS:
            done = self._withdraw(name, place_of(self._actor, self._chance.choice(PERIODS)))
        else:
            done = self._contribute(name)
        self._remembered.operations.append(done)
        if done.told is Told.DONE and done.effects and done.effects[0].revision is not None:
            self._remembered.last[self._number] = done.effects[0]

    def _contribute(self, name: str) -> Operation:
        (body,) = self._bodies(name, 1)
        sent = self._send(name, "/contributions", json=body)
        return self._reported(name, sent, [body], [sent.content] if sent.told is Told.DONE else [])

    def _batch(self, name: str) -> Operation:
        bodies = self._bodies(name, 5)
        sent = self._send(name, "/contributions/batch", json={"items": bodies})
        return self._reported(name, sent, bodies, sent.content["items"] if sent.told is Told.DONE else [])

    def _reported(self, name: str, sent: Sent, bodies: list[dict[str, str]], answers: list[dict[str, Any]]) -> Operation:
        revisions = {}
        for answer in answers:
            assert answer["outcome"] in ("created", "revised"), answer
            place = place_of(answer["actor"], answer["period"])
            revisions[place] = answer["revision"]
        places = [place_of(body["actor"], body["period"]) for body in bodies]
        return sent.operation(name, *(Effect(place, name, revisions.get(place)) for place in places))

    def _withdraw(self, name: str, place: str) -> Operation:
        sent = self._send(name, f"/contributions/{self._ids[place]}/withdraw", json={"comment": name})
        if sent.told is not Told.DONE:
            return sent.operation(name, Effect(place, name))
        if sent.content["outcome"] == "unchanged":
            return sent.operation(name)
        return sent.operation(name, Effect(place, name, sent.content["revision"]))

    def _import(self, name: str) -> Operation:
        landed = f"{name} landed"
        bodies = self._bodies(landed, 4)
        file = "\n".join([",".join(COLUMNS), *(",".join(body[column] for column in COLUMNS) for body in bodies), ""]).encode()
        digest = hashlib.sha256(file).hexdigest()
        sent = self._send(name, "/imports", content=file, media_type="text/csv")
        places = (Effect(place_of(body["actor"], body["period"]), landed) for body in bodies)
        twin = self._remembered.landings.get(digest)
        began = min(sent.sent, twin.sent) if twin else sent.sent
        self._remembered.landings[digest] = Operation(landed, Told.NOTHING, tuple(places), began)
        return sent.operation(name, Effect("imports", digest))

    def _propose(self, name: str) -> Operation:
        objective = {"kind": "set_objective", "objective": f"objective-{name}", "name": name, "parent": "common"}
        sent = self._send(name, "/proposals", json={"title": name, "rationale": "Agreed.", "changes": [objective]})
        assert sent.told is not Told.DONE or sent.content["status"] == "adopted"
        return sent.operation(name, Effect("proposals", name), Effect("objectives", f"objective-{name}"))

    def _send(self, name: str, path: str, *, media_type: str = "application/json", **request: Any) -> Sent:
        headers = {"Idempotency-Key": f"{self._seed} {name}", "Content-Type": media_type}
        sent = self._caller.ask("POST", path, headers=headers, patient=self._patient, **request)
        assert sent.answer is None or sent.answer.status_code in (200, 201, 202, 409, 503), sent.answer.text
        self._remembered.answers[name].append(sent)
        return sent

    def _bodies(self, mark: str, count: int) -> list[dict[str, str]]:
        """Contributions for as many periods, with `mark` for their comment: nobody else's are alike."""
        actor = self._actor if self._actor in MEMBERS else self._chance.choice(MEMBERS)
        return [
            {
                "indicator": "jobs",
                "actor": actor,
                "period": period,
                "value": str(self._chance.randrange(1_000_000)),
                "comment": mark,
            }
            for period in self._chance.sample(PERIODS, count)
        ]
