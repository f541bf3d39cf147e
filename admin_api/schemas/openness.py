"""Bodies and answers of the routes for what the office makes public."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StrictStr

from admin_api.schemas.base import Strict, example
from complaints.measuring.columns import File
from complaints.measuring.opening import Why
from complaints.measuring.outcomes import LONGEST, State
from complaints.measuring.periods import WRITTEN

Period = Annotated[
    StrictStr, Field(pattern=WRITTEN, examples=["2026-10"], description="哪一期 / of which period")
]
Said = Annotated[StrictStr, Field(min_length=1, max_length=LONGEST)]
CaseNumber = Annotated[StrictStr, Field(min_length=1, max_length=30)]


class FileOut(BaseModel):
    """A file of open data that everybody can fetch."""

    period: str
    name: File
    rows: int
    withheld: int = Field(description="太少見而未列出的列數 / rows left out")
    made_at: datetime


class FileState(BaseModel):
    """Whether a file of a period is out, and what stands in its way."""

    name: File
    out: bool
    obstacle: Why | None


class CasesPreview(BaseModel):
    """What the cases of a month would become in the file."""

    rows: int
    withheld: int
    hidden: dict[str, int] = Field(description="各欄有幾列不公開 / rows in which it is not told")


class PreviewOut(BaseModel):
    """What a period's files would hold if they were made now; nothing is kept."""

    period: str
    title: str
    files: list[FileState]
    cases: CasesPreview | None = Field(description="只有一個月的期間才有 / of single months")


class NewItem(Strict):
    """What citizens said and what the office did about it."""

    model_config = example(
        period="2026-10",
        said="公園路燈太暗，晚上不敢走。",
        did="加裝六盞路燈，並請里長協助通報。",
    )

    period: Period
    said: Said
    did: Said
    case_no: CaseNumber | None = Field(
        None, description="由哪一案而來；密件與檢舉不能公開 / of which case"
    )


class ItemOut(BaseModel):
    """An item of 您說．我們做, proposed, published, or taken back."""

    id: int
    period: str
    said: str
    did: str
    section: str
    case_no: str | None = Field(description="看不到該案的人不顯示 / of a case in sight")
    state: State
    by: str
    at: datetime
    decided_by: str | None
    decided_at: datetime | None
