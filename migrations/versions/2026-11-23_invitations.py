"""Invitations: one-time texts that are exchanged for a token.

Revision ID: 2026_11_23_invitations
Revises: 2026_11_23_webhooks
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision: str = "2026_11_23_invitations"
down_revision: str | None = "2026_11_23_webhooks"
branch_labels: None = None
depends_on: None = None

ROLE = "jalon_service"
COMMUNITY = "community_id = CAST(nullif(current_setting('jalon.community', true), '') AS integer)"
BACKUP = f"current_setting('jalon.backup', true) = 'on' AND current_user <> '{ROLE}'"
INSTANT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    """Make the table, and let the service's role see the rows of one community at a time."""
    op.create_table(
        "invitation",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Integer(), nullable=False),
        sa.Column("invited_by", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("addresses", sa.Text(), nullable=True),
        sa.Column("session_days", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("accepted_at", INSTANT, nullable=True),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.Column("token", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["community_id", "actor"], ["actor.community_id", "actor.number"]),
        sa.ForeignKeyConstraint(["community_id", "invited_by"], ["actor.community_id", "actor.number"]),
        sa.PrimaryKeyConstraint("community_id", "number"),
        sa.UniqueConstraint("community_id", "digest"),
    )
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    op.execute("ALTER TABLE invitation ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY community ON invitation USING ({COMMUNITY})")
    op.execute(f"CREATE POLICY backup ON invitation FOR SELECT USING ({BACKUP})")
    if connection.execute(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": ROLE}).first() is not None:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON invitation TO {ROLE}")


def downgrade() -> None:
    """Drop the table with what is in it."""
    op.drop_table("invitation")
