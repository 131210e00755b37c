"""Requests with something wrong in them, made from the contract: its operations and examples, the corpus, and a seed."""

import copy
import gzip
import json
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any

from service.api.examples import EXAMPLES
from tests.builders import Json, contract
from tests.trust.access import ROWS
from tests.trust.corpus import (
    BODIES,
    ODD_HEADERS,
    ODD_NAMES,
    ODD_NUMBERS,
    ODD_PATHS,
    ODD_QUERIES,
    ODD_TEXTS,
    ODD_VALUES,
    PLAUSIBLE_TEXTS,
    escaped,
    odd_files,
)

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "get", "PROPFIND", "")


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of the contract: its parameters of the path and the query, and bodies that it takes."""

    name: str
    method: str
    path: str
    in_path: tuple[str, ...]
    in_query: tuple[str, ...]
    bodies: tuple[Json, ...]
    takes_file: bool

    @property
    def weight(self) -> int:
        """How often it is called: the more, the more there is to get wrong."""
        return 8 if self.takes_file else 4 if self.bodies else 2 if self.in_path else 1


@dataclass(slots=True)
class Input:
    """A request as it travels. `caller` None: no token. `faults`: what was done to it, for whoever has to find out."""

    operation: Operation
    method: str
    path: bytes
    query: bytes
    headers: list[tuple[str, str]]
    body: bytes
    caller: str | None
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.operation.name} as {self.caller}: {self.method} {self.path[:200]!r}?{self.query[:200]!r} "
            f"{[(name, value[:60]) for name, value in self.headers]} {self.body[:600]!r} "
            f"({len(self.body)} bytes; {self.faults})"
        )


@cache
def operations() -> tuple[Operation, ...]:
    """Every operation of the contract. A KeyError is a route without its row in `access.py`."""
    found = []
    for path, methods in contract()["paths"].items():
        for method, said in methods.items():
            name, named = said["operationId"], said.get("parameters", [])
            bodies = [body for body in (EXAMPLES.get(name), ROWS[name].body) if body is not None] + BODIES.get(name, [])
            in_path, in_query = (
                tuple(parameter["name"] for parameter in named if parameter["in"] == place) for place in ("path", "query")
            )
            takes_file = "text/csv" in said.get("requestBody", {}).get("content", {})
            found.append(Operation(name, method.upper(), path, in_path, in_query, tuple(bodies), takes_file))
    return tuple(found)


class Raw(str):
    """JSON as it is written, right or wrong."""


class Pairs(list[tuple[Any, Any]]):
    """An object whose keys may come twice."""


def written(value: Any) -> str:
    """The JSON of `value`, with what no encoder would write in it."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, (dict, Pairs)):
        pairs = value.items() if isinstance(value, dict) else value
        return "{" + ", ".join(f"{json.dumps(name)}: {written(inner)}" for name, inner in pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def places(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something can stand in a JSON value, the whole left out: each key's value, each item."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if type(value) is list else ()
    for step, inner in inside:
        yield (*before, step)
        yield from places(inner, (*before, step))


class Generator:
    """Makes inputs, each out of the seed and its number alone. `ids`: what stands for the names in the rows of `access.py`."""

    def __init__(self, seed: int, community: str, ids: dict[str, str]) -> None:
        self._seed, self._community, self._ids = seed, community, ids
        self._weights = [operation.weight for operation in operations()]

    def make(self, number: int) -> Input:
        """The input of that number, with one fault in most cases, several in some, and none in a few."""
        chance = Random(f"{self._seed}:{number}")
        operation = chance.choices(operations(), self._weights)[0]
        made, body = self._valid(operation, chance)
        faults = self._faults(operation, body)
        for _ in range(chance.choices((0, 1, 2, 3, 5), (6, 64, 18, 8, 4))[0]):
            name, spoil = chance.choice(faults)
            made.faults.append(name)
            body = spoil(made, body, chance)
        if isinstance(body, (dict, list, str)):
            made.body = written(body).encode("utf-8", "surrogatepass")
        elif body is not None:
            made.body = body
        return made

    def _faults(self, operation: Operation, body: Any) -> list[tuple[str, "Spoil"]]:
        """What can be done wrong here. Each is as likely as its share of the list."""
        faults: list[tuple[str, Spoil]] = [("header", _header), ("address", _address), ("query", _query), ("caller", _caller)]
        if operation.in_path:
            faults += [("path", self._path)] * 2
        if operation.in_query:
            faults += [("parameter", _parameter)] * 3
        if isinstance(body, dict):
            faults += [("field", _field)] * 10 + [("bytes", _bytes)] * 2
        elif operation.method != "GET":
            faults += [("bytes", _bytes)] * (8 if operation.takes_file else 1)
        return faults

    def _valid(self, operation: Operation, chance: Random) -> tuple[Input, Any]:
        """A call that would do something, or nearly, and its body."""
        row = ROWS[operation.name]
        caller = "operator" if row.who == "operator" else chance.choices(("support", "a", "b"), (6, 3, 1))[0]
        headers = [("accept-language", chance.choice(("en", "fr")))]
        asked, given = dict(row.asked), chance.random()
        body: Any = None
        if operation.method == "PATCH":
            headers.append(("if-match", "*"))
        if operation.bodies:
            body = copy.deepcopy(chance.choice(operation.bodies))
            headers.append(("content-type", "application/json"))
        if operation.takes_file:
            body, of_file, asked = (row.file, {}, {}) if given < 0.3 else chance.choice(odd_files())
            sent = {"Content-Type": "text/csv", "Prefer": "wait=30"} | of_file
            headers += [(name.lower(), value) for name, value in sent.items()]
        elif operation.method == "POST" and given < 0.1:
            headers.append(("idempotency-key", f"key-{chance.randrange(50)}"))
        if operation.in_query and given > 0.6:
            asked = asked | {chance.choice(operation.in_query): chance.choice(PLAUSIBLE_TEXTS) for _ in range(2)}
        names = {"community": self._community, **{name: self._ids.get(value, value) for name, value in row.place.items()}}
        query = b"&".join(b"%s=%s" % (name.encode(), escaped(value)) for name, value in asked.items())
        path = operation.path
        for name, value in names.items():
            path = path.replace(f"{{{name}}}", value)
        return Input(operation, operation.method, path.encode(), query, headers, b"", caller), body

    def _path(self, made: Input, body: Any, chance: Random) -> Any:
        """Another name in the path; that of the community seldom, for behind it nothing else is looked at."""
        pieces = made.operation.path.encode().split(b"/")
        given = made.path.split(b"/")
        if len(given) == len(pieces):
            named = [number for number, piece in enumerate(pieces) if piece.startswith(b"{")]
            given[named[0] if chance.random() < 0.15 else named[-1]] = escaped(_text(chance))
            made.path = b"/".join(given)
        return body


Spoil = Callable[[Input, Any, Random], Any]
"""Does something wrong to an input, whose body is a JSON value, bytes or None, and gives the body back."""


def _text(chance: Random) -> str:
    odd = chance.choice(ODD_TEXTS) if chance.random() < 0.6 else chance.choice(PLAUSIBLE_TEXTS)
    return _changed(odd, chance) if chance.random() < 0.2 else odd


def _changed(text: str, chance: Random) -> str:
    """A text that is nearly the one given."""
    at = chance.randrange(len(text) + 1)
    how: Sequence[Callable[[], str]] = (
        lambda: text[:at] + chance.choice(ODD_TEXTS)[:20] + text[at:],
        lambda: text[:at] + chr(chance.randrange(0x110000)) + text[at + 1 :],
        lambda: text[:at],
        lambda: text[:at] + text[at + 1 :],
        lambda: text * chance.choice((2, 40, 1_000)),
        lambda: text.upper(),
        lambda: text[::-1],
        lambda: unicodedata.normalize(chance.choice(("NFD", "NFKD", "NFKC")), text),
        lambda: f" {text}\t",
        lambda: "-" + text,
        lambda: "0" * 30 + text,
    )
    return chance.choice(how)()


def _header(made: Input, body: Any, chance: Random) -> Any:
    name, value = chance.choice(ODD_HEADERS)
    if chance.random() < 0.8:
        made.headers = [pair for pair in made.headers if pair[0] != name.lower()]
    if name == "Authorization":
        made.caller = None
    made.headers.append((name.lower(), value))
    return body


def _address(made: Input, body: Any, chance: Random) -> Any:
    if chance.random() < 0.4:
        made.method = chance.choice(METHODS)
    elif chance.random() < 0.5:
        made.path += chance.choice(ODD_PATHS)
    else:
        at = chance.randrange(1, len(made.path) + 1)
        made.path = made.path[:at] + chance.choice(ODD_PATHS) + made.path[at:]
    return body


def _query(made: Input, body: Any, chance: Random) -> Any:
    made.query = b"&".join(part for part in (made.query, chance.choice(ODD_QUERIES)) if part)
    return body


def _parameter(made: Input, body: Any, chance: Random) -> Any:
    name = chance.choice(made.operation.in_query).encode()
    value = escaped(_text(chance) if chance.random() < 0.8 else chance.choice(ODD_NUMBERS))
    kept = [part for part in made.query.split(b"&") if part and not part.startswith(name + b"=")]
    made.query = b"&".join([*kept, name + b"=" + value])
    return body


def _caller(made: Input, body: Any, chance: Random) -> Any:
    made.caller = chance.choice((None, "operator", "a", "b", "o", "elsewhere"))
    return body


def _field(made: Input, body: Any, chance: Random) -> Any:
    """Something wrong in one place of a JSON body."""
    where = list(places(body)) if isinstance(body, dict) else []
    if not where:
        return Raw(chance.choice(ODD_VALUES))
    *way, last = chance.choice(where)
    holder = body
    for step in way:
        holder = holder[step]
    old, how = holder[last], chance.random()
    if how < 0.5:
        holder[last] = Raw(chance.choice(ODD_VALUES))
    elif how < 0.62 and isinstance(old, str):
        holder[last] = _changed(old, chance)
    elif how < 0.7:
        holder[last] = _text(chance)
    elif how < 0.76:
        del holder[last]
    elif how < 0.82 and isinstance(holder, dict):
        holder[chance.choice(ODD_NAMES)] = old
    elif how < 0.86 and isinstance(holder, dict):
        name = _changed(str(last), chance)
        holder[name] = holder.pop(last)
    elif how < 0.9:
        holder[last] = [old] * chance.choice((1, 2, 101, 1_001))
    elif how < 0.94:
        holder[last] = {chance.choice(("en", "value", "code", "label")): old}
    elif how < 0.97 and isinstance(old, dict):
        holder[last] = Pairs([*old.items(), *list(old.items())[:1]])
    else:  # What stands in another place.
        other: Any = body
        for step in chance.choice(where):
            other = other[step]
            if not isinstance(other, (dict, list)):
                break
        holder[last] = copy.deepcopy(other)
    return body


def _bytes(made: Input, body: Any, chance: Random) -> Any:
    """Something wrong in the bytes of a body."""
    whole = body if isinstance(body, bytes) else b"{}" if body is None else written(body).encode("utf-8", "surrogatepass")
    at, end = sorted(chance.randrange(len(whole) + 1) for _ in range(2))
    how: Sequence[Callable[[], bytes]] = (
        lambda: whole[:at],
        lambda: whole[:at] + whole[end:],
        lambda: whole[:at] + chance.randbytes(chance.choice((1, 2, 16))) + whole[at:],
        lambda: whole[:at] + chance.choice(ODD_TEXTS)[:2_000].encode("utf-8", "surrogatepass") + whole[end:],
        lambda: whole[:at] + chance.choice(PLAUSIBLE_TEXTS).encode() + whole[at:],
        lambda: whole[:end] + whole[at:end] * chance.choice((1, 50)) + whole[end:],
        lambda: whole + b" " * (1 << 20),
        lambda: b"\xef\xbb\xbf" + whole,
        lambda: whole.decode("utf-8", "replace").encode("utf-16"),
        lambda: whole.decode("utf-8", "replace").encode("utf-16-le"),
        lambda: whole.decode("utf-8", "replace").encode("utf-32"),
        lambda: gzip.compress(whole, 1),
        lambda: whole + whole,
        lambda: whole.replace(b'"', b"'"),
        lambda: whole.replace(b",", b";").replace(b"\n", b"\r\n"),
        lambda: chance.choice(ODD_VALUES).encode("utf-8", "surrogatepass"),
        lambda: b"[" * 100_000,
        lambda: chance.randbytes(200),
        lambda: b"",
    )
    return chance.choice(how)()
