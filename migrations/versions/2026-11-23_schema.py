"""The schema that everything stands on.

What belongs to a community has `community_id` first in every key, so that it can be spread over servers by it. Measures are
text on SQLite, which keeps decimals as binary floats, and so are instants, in a form whose order is that of time.

Revision ID: 2026_11_23_schema
Revises:
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision: str = "2026_11_23_schema"
down_revision: str | None = None
branch_labels: None = None
depends_on: None = None

INSTANT = sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")
DECIMAL = sa.Text().with_variant(sa.Numeric(38, 12), "postgresql")


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "community",
        sa.Column("community_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
        sa.Column("last_instant", INSTANT, nullable=True),
        sa.Column("last_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("last_actor", sa.Integer(), nullable=False),
        sa.Column("last_objective", sa.Integer(), nullable=False),
        sa.Column("last_indicator", sa.Integer(), nullable=False),
        sa.Column("last_cell", sa.Integer(), nullable=False),
        sa.Column("last_batch", sa.BigInteger(), nullable=False),
        sa.Column("last_proposal", sa.Integer(), nullable=False),
        sa.Column("last_upload", sa.Integer(), nullable=False),
        sa.Column("last_token", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("community_id"),
    )
    op.create_table(
        "community_code",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=63), nullable=False),
        sa.PrimaryKeyConstraint("community_id"),
        sa.UniqueConstraint("code"),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("request_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_idempotency_key_created_at", "idempotency_key", ["created_at"], unique=False)
    op.create_table(
        "job",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "operator_token",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("digest"),
    )
    op.create_table(
        "actor",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=63), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.community_id"]),
        sa.PrimaryKeyConstraint("community_id", "number"),
        sa.UniqueConstraint("community_id", "code"),
    )
    op.create_table(
        "cell",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("codes", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.community_id"]),
        sa.PrimaryKeyConstraint("community_id", "number"),
        sa.UniqueConstraint("community_id", "codes"),
    )
    op.create_table(
        "indicator",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=63), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.community_id"]),
        sa.PrimaryKeyConstraint("community_id", "number"),
        sa.UniqueConstraint("community_id", "code"),
    )
    op.create_table(
        "journal_entry",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("instant", INSTANT, nullable=False),
        sa.Column("register_number", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("actor", sa.Integer(), nullable=True),
        sa.Column("token", sa.Integer(), nullable=True),
        sa.Column("batch", sa.BigInteger(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("previous", sa.LargeBinary(length=32), nullable=True),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.community_id"]),
        sa.PrimaryKeyConstraint("community_id", "number"),
        sa.UniqueConstraint("community_id", "batch"),
    )
    op.create_index("journal_entry_instant", "journal_entry", ["community_id", "instant"], unique=False)
    op.create_table(
        "objective",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=63), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.community_id"]),
        sa.PrimaryKeyConstraint("community_id", "number"),
        sa.UniqueConstraint("community_id", "code"),
    )
    op.create_table(
        "closed_period",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("journal", sa.BigInteger(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["community_id", "journal"], ["journal_entry.community_id", "journal_entry.number"]),
        sa.PrimaryKeyConstraint("community_id", "period", "journal"),
    )
    op.create_table(
        "community_state",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("journal", sa.BigInteger(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["community_id", "journal"], ["journal_entry.community_id", "journal_entry.number"]),
        sa.ForeignKeyConstraint(["community_id"], ["community.community_id"]),
        sa.PrimaryKeyConstraint("community_id", "journal"),
    )
    op.create_table(
        "indicator_version",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("indicator", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("journal", sa.BigInteger(), nullable=False),
        sa.Column("proposal", sa.Integer(), nullable=True),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("bridge", sa.Text(), nullable=True),
        sa.Column("change_note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["community_id", "indicator"], ["indicator.community_id", "indicator.number"]),
        sa.ForeignKeyConstraint(["community_id", "journal"], ["journal_entry.community_id", "journal_entry.number"]),
        sa.PrimaryKeyConstraint("community_id", "indicator", "number"),
    )
    op.create_table(
        "ledger_entry",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("indicator", sa.Integer(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Integer(), nullable=False),
        sa.Column("cell", sa.Integer(), nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("value", DECIMAL, nullable=True),
        sa.Column("numerator", DECIMAL, nullable=True),
        sa.Column("denominator", DECIMAL, nullable=True),
        sa.Column("weight", DECIMAL, nullable=True),
        sa.Column("observation_status", sa.String(length=1), nullable=True),
        sa.Column("reported_by", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=True),
        sa.ForeignKeyConstraint(["community_id", "actor"], ["actor.community_id", "actor.number"]),
        sa.ForeignKeyConstraint(["community_id", "cell"], ["cell.community_id", "cell.number"]),
        sa.ForeignKeyConstraint(["community_id", "indicator"], ["indicator.community_id", "indicator.number"]),
        sa.PrimaryKeyConstraint("community_id", "indicator", "period", "actor", "cell", "batch"),
        sqlite_with_rowid=False,
    )
    op.create_index("ledger_entry_batch", "ledger_entry", ["community_id", "batch"], unique=False)
    op.create_table(
        "membership",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Integer(), nullable=False),
        sa.Column("journal", sa.BigInteger(), nullable=False),
        sa.Column("member", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["community_id", "actor"], ["actor.community_id", "actor.number"]),
        sa.ForeignKeyConstraint(["community_id", "journal"], ["journal_entry.community_id", "journal_entry.number"]),
        sa.PrimaryKeyConstraint("community_id", "actor", "journal"),
    )
    op.create_table(
        "objective_state",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("objective", sa.Integer(), nullable=False),
        sa.Column("journal", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent", sa.Integer(), nullable=True),
        sa.Column("weight", DECIMAL, nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["community_id", "journal"], ["journal_entry.community_id", "journal_entry.number"]),
        sa.ForeignKeyConstraint(["community_id", "objective"], ["objective.community_id", "objective.number"]),
        sa.ForeignKeyConstraint(["community_id", "parent"], ["objective.community_id", "objective.number"]),
        sa.PrimaryKeyConstraint("community_id", "objective", "journal"),
    )
    op.create_table(
        "placement",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("indicator", sa.Integer(), nullable=False),
        sa.Column("journal", sa.BigInteger(), nullable=False),
        sa.Column("objective", sa.Integer(), nullable=False),
        sa.Column("weight", DECIMAL, nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["community_id", "indicator"], ["indicator.community_id", "indicator.number"]),
        sa.ForeignKeyConstraint(["community_id", "journal"], ["journal_entry.community_id", "journal_entry.number"]),
        sa.ForeignKeyConstraint(["community_id", "objective"], ["objective.community_id", "objective.number"]),
        sa.PrimaryKeyConstraint("community_id", "indicator", "journal"),
    )
    op.create_table(
        "proposal",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("proposer", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("rationale", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("opened_journal", sa.BigInteger(), nullable=False),
        sa.Column("decided_journal", sa.BigInteger(), nullable=True),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("closes_at", INSTANT, nullable=False),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["community_id", "proposer"], ["actor.community_id", "actor.number"]),
        sa.ForeignKeyConstraint(["community_id"], ["community.community_id"]),
        sa.PrimaryKeyConstraint("community_id", "number"),
    )
    op.create_table(
        "token",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["community_id", "actor"], ["actor.community_id", "actor.number"]),
        sa.PrimaryKeyConstraint("community_id", "number"),
        sa.UniqueConstraint("community_id", "digest"),
    )
    op.create_table(
        "upload",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Integer(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("on_behalf", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("filename", sa.String(length=255), nullable=True),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("progress", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("revised", sa.BigInteger(), nullable=False),
        sa.Column("unchanged", sa.BigInteger(), nullable=False),
        sa.Column("folded", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.BigInteger(), nullable=False),
        sa.Column("errors", sa.Text(), nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=True),
        sa.Column("journal", sa.BigInteger(), nullable=True),
        sa.Column("undone_journal", sa.BigInteger(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["community_id", "actor"], ["actor.community_id", "actor.number"]),
        sa.ForeignKeyConstraint(["community_id"], ["community.community_id"]),
        sa.PrimaryKeyConstraint("community_id", "number"),
    )
    op.create_table(
        "position",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("proposal", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Integer(), nullable=False),
        sa.Column("journal", sa.BigInteger(), nullable=False),
        sa.Column("stance", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["community_id", "actor"], ["actor.community_id", "actor.number"]),
        sa.ForeignKeyConstraint(["community_id", "journal"], ["journal_entry.community_id", "journal_entry.number"]),
        sa.ForeignKeyConstraint(["community_id", "proposal"], ["proposal.community_id", "proposal.number"]),
        sa.PrimaryKeyConstraint("community_id", "proposal", "round", "actor", "journal"),
    )
    op.create_table(
        "proposal_change",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("proposal", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("journal", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["community_id", "proposal"], ["proposal.community_id", "proposal.number"]),
        sa.ForeignKeyConstraint(["community_id", "journal"], ["journal_entry.community_id", "journal_entry.number"]),
        sa.PrimaryKeyConstraint("community_id", "proposal", "round", "place"),
    )
    op.create_table(
        "target",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("indicator", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Integer(), nullable=False),
        sa.Column("cell", sa.Integer(), nullable=False),
        sa.Column("from_period", sa.Integer(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("journal", sa.BigInteger(), nullable=False),
        sa.Column("value", DECIMAL, nullable=True),
        sa.Column("minimum", DECIMAL, nullable=True),
        sa.Column("maximum", DECIMAL, nullable=True),
        sa.Column("baseline_period", sa.Integer(), nullable=True),
        sa.Column("baseline_value", DECIMAL, nullable=True),
        sa.Column("milestones", sa.Text(), nullable=False),
        sa.Column("dropped", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["community_id", "cell"], ["cell.community_id", "cell.number"]),
        sa.ForeignKeyConstraint(
            ["community_id", "indicator", "version"],
            ["indicator_version.community_id", "indicator_version.indicator", "indicator_version.number"],
        ),
        sa.ForeignKeyConstraint(["community_id", "journal"], ["journal_entry.community_id", "journal_entry.number"]),
        sa.PrimaryKeyConstraint("community_id", "indicator", "version", "actor", "cell", "from_period", "period", "journal"),
    )
    op.create_table(
        "upload_part",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("upload", sa.Integer(), nullable=False),
        sa.Column("content", sa.String(length=10), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["community_id", "upload"], ["upload.community_id", "upload.number"]),
        sa.PrimaryKeyConstraint("community_id", "upload", "content", "part"),
    )


def downgrade() -> None:
    """Drop every table with what is in it, what points to others first."""
    op.drop_table("upload_part")
    op.drop_table("target")
    op.drop_table("proposal_change")
    op.drop_table("position")
    op.drop_table("upload")
    op.drop_table("token")
    op.drop_table("proposal")
    op.drop_table("placement")
    op.drop_table("objective_state")
    op.drop_table("membership")
    op.drop_index("ledger_entry_batch", table_name="ledger_entry")
    op.drop_table("ledger_entry")
    op.drop_table("indicator_version")
    op.drop_table("community_state")
    op.drop_table("closed_period")
    op.drop_table("objective")
    op.drop_index("journal_entry_instant", table_name="journal_entry")
    op.drop_table("journal_entry")
    op.drop_table("indicator")
    op.drop_table("cell")
    op.drop_table("actor")
    op.drop_table("operator_token")
    op.drop_table("job")
    op.drop_index("ix_idempotency_key_created_at", table_name="idempotency_key")
    op.drop_table("idempotency_key")
    op.drop_table("community_code")
    op.drop_table("community")
