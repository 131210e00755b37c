"""JSON bodies: read within their limit, before memory is spent, and parsed without losing a digit or hiding a key."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from starlette.requests import Request

from service.errors import Fault, Refused, TooLarge, Unreadable, UnsupportedMedia
from service.models.measure import PATTERN, InexactNumber
from service.texts import answerable

DEEPEST = 32
"""How deep arrays and objects may be nested; the deepest body of the contract needs eight levels."""
_LONGEST_INTEGER = 40
_LONGEST_STEP = 100
_NUMBER = re.compile(PATTERN, re.ASCII)
_ODD_ESCAPE = re.compile(rb"\\u(?:[dD][89a-fA-F]|0000)")
_ABSENT: Any = object()


class BoundedRequest(Request):
    """A request whose body was read by `load`, within a limit, before the framework asks for it."""

    content: bytes = b""
    _parsed: Any = _ABSENT

    async def load(self, limit: int) -> None:
        """Reads the body. Raises TooLarge past `limit` bytes: by the declared length at once, else as it comes."""
        self.content = await read_within(self, limit)

    async def body(self) -> bytes:
        """What `load` read."""
        return self.content

    async def json(self) -> Any:
        """What `parse` found."""
        return self.parse()

    def parse(self) -> Any:
        """The JSON of the body. Raises Unreadable, Refused."""
        if self._parsed is _ABSENT:
            self._parsed = parse_json(self.content)
        return self._parsed

    def require_json(self) -> None:
        """Raises UnsupportedMedia unless the body is declared as plain JSON in UTF-8."""
        media_type, _, parameters = self.headers.get("content-type", "").partition(";")
        charset = re.fullmatch(r'charset="?utf-8"?', parameters.replace(" ", ""), re.IGNORECASE)
        if media_type.strip().lower() != "application/json" or (parameters.strip() and charset is None):
            raise UnsupportedMedia("json_needed", "The body is sent as `Content-Type: application/json`.")
        if self.headers.get("content-encoding", "identity").lower() != "identity":
            raise UnsupportedMedia("unsupported_encoding", "A JSON body is sent as it is, without `Content-Encoding`.")


async def read_within(request: Request, limit: int) -> bytes:
    """The body of `request`. Raises TooLarge as soon as it is known to have more than `limit` bytes."""
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and (len(declared) > 18 or int(declared) > limit):
        raise too_large(limit)
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > limit:
            raise too_large(limit)
    return bytes(content)


def too_large(limit: int) -> TooLarge:
    """The refusal of a body past `limit` bytes."""
    return TooLarge("body_too_large", f"The body may have {limit} bytes at most.", limit=limit)


def parse_json(content: bytes) -> Any:
    """The value that `content` writes, numbers exact: int, Decimal, or InexactNumber for what no decimal field can hold.

    Raises Unreadable where it is no JSON, Refused for a key given twice, too deep a nesting, and for text that no database
    can hold (NUL, lone surrogates).
    """
    try:
        value = json.loads(
            content.decode("utf-8"),
            parse_int=_integer,
            parse_float=_decimal,
            parse_constant=InexactNumber,
            object_pairs_hook=_object,
        )
    except UnicodeDecodeError:
        raise Unreadable("not_utf8", "The body is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise Unreadable(
            "not_json",
            f"The body is no JSON: line {error.lineno}, column {error.colno}.",
            line=error.lineno,
            column=error.colno,
        ) from None
    except RecursionError:
        raise _too_deep() from None
    if content.count(b"[") + content.count(b"{") > DEEPEST and _depth(value) > DEEPEST:
        raise _too_deep()
    if b"\x00" in content or _ODD_ESCAPE.search(content):
        faults = tuple(
            Fault("control_character", "a text may not hold NUL or half a character", pointer=pointer)
            for pointer, text in _texts(value, "")
            if not _storable(text)
        )
        if faults:
            raise Refused("control_character", "A text may not hold NUL or half a character.", faults=faults[:100])
    return value


def pointer_step(name: object) -> str:
    """One step of a JSON pointer (RFC 6901), fit to be answered: without what no text can hold, and not endless."""
    return "/" + answerable(str(name), _LONGEST_STEP).replace("~", "~0").replace("/", "~1")


def _integer(text: str) -> int | InexactNumber:
    return int(text) if len(text) <= _LONGEST_INTEGER else InexactNumber(text[:_LONGEST_INTEGER])


def _decimal(text: str) -> Decimal | InexactNumber:
    return Decimal(text) if _NUMBER.fullmatch(text) else InexactNumber(text[:_LONGEST_INTEGER])


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in value if names.count(name) > 1)
        key = pointer_step(twice)[1:]
        raise Unreadable("duplicate_key", f"A key is given twice in one object: `{key}`.", other=f"`{key}`")
    return value


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level and depth <= DEEPEST:
        containers = [inner for inner in level if isinstance(inner, (list, dict))]
        level = [inner for outer in containers for inner in (outer.values() if isinstance(outer, dict) else outer)]
        depth += bool(containers)
    return depth


def _texts(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield pointer + pointer_step(name), name
            yield from _texts(inner, pointer + pointer_step(name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, f"{pointer}/{index}")


def _storable(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _too_deep() -> Refused:
    return Refused("too_deep", f"The body is nested deeper than {DEEPEST} levels.", limit=DEEPEST)
