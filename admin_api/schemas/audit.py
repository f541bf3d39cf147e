"""Bodies of the audit's routes."""

from datetime import datetime

from pydantic import BaseModel, Field

from data.ledger import Fault


class LedgerOut(BaseModel):
    """How far the histories are sealed."""

    pages: int
    sealed_at: datetime | None = None
    mark: str | None = Field(default=None, description="最新的封存碼 / the newest mark")


class FindingOut(BaseModel):
    """Something that is not as it was sealed."""

    fault: Fault
    table: str
    number: int


class VerifiedOut(BaseModel):
    """What a check looked at and found."""

    pages: int
    rows: int
    emptied: int = Field(description="依法銷毀內容的列 / rows whose content was lawfully destroyed")
    findings: list[FindingOut]


class DeedOut(BaseModel):
    """Something done to an account; `by` is empty when an operator did it by a command."""

    id: int
    at: datetime
    officer: str
    what: str
    by: str | None
