"""Bodies and answers of the routes for visits to the place and for checklists."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import UploadFile
from pydantic import BaseModel, Field, StrictBool, StrictStr

from admin_api.schemas.base import Moment, Strict, example
from complaints.checklists import LONGEST
from complaints.routing import Topic
from complaints.states import Kind

MOST_PRESENT, MOST_PHOTOS = 30, 10
Somebody = Annotated[str, Field(max_length=60)]


class Visit(Strict):
    """The record of a visit, sent as a form; internal: the citizen sees the day alone."""

    version: int = Field(ge=1, description="讀取時的版本；過期會得到 409")
    visited_at: Moment = Field(
        description="何時到場，要在收件之後、現在之前", examples=["2026-11-26T10:30+08:00"]
    )
    where: str = Field(min_length=1, max_length=200, examples=["中山路 3 號前"])
    found: str = Field(min_length=1, max_length=20_000, description="現場情形")
    present: list[Somebody] = Field(
        default_factory=list, max_length=MOST_PRESENT, description="會同人員，一人一個 present"
    )
    next_step: str = Field("", max_length=2_000, description="後續要做什麼")
    photos: list[UploadFile] = Field(
        default_factory=list, max_length=MOST_PHOTOS, description="照片或 PDF，一個上限 20 MB"
    )

    def given(self) -> dict[str, Any]:
        """The body as the domain's verb takes it; the photos go their own way."""
        return {name: getattr(self, name) for name in Visit.model_fields if name != "photos"}


class Check(Strict):
    """Ticked, or not after all; with a remark for colleagues."""

    model_config = example(done=True, remark="已拍三張")

    done: StrictBool
    remark: StrictStr = Field("", max_length=500)


class CheckedOut(BaseModel):
    """A step of a case's checklist as it stands; `by` and `at` are of the last word."""

    id: int
    text: str
    done: bool
    by: str | None
    at: datetime | None
    remark: str
    said: str = Field(description="勾選當時的文字 / its words at that moment")


class NewStep(Strict):
    """A step of the office's checklist."""

    model_config = example(text="現況已拍照存證", kind="rights_protection")

    text: StrictStr = Field(min_length=1, max_length=LONGEST)
    kind: Kind | None = Field(None, description="限這一類案件；空白為各類都要")
    topic: Topic | None = Field(None, description="限這個主題；空白為都要")
    section: StrictStr | None = Field(None, max_length=30, description="課室代碼；空白為全所")


class Moving(Strict):
    """One place up, or down, among the steps of the same section."""

    up: StrictBool


class StepOut(BaseModel):
    """A step in use."""

    id: int
    text: str
    kind: Kind | None
    topic: Topic | None
    section: str | None
    by: str
    at: datetime
