"""Histories sealed in a ledger, other systems told, and who has a case before them."""

import sqlalchemy as sa
from alembic import op

import data.database

revision = "59fdec48addd"
down_revision = "0b6d2f4a91c3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger_page",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("of_table", sa.String(length=60), nullable=False),
        sa.Column("last_id", sa.Integer(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("at", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_ledger_page")),
    )
    op.create_index("ix_ledger_page_of_table", "ledger_page", ["of_table"])
    op.create_table(
        "subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("seen_id", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("made_by", sa.String(length=60), nullable=False),
        sa.Column("made_at", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sa.UniqueConstraint("name", name=op.f("uq_subscription_name")),
    )
    op.create_table(
        "viewing",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("at", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_viewing_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officer.id"], name=op.f("fk_viewing_officer_id_officer")
        ),
        sa.PrimaryKeyConstraint("case_id", "officer_id", name=op.f("pk_viewing")),
    )


def downgrade() -> None:
    op.drop_table("viewing")
    op.drop_table("subscription")
    op.drop_index("ix_ledger_page_of_table", "ledger_page")
    op.drop_table("ledger_page")
