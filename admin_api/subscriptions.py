"""Routes: the office's other systems that are told what happens to cases (webhooks)."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Response
from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_api import policy
from admin_api.access import AsOfficer, AtDoor, Carried, IdempotencyKey, StaffDoor, perform
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from admin_api.schemas import subscriptions as schemas
from complaints import subscriptions
from complaints.tables import Officer, Subscription
from complaints.worklist import LARGEST_ID
from data.database import reading
from data.outbox import Outbox

router = NarrowRouter(prefix="/api/v1/subscriptions", tags=["subscriptions"])
Number = Annotated[int, Path(ge=1, lt=LARGEST_ID)]


@router.get("", summary="介接系統 / Systems that are told")
def read_subscriptions(door: AtDoor, officer: AsOfficer) -> list[schemas.SubscriptionOut]:
    """Each with where and of what it is told; never its secret."""
    policy.require(officer, Verb.MANAGE_SUBSCRIPTIONS)
    with reading(door.engine) as tx:
        rows = tx.scalars(select(Subscription).order_by(Subscription.id))
        return [subscription_out(row) for row in rows]


@router.post(
    "",
    status_code=201,
    response_model=schemas.MadeSubscription,
    summary="新增介接系統 / Tell a system from now on",
)
def add_subscription(
    body: schemas.NewSubscription, door: AtDoor, officer: AsOfficer
) -> JSONResponse:
    """Answers with the secret its messages are signed with; a key would keep it, so takes none."""
    return _done(add(door, officer, body))


@router.put(
    "/{number}", response_model=schemas.SubscriptionOut, summary="變更介接 / Change or stop one"
)
def change_subscription(
    number: Number,
    body: schemas.ChangedSubscription,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> JSONResponse:
    """One that was stopped goes on with what happens from now on."""
    return _done(change(door, officer, key, number, body))


@router.post(
    "/{number}/secret",
    response_model=schemas.MadeSubscription,
    summary="更換金鑰 / Give it another secret",
)
def renew_secret(number: Number, door: AtDoor, officer: AsOfficer) -> JSONResponse:
    """What is not delivered yet is signed with the new one, too."""
    return _done(renew(door, officer, number))


@router.post(
    "/{number}/test",
    response_model=schemas.Posted,
    status_code=202,
    summary="送出測試 / Send it a test",
)
def send_test(
    number: Number, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """A message of type `test`; see its deliveries for what became of it."""
    return _done(post_test(door, officer, key, number))


@router.get("/{number}/deliveries", summary="送達情形 / Its newest messages")
def read_deliveries(number: Number, door: AtDoor, officer: AsOfficer) -> list[schemas.DeliveryOut]:
    """The newest fifty."""
    policy.require(officer, Verb.MANAGE_SUBSCRIPTIONS)
    with reading(door.engine) as tx:
        subscriptions.find(tx, number)
        return [delivery_out(row) for row in subscriptions.deliveries(tx, number)]


@router.post(
    "/{number}/again",
    operation_id="send_messages_again",
    response_model=schemas.Again,
    summary="重送失敗的 / Try again what failed",
)
def send_again(
    number: Number, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> JSONResponse:
    """Every message that was given up, in their order."""
    return _done(try_again(door, officer, key, number))


# --- the same for the console ---------------------------------------------------------------
def add(door: StaffDoor, officer: Officer, body: schemas.NewSubscription) -> Carried:
    """Add a system; the answer holds its secret."""

    def act(tx: Session, now: datetime) -> Carried:
        row = subscriptions.add(tx, **body.model_dump(mode="json"), by=officer, now=now)
        return Carried(201, _with_secret(tx, row))

    return perform(door, officer, Verb.MANAGE_SUBSCRIPTIONS, None, None, act)


def change(
    door: StaffDoor,
    officer: Officer,
    key: str | None,
    number: int,
    body: schemas.ChangedSubscription,
) -> Carried:
    """Change a system or stop telling it."""
    given = body.model_dump(mode="json")

    def act(tx: Session, _now: datetime) -> Carried:
        row = subscriptions.change(tx, number, **given)
        return Carried(200, subscription_out(row).model_dump(mode="json"))

    return _keyed(door, officer, key, ["subscription", number, given], act)


def renew(door: StaffDoor, officer: Officer, number: int) -> Carried:
    """Give a system another secret; the answer holds it."""

    def act(tx: Session, _now: datetime) -> Carried:
        return Carried(200, _with_secret(tx, subscriptions.renew_secret(tx, number)))

    return perform(door, officer, Verb.MANAGE_SUBSCRIPTIONS, None, None, act)


def post_test(door: StaffDoor, officer: Officer, key: str | None, number: int) -> Carried:
    """Send a system a test."""

    def act(tx: Session, now: datetime) -> Carried:
        subscriptions.post_test(tx, number, now=now)
        return Carried(202, {})

    return _keyed(door, officer, key, ["subscription-test", number], act)


def try_again(door: StaffDoor, officer: Officer, key: str | None, number: int) -> Carried:
    """Try again what was given up."""

    def act(tx: Session, now: datetime) -> Carried:
        return Carried(200, {"messages": subscriptions.send_again(tx, number, now=now)})

    return _keyed(door, officer, key, ["subscription-again", number], act)


def subscription_out(row: Subscription) -> schemas.SubscriptionOut:
    """A system as it is shown."""
    return schemas.SubscriptionOut(
        id=row.id,
        name=row.name,
        url=row.url,
        kinds=row.kinds,
        active=row.active,
        made_by=row.made_by,
        made_at=row.made_at,
    )


def delivery_out(row: Outbox) -> schemas.DeliveryOut:
    """A message as it is shown, without its text."""
    return schemas.DeliveryOut.model_validate(row, from_attributes=True)


def _keyed(
    door: StaffDoor,
    officer: Officer,
    key: str | None,
    request: Any,
    act: Callable[[Session, datetime], Carried],
) -> Carried:
    return perform(door, officer, Verb.MANAGE_SUBSCRIPTIONS, key, request, act)


def _with_secret(tx: Session, row: Subscription) -> dict[str, Any]:
    secret = subscriptions.secret(tx, row)
    made = schemas.MadeSubscription(**subscription_out(row).model_dump(), secret=secret)
    return made.model_dump(mode="json")


def _done(carried: Carried) -> JSONResponse:
    return JSONResponse(carried.body, carried.status)
