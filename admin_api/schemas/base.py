"""What every body over the wire is made of, and how a refusal is told."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

Version = Annotated[StrictInt, Field(ge=1, description="讀取時的版本；過期會得到 409")]
Text = Annotated[StrictStr, Field(min_length=1, max_length=20_000)]
EntryId = Annotated[StrictStr, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,31}$")]
Short = Annotated[StrictStr, Field(min_length=1, max_length=200)]


class Strict(BaseModel):
    """A request body: what is not known is refused, not ignored."""

    model_config = ConfigDict(extra="forbid")


class Reason(Strict):
    """Why."""

    reason: Text


class ProblemOut(BaseModel):
    """How every error is told (RFC 9457, application/problem+json)."""

    type: str
    title: str
    status: int
    detail: str | None = None
