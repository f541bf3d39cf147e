"""Forms that entries name and citizens download."""

import sqlalchemy as sa
from alembic import op

from data.database import UtcDateTime

revision = "8a2f61c0e4b7"
down_revision = "5b0e93d7a1c6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "faq_form",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("ending", sa.String(4), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("by", sa.String(60), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_faq_form"),
    )
    op.add_column("faq_entry", sa.Column("forms", sa.JSON(), nullable=True))
    op.execute("update faq_entry set forms = '[]'")
    with op.batch_alter_table("faq_entry") as table:
        table.alter_column("forms", existing_type=sa.JSON(), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("faq_entry") as table:
        table.drop_column("forms")
    op.drop_table("faq_form")
