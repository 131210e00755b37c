"""People whom an issuer of identities vouches for, linked to actors.

Revision ID: 2026_11_23_people
Revises: 2026_11_23_tokens
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision: str = "2026_11_23_people"
down_revision: str | None = "2026_11_23_tokens"
branch_labels: None = None
depends_on: None = None

INSTANT = sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "person",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["community_id", "actor"], ["actor.community_id", "actor.number"]),
        sa.PrimaryKeyConstraint("community_id", "number"),
        sa.UniqueConstraint("community_id", "issuer", "subject"),
    )


def downgrade() -> None:
    """Drop the table with what is in it."""
    op.drop_table("person")
