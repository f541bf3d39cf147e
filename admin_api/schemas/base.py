"""What every body over the wire is made of, and how a refusal is told."""

import re
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    StrictStr,
)

WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
WRITTEN_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}", re.ASCII)
FIRST_DAY, LAST_DAY = date(1912, 1, 1), date(2199, 12, 31)  # 民國元年 on, and nothing overflows


def _as_written(given: object) -> object:
    """Pydantic also takes numbers, moments and "0" for a date, which nobody means."""
    plain = isinstance(given, date) and not isinstance(given, datetime)
    if plain or (isinstance(given, str) and WRITTEN.fullmatch(given)):
        return given
    raise ValueError("日期請寫成 2026-11-26 / a date is written 2026-11-26")


def _as_moment(given: object) -> object:
    """Pydantic also takes numbers for a moment, which nobody means."""
    if isinstance(given, datetime) or (isinstance(given, str) and WRITTEN_MOMENT.match(given)):
        return given
    raise ValueError("時間請寫成 2026-11-26T10:30+08:00 / a moment is written so")


Version = Annotated[StrictInt, Field(ge=1, description="讀取時的版本；過期會得到 409")]
Text = Annotated[StrictStr, Field(min_length=1, max_length=20_000)]
EntryId = Annotated[StrictStr, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,31}$")]
Short = Annotated[StrictStr, Field(min_length=1, max_length=200)]
Day = Annotated[
    date, Field(ge=FIRST_DAY, le=LAST_DAY, examples=["2026-11-26"]), BeforeValidator(_as_written)
]

Moment = Annotated[AwareDatetime, BeforeValidator(_as_moment)]


class Strict(BaseModel):
    """A request body: what is not known is refused, not ignored."""

    model_config = ConfigDict(extra="forbid")


class Reason(Strict):
    """Why."""

    reason: Text


class FieldProblem(BaseModel):
    """What is wrong at one place of a request."""

    at: str = Field(description="位置 / where, such as body.version")
    problem: str


class ProblemOut(BaseModel):
    """How every error is told (RFC 9457, application/problem+json)."""

    type: str = Field(description="給程式看的名稱 / a name for programs: /problems/<name>")
    title: str = Field(description="給人看的一句話 / a sentence for people, in both languages")
    status: int
    detail: str | None = None
    fields: list[FieldProblem] | None = Field(None, description="invalid-request")
    questions: list[str] | None = Field(None, description="answers-worse")


def example(**body: Any) -> ConfigDict:
    """The configuration of a request body with an example of it."""
    return ConfigDict(json_schema_extra={"examples": [body]})
