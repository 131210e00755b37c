"""Instants: RFC 3339 in UTC, to the microsecond, on every engine."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError
from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

_RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)


def instant_text(instant: datetime) -> str:
    """`2026-01-15T00:00:00Z`, with microseconds where there are any."""
    text = instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return text


def parse_instant(text: str) -> datetime:
    """The instant that RFC 3339 `text` writes, in UTC. Raises ValueError where it is none, or has no offset."""
    if _RFC3339.fullmatch(text) is None:
        raise ValueError("not_an_instant")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("not_an_instant") from None


def _validate(given: Any) -> datetime:
    if isinstance(given, datetime) and given.tzinfo is not None:
        return given.astimezone(UTC)
    if isinstance(given, str):
        try:
            return parse_instant(given)
        except ValueError:
            pass
    raise PydanticCustomError("not_an_instant", "an instant is written 2026-01-15T00:00:00Z")


Instant = Annotated[
    datetime,
    BeforeValidator(_validate),
    PlainSerializer(instant_text, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""An instant in a body or a query."""


class InstantColumn(TypeDecorator[datetime]):
    """`timestamptz` on PostgreSQL, fixed-width UTC text on SQLite, so that text order is time order."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column's type on this engine."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """UTC; an instant without a zone is a programming error."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        utc = value.astimezone(UTC)
        return utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Always in UTC."""
        if value is None:
            return None
        return datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC)
