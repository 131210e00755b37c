"""Texts that people wrote can be erased: the digests that stood for them in the journal stay, in a column of their own.

Reasons of positions get a salt from now on. What was said before has none: it stands in the chain as it was written.
Remembered answers say whose community they belong to; those of the day before do not, and are looked through for everybody.

Revision ID: 2026_11_23_erasure
Revises: 2026_11_23_people
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision: str = "2026_11_23_erasure"
down_revision: str | None = "2026_11_23_people"
branch_labels: None = None
depends_on: None = None

TABLES = ("ledger_entry", "position", "proposal_comment", "review_note")


def upgrade() -> None:
    """Add the columns. A comment may be gone from now on."""
    for table in TABLES:
        op.add_column(table, sa.Column("erased", sa.LargeBinary(), nullable=True))
    op.add_column("position", sa.Column("salt", sa.LargeBinary(length=16), nullable=True))
    op.add_column("idempotency_key", sa.Column("community_id", sa.Integer(), nullable=True))
    with op.batch_alter_table("proposal_comment") as comment:
        comment.alter_column("comment", existing_type=sa.Text(), nullable=True)
        comment.alter_column("salt", existing_type=sa.LargeBinary(), nullable=True)


def downgrade() -> None:
    """Drop the columns. What was erased stays gone, and without its digest the chain no longer holds: comments become empty."""
    op.execute("UPDATE proposal_comment SET comment = '' WHERE comment IS NULL")
    op.execute("UPDATE proposal_comment SET salt = erased WHERE salt IS NULL")
    with op.batch_alter_table("proposal_comment") as comment:
        comment.alter_column("salt", existing_type=sa.LargeBinary(), nullable=False)
        comment.alter_column("comment", existing_type=sa.Text(), nullable=False)
    op.drop_column("idempotency_key", "community_id")
    op.drop_column("position", "salt")
    for table in TABLES:
        op.drop_column(table, "erased")
