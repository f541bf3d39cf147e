"""the case: rules by urgency, own days, drafts, promises, tasks; personal data sealed"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

import data.database
from data import sealing

revision = "e626909d01fd"
down_revision = "b81ae9b9df3d"
branch_labels = None
depends_on = None

# table, its key, the column, and what its sealed values are bound to
SEALED = (
    ("outbox", ("id",), "content", "outbox.content"),
    ("conversation", ("channel", "name"), "state", "conversation.state"),
    ("web_message", ("id",), "content", "web_message.content"),
)


def upgrade() -> None:
    op.create_table(
        "approval_level",
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.Column("up_to_days", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("role", name=op.f("pk_approval_level")),
    )
    op.create_table(
        "clock_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=15), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("at", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("decided_at", data.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("moved", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_change")),
    )
    op.create_table(
        "day_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("part", sa.String(length=10), nullable=False),
        sa.Column("works", sa.Boolean(), nullable=False),
        sa.Column("area", sa.String(length=30), nullable=False),
        sa.Column("reason", sa.String(length=100), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("at", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("revoked_by", sa.String(length=60), nullable=True),
        sa.Column("revoked_at", data.database.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_change")),
    )
    with op.batch_alter_table("day_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_day_change_day"), ["day"], unique=False)

    op.create_table(
        "destruction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_nos", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("listed_by", sa.String(length=60), nullable=False),
        sa.Column("listed_at", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.String(length=60), nullable=True),
        sa.Column("approved_at", data.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("done_at", data.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("proof", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_destruction")),
    )
    op.create_table(
        "practice",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=60), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("at", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_practice")),
    )
    op.create_table(
        "time_limit",
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("priority", sa.String(length=15), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=10), nullable=False),
        sa.Column("reopened_days", sa.Integer(), nullable=False),
        sa.Column("ceiling_days", sa.Integer(), nullable=False),
        sa.Column("ceiling_unit", sa.String(length=10), nullable=False),
        sa.Column("max_extensions", sa.Integer(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "priority", name=op.f("pk_time_limit")),
    )
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("deputy_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["deputy_id"], ["officer.id"], name=op.f("fk_absence_deputy_id_officer")
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officer.id"], name=op.f("fk_absence_officer_id_officer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    with op.batch_alter_table("absence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_absence_officer_id"), ["officer_id"], unique=False)

    op.create_table(
        "extension",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", data.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["officer.id"], name=op.f("fk_extension_asked_by_id_officer")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_extension_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["officer.id"], name=op.f("fk_extension_decided_by_id_officer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension")),
    )
    with op.batch_alter_table("extension", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_extension_case_id"), ["case_id"], unique=False)

    op.create_table(
        "follower",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("citizen_id", sa.Integer(), nullable=False),
        sa.Column("at", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_follower_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["citizen_id"], ["citizen.id"], name=op.f("fk_follower_citizen_id_citizen")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follower")),
        sa.UniqueConstraint("case_id", "citizen_id", name=op.f("uq_follower_case_id_citizen_id")),
    )
    with op.batch_alter_table("follower", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_follower_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_follower_citizen_id"), ["citizen_id"], unique=False)

    op.create_table(
        "identity_access",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("granted_by_id", sa.Integer(), nullable=True),
        sa.Column("granted_at", data.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("until", data.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_identity_access_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["granted_by_id"], ["officer.id"], name=op.f("fk_identity_access_granted_by_id_officer")
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officer.id"], name=op.f("fk_identity_access_officer_id_officer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_access")),
    )
    with op.batch_alter_table("identity_access", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_access_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_identity_access_officer_id"), ["officer_id"], unique=False
        )

    op.create_table(
        "promise",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("made_at", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_promise_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise")),
    )
    with op.batch_alter_table("promise", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_promise_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_promise_due_on"), ["due_on"], unique=False)

    op.create_table(
        "reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("officer_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("read_at", data.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_reminder_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officer.id"], name=op.f("fk_reminder_officer_id_officer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint("key", name=op.f("uq_reminder_key")),
    )
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reminder_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reminder_officer_id"), ["officer_id"], unique=False)

    op.create_table(
        "reply_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answered", sa.JSON(), nullable=False),
        sa.Column("promises", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("case_version", sa.Integer(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", data.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["by_id"], ["officer.id"], name=op.f("fk_reply_draft_by_id_officer")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_reply_draft_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["officer.id"], name=op.f("fk_reply_draft_decided_by_id_officer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_draft")),
    )
    with op.batch_alter_table("reply_draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reply_draft_case_id"), ["case_id"], unique=False)

    op.create_table(
        "task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("section_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(length=30), nullable=True),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("made_at", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("done_at", data.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_task_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["done_by_id"], ["officer.id"], name=op.f("fk_task_done_by_id_officer")
        ),
        sa.ForeignKeyConstraint(
            ["section_id"], ["section.id"], name=op.f("fk_task_section_id_section")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("key", name=op.f("uq_task_key")),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_task_due_on"), ["due_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_task_section_id"), ["section_id"], unique=False)

    op.execute(
        "insert into time_limit (kind, priority, days, unit, reopened_days, ceiling_days,"
        " ceiling_unit, max_extensions, basis)"
        " select kind, 'ordinary', days, unit, reopened_days, 30, 'calendar', 2, basis from rule"
    )
    op.drop_table("rule")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("priority", sa.String(length=15), nullable=False, server_default="ordinary")
        )
        batch_op.add_column(sa.Column("place_key", sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column("petitioner", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("contact_mark", sa.String(length=64), nullable=True))
        batch_op.add_column(
            sa.Column("paused", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(
            sa.Column("extensions", sa.Integer(), nullable=False, server_default="0")
        )
        batch_op.add_column(sa.Column("bounces", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(
            sa.Column("with_secretary", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("improved_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("ground", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("agency", sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column("main_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("repeats_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("taken_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("permanent", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("consents_to_transfer", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("anonymized_on", sa.Date(), nullable=True))
        batch_op.create_index(batch_op.f("ix_cases_contact_mark"), ["contact_mark"], unique=False)
        batch_op.create_index("ix_cases_due_on", ["due_on", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_cases_main_id"), ["main_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_cases_place_key"), ["place_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_cases_repeats_id"), ["repeats_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_cases_main_id_cases"), "cases", ["main_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_cases_repeats_id_cases"), "cases", ["repeats_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_cases_taken_by_id_officer"), "officer", ["taken_by_id"], ["id"]
        )

    with op.batch_alter_table("officer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("deputy_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("alert_channel", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("alert_name", sa.String(length=120), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_officer_deputy_id_officer"), "officer", ["deputy_id"], ["id"]
        )

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("not_before", data.database.UtcDateTime(timezone=True), nullable=True)
        )
    for column in SEALED:
        _seal(*column)
    _seal_petitioners()
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_column("contact")
        batch_op.drop_column("petitioner_name")
        for name in ("priority", "paused", "extensions", "bounces", "with_secretary", "permanent"):
            batch_op.alter_column(name, server_default=None)


def downgrade() -> None:
    for column in SEALED:
        _unseal(*column)
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_column("not_before")

    with op.batch_alter_table("officer", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_officer_deputy_id_officer"), type_="foreignkey")
        batch_op.drop_column("alert_name")
        batch_op.drop_column("alert_channel")
        batch_op.drop_column("deputy_id")

    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.add_column(sa.Column("petitioner_name", sa.VARCHAR(length=100), nullable=True))
        batch_op.add_column(sa.Column("contact", sa.VARCHAR(length=200), nullable=True))

    _unseal_petitioners()
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_cases_taken_by_id_officer"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_cases_repeats_id_cases"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_cases_main_id_cases"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_cases_repeats_id"))
        batch_op.drop_index(batch_op.f("ix_cases_place_key"))
        batch_op.drop_index(batch_op.f("ix_cases_main_id"))
        batch_op.drop_index("ix_cases_due_on")
        batch_op.drop_index(batch_op.f("ix_cases_contact_mark"))
        batch_op.drop_column("anonymized_on")
        batch_op.drop_column("consents_to_transfer")
        batch_op.drop_column("permanent")
        batch_op.drop_column("taken_by_id")
        batch_op.drop_column("repeats_id")
        batch_op.drop_column("main_id")
        batch_op.drop_column("agency")
        batch_op.drop_column("ground")
        batch_op.drop_column("improved_on")
        batch_op.drop_column("with_secretary")
        batch_op.drop_column("bounces")
        batch_op.drop_column("extensions")
        batch_op.drop_column("paused")
        batch_op.drop_column("contact_mark")
        batch_op.drop_column("petitioner")
        batch_op.drop_column("place_key")
        batch_op.drop_column("priority")

    op.create_table(
        "rule",
        sa.Column("kind", sa.VARCHAR(length=30), nullable=False),
        sa.Column("days", sa.INTEGER(), nullable=False),
        sa.Column("unit", sa.VARCHAR(length=10), nullable=False),
        sa.Column("reopened_days", sa.INTEGER(), nullable=False),
        sa.Column("basis", sa.TEXT(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_rule")),
    )
    op.execute(
        "insert into rule (kind, days, unit, reopened_days, basis)"
        " select kind, days, unit, reopened_days, basis from time_limit"
        " where priority = 'ordinary'"
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_task_section_id"))
        batch_op.drop_index(batch_op.f("ix_task_due_on"))
        batch_op.drop_index(batch_op.f("ix_task_case_id"))

    op.drop_table("task")
    with op.batch_alter_table("reply_draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reply_draft_case_id"))

    op.drop_table("reply_draft")
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reminder_officer_id"))
        batch_op.drop_index(batch_op.f("ix_reminder_case_id"))

    op.drop_table("reminder")
    with op.batch_alter_table("promise", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_promise_due_on"))
        batch_op.drop_index(batch_op.f("ix_promise_case_id"))

    op.drop_table("promise")
    with op.batch_alter_table("identity_access", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_identity_access_officer_id"))
        batch_op.drop_index(batch_op.f("ix_identity_access_case_id"))

    op.drop_table("identity_access")
    with op.batch_alter_table("follower", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_follower_citizen_id"))
        batch_op.drop_index(batch_op.f("ix_follower_case_id"))

    op.drop_table("follower")
    with op.batch_alter_table("extension", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_extension_case_id"))

    op.drop_table("extension")
    with op.batch_alter_table("absence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_absence_officer_id"))

    op.drop_table("absence")
    op.drop_table("time_limit")
    op.drop_table("practice")
    op.drop_table("destruction")
    with op.batch_alter_table("day_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_day_change_day"))

    op.drop_table("day_change")
    op.drop_table("clock_change")
    op.drop_table("approval_level")


def _keys() -> sealing.Keyring:
    return sealing.of_dialect(op.get_bind().dialect)


def _seal(name: str, key: tuple[str, ...], column: str, about: str) -> None:
    keys = _keys()

    def sealed(value: Any) -> bytes:
        return keys.seal(json.dumps(value, ensure_ascii=False).encode(), about)

    _convert(name, key, column, sa.JSON(), sa.LargeBinary(), sealed)


def _unseal(name: str, key: tuple[str, ...], column: str, about: str) -> None:
    keys = _keys()

    def opened(value: bytes) -> Any:
        return json.loads(keys.open(value, about))

    _convert(name, key, column, sa.LargeBinary(), sa.JSON(), opened)


def _convert(name: str, key: tuple[str, ...], column: str, old: Any, new: Any, change: Any) -> None:
    with op.batch_alter_table(name, schema=None) as batch_op:
        batch_op.add_column(sa.Column("fresh", new, nullable=True))
    parts: list[sa.ColumnClause[Any]] = [sa.column(one) for one in key]
    table = sa.table(name, *parts, sa.column("fresh", new), sa.column(column, old))
    bind = op.get_bind()
    for row in bind.execute(sa.select(*parts, table.c[column])).all():
        where = [one == value for one, value in zip(parts, row[:-1], strict=True)]
        bind.execute(sa.update(table).where(*where).values(fresh=change(row[-1])))
    with op.batch_alter_table(name, schema=None) as batch_op:
        batch_op.drop_column(column)
    with op.batch_alter_table(name, schema=None) as batch_op:
        batch_op.alter_column("fresh", new_column_name=column, existing_type=new, nullable=False)


CASES = sa.table(
    "cases",
    *map(sa.column, ("id", "case_no", "petitioner_name", "contact")),
    sa.column("petitioner", sa.LargeBinary()),
)


def _seal_petitioners() -> None:
    bind, keys = op.get_bind(), _keys()
    rows = sa.select(CASES.c.id, CASES.c.case_no, CASES.c.petitioner_name, CASES.c.contact)
    for row in bind.execute(rows).all():
        if row.petitioner_name or row.contact:
            plain = json.dumps({"name": row.petitioner_name, "contact": row.contact})
            sealed = keys.seal(plain.encode(), f"cases.petitioner/{row.case_no}")
            bind.execute(sa.update(CASES).where(CASES.c.id == row.id).values(petitioner=sealed))


def _unseal_petitioners() -> None:
    bind, keys = op.get_bind(), _keys()
    for row in bind.execute(sa.select(CASES.c.id, CASES.c.case_no, CASES.c.petitioner)).all():
        if row.petitioner:
            who = json.loads(keys.open(row.petitioner, f"cases.petitioner/{row.case_no}"))
            values = {"petitioner_name": who["name"], "contact": who["contact"]}
            bind.execute(sa.update(CASES).where(CASES.c.id == row.id).values(**values))
