"""Drafts that were approved and wait for their day."""

import sqlalchemy as sa
from alembic import op

revision = "c41f7e0b52d8"
down_revision = "8d2f61c0a9b4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("faq_draft") as table:
        table.add_column(sa.Column("publish_on", sa.Date(), nullable=True))


def downgrade() -> None:
    # What waits for its day is of no state the schema before knows.
    op.execute("update faq_draft set state = 'submitted' where state = 'scheduled'")
    with op.batch_alter_table("faq_draft") as table:
        table.drop_column("publish_on")
