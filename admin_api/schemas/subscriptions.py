"""Bodies of the routes about other systems that are told."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StrictBool, StrictStr

from admin_api.schemas.base import Strict, example
from complaints.states import EventKind
from data.outbox import Delivery

Name = Annotated[StrictStr, Field(min_length=1, max_length=60, examples=["市府陳情系統"])]
Url = Annotated[
    StrictStr,
    Field(
        max_length=500,
        description="https；機關內部網路可用 http / https, or http inside the office's network",
        examples=["https://cases.example.gov.tw/hooks/civicline"],
    ),
]


class NewSubscription(Strict):
    """A system that is to be told."""

    model_config = example(
        name="市府陳情系統",
        url="https://cases.example.gov.tw/hooks/civicline",
        kinds=["received", "replied", "closed"],
    )

    name: Name
    url: Url
    kinds: list[EventKind] = Field(
        default_factory=list,
        max_length=80,
        description="要通知的事件；空白表示全部 / none: all of them",
    )


class ChangedSubscription(NewSubscription):
    """How it is to be told from now on."""

    model_config = example(
        name="市府陳情系統",
        url="https://cases.example.gov.tw/hooks/civicline",
        kinds=["closed"],
        active=True,
    )

    active: StrictBool = True


class SubscriptionOut(BaseModel):
    """A system that is told."""

    id: int
    name: str
    url: str
    kinds: list[str]
    active: bool
    made_by: str
    made_at: datetime


class MadeSubscription(SubscriptionOut):
    """With what its messages are signed with; shown to administrators only."""

    secret: str = Field(description="Standard Webhooks, whsec_…")


class DeliveryOut(BaseModel):
    """A message to another system, and where it stands."""

    key: str
    state: Delivery
    attempts: int
    posted_at: datetime
    settled_at: datetime | None
    problem: str | None


class Posted(BaseModel):
    """A message that was queued; its deliveries tell what became of it."""


class Again(BaseModel):
    """How many messages are tried again."""

    messages: int
