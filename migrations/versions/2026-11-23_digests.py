"""Who is told by e-mail what their actor owes.

Revision ID: 2026_11_23_digests
Revises: 2026_11_23_invitations
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision: str = "2026_11_23_digests"
down_revision: str | None = "2026_11_23_invitations"
branch_labels: None = None
depends_on: None = None

ROLE = "jalon_service"
COMMUNITY = "community_id = CAST(nullif(current_setting('jalon.community', true), '') AS integer)"
BACKUP = f"current_setting('jalon.backup', true) = 'on' AND current_user <> '{ROLE}'"


def upgrade() -> None:
    """Make the table, and let the service's role see the rows of one community at a time."""
    op.create_table(
        "digest_recipient",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("every", sa.String(length=5), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["community_id", "actor"], ["actor.community_id", "actor.number"]),
        sa.PrimaryKeyConstraint("community_id", "actor", "address"),
    )
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    op.execute("ALTER TABLE digest_recipient ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY community ON digest_recipient USING ({COMMUNITY})")
    op.execute(f"CREATE POLICY backup ON digest_recipient FOR SELECT USING ({BACKUP})")
    if connection.execute(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": ROLE}).first() is not None:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON digest_recipient TO {ROLE}")


def downgrade() -> None:
    """Drop the table with what is in it."""
    op.drop_table("digest_recipient")
