"""The staff's pages of what the bot knows: unanswered questions, entries, test set, words, files.

The same calls as the API of the FAQ; the pages of one entry and of drafts are in `entries.py`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated

from fastapi import FastAPI, Query, Request, Response
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session as Tx

from admin_api import faq, learning, policy
from admin_api.access import AtDoor, StaffDoor
from admin_api.console import entries, entry_form, knowledge_words, refusing, shell, wording
from admin_api.console.entries import Sheet, page, said, standing, went
from admin_api.console.filled import LARGEST_FILE, AsFilled, Filled, TooLarge
from admin_api.console.language import _
from admin_api.console.sessions import InSession, Session
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from admin_api.schemas import knowledge as schemas
from complaints.clock.workdays import office_date
from data.database import reading
from faq.errors import BadEntry, BadWordList, StaleWordList, UnknownQuestion
from faq.keeping import answering, editing, files, translating
from faq.keeping import learning as taught
from faq.keeping.editing import EntryContent
from faq.keeping.files import Format
from faq.keeping.learning import Matter
from faq.keeping.tables import Entry

FAQ = entries.FAQ
ROWS = 50
NEAREST = 3
EVERY = 10_000  # matters looked through for the one that was clicked
MOST_ASKED = 500  # numbers a draft is made from, as the API takes them
UNANSWERED_FOR = timedelta(days=30)
SUGGESTED_FOR = timedelta(days=90)
DUE_WITHIN = timedelta(days=30)
ASKED = f"{shell.HOME}/questions"

router = NarrowRouter(prefix=shell.HOME, include_in_schema=False)


class Standing(StrEnum):
    """Which entries the list shows."""

    CURRENT = "current"
    IN_SERVICE = "in_service"
    SCHEDULED = "scheduled"
    EXPIRED = "expired"
    DUE = "due"
    FEW = "few"
    ENGLISH_OUTDATED = "english_outdated"
    RETIRED = "retired"


@dataclass(frozen=True)
class Preview:
    """What a file would do, and the entries that would be added or changed, as YAML."""

    name: str
    added: tuple[tuple[str, str], ...]  # id and title
    changed: tuple[tuple[str, str, str], ...]  # id, title, names of the fields
    same: int
    text: str


# --- what nobody could answer ---------------------------------------------------------------
@router.get("/questions")
def show_questions(door: AtDoor, session: InSession, done: str = "") -> Response:
    """Questions nobody could answer in the last thirty days, and wordings worth taking over."""
    policy.require(session.officer, Verb.READ_FAQ)
    return _questions_page(door, session, Sheet(done=done))


@router.post("/questions/suggestions")
def decide_suggestion(door: AtDoor, form: AsFilled) -> Response:
    """Take a suggested wording over, or refuse it for good."""
    policy.require(form.officer, Verb.EDIT_FAQ)
    accept = form.text("do") == "accept"
    given = {"entry_id": form.text("entry_id"), "text": form.text("text"), "accept": accept}
    try:
        body = entry_form.checked(schemas.Decision, given | {"version": form.number("version")})
        learning.decide_suggestion(body, door, form.officer, form.key)
    except refusing.CAUGHT as error:
        return _questions_page(door, form.session, _refused(error, form))
    return went(ASKED, "wording" if accept else "refused")


@router.get("/questions/{asked_id}")
def show_matter(asked_id: learning.TrialId, door: AtDoor, session: InSession) -> Response:
    """One matter nobody could answer, and what can be made of it."""
    policy.require(session.officer, Verb.READ_FAQ)
    return _matter_page(asked_id, door, session, Sheet())


@router.post("/questions/{asked_id}/draft")
def draft_from_matter(asked_id: learning.TrialId, door: AtDoor, form: AsFilled) -> Response:
    """Begin a draft with the citizens' own words."""
    policy.require(form.officer, Verb.EDIT_FAQ)
    numbers = [int(one) for one in re.findall(r"[0-9]{1,9}", form.text("asked_ids"))]
    given = {"id": form.text("id"), "asked_ids": numbers}
    try:
        body = entry_form.checked(schemas.DraftFromQuestions, given)
        carried = learning.begin_from_questions(
            door, form.officer, form.key, body, lambda tx: entries.is_new(tx, body.id)
        )
    except refusing.CAUGHT as error:
        return _matter_page(asked_id, door, form.session, _refused(error, form))
    return went(f"{entries.DRAFTS}/{carried.body['id']}", "begun")


@router.post("/questions/{asked_id}/wording")
def add_wording(asked_id: learning.TrialId, door: AtDoor, form: AsFilled) -> Response:
    """Make a citizen's words a wording of an entry that is there."""
    policy.require(form.officer, Verb.EDIT_FAQ)
    entry_id, _gap, version = form.text("entry").partition(" ")
    given = {"entry_id": entry_id, "text": form.text("text"), "accept": True}
    number = int(version) if version.isascii() and version.isdecimal() else 0
    try:
        body = entry_form.checked(schemas.Decision, given | {"version": number})
        learning.decide_suggestion(body, door, form.officer, form.key)
    except refusing.CAUGHT as error:
        return _matter_page(asked_id, door, form.session, _refused(error, form))
    return went(ASKED, "wording")


# --- the list of entries --------------------------------------------------------------------
@router.get("/faq")
def show_entries(
    door: AtDoor,
    session: InSession,
    q: Annotated[str, Query(max_length=100)] = "",
    section: Annotated[str, Query(max_length=60)] = "",
    state: Standing = Standing.CURRENT,
    offset: Annotated[int, Query(ge=0, lt=10**6)] = 0,
) -> Response:
    """Fifty entries by their titles; the address keeps the filter."""
    policy.require(session.officer, Verb.READ_FAQ)
    today = office_date(door.clock())
    with reading(door.engine) as tx:
        due = {one.id for one in taught.due(tx, today + DUE_WITHIN)}
        wanted = [_stands(tx, door, state, today, due)]
        wanted += [Entry.section == section] if section else []
        wanted += [faq.mentions(q.strip())] if q.strip() else []
        total = tx.scalar(select(func.count()).select_from(Entry).where(*wanted)) or 0
        ordered = select(Entry).where(*wanted).order_by(Entry.section, Entry.label, Entry.id)
        rows = tx.scalars(ordered.offset(offset).limit(ROWS)).all()
        sections = tx.scalars(select(Entry.section).distinct().order_by(Entry.section)).all()
    return page(
        "faq_list.html",
        door,
        session,
        Sheet(),
        rows=[(row, standing(row, door), row.id in due) for row in rows],
        sections=sections,
        state=state.value,
        section=section,
        q=q,
        total=total,
        offset=offset,
        more=offset + ROWS if offset + ROWS < total else None,
        before=max(offset - ROWS, 0) if offset else None,
    )


# --- the test set and the words -------------------------------------------------------------
@router.get("/faq/trials")
def show_trials(door: AtDoor, session: InSession, done: str = "") -> Response:
    """The office's own test set, and how each question is answered now."""
    policy.require(session.officer, Verb.READ_FAQ)
    return _trials_page(door, session, Sheet(done=done))


@router.post("/faq/trials")
def add_trial(door: AtDoor, form: AsFilled) -> Response:
    """Add a question with the entry that must answer it."""
    policy.require(form.officer, Verb.EDIT_FAQ)
    given = {"text": form.text("text"), "entry_id": form.text("entry_id") or None}
    try:
        body = entry_form.checked(schemas.NewTrial, given)
        learning.add_trial(body, door, form.officer, form.key)
    except refusing.CAUGHT as error:
        return _trials_page(door, form.session, _refused(error, form))
    return went(f"{FAQ}/trials", "added")


@router.post("/faq/trials/{number}/remove")
def remove_trial(number: learning.TrialId, door: AtDoor, form: AsFilled) -> Response:
    """Take a question out of the test set."""
    policy.require(form.officer, Verb.APPROVE_FAQ)
    learning.remove_trial(number, door, form.officer, form.key)
    return went(f"{FAQ}/trials", "removed")


@router.get("/faq/words")
def show_words(door: AtDoor, session: InSession, done: str = "") -> Response:
    """The office's own lines in each list of words."""
    policy.require(session.officer, Verb.READ_FAQ)
    return _words_page(door, session, Sheet(done=done))


@router.post("/faq/words/{name}")
def change_words(name: learning.ListName, door: AtDoor, form: AsFilled) -> Response:
    """Check a list and keep it."""
    policy.require(form.officer, Verb.EDIT_FAQ)
    text = form.given.get("text")  # a form without it must not empty the list
    try:
        given = {"text": text, "version": form.number("version")}
        body = entry_form.checked(schemas.WordListIn, given)
        learning.change_word_list(name, body, door, form.officer, form.key)
    except refusing.CAUGHT as error:
        sheet = _refused(error, form)
        line = _line_told(error) if isinstance(error, BadWordList) else ""
        typed = {"text": "", **form.given, "name": name}
        if isinstance(error, StaleWordList):  # who was overtaken goes on from what is there now
            typed["version"] = ""
        sheet = replace(sheet, problem=sheet.problem + line, typed=typed)
        return _words_page(door, form.session, sheet)
    return went(f"{FAQ}/words", "words")


# --- files ----------------------------------------------------------------------------------
@router.get("/faq/files")
def show_files(door: AtDoor, session: InSession, done: str = "") -> Response:
    """Take the entries out as a file, and take one in."""
    policy.require(session.officer, Verb.READ_FAQ)
    return _files_page(door, session, Sheet(done=done))


@router.get("/faq/files/{kind}")
def export_file(kind: Format, door: AtDoor, session: InSession) -> Response:
    """Every entry in service as a file."""
    return faq.export_entries(door, session.officer, kind)


@router.post("/faq/files")
def preview_file(door: AtDoor, form: AsFilled) -> Response:
    """Show what a file would add and change; nothing is kept."""
    policy.require(form.officer, Verb.EDIT_FAQ)
    if form.file is None or not form.file.filename:
        return _files_page(door, form.session, Sheet(_(knowledge_words.NO_FILE), 422))
    content = form.file.file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        return _files_page(door, form.session, Sheet(_(knowledge_words.TOO_LARGE), 413))
    try:
        preview = _preview(door, form.file.filename, content)
    except refusing.CAUGHT as error:
        return _files_page(door, form.session, _refused(error, form))
    if len(preview.text.encode()) > LARGEST_FILE:
        return _files_page(door, form.session, Sheet(_(knowledge_words.MANY_CHANGES), 413))
    return _files_page(door, form.session, Sheet(), preview)


@router.post("/faq/files/import")
def import_file(door: AtDoor, form: AsFilled) -> Response:
    """Add and change what the preview showed, all or nothing."""
    policy.require(form.officer, Verb.APPROVE_FAQ)
    text = form.given.get("entries", "")
    try:
        faq.take_in(door, form.officer, form.key, "preview.yaml", text.encode())
    except refusing.CAUGHT as error:
        sheet = _refused(error, form)
        return _files_page(door, form.session, sheet, _again(door, form, text))
    return went(f"{FAQ}/files", "imported")


def install(app: FastAPI) -> None:
    """Add these pages; the fixed addresses come before those with an entry's id."""
    app.include_router(router)
    app.include_router(entries.router)
    app.add_exception_handler(TooLarge, _too_large)


# --- inside ---------------------------------------------------------------------------------
def _too_large(_request: Request, _error: Exception) -> Response:
    return shell.plain(_(knowledge_words.TOO_LARGE), 413)


def _refused(error: Exception, form: Filled) -> Sheet:
    found = refusing.refusal(error)
    return Sheet(found.text, found.status, form.given)


def _questions_page(door: StaffDoor, session: Session, sheet: Sheet) -> Response:
    now = door.clock()
    with reading(door.engine) as tx:
        index = door.shelf.current(tx)
        found = taught.unanswered(tx, now - UNANSWERED_FOR, ROWS, index.words)
        told = answering.reasons_since(tx, now - UNANSWERED_FOR)
        offered = taught.suggest(tx, now - SUGGESTED_FOR, index, ROWS)
        versions = _versions(tx, [one.entry_id for one in offered])
    today = index.on(office_date(now))
    return page(
        "questions.html",
        door,
        session,
        sheet,
        questions=[(one, said(one.texts[0], today)) for one in found],
        reasons=[learning.reasons_of(one, told) for one in found],
        suggestions=[(one, index.cards[one.entry_id], versions[one.entry_id]) for one in offered],
    )


def _matter_page(asked_id: int, door: StaffDoor, session: Session, sheet: Sheet) -> Response:
    now = door.clock()
    with reading(door.engine) as tx:
        index = door.shelf.current(tx)
        found = taught.unanswered(tx, now - UNANSWERED_FOR, EVERY, index.words)
        matter = _holding(found, asked_id)
        near = answering.near(matter.texts[0], index.on(office_date(now)))[:NEAREST]
        nearest = [one.id for one in near]
        rows = _titles(tx)
    return page(
        "faq_matter.html",
        door,
        session,
        sheet,
        matter=matter,
        asked_id=asked_id,
        asked_ids=",".join(map(str, matter.asked_ids[:MOST_ASKED])),
        nearest=[rows[one] for one in nearest if one in rows],
        others=[row for row in rows.values() if row.id not in nearest],
    )


def _holding(found: Sequence[Matter], asked_id: int) -> Matter:
    matter = next((one for one in found if asked_id in one.asked_ids), None)
    if matter is None:
        raise UnknownQuestion(asked_id)
    return matter


def _titles(tx: Tx) -> dict[str, Entry]:
    """The entries that are not retired, by their titles."""
    wanted = select(Entry).where(Entry.retired.is_(False)).order_by(Entry.label, Entry.id)
    return {row.id: row for row in tx.scalars(wanted)}


def _versions(tx: Tx, ids: Sequence[str]) -> dict[str, int]:
    rows = tx.execute(select(Entry.id, Entry.version).where(Entry.id.in_(ids)))
    return {row[0]: row[1] for row in rows}


def _stands(
    tx: Tx, door: StaffDoor, state: Standing, today: date, due: set[str]
) -> ColumnElement[bool]:
    """Which entries stand as the filter asks."""
    begun = or_(Entry.valid_from.is_(None), Entry.valid_from <= today)
    goes_on = or_(Entry.valid_until.is_(None), Entry.valid_until >= today)
    current = Entry.retired.is_(False)
    if state is Standing.FEW:
        few = taught.few_wordings(tx, door.shelf.current(tx))
        return Entry.id.in_([one for one, _ in few])
    return {
        Standing.CURRENT: current,
        Standing.IN_SERVICE: current & begun & goes_on,
        Standing.SCHEDULED: current & (Entry.valid_from > today),
        Standing.EXPIRED: current & (Entry.valid_until < today),
        Standing.DUE: Entry.id.in_(due),
        Standing.ENGLISH_OUTDATED: Entry.id.in_(translating.outdated(tx)),
        Standing.RETIRED: Entry.retired.is_(True),
    }[state]


def _trials_page(door: StaffDoor, session: Session, sheet: Sheet) -> Response:
    asked = learning.read_trials(door, session.officer)
    with reading(door.engine) as tx:
        rows = _titles(tx)
    return page("faq_trials.html", door, session, sheet, trials=asked, entries=rows)


def _words_page(door: StaffDoor, session: Session, sheet: Sheet) -> Response:
    kept = {one.name: one for one in learning.read_word_lists(door, session.officer)}
    return page("faq_words.html", door, session, sheet, lists=kept)


def _line_told(error: BadWordList) -> str:
    return f" {_(knowledge_words.NO_LINE).format(line=error.line)}" if error.line else ""


def _files_page(
    door: StaffDoor, session: Session, sheet: Sheet, preview: Preview | None = None
) -> Response:
    return page("faq_files.html", door, session, sheet, preview=preview, formats=[*Format])


def _again(door: StaffDoor, form: Filled, text: str) -> Preview | None:
    """The preview once more, where the entries can still be read."""
    try:
        return _preview(door, form.text("name") or "preview.yaml", text.encode(), as_yaml=True)
    except BadEntry:
        return None


def _preview(door: StaffDoor, name: str, content: bytes, *, as_yaml: bool = False) -> Preview:
    given = files.read("preview.yaml" if as_yaml else name, content)
    with reading(door.engine) as tx:
        found = files.compare(tx, given, now=door.clock())
        rows = tx.scalars(select(Entry).where(Entry.id.in_(found.changed)))
        kept = {row.id: editing.content_of(row) for row in rows}
    contents = dict(given)
    differ = [(one, contents[one]) for one in (*found.added, *found.changed)]
    return Preview(
        name=name,
        added=tuple((one, contents[one].label) for one in found.added),
        changed=tuple(_line(one, kept[one], contents[one]) for one in found.changed),
        same=len(found.same),
        text=files.write(differ, Format.YAML).decode(),
    )


def _line(entry_id: str, kept: EntryContent, given: EntryContent) -> tuple[str, str, str]:
    fields: Mapping[str, None] = dict.fromkeys(
        label for label, *_texts in entry_form.differing(kept, given)
    )
    return entry_id, given.label, wording.listed(fields)
