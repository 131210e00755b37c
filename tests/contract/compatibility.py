"""What in a newer contract breaks a client that was generated from an older one.

What a client sends may come to mean less and no more may be asked of it; what it is answered may say more and no less. So
each schema is compared in the direction in which it travels. Two schemas are the same thing where they have the same kinds
of value; names of components do not travel and may change.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Contract = dict[str, Any]
Schema = dict[str, Any]

_METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
_FLOORS = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_CEILINGS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two contracts; where its references lead."""

    contract: Contract

    def plain(self, thing: Schema) -> Schema:
        """`thing`, or what it refers to."""
        while "$ref" in thing:
            target: Any = self.contract
            for step in thing["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            thing = target
        return thing

    def kinds(self, schema: Schema) -> dict[str, Schema]:
        """The kinds of value that a schema allows, each with what is said of it."""
        plain = self.plain(schema)
        found: dict[str, Schema] = {}
        branches = plain.get("anyOf") or plain.get("oneOf")
        if branches:
            for branch in branches:
                for kind, said in self.kinds(branch).items():
                    found[kind if kind not in found else f"{kind} {len(found)}"] = said
            return found
        types = plain.get("type", _type_of(plain))
        for one in types if isinstance(types, list) else [types]:
            # Objects of a choice are told apart by what is constant in them.
            constants = sorted(
                f"{name}={inner['const']}"
                for name, inner in plain.get("properties", {}).items()
                if isinstance(inner, dict) and "const" in inner
            )
            found[" ".join([one, plain.get("format", ""), *constants]).strip()] = plain
        return found


def breaks(old: Contract, new: Contract) -> list[str]:
    """What breaks a client of `old` when it meets `new`, a sentence each; empty where there are additions only."""
    comparison = _Comparison(_Side(old), _Side(new))
    return sorted(set(comparison.operations()))


class _Comparison:
    def __init__(self, old: _Side, new: _Side) -> None:
        self._old = old
        self._new = new
        self._found: dict[tuple[int, int, bool], tuple[str, ...]] = {}
        # Numbers of objects tell them apart as long as all of them are there: both contracts are held.

    def operations(self) -> Iterator[str]:
        """Every operation of the old contract, looked for under its path and method."""
        for path, method, operation in _operations(self._old.contract):
            later = self._new.contract["paths"].get(path, {}).get(method)
            name = operation["operationId"]
            if later is None:
                yield f"{name}: {method.upper()} {path} is gone"
                continue
            if later["operationId"] != name:
                yield f"{name}: is called {later['operationId']} now"
            yield from self._parameters(name, operation, later)
            yield from self._request(name, operation, later)
            yield from self._responses(name, operation, later)
            if not operation.get("security") and later.get("security"):
                yield f"{name}: a token is needed now"

    def _parameters(self, name: str, operation: Schema, later: Schema) -> Iterator[str]:
        before, after = (
            {(one["in"], one["name"]): one for one in map(side.plain, told.get("parameters", []))}
            for side, told in ((self._old, operation), (self._new, later))
        )
        for place, parameter in before.items():
            if place not in after:
                yield f"{name}: parameter {place[1]} is gone"
                continue
            if after[place].get("required") and not parameter.get("required"):
                yield f"{name}: parameter {place[1]} is required now"
            yield from self._sent(f"{name}: parameter {place[1]}", parameter["schema"], after[place]["schema"])
        for place, parameter in after.items():
            if place not in before and parameter.get("required"):
                yield f"{name}: parameter {place[1]} is new and required"

    def _request(self, name: str, operation: Schema, later: Schema) -> Iterator[str]:
        before, after = (side.plain(told.get("requestBody", {})) for side, told in ((self._old, operation), (self._new, later)))
        if after.get("required") and not before.get("required"):
            yield f"{name}: a body is required now"
        yield from self._content(name, "what is sent", before, after, is_sent=True)

    def _responses(self, name: str, operation: Schema, later: Schema) -> Iterator[str]:
        for status, answer in operation["responses"].items():
            if status not in later["responses"]:
                yield f"{name}: status {status} is gone"
                continue
            before, after = self._old.plain(answer), self._new.plain(later["responses"][status])
            for header in before.get("headers", {}).keys() - after.get("headers", {}).keys():
                yield f"{name}: header {header} of {status} is gone"
            yield from self._content(name, f"answer {status}", before, after, is_sent=False)

    def _content(self, name: str, what: str, before: Schema, after: Schema, *, is_sent: bool) -> Iterator[str]:
        for media_type, told in before.get("content", {}).items():
            if media_type not in after.get("content", {}):
                yield f"{name}: {what} as {media_type} is gone"
                continue
            compare = self._sent if is_sent else self._answered
            yield from compare(f"{name}: {what}", told.get("schema", {}), after["content"][media_type].get("schema", {}))

    def _sent(self, where: str, old: Schema, new: Schema) -> Iterator[str]:
        yield from self._schema(where, old, new, is_sent=True)

    def _answered(self, where: str, old: Schema, new: Schema) -> Iterator[str]:
        yield from self._schema(where, old, new, is_sent=False)

    def _schema(self, where: str, old: Schema, new: Schema, *, is_sent: bool) -> Iterator[str]:
        pair = (id(self._old.plain(old)), id(self._new.plain(new)), is_sent)
        if pair not in self._found:
            # A schema that holds itself is being looked at already.
            self._found[pair] = ()
            self._found[pair] = tuple(self._kinds(old, new, is_sent=is_sent))
        for said in self._found[pair]:
            yield where + said

    def _kinds(self, old: Schema, new: Schema, *, is_sent: bool) -> Iterator[str]:
        before, after = self._old.kinds(old), self._new.kinds(new)
        # All that a client sends must still be understood, and all that it is answered must be something it knows.
        for kind in (before.keys() - after.keys()) if is_sent else (after.keys() - before.keys()):
            if kind != "any" and "any" not in (after if is_sent else before):
                yield f": {kind} {'is no longer taken' if is_sent else 'was never answered before'}"
        for kind in before.keys() & after.keys():
            yield from self._same_kind("", before[kind], after[kind], is_sent=is_sent)

    def _same_kind(self, where: str, old: Schema, new: Schema, *, is_sent: bool) -> Iterator[str]:
        yield from _values(where, old, new, is_sent=is_sent)
        yield from self._fields(where, old, new, is_sent=is_sent)
        if "items" in old or "items" in new:
            yield from self._schema(f"{where}[]", old.get("items", {}), new.get("items", {}), is_sent=is_sent)
        inner = old.get("additionalProperties"), new.get("additionalProperties")
        if isinstance(inner[0], dict) and isinstance(inner[1], dict):
            yield from self._schema(f"{where}.*", inner[0], inner[1], is_sent=is_sent)
        elif is_sent and inner[0] is not False and inner[1] is False:
            yield f"{where}: unknown fields are refused now"
        if is_sent:
            yield from _limits(where, old, new)

    def _fields(self, where: str, old: Schema, new: Schema, *, is_sent: bool) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        needed, given = set(old.get("required", [])), set(new.get("required", []))
        for field, told in before.items():
            if field not in after:
                yield f"{where}.{field}: is gone"
                continue
            yield from self._schema(f"{where}.{field}", told, after[field], is_sent=is_sent)
        for field in sorted(given - needed if is_sent else (needed - given) & after.keys()):
            yield f"{where}.{field}: {'is required now' if is_sent else 'may be absent now'}"


def _values(where: str, old: Schema, new: Schema, *, is_sent: bool) -> Iterator[str]:
    """What a closed enumeration allows: less than before where it is sent, more than before where it is answered."""
    before, after = (set(_enumerated(told)) for told in (old, new))
    if is_sent:
        if after and not before:
            yield f"{where}: is an enumeration now"
        elif after:
            for value in sorted(before - after, key=str):
                yield f"{where}: {value} is no longer taken"
    elif before:
        if not after:
            yield f"{where}: is no enumeration any more"
        for value in sorted(after - before, key=str):
            yield f"{where}: {value} was never answered before"


def _limits(where: str, old: Schema, new: Schema) -> Iterator[str]:
    """Limits of what may be sent that are narrower than before; another pattern is taken for a narrower one."""
    for limits, sign in ((_FLOORS, 1), (_CEILINGS, -1)):
        for limit in limits:
            if limit in new and (limit not in old or sign * new[limit] > sign * old[limit]):
                yield f"{where}: {limit} is {new[limit]} now"
    if new.get("pattern") not in (None, old.get("pattern")):
        yield f"{where}: the pattern is {new['pattern']} now"


def _enumerated(schema: Schema) -> list[Any]:
    values: list[Any] = [schema["const"]] if "const" in schema else schema.get("enum", [])
    return values


def _type_of(schema: Schema) -> str:
    """What a schema without a type stands for."""
    if "properties" in schema:
        return "object"
    values = _enumerated(schema)
    return "any" if not values else "string" if isinstance(values[0], str) else type(values[0]).__name__


def _operations(contract: Contract) -> Iterator[tuple[str, str, Schema]]:
    for path, item in contract["paths"].items():
        for method in _METHODS:
            if method in item:
                yield path, method, item[method]
