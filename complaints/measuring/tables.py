"""Tables of figures worked out, of what citizens thought, and of what a meeting decided."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from complaints.tables import Case, Officer, Section
from data.database import Base


class Tally(Base):
    """How many things of a measure happened in a month, under one heading of one breakdown.

    A month is told by its first day; only what becomes overdue is kept by the day. What becomes
    known later (another section, another kind) is counted for the old `day` with the later
    `as_of`: the figure of a period is the sum over days of the period with `as_of` no later than
    its end. `grade` tells days taken or grades given apart; it is 0 for plain counts.
    """

    __tablename__ = "tally"
    __table_args__ = (Index("ix_tally_day", "day", "measure"),)

    breakdown: Mapped[str] = mapped_column(String(10), primary_key=True)
    heading: Mapped[str] = mapped_column(String(60), primary_key=True)
    measure: Mapped[str] = mapped_column(String(20), primary_key=True)
    grade: Mapped[float] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    as_of: Mapped[date] = mapped_column(primary_key=True)
    number: Mapped[int]


class Questionnaire(Base):
    """The satisfaction questionnaire of a year: its questions, its span and how many it needs."""

    __tablename__ = "questionnaire"

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(unique=True)
    title: Mapped[str] = mapped_column(String(100))
    questions: Mapped[list[Any]]
    quota: Mapped[int]
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    by: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]


class Filled(Base):
    """One questionnaire filled in; `mark` keeps a person from filling two, and names nobody."""

    __tablename__ = "questionnaire_filled"
    __table_args__ = (UniqueConstraint("questionnaire_id", "mark"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    questionnaire_id: Mapped[int] = mapped_column(ForeignKey("questionnaire.id"), index=True)
    mark: Mapped[str] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(20))
    answers: Mapped[dict[str, Any]]
    finished: Mapped[bool] = mapped_column(default=False)
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))
    at: Mapped[datetime]


class Exam(Base):
    """Questions and replies of a period, drawn by a seed, to be scored by other sections."""

    __tablename__ = "exam"

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(String(10), unique=True)
    seed: Mapped[int]
    by: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]

    papers: Mapped[list["Paper"]] = relationship(order_by="Paper.number", back_populates="exam")


class Paper(Base):
    """One question with the bot's answer, or one reply of the office, as its scorer sees it."""

    __tablename__ = "exam_paper"
    __table_args__ = (UniqueConstraint("exam_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    exam_id: Mapped[int] = mapped_column(ForeignKey("exam.id"), index=True)
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(10))
    source_id: Mapped[int]
    shown: Mapped[dict[str, Any]]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"))
    scorer_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"), index=True)
    scores: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    remark: Mapped[str] = mapped_column(Text, default="")
    scored_by_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))
    scored_at: Mapped[datetime | None]

    exam: Mapped[Exam] = relationship(back_populates="papers")


class Report(Base):
    """The report of a period: asked for, made, and perhaps published; then it never changes.

    A later correction is another row with the next `issue`, saying what it changes and why.
    """

    __tablename__ = "report"
    __table_args__ = (Index("ix_report_period", "period", "issue"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(String(10))
    issue: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(10))
    step: Mapped[str] = mapped_column(String(40), default="")
    done: Mapped[int] = mapped_column(default=0)  # of a hundred
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    content: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), deferred=True)
    files: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(Text, default="")
    changes: Mapped[list[Any]]
    asked_by: Mapped[str] = mapped_column(String(60))
    asked_at: Mapped[datetime]
    published_by: Mapped[str | None] = mapped_column(String(60))
    published_at: Mapped[datetime | None]


class Decision(Base):
    """What a meeting decided should be done (列管事項), by whom and until when."""

    __tablename__ = "decision"

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"), index=True)
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(10), default="open")
    by: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
    ended_on: Mapped[date | None]
    result: Mapped[str] = mapped_column(Text, default="")

    section: Mapped[Section] = relationship(lazy="joined")
    news: Mapped[list["DecisionNews"]] = relationship(order_by="DecisionNews.id")


class DecisionNews(Base):
    """How far a decision has come, as the section told it."""

    __tablename__ = "decision_news"

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int] = mapped_column(ForeignKey("officer.id"))
    at: Mapped[datetime]

    by: Mapped[Officer] = relationship(lazy="joined")


class PublicItem(Base):
    """What citizens said and what the office did about it, for everybody to read once approved."""

    __tablename__ = "public_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(String(10), index=True)
    said: Mapped[str] = mapped_column(Text)
    did: Mapped[str] = mapped_column(Text)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    state: Mapped[str] = mapped_column(String(10), default="draft")
    by_id: Mapped[int] = mapped_column(ForeignKey("officer.id"))
    at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))
    decided_at: Mapped[datetime | None]

    section: Mapped[Section] = relationship(lazy="joined")
    case: Mapped[Case | None] = relationship()


class Opened(Base):
    """A file of open data as it was given to the public; made once and never made again."""

    __tablename__ = "opened"
    __table_args__ = (UniqueConstraint("period", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(30))
    content: Mapped[str] = mapped_column(Text, deferred=True)
    rows: Mapped[int]
    withheld: Mapped[int]
    at: Mapped[datetime]
