"""Webhooks, their turns, alerts, and how far each community was looked at for them.

Revision ID: 2026_11_23_webhooks
Revises: 2026_11_23_ledger_keys
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision: str = "2026_11_23_webhooks"
down_revision: str | None = "2026_11_23_ledger_keys"
branch_labels: None = None
depends_on: None = None

ROLE = "jalon_service"
COMMUNITY = "community_id = CAST(nullif(current_setting('jalon.community', true), '') AS integer)"
BACKUP = f"current_setting('jalon.backup', true) = 'on' AND current_user <> '{ROLE}'"
INSTANT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
OF_COMMUNITIES = ("webhook", "alert", "alert_watch")


def upgrade() -> None:
    """Make the tables, and let the service's role see the rows of one community at a time; turns are all communities'."""
    op.create_table(
        "webhook",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=True),
        sa.Column("description", sa.String(length=200), nullable=True),
        sa.Column("secret", sa.String(length=80), nullable=False),
        sa.Column("old_secret", sa.String(length=80), nullable=True),
        sa.Column("old_secret_until", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("alert_position", sa.BigInteger(), nullable=False),
        sa.Column("paused_at", INSTANT, nullable=True),
        sa.Column("pause_reason", sa.String(length=20), nullable=True),
        sa.Column("failing_since", INSTANT, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_error", sa.String(length=40), nullable=True),
        sa.Column("last_attempt_at", INSTANT, nullable=True),
        sa.Column("last_delivered_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["community_id", "actor"], ["actor.community_id", "actor.number"]),
        sa.PrimaryKeyConstraint("community_id", "number"),
    )
    op.create_table(
        "webhook_turn",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("webhook", sa.BigInteger(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("leased_until", INSTANT, nullable=True),
        sa.Column("lease", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("community_id", "webhook"),
    )
    op.create_table(
        "alert",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("instant", INSTANT, nullable=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("told_to", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["community.community_id"]),
        sa.PrimaryKeyConstraint("community_id", "number"),
    )
    op.create_table(
        "alert_watch",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.community_id"]),
        sa.PrimaryKeyConstraint("community_id"),
    )
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    for table in OF_COMMUNITIES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY community ON {table} USING ({COMMUNITY})")
        op.execute(f"CREATE POLICY backup ON {table} FOR SELECT USING ({BACKUP})")
    if connection.execute(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": ROLE}).first() is not None:
        for table in (*OF_COMMUNITIES, "webhook_turn"):
            op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {ROLE}")
        op.execute(f"GRANT USAGE ON SEQUENCE webhook_turn_number_seq TO {ROLE}")


def downgrade() -> None:
    """Drop the tables with what is in them."""
    for table in ("alert_watch", "alert", "webhook_turn", "webhook"):
        op.drop_table(table)
