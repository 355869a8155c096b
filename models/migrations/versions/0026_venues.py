"""Venues, their inspections and problems, and what a district changes in a checklist."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "checklist_changes",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=True),
        sa.Column("words", sa.String(length=200), nullable=True),
        sa.Column("star", sa.Boolean(), nullable=False),
        sa.Column("by_id", KEY, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["by_id"], ["accounts.id"], name=op.f("fk_checklist_changes_by_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checklist_changes")),
    )
    op.create_index(op.f("ix_checklist_changes_kind"), "checklist_changes", ["kind"], unique=False)
    op.create_table(
        "venues",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("trading", sa.String(length=10), nullable=False),
        sa.Column("manager_id", KEY, nullable=True),
        sa.Column("officer_id", KEY, nullable=True),
        sa.Column("inspected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"], ["accounts.id"], name=op.f("fk_venues_created_by_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["manager_id"], ["assignments.id"], name=op.f("fk_venues_manager_id_assignments")
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["assignments.id"], name=op.f("fk_venues_officer_id_assignments")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_venues_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_venues")),
        sa.UniqueConstraint("code", name=op.f("uq_venues_code")),
    )
    op.create_index(op.f("ix_venues_inspected_at"), "venues", ["inspected_at"], unique=False)
    op.create_index(op.f("ix_venues_manager_id"), "venues", ["manager_id"], unique=False)
    op.create_index(op.f("ix_venues_unit_id"), "venues", ["unit_id"], unique=False)
    op.create_table(
        "inspections",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("venue_id", KEY, nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("submission_id", KEY, nullable=False),
        sa.Column("visit", sa.String(length=12), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("failed", KEY, nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_by", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_inspections_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["signed_by"], ["accounts.id"], name=op.f("fk_inspections_signed_by_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submissions.id"],
            name=op.f("fk_inspections_submission_id_submissions"),
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_inspections_unit_id_units")
        ),
        sa.ForeignKeyConstraint(
            ["venue_id"], ["venues.id"], name=op.f("fk_inspections_venue_id_venues")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspections")),
    )
    op.create_index(op.f("ix_inspections_at"), "inspections", ["at"], unique=False)
    op.create_index(
        op.f("ix_inspections_submission_id"), "inspections", ["submission_id"], unique=False
    )
    op.create_index(op.f("ix_inspections_unit_id"), "inspections", ["unit_id"], unique=False)
    op.create_index(op.f("ix_inspections_venue_id"), "inspections", ["venue_id"], unique=False)
    op.create_table(
        "problems",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("venue_id", KEY, nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("inspection_id", KEY, nullable=False),
        sa.Column("item", sa.String(length=40), nullable=False),
        sa.Column("item_words", sa.String(length=200), nullable=True),
        sa.Column("star", sa.Boolean(), nullable=False),
        sa.Column("word", sa.LargeBinary(), nullable=True),
        sa.Column("photo", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found_by", KEY, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rounds", KEY, nullable=False),
        sa.Column("relapses", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["found_by"], ["accounts.id"], name=op.f("fk_problems_found_by_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["inspection_id"],
            ["inspections.id"],
            name=op.f("fk_problems_inspection_id_inspections"),
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_problems_unit_id_units")),
        sa.ForeignKeyConstraint(
            ["venue_id"], ["venues.id"], name=op.f("fk_problems_venue_id_venues")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problems")),
    )
    op.create_index(op.f("ix_problems_found_at"), "problems", ["found_at"], unique=False)
    op.create_index(op.f("ix_problems_inspection_id"), "problems", ["inspection_id"], unique=False)
    op.create_index(op.f("ix_problems_unit_id"), "problems", ["unit_id"], unique=False)
    op.create_index("ix_problems_venue_item", "problems", ["venue_id", "item"], unique=False)
    op.create_table(
        "problem_steps",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("problem_id", KEY, nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("step", sa.String(length=12), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", KEY, nullable=True),
        sa.Column("inspection_id", KEY, nullable=True),
        sa.Column("word", sa.LargeBinary(), nullable=True),
        sa.Column("photo", sa.LargeBinary(), nullable=True),
        sa.Column("purge_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["accounts.id"], name=op.f("fk_problem_steps_by_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["inspection_id"],
            ["inspections.id"],
            name=op.f("fk_problem_steps_inspection_id_inspections"),
        ),
        sa.ForeignKeyConstraint(
            ["problem_id"], ["problems.id"], name=op.f("fk_problem_steps_problem_id_problems")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_problem_steps_unit_id_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem_steps")),
    )
    op.create_index(op.f("ix_problem_steps_at"), "problem_steps", ["at"], unique=False)
    op.create_index(
        op.f("ix_problem_steps_inspection_id"), "problem_steps", ["inspection_id"], unique=False
    )
    op.create_index(
        op.f("ix_problem_steps_problem_id"), "problem_steps", ["problem_id"], unique=False
    )
    op.create_index(op.f("ix_problem_steps_purge_on"), "problem_steps", ["purge_on"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_problem_steps_purge_on"), table_name="problem_steps")
    op.drop_index(op.f("ix_problem_steps_problem_id"), table_name="problem_steps")
    op.drop_index(op.f("ix_problem_steps_inspection_id"), table_name="problem_steps")
    op.drop_index(op.f("ix_problem_steps_at"), table_name="problem_steps")
    op.drop_table("problem_steps")
    op.drop_index("ix_problems_venue_item", table_name="problems")
    op.drop_index(op.f("ix_problems_unit_id"), table_name="problems")
    op.drop_index(op.f("ix_problems_inspection_id"), table_name="problems")
    op.drop_index(op.f("ix_problems_found_at"), table_name="problems")
    op.drop_table("problems")
    op.drop_index(op.f("ix_inspections_venue_id"), table_name="inspections")
    op.drop_index(op.f("ix_inspections_unit_id"), table_name="inspections")
    op.drop_index(op.f("ix_inspections_submission_id"), table_name="inspections")
    op.drop_index(op.f("ix_inspections_at"), table_name="inspections")
    op.drop_table("inspections")
    op.drop_index(op.f("ix_venues_unit_id"), table_name="venues")
    op.drop_index(op.f("ix_venues_manager_id"), table_name="venues")
    op.drop_index(op.f("ix_venues_inspected_at"), table_name="venues")
    op.drop_table("venues")
    op.drop_index(op.f("ix_checklist_changes_kind"), table_name="checklist_changes")
    op.drop_table("checklist_changes")
