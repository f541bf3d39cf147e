"""Routes: entries, one by one and as files, and trying a question."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import HTTPException, Path, Query, Response, UploadFile
from fastapi.responses import JSONResponse
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from admin_api import policy
from admin_api.access import AsOfficer, AtDoor, Carried, IdempotencyKey, StaffDoor, perform
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from admin_api.preconditions import IfMatch, IfNoneMatch, held_to, tagged
from admin_api.schemas import knowledge as schemas
from admin_api.statuses import TOLD_TAG, a_file
from complaints.clock.workdays import office_date
from complaints.tables import Officer
from data.database import reading
from data.files import MAX_BYTES
from faq.errors import UnknownEntry
from faq.keeping import answering, editing, files, trials
from faq.keeping.editing import EntryContent
from faq.keeping.files import Format
from faq.keeping.tables import Entry, Phrase
from faq.keeping.trials import Rehearsal

router = NarrowRouter(prefix="/api/v1/faq", tags=["faq"])
EntryId = Annotated[str, Path(max_length=32, examples=["id-card-lost"])]
LARGEST_PAGE = 200
LISTS = ("aliases", "documents", "office_confirms", "forms")
MEDIA_TYPES = {
    Format.YAML: "application/yaml",
    Format.CSV: "text/csv; charset=utf-8",
    Format.ODS: "application/vnd.oasis.opendocument.spreadsheet",
}


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
    """A page of entries by id; `cursor` is the last id of the page before.

    `q` stands in the title, question, answer, legal basis or one of the wordings.
    """
    policy.require(officer, Verb.READ_FAQ)
    wanted = select(Entry).where(Entry.retired.is_(retired), Entry.id > cursor)
    if category:
        wanted = wanted.where(Entry.category == category)
    if q:
        wanted = wanted.where(mentions(q))
    with reading(door.engine) as tx:
        rows = tx.scalars(wanted.order_by(Entry.id).limit(limit + 1)).all()
        entries = [entry_out(row) for row in rows[:limit]]
    more = len(rows) > limit
    return schemas.EntryPage(entries=entries, next_cursor=entries[-1].id if more else None)


@router.get(
    "/entries/{entry_id}",
    response_model=schemas.EntryOut,
    responses=TOLD_TAG,
    summary="一題 / One entry",
)
def read_entry(
    entry_id: EntryId, door: AtDoor, officer: AsOfficer, known: IfNoneMatch = None
) -> Response:
    """One entry with its wordings and version."""
    policy.require(officer, Verb.READ_FAQ)
    with reading(door.engine) as tx:
        entry = tx.get(Entry, entry_id)
        if entry is None:
            raise UnknownEntry(entry_id)
        return tagged(entry_out(entry), entry.version, known)


@router.post(
    "/entries", response_model=schemas.EntryOut, status_code=201, summary="新增一題 / Add an entry"
)
def create_entry(
    body: schemas.NewEntry, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """Add an entry at once, by somebody who may approve it; editors write drafts."""
    policy.require(officer, Verb.APPROVE_FAQ)
    rehearsal = rehearse(door, body.id, content_of(body))

    def act(tx: Session, now: datetime) -> Carried:
        trials.admit(tx, rehearsal)
        entry = editing.create(tx, body.id, content_of(body), by=officer.username, now=now)
        return Carried(201, entry_out(entry).model_dump(mode="json"))

    carried = perform(door, officer, Verb.APPROVE_FAQ, key, body.model_dump(mode="json"), act)
    return JSONResponse(carried.body, carried.status)


@router.put(
    "/entries/{entry_id}", response_model=schemas.EntryOut, summary="修改一題 / Change an entry"
)
def change_entry(
    entry_id: EntryId,
    body: schemas.ChangedEntry,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
    held: IfMatch = None,
) -> Response:
    """Replace an entry's content at once; the version before is kept."""
    policy.require(officer, Verb.APPROVE_FAQ)
    rehearsal = rehearse(door, entry_id, content_of(body))

    def act(tx: Session, now: datetime) -> Carried:
        trials.admit(tx, rehearsal)
        content, version = content_of(body), body.version
        entry = editing.change(tx, entry_id, content, version=version, by=officer.username, now=now)
        return Carried(200, entry_out(entry).model_dump(mode="json"))

    request = [entry_id, body.model_dump(mode="json")]
    with held_to(held, body.version):
        carried = perform(door, officer, Verb.APPROVE_FAQ, key, request, act)
    return JSONResponse(carried.body, carried.status)


@router.delete(
    "/entries/{entry_id}", response_model=schemas.EntryOut, summary="下架一題 / Retire an entry"
)
def retire_entry(
    entry_id: EntryId,
    door: AtDoor,
    officer: AsOfficer,
    version: Annotated[int, Query(ge=1)],
    key: IdempotencyKey = None,
    held: IfMatch = None,
) -> Response:
    """Take an entry out of service; nothing is deleted."""
    policy.require(officer, Verb.APPROVE_FAQ)
    rehearsal = rehearse(door, entry_id, None)

    def act(tx: Session, now: datetime) -> Carried:
        trials.admit(tx, rehearsal)
        entry = editing.retire(tx, entry_id, version=version, by=officer.username, now=now)
        return Carried(200, entry_out(entry).model_dump(mode="json"))

    request = ["retire", entry_id, version]
    with held_to(held, version):
        carried = perform(door, officer, Verb.APPROVE_FAQ, key, request, act)
    return JSONResponse(carried.body, carried.status)


@router.post("/try", summary="試問一題，不留紀錄 / Try a question without recording it")
def try_question(body: schemas.Trying, door: AtDoor, officer: AsOfficer) -> schemas.Tried:
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


@router.get(
    "/export",
    response_class=Response,
    responses=a_file(MEDIA_TYPES.values()),
    summary="匯出題庫 / The entries as a file",
)
def export_entries(
    door: AtDoor,
    officer: AsOfficer,
    kind: Annotated[Format, Query(alias="format")] = Format.YAML,
) -> Response:
    """Every entry in service; `import` takes the file back. Columns in docs/exchange.md."""
    policy.require(officer, Verb.READ_FAQ)
    with reading(door.engine) as tx:
        entries = files.in_service(tx)
    name = f"civicline-faq-{office_date(door.clock())}.{kind}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(files.write(entries, kind), media_type=MEDIA_TYPES[kind], headers=headers)


@router.post(
    "/import", response_model=schemas.ImportedOut, summary="匯入題庫 / Take in a file of entries"
)
def import_entries(
    file: UploadFile,
    door: AtDoor,
    officer: AsOfficer,
    dry_run: Annotated[bool, Query(description="只看會改什麼 / only tell")] = False,
    key: IdempotencyKey = None,
) -> Response:
    """Add what is new, change what differs, all or nothing; a dry run writes nothing.

    Editors may try a file; publishing it at once takes somebody who may approve entries.
    """
    policy.require(officer, Verb.EDIT_FAQ if dry_run else Verb.APPROVE_FAQ)
    content = file.file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise HTTPException(413, "檔案太大，上限 20 MB。 The file is larger than 20 MB.")
    name = file.filename or ""
    if dry_run:
        entries = files.read(name, content)
        with reading(door.engine) as tx:
            return JSONResponse(asdict(files.compare(tx, entries, now=door.clock())))
    carried = take_in(door, officer, key, name, content)
    return JSONResponse(carried.body, carried.status)


def take_in(
    door: StaffDoor, officer: Officer, key: str | None, name: str, content: bytes
) -> Carried:
    """Merge a file of entries, tried on the test set first; raises as `files.merge` does."""
    policy.require(officer, Verb.APPROVE_FAQ)
    entries = files.read(name, content)
    rehearsal = rehearse_all(door, entries)

    def act(tx: Session, now: datetime) -> Carried:
        trials.admit(tx, rehearsal)
        return Carried(200, asdict(files.merge(tx, entries, by=officer.username, now=now)))

    request = ["import", name, hashlib.sha256(content).hexdigest()]
    return perform(door, officer, Verb.APPROVE_FAQ, key, request, act)


def mentions(text: str) -> ColumnElement[bool]:
    """Whether a text stands in an entry's title, question, answer, basis or a wording."""
    texts = (Entry.question, Entry.label, Entry.answer, Entry.legal_basis)
    found = [column.contains(text, autoescape=True) for column in texts]
    return or_(*found, Entry.phrases.any(Phrase.text.contains(text, autoescape=True)))


def rehearse_all(door: StaffDoor, entries: Sequence[tuple[str, EntryContent]]) -> Rehearsal:
    """As one entry is rehearsed, for all that a file would add or change."""
    with reading(door.engine) as tx:
        found = files.compare(tx, entries, now=door.clock())
        touched = {*found.added, *found.changed}
        rows = {
            entry_id: editing.row_of(entry_id, content, door.clock())
            for entry_id, content in entries
            if entry_id in touched
        }
        return trials.rehearse(tx, door.shelf.current(tx), rows)


def rehearse(door: StaffDoor, entry_id: str, content: EntryContent | None) -> Rehearsal:
    """Outside the transaction that publishes: it takes a second for each thousand wordings."""
    row = editing.row_of(entry_id, content, door.clock()) if content else None
    with reading(door.engine) as tx:
        return trials.rehearse(tx, door.shelf.current(tx), {entry_id: row})


def entry_out(entry: Entry) -> schemas.EntryOut:
    """An entry as it goes over the wire."""
    plain = {
        name: getattr(entry, name) for name in schemas.EntryOut.model_fields if name != "aliases"
    }
    return schemas.EntryOut(**plain, aliases=[phrase.text for phrase in entry.phrases])


def content_of(body: schemas.DraftFields) -> EntryContent:
    """What an editor sent."""
    plain = body.model_dump(include=set(schemas.DraftFields.model_fields))
    for name in LISTS:
        plain[name] = tuple(plain[name])
    plain["variants"] = tuple(editing.variant_of(one) for one in plain["variants"])
    return EntryContent(**plain)
