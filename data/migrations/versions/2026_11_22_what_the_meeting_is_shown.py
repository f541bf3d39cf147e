"""What the meeting is shown: tallies, reports, decisions, questionnaires, exams, what is public."""

import sqlalchemy as sa
from alembic import op

import data.database

revision = "4b7ada140fbd"
down_revision = "59fdec48addd"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exam",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("at", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam")),
        sa.UniqueConstraint("period", name=op.f("uq_exam_period")),
    )
    op.create_table(
        "opened",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("withheld", sa.Integer(), nullable=False),
        sa.Column("at", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opened")),
        sa.UniqueConstraint("period", "name", name=op.f("uq_opened_period_name")),
    )
    op.create_table(
        "questionnaire",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("quota", sa.Integer(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("at", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questionnaire")),
        sa.UniqueConstraint("year", name=op.f("uq_questionnaire_year")),
    )
    op.create_table(
        "report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("issue", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("lease_until", data.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("asked_by", sa.String(length=60), nullable=False),
        sa.Column("asked_at", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.String(length=60), nullable=True),
        sa.Column("published_at", data.database.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
    )
    op.create_index("ix_report_period", "report", ["period", "issue"], unique=False)

    op.create_table(
        "tally",
        sa.Column("breakdown", sa.String(length=10), nullable=False),
        sa.Column("heading", sa.String(length=60), nullable=False),
        sa.Column("measure", sa.String(length=20), nullable=False),
        sa.Column("grade", sa.Double(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "breakdown", "heading", "measure", "grade", "day", "as_of", name=op.f("pk_tally")
        ),
    )
    op.create_index("ix_tally_day", "tally", ["day", "measure"], unique=False)

    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("at", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("result", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["section_id"], ["section.id"], name=op.f("fk_decision_section_id_section")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    op.create_index(op.f("ix_decision_section_id"), "decision", ["section_id"], unique=False)

    op.create_table(
        "step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=True),
        sa.Column("topic", sa.String(length=40), nullable=True),
        sa.Column("section_id", sa.Integer(), nullable=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("at", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["section_id"], ["section.id"], name=op.f("fk_step_section_id_section")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step")),
    )
    op.create_table(
        "decision_news",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["officer.id"], name=op.f("fk_decision_news_by_id_officer")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decision.id"], name=op.f("fk_decision_news_decision_id_decision")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_news")),
    )
    op.create_index(
        op.f("ix_decision_news_decision_id"), "decision_news", ["decision_id"], unique=False
    )

    op.create_table(
        "exam_paper",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exam_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("shown", sa.JSON(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("scorer_id", sa.Integer(), nullable=True),
        sa.Column("scores", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("scored_by_id", sa.Integer(), nullable=True),
        sa.Column("scored_at", data.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"], ["section.id"], name=op.f("fk_exam_paper_author_id_section")
        ),
        sa.ForeignKeyConstraint(["exam_id"], ["exam.id"], name=op.f("fk_exam_paper_exam_id_exam")),
        sa.ForeignKeyConstraint(
            ["scored_by_id"], ["officer.id"], name=op.f("fk_exam_paper_scored_by_id_officer")
        ),
        sa.ForeignKeyConstraint(
            ["scorer_id"], ["section.id"], name=op.f("fk_exam_paper_scorer_id_section")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_paper")),
        sa.UniqueConstraint("exam_id", "number", name=op.f("uq_exam_paper_exam_id_number")),
    )
    op.create_index(op.f("ix_exam_paper_exam_id"), "exam_paper", ["exam_id"], unique=False)
    op.create_index(op.f("ix_exam_paper_scorer_id"), "exam_paper", ["scorer_id"], unique=False)

    op.create_table(
        "questionnaire_filled",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("questionnaire_id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("finished", sa.Boolean(), nullable=False),
        sa.Column("taken_by_id", sa.Integer(), nullable=True),
        sa.Column("at", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["questionnaire_id"],
            ["questionnaire.id"],
            name=op.f("fk_questionnaire_filled_questionnaire_id_questionnaire"),
        ),
        sa.ForeignKeyConstraint(
            ["taken_by_id"],
            ["officer.id"],
            name=op.f("fk_questionnaire_filled_taken_by_id_officer"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questionnaire_filled")),
        sa.UniqueConstraint(
            "questionnaire_id", "mark", name=op.f("uq_questionnaire_filled_questionnaire_id_mark")
        ),
    )
    op.create_index(
        op.f("ix_questionnaire_filled_questionnaire_id"),
        "questionnaire_filled",
        ["questionnaire_id"],
        unique=False,
    )

    op.create_table(
        "public_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("did", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", data.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", data.database.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["by_id"], ["officer.id"], name=op.f("fk_public_item_by_id_officer")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_public_item_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["officer.id"], name=op.f("fk_public_item_decided_by_id_officer")
        ),
        sa.ForeignKeyConstraint(
            ["section_id"], ["section.id"], name=op.f("fk_public_item_section_id_section")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_item")),
    )
    op.create_index(op.f("ix_public_item_period"), "public_item", ["period"], unique=False)

    op.create_table(
        "uncounted",
        sa.Column("event_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_uncounted")),
    )
    # What happened before is counted like what happens from now on.
    op.execute("INSERT INTO uncounted (event_id, case_id) SELECT id, case_id FROM event")

    op.add_column("cases", sa.Column("process_grade", sa.Integer(), nullable=True))

    op.add_column("faq_asked", sa.Column("reason", sa.String(length=20), nullable=True))


def downgrade() -> None:
    op.drop_column("faq_asked", "reason")

    op.drop_column("cases", "process_grade")

    op.drop_table("uncounted")
    op.drop_table("public_item")
    op.drop_table("questionnaire_filled")
    op.drop_table("exam_paper")
    op.drop_table("decision_news")
    op.drop_table("step")
    op.drop_table("decision")
    op.drop_table("tally")
    op.drop_table("report")
    op.drop_table("questionnaire")
    op.drop_table("opened")
    op.drop_table("exam")
