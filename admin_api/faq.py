"""Routes: entries, trying a question, and what nobody could answer."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from admin_api import policy, schemas
from admin_api.access import AsOfficer, AtDoor, Carried, IdempotencyKey, perform
from admin_api.policy import Verb
from data.database import reading
from faq.errors import UnknownEntry
from faq.keeping import answering, editing, figures
from faq.keeping.editing import EntryContent
from faq.keeping.tables import Entry

router = APIRouter(prefix="/api/v1/faq", tags=["faq"])
EntryId = Annotated[str, Path(max_length=32, examples=["id-card-lost"])]
LARGEST_PAGE = 200
LISTS = ("aliases", "documents", "office_confirms")


@router.get("/entries", summary="題庫 / The entries")
def read_entries(
    door: AtDoor,
    officer: AsOfficer,
    category: Annotated[str | None, Query(max_length=40)] = None,
    q: Annotated[str | None, Query(max_length=100)] = None,
    retired: bool = False,
    cursor: Annotated[str, Query(max_length=32)] = "",
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 50,
) -> schemas.EntryPage:
    """A page of entries by id; `cursor` is the last id of the page before."""
    policy.require(officer, Verb.READ_FAQ)
    wanted = select(Entry).where(Entry.retired.is_(retired), Entry.id > cursor)
    if category:
        wanted = wanted.where(Entry.category == category)
    if q:
        texts = (Entry.question, Entry.label, Entry.answer)
        wanted = wanted.where(or_(*(text.contains(q, autoescape=True) for text in texts)))
    with reading(door.engine) as tx:
        rows = tx.scalars(wanted.order_by(Entry.id).limit(limit + 1)).all()
        entries = [entry_out(row) for row in rows[:limit]]
    more = len(rows) > limit
    return schemas.EntryPage(entries=entries, next_cursor=entries[-1].id if more else None)


@router.get("/entries/{entry_id}", summary="一題 / One entry")
def read_entry(entry_id: EntryId, door: AtDoor, officer: AsOfficer) -> schemas.EntryOut:
    """One entry with its wordings and version."""
    policy.require(officer, Verb.READ_FAQ)
    with reading(door.engine) as tx:
        entry = tx.get(Entry, entry_id)
        if entry is None:
            raise UnknownEntry(entry_id)
        return entry_out(entry)


@router.post("/entries", status_code=201, summary="新增一題 / Add an entry")
def create_entry(
    body: schemas.NewEntry, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """Add an entry; the bot answers from it with the next question."""

    def act(tx: Session, now: datetime) -> Carried:
        entry = editing.create(tx, body.id, _content(body), by=officer.username, now=now)
        return Carried(201, entry_out(entry).model_dump(mode="json"))

    carried = perform(door, officer, Verb.EDIT_FAQ, key, body.model_dump(mode="json"), act)
    return JSONResponse(carried.body, carried.status)


@router.put("/entries/{entry_id}", summary="修改一題 / Change an entry")
def change_entry(
    entry_id: EntryId,
    body: schemas.ChangedEntry,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """Replace an entry's content; the version before is kept."""

    def act(tx: Session, now: datetime) -> Carried:
        content, version = _content(body), body.version
        entry = editing.change(tx, entry_id, content, version=version, by=officer.username, now=now)
        return Carried(200, entry_out(entry).model_dump(mode="json"))

    request = [entry_id, body.model_dump(mode="json")]
    carried = perform(door, officer, Verb.EDIT_FAQ, key, request, act)
    return JSONResponse(carried.body, carried.status)


@router.delete("/entries/{entry_id}", summary="下架一題 / Retire an entry")
def retire_entry(
    entry_id: EntryId,
    door: AtDoor,
    officer: AsOfficer,
    version: Annotated[int, Query(ge=1)],
    key: IdempotencyKey = None,
) -> Response:
    """Take an entry out of service; nothing is deleted."""

    def act(tx: Session, now: datetime) -> Carried:
        entry = editing.retire(tx, entry_id, version=version, by=officer.username, now=now)
        return Carried(200, entry_out(entry).model_dump(mode="json"))

    request = ["retire", entry_id, version]
    carried = perform(door, officer, Verb.EDIT_FAQ, key, request, act)
    return JSONResponse(carried.body, carried.status)


@router.post("/try", summary="試問一題，不留紀錄 / Try a question without recording it")
def try_question(body: schemas.Question, door: AtDoor, officer: AsOfficer) -> schemas.Tried:
    """What the engine would do with a question, and the scores of its candidates."""
    policy.require(officer, Verb.READ_FAQ)
    with reading(door.engine) as tx:
        index = door.shelf.current(tx)
    said = answering.understand(body.text, index)
    return schemas.Tried(
        verdict=said.judgement.verdict,
        confidence=said.judgement.confidence,
        candidates=[
            schemas.Scored(id=one.entry_id, label=index.cards[one.entry_id].label, score=one.score)
            for one in said.ranked[:10]
        ],
    )


@router.get("/unanswered", summary="沒有好答案的問題 / Questions nobody could answer")
def read_unanswered(
    door: AtDoor,
    officer: AsOfficer,
    days: Annotated[int, Query(ge=1, le=366)] = 30,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[schemas.UnansweredOut]:
    """Questions that got no answer, none of these, or not helpful; most frequent first."""
    policy.require(officer, Verb.READ_FAQ)
    since = door.clock() - timedelta(days=days)
    with reading(door.engine) as tx:
        found = figures.unanswered(tx, since, limit)
    return [
        schemas.UnansweredOut(
            text=one.text, times=one.times, last_at=one.last_at, verdict=one.verdict
        )
        for one in found
    ]


def entry_out(entry: Entry) -> schemas.EntryOut:
    """An entry as it goes over the wire."""
    plain = {
        name: getattr(entry, name) for name in schemas.EntryOut.model_fields if name != "aliases"
    }
    return schemas.EntryOut(**plain, aliases=[phrase.text for phrase in entry.phrases])


def _content(body: schemas.EntryFields) -> EntryContent:
    plain = body.model_dump(include=set(schemas.EntryFields.model_fields))
    for name in LISTS:
        plain[name] = tuple(plain[name])
    plain["variants"] = tuple(editing.variant_of(one) for one in plain["variants"])
    return EntryContent(**plain)
