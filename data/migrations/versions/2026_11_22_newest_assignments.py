"""indexes of the newest assignments and of the few whom no notice reached"""

import sqlalchemy as sa
from alembic import op

revision = "0b6d2f4a91c3"
down_revision = "ad2cc5363636"
branch_labels = None
depends_on = None

ASSIGNED = sa.text("kind = 'assigned'")


def upgrade() -> None:
    op.create_index(
        "ix_event_assigned", "event", ["id"], sqlite_where=ASSIGNED, postgresql_where=ASSIGNED
    )
    op.create_index(
        "ix_cases_unreached",
        "cases",
        ["due_on", "id"],
        sqlite_where=sa.text("unreached IS 1"),
        postgresql_where=sa.text("unreached IS true"),
    )


def downgrade() -> None:
    op.drop_index("ix_cases_unreached", table_name="cases")
    op.drop_index("ix_event_assigned", table_name="event")
