"""Tokens: where they may be used from, which one they take over from, when they were used last; operators' come to an end.

What was made before keeps all of it empty: no end, from anywhere.

Revision ID: 2026_11_23_tokens
Revises: 2026_11_23_overlaps
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision: str = "2026_11_23_tokens"
down_revision: str | None = "2026_11_23_overlaps"
branch_labels: None = None
depends_on: None = None

INSTANT = sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Add the columns."""
    op.add_column("token", sa.Column("addresses", sa.Text(), nullable=True))
    op.add_column("token", sa.Column("predecessor", sa.Integer(), nullable=True))
    op.add_column("token", sa.Column("last_used_at", INSTANT, nullable=True))
    op.add_column("operator_token", sa.Column("expires_at", INSTANT, nullable=True))
    op.add_column("operator_token", sa.Column("last_used_at", INSTANT, nullable=True))


def downgrade() -> None:
    """Drop the columns with what is in them."""
    for name in ("last_used_at", "expires_at"):
        op.drop_column("operator_token", name)
    for name in ("last_used_at", "predecessor", "addresses"):
        op.drop_column("token", name)
