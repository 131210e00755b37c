"""What a schema asks of the code that writes into it, and in what one asks more, or gives less, than the one before."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Integer, String, Text, inspect
from sqlalchemy.types import BigInteger, SmallInteger, TypeEngine

_WHOLE = (SmallInteger, Integer, BigInteger)


@dataclass(frozen=True)
class Field:
    """A column: its type, whether it may be NULL, whether the database fills it in where nothing is said."""

    type: TypeEngine[Any]
    nullable: bool = True
    filled: bool = False


@dataclass(frozen=True)
class Shape:
    """A table: its columns, and what every row must keep to besides: primary, unique and foreign keys, as text."""

    fields: Mapping[str, Field]
    rules: frozenset[str] = frozenset()


Schema = Mapping[str, Shape]


def schema_of(connection: Connection) -> Schema:
    """The tables that are there."""
    inspector = inspect(connection)
    found: dict[str, Shape] = {}
    for table in inspector.get_table_names():
        key = inspector.get_pk_constraint(table)["constrained_columns"]
        rules = [f"primary key ({', '.join(key)})"]
        rules += [f"unique ({', '.join(one['column_names'])})" for one in inspector.get_unique_constraints(table)]
        for one in inspector.get_foreign_keys(table):
            there = f"{one['referred_table']} ({', '.join(one['referred_columns'])})"
            rules.append(f"foreign key ({', '.join(one['constrained_columns'])}) to {there}")
        rules += [f"check {one['sqltext']}" for one in inspector.get_check_constraints(table)]
        fields = {
            column["name"]: Field(
                column["type"],
                column["nullable"],
                column["default"] is not None or column.get("identity") is not None or key == [column["name"]],
            )
            for column in inspector.get_columns(table)
        }
        found[table] = Shape(fields, frozenset(rules))
    return found


def contractions(before: Schema, after: Schema) -> set[str]:
    """What code that was written for `before` would stumble over in `after`, one sentence each."""
    found: set[str] = set()
    for table, shape in before.items():
        if table not in after:
            found.add(f"{table} is gone")
            continue
        new = after[table]
        found |= {f"{table}.{name} is gone" for name in shape.fields if name not in new.fields}
        found |= {f"{table} must keep to {rule}" for rule in new.rules - shape.rules}
        for name, field in new.fields.items():
            old = shape.fields.get(name)
            must_be_said = not field.nullable and not field.filled
            if must_be_said and (old is None or old.nullable or old.filled):
                found.add(f"{table}.{name} must be said")
            if old is not None and not _is_as_wide(old.type, field.type):
                found.add(f"{table}.{name} was {old.type} and is {field.type}")
    return found


def _is_as_wide(old: TypeEngine[Any], new: TypeEngine[Any]) -> bool:
    if str(old) == str(new):
        return True
    if isinstance(old, _WHOLE) and isinstance(new, _WHOLE):
        return _size(new) >= _size(old)
    if isinstance(old, String) and isinstance(new, String):
        return isinstance(new, Text) or new.length is None or (old.length is not None and new.length >= old.length)
    return False


def _size(whole: TypeEngine[Any]) -> int:
    return 0 if isinstance(whole, SmallInteger) else 2 if isinstance(whole, BigInteger) else 1
