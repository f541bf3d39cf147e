"""What waits today, the same done to several cases, and filters one comes back to."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import Path, Query, Response
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_api import cases, errors, policy, tasks
from admin_api.access import AsOfficer, AtDoor, Carried, IdempotencyKey, StaffDoor, perform
from admin_api.errors import TooManyViews
from admin_api.handling import DEEDS, carry_out
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from admin_api.schemas import today as schemas
from admin_api.tables import View
from complaints import reminders, worklist
from complaints.clock import calendars
from complaints.clock.workdays import WorkCalendar, office_date
from complaints.roles import APPROVERS, HEADS, Role
from complaints.tables import Officer
from complaints.worklist import Pile, Sight, Wanted
from data.database import reading
from faq.keeping import learning

router = NarrowRouter(prefix="/api/v1", tags=["today"])
SHOWN = 8
QUESTIONS = 5
ASKED_WITHIN = timedelta(days=30)
MOST_VIEWS = 30
PILES = (
    Pile.OVERDUE,
    Pile.DUE_TODAY,
    Pile.ADDED,
    Pile.NEW,
    Pile.UNREACHED,
    Pile.PROMISE_DUE,
)
ViewName = Annotated[str, Path(max_length=200)]
_deeds = {deed.path: deed for deed in DEEDS}


@router.get("/today", summary="今日工作 / What waits today")
def read_today(
    door: AtDoor,
    officer: AsOfficer,
    mine: Annotated[bool, Query(description="只看我承辦的 / only my own cases")] = False,
) -> schemas.TodayOut:
    """Late, due today, news of citizens, unclaimed, undelivered, promises due; my tasks."""
    policy.require(officer, Verb.READ_CASES)
    return of_today(door, officer, mine=mine)


@router.post("/cases/together", summary="多案同辦 / The same done to several cases")
def act_on_many(
    body: schemas.Many, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> list[schemas.DoneToOne]:
    """Each case by itself and in its own transaction; the answer tells what became of each."""
    policy.require(officer, Verb.READ_CASES)
    return list(do_to_each(door, officer, key, body))


@router.get("/views", summary="我的清單 / My saved views")
def read_views(door: AtDoor, officer: AsOfficer) -> list[schemas.SavedView]:
    """The filters of the queue I saved, by name."""
    policy.require(officer, Verb.READ_CASES)
    with reading(door.engine) as tx:
        return [schemas.SavedView(name=row.name, query=row.query) for row in views(tx, officer)]


@router.put("/views", response_model=schemas.SavedView, summary="儲存清單 / Save a view")
def save_view(body: schemas.SavedView, door: AtDoor, officer: AsOfficer) -> Response:
    """A view of the same name is replaced; what is no filter of the queue is left out."""

    def act(tx: Session, _now: datetime) -> Carried:
        row = keep_view(tx, officer, body.name, body.query)
        return Carried(200, {"name": row.name, "query": row.query})

    carried = perform(door, officer, Verb.READ_CASES, None, None, act)
    return JSONResponse(carried.body, carried.status)


@router.delete("/views/{name}", status_code=204, summary="刪除清單 / Forget a view")
def forget_view(name: ViewName, door: AtDoor, officer: AsOfficer) -> Response:
    """One that is not there is gone already."""

    def act(tx: Session, _now: datetime) -> Carried:
        drop_view(tx, officer, name)
        return Carried(204, {})

    perform(door, officer, Verb.READ_CASES, None, None, act)
    return Response(status_code=204)


def of_today(door: StaffDoor, officer: Officer, *, mine: bool) -> schemas.TodayOut:
    """What waits for an officer: own cases only, or all in sight."""
    now = door.clock()
    with reading(door.engine) as tx:
        words = door.shelf.current(tx).words
        asked = learning.unanswered(tx, now - ASKED_WITHIN, QUESTIONS, words)
        told = reminders.unread(tx, officer)[:SHOWN]
        seen, calendar = cases.sight(tx, officer, now), calendars.load(tx)
        me = officer.username if mine else None
        return schemas.TodayOut(
            mine=mine,
            piles=[
                _pile(tx, pile, me, seen, calendar, office_date(now)) for pile in _piles(officer)
            ],
            tasks=tasks.theirs(tx, officer, now)[:SHOWN],
            reminders=[tasks.reminder_out(tx, one) for one in told],
            questions=[
                schemas.OpenQuestion(text=one.texts[0], times=one.times, last_at=one.last_at)
                for one in asked
            ],
        )


def in_both_languages(error: Exception) -> str:
    """Why something was not done to a case, for programs and people alike."""
    if isinstance(error, ValidationError):
        fields = "、".join(".".join(map(str, found["loc"])) for found in error.errors())
        return f"內容有誤：{fields}"
    told = errors.describe(error)
    assert told is not None
    return errors.in_one_line(told, error)


def do_to_each(
    door: StaffDoor,
    officer: Officer,
    key: str | None,
    many: schemas.Many,
    tell: Callable[[Exception], str] = in_both_languages,
) -> Iterator[schemas.DoneToOne]:
    """Carry a verb out on each case; a refusal is told beside its case."""
    deed = _deeds[many.verb]
    for one in many.cases:
        own_key = f"{key}:{one.case_no}" if key else None
        try:
            body = deed.body.model_validate(many.body | {"version": one.version})
            carried = carry_out(door, officer, own_key, one.case_no, deed, body)
        except ValidationError as error:
            yield schemas.DoneToOne(case_no=one.case_no, status=422, problem=tell(error))
        except tuple(errors.PROBLEMS) as error:
            told = errors.describe(error)
            assert told is not None
            yield schemas.DoneToOne(case_no=one.case_no, status=told.status, problem=tell(error))
        else:
            yield schemas.DoneToOne(case_no=one.case_no, status=carried.status, problem=None)


def views(tx: Session, officer: Officer) -> Sequence[View]:
    """The views an officer saved, by name."""
    mine = select(View).where(View.officer_id == officer.id)
    return tx.scalars(mine.order_by(View.name)).all()


def keep_view(tx: Session, officer: Officer, name: str, query: str) -> View:
    """Save a view under a name; raises TooManyViews, and takes nobody's older one away."""
    name, mine = name.strip(), views(tx, officer)
    if len(mine) >= MOST_VIEWS and name not in {one.name for one in mine}:
        raise TooManyViews(MOST_VIEWS)
    row = tx.merge(View(officer_id=officer.id, name=name, query=_filter(query)))
    tx.flush()
    return row


def drop_view(tx: Session, officer: Officer, name: str) -> None:
    """Forget a view."""
    row = tx.get(View, (officer.id, name))
    if row:
        tx.delete(row)


def _filter(query: str) -> str:
    """The parts of an address that filter the queue, and nothing else."""
    known = ("pile", "section", "handler", "kind", "village", "q")
    found = parse_qsl(query.lstrip("?"), max_num_fields=20)
    return urlencode([(name, value) for name, value in found if name in known])


def _piles(officer: Officer) -> tuple[Pile, ...]:
    role = Role(officer.role)
    more = (Pile.TO_APPROVE,) if role in APPROVERS else ()
    return (*PILES, *more, *((Pile.WITH_SECRETARY,) if role in HEADS else ()))


def _pile(
    tx: Session, pile: Pile, me: str | None, seen: Sight, calendar: WorkCalendar, today: date
) -> schemas.TodayPile:
    """One heap; what nobody has claimed is nobody's own."""
    wanted = Wanted(pile, handler=None if pile is Pile.NEW else me)
    page = worklist.page(tx, wanted, seen, today=today, cursor=None, limit=SHOWN)
    return schemas.TodayPile(
        pile=pile,
        count=worklist.count(tx, wanted, seen, today=today),
        cases=[cases.row(case, calendar, today) for case in page.cases],
    )
