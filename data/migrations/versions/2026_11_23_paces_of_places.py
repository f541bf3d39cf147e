"""How often something came from one place of the network."""

import sqlalchemy as sa
from alembic import op

from data.database import UtcDateTime

revision = "5b0e93d7a1c6"
down_revision = "c41f7e0b52d8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pace",
        sa.Column("what", sa.String(20), nullable=False),
        sa.Column("place_mark", sa.String(64), nullable=False),
        sa.Column("began", UtcDateTime(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("what", "place_mark", "began", name="pk_pace"),
    )
    op.create_index("ix_pace_began", "pace", ["began"])


def downgrade() -> None:
    op.drop_table("pace")
