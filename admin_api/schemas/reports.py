"""Bodies and answers of the routes for the reports of periods."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StrictStr

from admin_api.schemas.base import Strict, example
from admin_api.schemas.meetings import Change
from complaints.measuring.periods import WRITTEN
from complaints.measuring.reports import State

Key = Annotated[StrictStr, Field(pattern=WRITTEN, examples=["2026-10", "2026-B5", "2026"])]


class NewReport(Strict):
    """Which period's report is to be made; a correction of a published one says why."""

    model_config = example(period="2026-10")

    period: Key
    reason: Annotated[StrictStr, Field(max_length=1000)] = ""


class ReportOut(BaseModel):
    """A report: how far it is, its files, and what it corrects."""

    id: int
    period: str
    title: str
    issue: int = Field(description="0 為首次，之後為第幾次更正 / 0 the first, then corrections")
    state: State
    step: str = Field(description="正在做什麼，或為什麼失敗")
    done: int = Field(description="完成百分比 / of a hundred")
    files: list[str]
    reason: str
    changes: list[Change]
    asked_by: str
    asked_at: datetime
    published_by: str | None
    published_at: datetime | None
