"""Officers, sections and villages over the wire."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StrictInt, StrictStr

from admin_api.policy import Scope
from admin_api.schemas.base import Short, Strict
from admin_api.tokens import LONGEST_DAYS


class LogIn(Strict):
    """User name and password."""

    username: Short
    password: Short
    code: Short | None = Field(
        default=None, description="驗證碼或備用碼 / code of the second factor, or a recovery code"
    )


class NewToken(Strict):
    """A token for a program."""

    name: Annotated[StrictStr, Field(min_length=1, max_length=60)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]
    days: Annotated[StrictInt, Field(ge=1, le=LONGEST_DAYS)] = 90


class OwnToken(BaseModel):
    """A log-in (session of the console, bearer of the API) or a token, without its secret."""

    handle: str = Field(description="用來結束它的名稱 / by which it is ended")
    kind: str
    name: str
    scopes: list[Scope]
    network: str = Field(description="登入時的網段 / network it was opened from")
    issued_at: datetime
    used_at: datetime
    expires_at: datetime


class MadeToken(OwnToken):
    """A new token with its secret."""

    token: str = Field(description="只顯示這一次 / shown once")


class Token(BaseModel):
    """A bearer token, good for twelve hours."""

    token: str
    expires_at: datetime


class Me(BaseModel):
    """Who a token stands for."""

    username: str
    name: str
    role: str
    section: str | None


class SectionOut(BaseModel):
    """A section."""

    code: str
    name: str


class VillageOut(BaseModel):
    """A village (里) of the district."""

    code: str
    name: str
    section: str | None = Field(description="課室代碼 / whose matters of this village are")


class OfficerOut(BaseModel):
    """A colleague."""

    username: str
    name: str
    role: str
    section: str | None
