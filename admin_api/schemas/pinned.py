"""Bodies and answers of the routes for pinned notices."""

from datetime import datetime

from pydantic import BaseModel, Field, StrictBool, StrictStr

from admin_api.schemas.base import Moment, Strict, example
from faq.keeping.pinning import MOST_TEXT, MOST_WORDS


class NewNotice(Strict):
    """A notice for everybody who writes, and the answer to questions with its words."""

    model_config = example(
        text="新北市明（27）日停止上班、停止上課，本所不對外服務。",
        english="Offices are closed on 27 November because of the typhoon.",
        words=["颱風", "停班", "停課"],
        since="2026-11-26T18:00+08:00",
        until="2026-11-28T00:00+08:00",
    )

    text: StrictStr = Field(min_length=1, max_length=MOST_TEXT, description="公告內容")
    english: StrictStr = Field("", max_length=MOST_TEXT, description="英文；空白就用中文")
    words: list[StrictStr] = Field(
        default_factory=list,
        max_length=MOST_WORDS,
        description="問題裡有這些字就以公告回答，每個 2 到 20 字 / words that it answers",
    )
    since: Moment = Field(description="何時開始 / from when")
    until: Moment = Field(description="何時結束，最長 31 天 / until when, at most 31 days")
    surge: StrictBool = Field(
        default=False,
        description="尖峰：每人每分鐘最多答 6 則 / answer each citizen less often meanwhile",
    )


class NoticeOut(BaseModel):
    """A pinned notice."""

    id: int
    text: str
    english: str
    words: list[str]
    since: datetime
    until: datetime
    surge: bool
    over: bool = Field(description="已經結束 / it does not stand any more")
    by: str
    at: datetime
    ended_by: str | None
    ended_at: datetime | None
