"""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
Create Date: ${create_date}
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision: str = ${repr(up_revision)}
down_revision: str | None = ${repr(down_revision)}
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    """Types are written out plainly: a migration must go on meaning the same when the service's own types change."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Take it back, with data in the tables."""
    ${downgrades if downgrades else "pass"}
