"""Residents away, the contacts with them, and since when an arrival is known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "absences",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "submission_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("lead_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("place", sa.LargeBinary(), nullable=True),
        sa.Column("intention", sa.String(length=10), nullable=False),
        sa.Column("promise", sa.String(length=8), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("rounds", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "created_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_how", sa.String(length=12), nullable=True),
        sa.Column("ended_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"], ["accounts.id"], name=op.f("fk_absences_created_by_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["accounts.id"], name=op.f("fk_absences_ended_by_accounts")
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_absences_lead_id_leads")),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["accounts.id"], name=op.f("fk_absences_owner_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_absences_person_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submissions.id"],
            name=op.f("fk_absences_submission_id_submissions"),
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_absences_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
    )
    op.create_index(op.f("ix_absences_ended_at"), "absences", ["ended_at"], unique=False)
    op.create_index(op.f("ix_absences_lead_id"), "absences", ["lead_id"], unique=False)
    op.create_index(
        "ix_absences_open",
        "absences",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(op.f("ix_absences_person_id"), "absences", ["person_id"], unique=False)
    op.create_index(op.f("ix_absences_submission_id"), "absences", ["submission_id"], unique=False)
    op.create_index(op.f("ix_absences_unit_id"), "absences", ["unit_id"], unique=False)
    op.create_table(
        "absence_contacts",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "absence_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("reached", sa.Boolean(), nullable=False),
        sa.Column("intention", sa.String(length=10), nullable=True),
        sa.Column("promise", sa.String(length=8), nullable=True),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["absence_id"],
            ["absences.id"],
            name=op.f("fk_absence_contacts_absence_id_absences"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["accounts.id"], name=op.f("fk_absence_contacts_by_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence_contacts")),
    )
    op.create_index(
        op.f("ix_absence_contacts_absence_id"), "absence_contacts", ["absence_id"], unique=False
    )
    op.add_column("leads", sa.Column("known_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE leads SET known_at = created_at")


def downgrade() -> None:
    op.drop_column("leads", "known_at")
    op.drop_index(op.f("ix_absence_contacts_absence_id"), table_name="absence_contacts")
    op.drop_table("absence_contacts")
    op.drop_index(op.f("ix_absences_unit_id"), table_name="absences")
    op.drop_index(op.f("ix_absences_submission_id"), table_name="absences")
    op.drop_index(op.f("ix_absences_person_id"), table_name="absences")
    op.drop_index(
        "ix_absences_open",
        table_name="absences",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(op.f("ix_absences_lead_id"), table_name="absences")
    op.drop_index(op.f("ix_absences_ended_at"), table_name="absences")
    op.drop_table("absences")
