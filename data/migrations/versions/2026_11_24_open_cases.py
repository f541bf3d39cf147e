"""An index of the cases that are still open."""

import sqlalchemy as sa
from alembic import op

revision = "e7b20c9d4f16"
down_revision = "c41d7e92b0a5"
branch_labels = None
depends_on = None

IS_OPEN = sa.text(
    "status IN ('assigned', 'awaiting_supplement', 'in_progress',"
    " 'received', 'reopened', 'replied')"
)


def upgrade() -> None:
    op.create_index(
        "ix_cases_open",
        "cases",
        ["due_on", "id"],
        sqlite_where=IS_OPEN,
        postgresql_where=IS_OPEN,
    )


def downgrade() -> None:
    op.drop_index("ix_cases_open", table_name="cases")
