"""log-in: second factor, sessions with a name, tokens with scopes, tries by address"""

import sqlalchemy as sa
from alembic import op

import data.database

revision = "ad2cc5363636"
down_revision = "a378e40e25c4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "log_in_try",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address_mark", sa.String(length=64), nullable=False),
        sa.Column("at", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_in_try")),
    )
    with op.batch_alter_table("log_in_try", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_log_in_try_address_mark"), ["address_mark"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_log_in_try_at"), ["at"], unique=False)

    op.create_table(
        "account_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("what", sa.String(length=30), nullable=False),
        sa.Column("at", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["officer.id"], name=op.f("fk_account_event_by_id_officer")
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officer.id"], name=op.f("fk_account_event_officer_id_officer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_event")),
    )
    with op.batch_alter_table("account_event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_account_event_officer_id"), ["officer_id"], unique=False
        )

    op.create_table(
        "recovery_code",
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("used_at", data.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officer.id"], name=op.f("fk_recovery_code_officer_id_officer")
        ),
        sa.PrimaryKeyConstraint("officer_id", "mark", name=op.f("pk_recovery_code")),
    )
    op.create_table(
        "second_factor",
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("used_step", sa.Integer(), nullable=False),
        sa.Column("begun_at", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", data.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officer.id"], name=op.f("fk_second_factor_officer_id_officer")
        ),
        sa.PrimaryKeyConstraint("officer_id", name=op.f("pk_second_factor")),
    )
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("kind", sa.String(length=10), nullable=False, server_default="session")
        )
        batch_op.add_column(
            sa.Column("name", sa.String(length=60), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("scopes", sa.JSON(), nullable=True))
        batch_op.add_column(
            sa.Column("network", sa.String(length=50), nullable=False, server_default="")
        )
        batch_op.add_column(
            sa.Column("used_at", data.database.UtcDateTime(timezone=True), nullable=True)
        )


def downgrade() -> None:
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.drop_column("used_at")
        batch_op.drop_column("network")
        batch_op.drop_column("scopes")
        batch_op.drop_column("name")
        batch_op.drop_column("kind")

    op.drop_table("second_factor")
    op.drop_table("recovery_code")
    with op.batch_alter_table("account_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_event_officer_id"))

    op.drop_table("account_event")
    with op.batch_alter_table("log_in_try", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_log_in_try_at"))
        batch_op.drop_index(batch_op.f("ix_log_in_try_address_mark"))

    op.drop_table("log_in_try")
