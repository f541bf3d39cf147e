"""the loop: drafts, refused wordings, topics"""

import sqlalchemy as sa
from alembic import op

import data.database

revision = "b81ae9b9df3d"
down_revision = "e18a0e7ad940"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "faq_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.String(length=32), nullable=False),
        sa.Column("of_version", sa.Integer(), nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("at", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("decided_at", data.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_draft")),
    )
    with op.batch_alter_table("faq_draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_faq_draft_entry_id"), ["entry_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_faq_draft_state"), ["state"], unique=False)

    op.create_table(
        "faq_refused_wording",
        sa.Column("entry_id", sa.String(length=32), nullable=False),
        sa.Column("folded", sa.String(length=200), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("at", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["faq_entry.id"], name=op.f("fk_faq_refused_wording_entry_id_faq_entry")
        ),
        sa.PrimaryKeyConstraint("entry_id", "folded", name=op.f("pk_faq_refused_wording")),
    )
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.add_column(sa.Column("topic", sa.String(length=40), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_column("topic")

    op.drop_table("faq_refused_wording")
    with op.batch_alter_table("faq_draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_faq_draft_state"))
        batch_op.drop_index(batch_op.f("ix_faq_draft_entry_id"))

    op.drop_table("faq_draft")
