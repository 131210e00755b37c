"""Reviews: a frozen progress, what is said of it from entry to entry, the proposals that came of it.

Revision ID: 2026_11_23_reviews
Revises: 2026_11_23_deliberation
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision: str = "2026_11_23_reviews"
down_revision: str | None = "2026_11_23_deliberation"
branch_labels: None = None
depends_on: None = None

INSTANT = sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")


def _points_to(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["community_id", column], [f"{table}.community_id", f"{table}.number"])


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "review",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("journal", sa.BigInteger(), nullable=False),
        sa.Column("at_period", sa.BigInteger(), nullable=True),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("opened_by", sa.Integer(), nullable=False),
        sa.Column("progress", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        _points_to("opened_by", "actor"),
        _points_to("journal", "journal_entry"),
        sa.PrimaryKeyConstraint("community_id", "number"),
    )
    op.create_table(
        "review_state",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("review", sa.Integer(), nullable=False),
        sa.Column("journal", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Integer(), nullable=False),
        sa.Column("said_at", INSTANT, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        _points_to("review", "review"),
        _points_to("actor", "actor"),
        _points_to("journal", "journal_entry"),
        sa.PrimaryKeyConstraint("community_id", "review", "journal"),
    )
    op.create_table(
        "review_note",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("review", sa.Integer(), nullable=False),
        sa.Column("journal", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Integer(), nullable=False),
        sa.Column("said_at", INSTANT, nullable=False),
        sa.Column("indicator", sa.Integer(), nullable=True),
        sa.Column("objective", sa.Integer(), nullable=True),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=True),
        _points_to("review", "review"),
        _points_to("actor", "actor"),
        _points_to("indicator", "indicator"),
        _points_to("objective", "objective"),
        _points_to("journal", "journal_entry"),
        sa.PrimaryKeyConstraint("community_id", "review", "journal", "kind", "place"),
    )
    op.create_table(
        "review_proposal",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("review", sa.Integer(), nullable=False),
        sa.Column("proposal", sa.Integer(), nullable=False),
        sa.Column("journal", sa.BigInteger(), nullable=False),
        _points_to("review", "review"),
        _points_to("proposal", "proposal"),
        _points_to("journal", "journal_entry"),
        sa.PrimaryKeyConstraint("community_id", "review", "proposal"),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("review_proposal", "review_note", "review_state", "review"):
        op.drop_table(table)
