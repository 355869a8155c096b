"""A batch is its unit's: two units may have one of the same number, each answers its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# Of the batches of before, those that are not answered yet are waited for.
FIRST_DUTIES = """
INSERT INTO obligations (key, kind, unit_id, opens_at, due_at, rung, rounds, facts)
SELECT 'batch:' || batches.id, 'batch', batches.unit_id, batches.due_at, batches.due_at, 0, 0,
    {facts}
FROM batches
WHERE EXISTS (
    SELECT 1 FROM lead_sources JOIN leads ON leads.id = lead_sources.lead_id
    WHERE lead_sources.batch_id = batches.id AND leads.outcome IS NULL
)
"""
FACTS = {
    "sqlite": "json_object('batch', batches.id)",
    "postgresql": "json_build_object('batch', batches.id)",
}
FIRST_LOOKS = """
INSERT INTO due (obligation_id, next_action_at)
SELECT id, due_at FROM obligations WHERE kind = 'batch'
"""


def upgrade() -> None:
    with op.batch_alter_table("batches") as batches:
        batches.add_column(sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True))
        batches.drop_constraint(op.f("uq_batches_channel_number"), type_="unique")
        batches.create_unique_constraint(
            op.f("uq_batches_channel_number_unit_id"), ["channel", "number", "unit_id"]
        )
    op.execute(FIRST_DUTIES.format(facts=FACTS[op.get_bind().dialect.name]))
    op.execute(FIRST_LOOKS)


def downgrade() -> None:
    op.execute("DELETE FROM obligations WHERE kind = 'batch'")
    with op.batch_alter_table("batches") as batches:
        batches.drop_constraint(op.f("uq_batches_channel_number_unit_id"), type_="unique")
        batches.create_unique_constraint(op.f("uq_batches_channel_number"), ["channel", "number"])
        batches.drop_column("replied_at")
