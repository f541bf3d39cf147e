"""Pinned notices."""

import sqlalchemy as sa
from alembic import op

import data.database

revision = "8d2f61c0a9b4"
down_revision = "4b7ada140fbd"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "faq_pinned",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("english", sa.Text(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("since", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("until", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("surge", sa.Boolean(), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("at", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.String(length=60), nullable=True),
        sa.Column("ended_at", data.database.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_pinned")),
    )
    op.create_index(op.f("ix_faq_pinned_until"), "faq_pinned", ["until"], unique=False)


def downgrade() -> None:
    op.drop_table("faq_pinned")
