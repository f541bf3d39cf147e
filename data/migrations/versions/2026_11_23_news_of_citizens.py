"""Whether the citizen said something nobody has looked at stands with the case, and what the
counts of the staff's list ask for is found without the rows."""

import sqlalchemy as sa
from alembic import op

revision = "c41d7e92b0a5"
down_revision = "8a2f61c0e4b7"
branch_labels = None
depends_on = None

OLD = ["status", "due_on", "id"]
NEW = [*OLD, "paused", "with_secretary", "unheard", "handler_id", "section_id", "kind"]
# Few of very many: what waits for somebody.
FEW = (
    ("ix_reply_draft_submitted", "reply_draft", ["case_id"], "submitted"),
    ("ix_extension_asked", "extension", ["case_id"], "asked"),
    ("ix_promise_unsettled", "promise", ["case_id", "due_on"], "open"),
)
HEARD = """update cases set unheard = true where exists (
  select 1 from event said
  where said.case_id = cases.id and said.officer_id is null
    and said.kind in ('information_added', 'edited', 'dissatisfied', 'not_improved')
    and not exists (
      select 1 from event done
      where done.case_id = said.case_id and done.id > said.id and done.officer_id is not null))"""


def upgrade() -> None:
    op.add_column(
        "cases", sa.Column("unheard", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.execute(HEARD)
    op.drop_index("ix_cases_status_due_on", "cases")
    op.create_index("ix_cases_status_due_on", "cases", NEW)
    for name, table, columns, state in FEW:
        where = sa.text(f"state = '{state}'")
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name, table, _columns, _state in FEW:
        op.drop_index(name, table)
    op.drop_index("ix_cases_status_due_on", "cases")
    op.create_index("ix_cases_status_due_on", "cases", OLD)
    op.drop_column("cases", "unheard")
