"""The figures of a period over the wire."""

from datetime import date

from pydantic import BaseModel, Field


class CaseFigures(BaseModel):
    """Columns of the table; rates are null when their denominator is 0."""

    carried_over: int
    received: int
    reopened: int
    split: int
    closed: int
    closed_on_time: int
    closed_late: int
    transferred_out: int
    transferred_late: int
    not_processed: int
    merged: int
    withdrawn: int
    open_end: int
    open_on_time: int
    open_overdue: int
    extended: int
    closed_extended: int
    open_extended: int
    extensions: int
    handed_back: int
    refused_twice: int
    repeats: int
    replied: int
    improved: int
    promises_made: int
    promises_kept: int
    promises_missed: int
    suggestions_closed: int
    suggestions_adopted: int
    asked: int
    rated: int
    on_time_rate: float | None
    mean_days: float | None
    median_days: float | None
    p90_days: float | None
    reopening_rate: float | None
    improvement_rate: float | None
    adoption_rate: float | None
    response_rate: float | None
    process_mean: float | None = Field(description="未滿 10 份不公開 / null below ten answers")
    process_satisfied: float | None
    result_mean: float | None
    result_satisfied: float | None


class HeadedFigures(BaseModel):
    """The figures under one heading."""

    code: str = Field(
        description="代碼；不詳時空白，密件為 * / code; empty if unknown, * confidential"
    )
    name: str
    english: str
    figures: CaseFigures


class FaqFigures(BaseModel):
    """The period's questions; `sure + choose + unknown == asked`."""

    asked: int
    sure: int
    choose: int
    unknown: int
    chosen: int
    none_of_these: int
    filed: int
    helpful: int
    not_helpful: int
    settled: int
    asked_again: int
    filed_after: int
    outside_hours: int
    honest_rate: float | None
    unknown_rate: float | None
    outside_rate: float | None
    overdue_for_review: int
    by_channel: dict[str, int]
    top_entries: list[tuple[str, int]]


class FiguresOut(BaseModel):
    """The figures of a period; definitions in docs/figures.md."""

    period: str = Field(examples=["2026-10", "2026-B5", "2026-H2", "2026"])
    title: str
    until: date = Field(description="統計到哪一天 / counted up to this day")
    complete: bool = Field(description="這一期是否已過完")
    total: CaseFigures
    previous: CaseFigures = Field(description="上期 / the period before")
    year_before: CaseFigures = Field(description="去年同期 / the same period a year ago")
    by: dict[str, list[HeadedFigures]] = Field(
        description="section, kind, topic, village, channel, outcome"
    )
    questions: FaqFigures


class CaseOfFigure(BaseModel):
    """A case behind a figure."""

    case_no: str
    kind: str
    status: str
    section: str
    received_on: date
    due_on: date
    closed_on: date | None


class CasesOfFigure(BaseModel):
    """Some of the cases a figure counts; `hidden` of them this officer may not see."""

    cases: list[CaseOfFigure]
    hidden: int
    next: int | None = Field(description="接下去的 after；沒有下一頁時為 null")
