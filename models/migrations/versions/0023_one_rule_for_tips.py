"""Tips had two rules for one thing: what a district has set for checking them is kept."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

UNITS = sa.table("units", sa.column("id", sa.Integer), sa.column("settings", sa.JSON))


def upgrade() -> None:
    _rename("tip_hours", "verify_tip")


def downgrade() -> None:
    _rename("verify_tip", "tip_hours")


def _rename(before: str, after: str) -> None:
    connection = op.get_bind()
    for row in connection.execute(sa.select(UNITS)).all():
        told = json.loads(row.settings) if isinstance(row.settings, str) else row.settings
        if told and before in told:
            value = told.pop(before)
            changed = {after: value, **told}
            connection.execute(UNITS.update().where(UNITS.c.id == row.id).values(settings=changed))
