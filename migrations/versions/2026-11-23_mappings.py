"""Mappings: how the files of an actor read, from entry to entry.

Revision ID: 2026_11_23_mappings
Revises: 2026_11_23_row_security
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision: str = "2026_11_23_mappings"
down_revision: str | None = "2026_11_23_row_security"
branch_labels: None = None
depends_on: None = None

ROLE = "jalon_service"
COMMUNITY = "community_id = CAST(nullif(current_setting('jalon.community', true), '') AS integer)"
BACKUP = f"current_setting('jalon.backup', true) = 'on' AND current_user <> '{ROLE}'"


def upgrade() -> None:
    """Make the table, and let the service's role see the rows of one community at a time."""
    op.create_table(
        "mapping",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("journal", sa.BigInteger(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["community_id", "actor"], ["actor.community_id", "actor.number"]),
        sa.ForeignKeyConstraint(["community_id", "journal"], ["journal_entry.community_id", "journal_entry.number"]),
        sa.PrimaryKeyConstraint("community_id", "actor", "name", "journal"),
    )
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    op.execute("ALTER TABLE mapping ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY community ON mapping USING ({COMMUNITY})")
    op.execute(f"CREATE POLICY backup ON mapping FOR SELECT USING ({BACKUP})")
    if connection.execute(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": ROLE}).first() is not None:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON mapping TO {ROLE}")


def downgrade() -> None:
    """Drop the table with what is in it."""
    op.drop_table("mapping")
