"""villages: where a case is"""

import sqlalchemy as sa
from alembic import op

revision = "5f95351b51a2"
down_revision = "cfff992bf85f"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "village",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=True),
        sa.Column("boundary", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["section_id"], ["section.id"], name=op.f("fk_village_section_id_section")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_village")),
        sa.UniqueConstraint("code", name=op.f("uq_village_code")),
    )
    op.create_table(
        "village_street",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("road", sa.String(length=60), nullable=False),
        sa.Column("lane", sa.String(length=30), nullable=True),
        sa.Column("low", sa.Integer(), nullable=False),
        sa.Column("high", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=4), nullable=False),
        sa.ForeignKeyConstraint(
            ["village_id"], ["village.id"], name=op.f("fk_village_street_village_id_village")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_village_street")),
    )
    with op.batch_alter_table("village_street", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_village_street_road"), ["road"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_village_street_village_id"), ["village_id"], unique=False
        )

    # Not in a batch: on SQLite that makes the table anew, which its events do not let go.
    within = sa.ForeignKey("village.id", name=op.f("fk_cases_village_id_village"))
    op.add_column("cases", sa.Column("village_id", sa.Integer(), within), inline_references=True)
    op.create_index("ix_cases_village_id_due_on", "cases", ["village_id", "due_on", "id"])


def downgrade() -> None:
    op.drop_index("ix_cases_village_id_due_on", "cases")
    op.drop_column("cases", "village_id")
    with op.batch_alter_table("village_street", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_village_street_village_id"))
        batch_op.drop_index(batch_op.f("ix_village_street_road"))

    op.drop_table("village_street")
    op.drop_table("village")
