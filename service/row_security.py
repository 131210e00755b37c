"""PostgreSQL's role for the service: it owns nothing, so that row security holds it whoever logs in.

The migrations make it, and say there which rows it may see: those of the community that `database.use_community` named.
"""

from typing import Any

from sqlalchemy import Connection, text

SERVICE_ROLE = "jalon_service"
NO_ROLE = "none"
"""What PostgreSQL calls the user who logged in, where a role is asked for."""


def take_on_role(cursor: Any) -> str:
    """Take on the role for the whole session and return its name; `NO_ROLE` where there is none or this user may not.

    It may be there for another database of the server: what tells is whether this one was prepared for it.
    """
    cursor.execute(_TAKE_ON)
    found = cursor.fetchone()
    return NO_ROLE if found is None else str(found[0])


def make_role(connection: Connection) -> bool:
    """Make the role unless it is there, for this user to take on, and say whether there is one: this user may make none.

    The migrations make it as well; a backup that is restored into another server needs it beforehand.
    """
    connection.exec_driver_sql(_MAKE)
    return connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": SERVICE_ROLE}).first() is not None


_TAKE_ON = f"""
SELECT set_config('role', rolname, false) FROM pg_roles
WHERE rolname = '{SERVICE_ROLE}' AND has_table_privilege(oid, to_regclass('alembic_version'), 'SELECT')
AND pg_has_role(session_user, oid, CASE WHEN current_setting('server_version_num') < '16' THEN 'MEMBER' ELSE 'SET' END)
"""  # noqa: S608  (nothing in it comes from outside)
_MAKE = f"""
DO $$
BEGIN
    BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{SERVICE_ROLE}') THEN
            CREATE ROLE {SERVICE_ROLE} NOLOGIN;
        END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL; -- Somebody was faster.
    END;
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        GRANT {SERVICE_ROLE} TO CURRENT_USER;
    END IF;
EXCEPTION WHEN insufficient_privilege OR unique_violation THEN
    NULL; -- This user may make no roles, or may not hand this one on.
END
$$
"""  # noqa: S608  (nothing in it comes from outside)
