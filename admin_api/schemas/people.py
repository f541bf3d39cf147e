"""Officers, sections and villages over the wire."""

from datetime import datetime

from pydantic import BaseModel, Field

from admin_api.schemas.base import Short, Strict


class LogIn(Strict):
    """User name and password."""

    username: Short
    password: Short


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
