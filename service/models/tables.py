"""Every table in one place: what the migrations are compared with, and what statements are built on."""

from functools import cache

from sqlalchemy import MetaData, Table, inspect
from sqlmodel import SQLModel

from service.models import (
    community,
    contribution,
    deliberation,
    digest,
    indicator,
    invitation,
    journal,
    mapping,
    objective,
    overlap,
    proposal,
    review,
    target,
    token,
    upload,
    webhook,
)

MODULES = (
    community, contribution, deliberation, digest, indicator, invitation, journal, mapping, objective, overlap, proposal,
    review, target, token, upload, webhook,
)  # fmt: skip
"""The modules that hold tables. A table of a module that is not named here would be missing from the metadata."""
METADATA: MetaData = SQLModel.metadata


@cache
def tables_in_order() -> tuple[Table, ...]:
    """Every table, what others point to first."""
    return tuple(METADATA.sorted_tables)


@cache
def table_of(model: type[SQLModel]) -> Table:
    """The table of a model. Statements are written on tables: an ORM session costs three times as much."""
    mapped = inspect(model).local_table
    assert isinstance(mapped, Table)
    return mapped
