"""Overlap decisions: what a total is of people whom several actors, or several periods, may have counted.

Revision ID: 2026_11_23_overlaps
Revises: 2026_11_23_reviews
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision: str = "2026_11_23_overlaps"
down_revision: str | None = "2026_11_23_reviews"
branch_labels: None = None
depends_on: None = None

DECIMAL = sa.Text().with_variant(sa.Numeric(38, 12), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "overlap_decision",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("indicator", sa.Integer(), nullable=False),
        sa.Column("cell", sa.Integer(), nullable=False),
        sa.Column("from_period", sa.Integer(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("journal", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("proposal", sa.Integer(), nullable=True),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("value", DECIMAL, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id", "indicator", "version"],
            ["indicator_version.community_id", "indicator_version.indicator", "indicator_version.number"],
        ),
        sa.ForeignKeyConstraint(["community_id", "cell"], ["cell.community_id", "cell.number"]),
        sa.ForeignKeyConstraint(["community_id", "journal"], ["journal_entry.community_id", "journal_entry.number"]),
        sa.PrimaryKeyConstraint("community_id", "indicator", "cell", "from_period", "period", "journal"),
    )


def downgrade() -> None:
    """Drop the table with what is in it."""
    op.drop_table("overlap_decision")
