"""Rounds, comments and trials of proposals: what was said and decided, round by round.

How a proposal stood was kept in its own row, which an amendment would have overwritten. It moves to a row of its round.
A round that is moved has no entry of its own (`journal` is NULL): the digest of the proposal's entry was taken without it.

Revision ID: 2026_11_23_deliberation
Revises: 2026_11_23_schema
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision: str = "2026_11_23_deliberation"
down_revision: str | None = "2026_11_23_schema"
branch_labels: None = None
depends_on: None = None

INSTANT = sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")
DECIMAL = sa.Text().with_variant(sa.Numeric(38, 12), "postgresql")
MOVED = ("status", "round", "decided_journal", "closes_at", "decided_at")


def _points_to(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["community_id", column], [f"{table}.community_id", f"{table}.number"])


def upgrade() -> None:
    """Make the tables, move how every proposal stands to its round."""
    op.create_table(
        "proposal_round",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("proposal", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("journal", sa.BigInteger(), nullable=True),
        sa.Column("amended_by", sa.Integer(), nullable=True),
        sa.Column("rationale", sa.Text(), nullable=True),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("closes_at", INSTANT, nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("decided_journal", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        _points_to("proposal", "proposal"),
        _points_to("journal", "journal_entry"),
        sa.PrimaryKeyConstraint("community_id", "proposal", "number"),
    )
    op.execute(
        "INSERT INTO proposal_round (community_id, proposal, number, opened_at, closes_at, status, decided_journal, decided_at)"
        " SELECT community_id, number, round, opened_at, closes_at, status, decided_journal, decided_at FROM proposal"
    )
    with op.batch_alter_table("proposal") as proposal:
        for column in MOVED:
            proposal.drop_column(column)
    op.create_table(
        "proposal_comment",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("proposal", sa.Integer(), nullable=False),
        sa.Column("journal", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Integer(), nullable=False),
        sa.Column("said_at", INSTANT, nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        _points_to("proposal", "proposal"),
        _points_to("actor", "actor"),
        _points_to("journal", "journal_entry"),
        sa.PrimaryKeyConstraint("community_id", "proposal", "journal"),
    )
    op.create_table(
        "trial",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("proposal", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("indicator", sa.Integer(), nullable=False),
        sa.Column("period", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Integer(), nullable=False),
        sa.Column("cell", sa.Integer(), nullable=False),
        sa.Column("journal", sa.BigInteger(), nullable=False),
        sa.Column("reported_by", sa.Integer(), nullable=False),
        sa.Column("value", DECIMAL, nullable=True),
        sa.Column("numerator", DECIMAL, nullable=True),
        sa.Column("denominator", DECIMAL, nullable=True),
        sa.Column("weight", DECIMAL, nullable=True),
        _points_to("proposal", "proposal"),
        _points_to("indicator", "indicator"),
        _points_to("actor", "actor"),
        _points_to("cell", "cell"),
        _points_to("journal", "journal_entry"),
        sa.PrimaryKeyConstraint("community_id", "proposal", "round", "indicator", "period", "actor", "cell", "journal"),
    )


def downgrade() -> None:
    """Move how the last round of every proposal stands back to the proposal, drop the tables."""
    with op.batch_alter_table("proposal") as proposal:
        proposal.add_column(sa.Column("status", sa.String(length=20), nullable=False, server_default="open"))
        proposal.add_column(sa.Column("round", sa.Integer(), nullable=False, server_default="1"))
        proposal.add_column(sa.Column("decided_journal", sa.BigInteger(), nullable=True))
        proposal.add_column(sa.Column("closes_at", INSTANT, nullable=True))
        proposal.add_column(sa.Column("decided_at", INSTANT, nullable=True))
    last = (
        "(SELECT r.{source} FROM proposal_round r WHERE r.community_id = proposal.community_id AND r.proposal = proposal.number"
        " ORDER BY r.number DESC LIMIT 1)"
    )
    sources = {"round": "number"}
    moved = ", ".join(f"{column} = {last.format(source=sources.get(column, column))}" for column in MOVED)
    op.execute(f"UPDATE proposal SET {moved}")  # noqa: S608  (nothing in it comes from outside)
    with op.batch_alter_table("proposal") as proposal:
        proposal.alter_column("status", existing_type=sa.String(length=20), server_default=None)
        proposal.alter_column("round", existing_type=sa.Integer(), server_default=None)
        proposal.alter_column("closes_at", existing_type=INSTANT, nullable=False)
    op.drop_table("trial")
    op.drop_table("proposal_comment")
    op.drop_table("proposal_round")
