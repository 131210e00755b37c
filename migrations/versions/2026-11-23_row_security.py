"""Row security on PostgreSQL: a transaction sees and writes the rows of the one community that it named.

A statement that forgot its community then finds nothing, where it would have found everybody's. FORCE, because whoever owns a
table, as the user who migrates does, is not held otherwise. Superusers never are: so the requests are answered by a role that
owns nothing. Roles belong to the whole server and may be there already, or may not be made by this user; without the role
forced row security stands alone.

A table that a later migration makes needs the same four statements; tests/trust/test_rows.py misses them.

Revision ID: 2026_11_23_row_security
Revises: 2026_11_23_erasure
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision: str = "2026_11_23_row_security"
down_revision: str | None = "2026_11_23_erasure"
branch_labels: None = None
depends_on: None = None

ROLE = "jalon_service"
GLOBAL = {"community_code"}
"""Asked before anybody knows which community is meant, though its key is that of one."""
COMMUNITY = "community_id = CAST(nullif(current_setting('jalon.community', true), '') AS integer)"
BACKUP = f"current_setting('jalon.backup', true) = 'on' AND current_user <> '{ROLE}'"
"""A backup is of everything, and pg_dump run by a plain owner is held by the policies as well."""
MAKE_ROLE = f"""
DO $$
BEGIN
    BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN
            CREATE ROLE {ROLE} NOLOGIN;
        END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL; -- Somebody was faster.
    END;
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        GRANT {ROLE} TO CURRENT_USER;
    END IF;
EXCEPTION WHEN insufficient_privilege OR unique_violation THEN
    NULL; -- This user may make no roles, or may not hand this one on.
END
$$
"""  # noqa: S608  (nothing in it comes from outside)


def _of_communities(inspector: sa.Inspector) -> list[str]:
    keys = {table: inspector.get_pk_constraint(table)["constrained_columns"] for table in sorted(inspector.get_table_names())}
    return [table for table, key in keys.items() if key[:1] == ["community_id"] and table not in GLOBAL]


def _role_is_there(connection: sa.Connection) -> bool:
    return connection.execute(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": ROLE}).first() is not None


def upgrade() -> None:
    """Hold every community's table, make the role and let it read and write."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    inspector = sa.inspect(connection)
    for table in _of_communities(inspector):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY community ON {table} USING ({COMMUNITY})")
        op.execute(f"CREATE POLICY backup ON {table} FOR SELECT USING ({BACKUP})")
    op.execute(MAKE_ROLE)
    if _role_is_there(connection):
        for table in sorted({*inspector.get_table_names()} - {"alembic_version"}):
            op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {ROLE}")
        op.execute(f"GRANT SELECT ON alembic_version TO {ROLE}")
        for sequence in sorted(inspector.get_sequence_names()):
            op.execute(f"GRANT USAGE ON SEQUENCE {sequence} TO {ROLE}")


def downgrade() -> None:
    """Hold nothing. The role stays: other databases of the server may use it."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    inspector = sa.inspect(connection)
    if _role_is_there(connection):
        for table in sorted(inspector.get_table_names()):
            op.execute(f"REVOKE ALL ON {table} FROM {ROLE}")
        for sequence in sorted(inspector.get_sequence_names()):
            op.execute(f"REVOKE ALL ON SEQUENCE {sequence} FROM {ROLE}")
    for table in _of_communities(inspector):
        op.execute(f"DROP POLICY backup ON {table}")
        op.execute(f"DROP POLICY community ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY")
