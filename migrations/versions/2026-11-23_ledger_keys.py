"""The ledger points to indicators, actors and cells without foreign keys.

PostgreSQL looks up a foreign key row by row: three of them took three quarters of the time that a million rows took to be
written. The service looks up what many rows name at once before it writes them (`records/bulk.py`), and deletes nothing that
they can name. SQLite cannot drop a foreign key: the table is made anew.

Revision ID: 2026_11_23_ledger_keys
Revises: 2026_11_23_mappings
Create Date: 2026-11-23
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "2026_11_23_ledger_keys"
down_revision: str | None = "2026_11_23_mappings"
branch_labels: None = None
depends_on: None = None

POINTED_TO = ("actor", "cell", "indicator")
DECIMAL = sa.Numeric(38, 12).with_variant(sa.Text(), "sqlite")
KEY = ("community_id", "indicator", "period", "actor", "cell", "batch")


def upgrade() -> None:
    """Drop the foreign keys."""
    if op.get_bind().dialect.name == "sqlite":
        _make_anew()
        return
    for table in POINTED_TO:
        op.drop_constraint(f"ledger_entry_community_id_{table}_fkey", "ledger_entry", type_="foreignkey")


def downgrade() -> None:
    """Make the foreign keys again."""
    if op.get_bind().dialect.name == "sqlite":
        columns = ((table, ["community_id", table]) for table in POINTED_TO)
        _make_anew(*(sa.ForeignKeyConstraint(key, [f"{table}.community_id", f"{table}.number"]) for table, key in columns))
        return
    for table in POINTED_TO:
        name = f"ledger_entry_community_id_{table}_fkey"
        op.create_foreign_key(name, "ledger_entry", table, ["community_id", table], ["community_id", "number"])


def _make_anew(*constraints: sa.ForeignKeyConstraint) -> None:
    columns: list[sa.Column[Any]] = [
        *(sa.Column(name, sa.BigInteger() if name == "batch" else sa.Integer(), nullable=False) for name in KEY),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *(sa.Column(name, DECIMAL, nullable=True) for name in ("value", "numerator", "denominator", "weight")),
        sa.Column("observation_status", sa.String(length=1), nullable=True),
        sa.Column("reported_by", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=True),
        sa.Column("erased", sa.LargeBinary(), nullable=True),
    ]
    names = ", ".join(column.name for column in columns)
    op.create_table("ledger_anew", *columns, *constraints, sa.PrimaryKeyConstraint(*KEY), sqlite_with_rowid=False)
    op.execute(f"INSERT INTO ledger_anew ({names}) SELECT {names} FROM ledger_entry")  # noqa: S608  (names of ours)
    op.drop_table("ledger_entry")
    op.rename_table("ledger_anew", "ledger_entry")
    op.create_index("ledger_entry_batch", "ledger_entry", ["community_id", "batch"], unique=False)
