"""Runs migrations on the connection it is handed, or on the database of the settings when `alembic` is run by hand."""

from alembic import context
from sqlalchemy import Connection

from service.database import open_database
from service.models.tables import METADATA
from service.settings import read_settings


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        compare_type=True,
        compare_server_default=True,
        # SQLite alters little in place: a table is made anew, filled from the old one and put in its stead.
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("A migration looks at what is there: it cannot be written to a file beforehand.")

given = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    database = open_database(read_settings().database_url)
    with database.migrate() as opened:
        _run(opened)
    database.dispose()
