"""Seeing who brought a case, and destroying what is past its years, over the wire."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class IdentityRequest(BaseModel):
    """A request to see who brought a case; granted until `until`, or refused."""

    id: int
    case_no: str
    officer: str
    reason: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    until: datetime | None = Field(description="可閱覽至 / may be used until")
    refused: bool


class Identity(BaseModel):
    """Who brought a case, in full; that it was seen is on record."""

    case_no: str
    name: str | None
    contact: str | None
    reply_by: str


class IdentityView(BaseModel):
    """One time somebody saw who brought a case."""

    case_no: str
    at: datetime
    officer: str | None
    reason: str | None = Field(description="案件內容銷毀後為 null / null once destroyed")
    granted_by: str | None


class IdentityViews(BaseModel):
    """The views of a month; those of cases out of this officer's sight are only counted."""

    month: str
    count: int
    unseen: int
    views: list[IdentityView]


class DestructionOut(BaseModel):
    """A list of cases whose content is to go: listed, approved, destroyed, with proof."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    case_nos: list[str]
    digest: str
    listed_by: str
    listed_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    done_at: datetime | None
    proof: dict[str, Any] | None


class DestroyedOut(BaseModel):
    """How much was destroyed."""

    id: int
    cases: int
    events: int
    files: list[str] = Field(description="已無案件引用的檔案 / files nothing refers to any more")
