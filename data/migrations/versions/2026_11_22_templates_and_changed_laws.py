"""templates and changed laws"""

import sqlalchemy as sa
from alembic import op

import data.database

revision = "cfff992bf85f"
down_revision = "e626909d01fd"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "law_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("law", sa.String(length=60), nullable=False),
        sa.Column("article", sa.String(length=15), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("at", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_law_change")),
    )
    op.create_table(
        "template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=30), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("locked_by_id", sa.Integer(), nullable=True),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("at", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["locked_by_id"], ["law_change.id"], name=op.f("fk_template_locked_by_id_law_change")
        ),
        sa.ForeignKeyConstraint(
            ["section_id"], ["section.id"], name=op.f("fk_template_section_id_section")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_template")),
    )
    with op.batch_alter_table("template", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_template_section_id"), ["section_id"], unique=False)

    with op.batch_alter_table("reply_draft", schema=None) as batch_op:
        batch_op.add_column(sa.Column("template_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_reply_draft_template_id_template"), "template", ["template_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("reply_draft", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_reply_draft_template_id_template"), type_="foreignkey"
        )
        batch_op.drop_column("template_id")

    with op.batch_alter_table("template", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_template_section_id"))

    op.drop_table("template")
    op.drop_table("law_change")
