"""The figures of a month over the wire."""

from pydantic import BaseModel, Field


class CaseFigures(BaseModel):
    """Columns of the monthly table; rates are null when their denominator is 0."""

    carried_over: int
    received: int
    reopened: int
    split: int
    closed: int
    closed_on_time: int
    closed_late: int
    transferred_out: int
    not_processed: int
    merged: int
    withdrawn: int
    open_end: int
    open_overdue: int
    extensions: int
    improved: int
    promises_kept: int
    promises_missed: int
    refused_twice: int
    suggestions_closed: int
    suggestions_adopted: int
    adoption_rate: float | None
    on_time_rate: float | None
    mean_days: float | None
    median_days: float | None
    satisfaction_answers: int
    mean_satisfaction: float | None


class FaqFigures(BaseModel):
    """The month's questions; `sure + choose + unknown == asked`."""

    asked: int
    sure: int
    choose: int
    unknown: int
    chosen: int
    none_of_these: int
    filed: int
    helpful: int
    not_helpful: int
    top_entries: list[tuple[str, int]]


class MonthOut(BaseModel):
    """The figures of a month; definitions in docs/figures.md."""

    month: str
    title: str
    complete: bool = Field(description="月份是否已過完")
    total: CaseFigures
    by_section: dict[str, CaseFigures]
    received_by_kind: dict[str, int]
    received_by_channel: dict[str, int]
    closed_by_outcome: dict[str, int]
    questions: FaqFigures
