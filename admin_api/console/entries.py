"""The staff's pages of one entry and of drafts: read, tried, written, approved."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Query, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select
from sqlalchemy.orm import Session as Tx

from admin_api import faq, learning, policy
from admin_api.access import AtDoor, StaffDoor
from admin_api.console import entry_form, knowledge_words, refusing, shell
from admin_api.console.filled import AsFilled, Filled
from admin_api.console.language import _
from admin_api.console.sessions import InSession, Session
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Forbidden, Verb
from admin_api.schemas import knowledge as schemas
from admin_api.schemas.base import Reason
from complaints.clock.workdays import office_date
from complaints.roles import Role
from complaints.tables import Officer
from data.database import reading
from faq.errors import BadEntry, DraftNotOpen, StaleEntry, UnknownEntry
from faq.keeping import drafts, editing, index, trials
from faq.keeping.answering import understand
from faq.keeping.drafts import State
from faq.keeping.editing import EntryContent
from faq.keeping.index import Index
from faq.keeping.tables import Entry, EntryDraft, Revision, Translation
from faq.keeping.trials import Rehearsal

FAQ = f"{shell.HOME}/faq"
DRAFTS = f"{FAQ}/drafts"
TRIED = ("try1", "try2", "try3")
REVISIONS = 50

router = NarrowRouter(prefix=FAQ, include_in_schema=False)


@dataclass(frozen=True)
class Said:
    """What the bot does with a question: a verdict and the titles it shows."""

    verdict: str
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Tried:
    """Questions with what is said to them now and with the changed text, and the test set."""

    questions: tuple[tuple[str, Said, Said], ...]
    rehearsal: Rehearsal | schemas.RehearsalOut


@dataclass(frozen=True)
class Sheet:
    """What a page shows beside what is kept: a problem, what was typed, what was tried."""

    problem: str = ""
    status: int = 200
    typed: Mapping[str, str] = field(default_factory=dict)
    tried: Tried | None = None
    done: str = ""


@dataclass(frozen=True)
class Change:
    """One version of an entry: who, when, and which fields differ from the version before."""

    revision: Revision
    fields: tuple[str, ...]


# --- entries --------------------------------------------------------------------------------
@router.get("/new")
def show_new(door: AtDoor, session: InSession) -> Response:
    """An empty form for a new entry."""
    require_writing(session.officer)
    day = office_date(door.clock()).isoformat()
    return _new_page(door, session, Sheet(typed={"checked_on": day}))


@router.post("/new")
def act_on_new(door: AtDoor, form: AsFilled) -> Response:
    """Try a new entry, keep it as a draft, or publish it."""
    _require_for(form)
    try:
        entry_id = form.text("id")
        if not editing.ENTRY_ID.fullmatch(entry_id):
            raise BadEntry("id", "small letters, digits and hyphens, 2 to 32 of them")
        if form.text("do") == "try":
            return _new_page(door, form.session, _tried(door, form, entry_id))
        if form.text("do") == "publish":
            new = entry_form.read(schemas.NewEntry, form.given, id=entry_id)
            faq.create_entry(new, door, form.officer, form.key)
            return went(f"{FAQ}/{entry_id}", "published")
        return _begin_draft(door, form, entry_id, lambda tx: is_new(tx, entry_id))
    except refusing.CAUGHT as error:
        return _new_page(door, form.session, refused(error, form))


@router.get("/drafts")
def show_drafts(
    door: AtDoor, session: InSession, state: State | None = None, done: str = ""
) -> Response:
    """The drafts not decided yet, or those in one state."""
    policy.require(session.officer, Verb.READ_FAQ)
    return _drafts_page(door, session, state, Sheet(done=done))


@router.post("/drafts/from-case")
def draft_from_case(door: AtDoor, form: AsFilled) -> Response:
    """Begin a draft from a replied case."""
    policy.require(form.officer, Verb.EDIT_FAQ)
    given = {"id": form.text("id"), "case_no": form.text("case_no")}
    try:
        body = entry_form.checked(schemas.DraftFromCase, given)
        carried = learning.begin_from_case(
            door, form.officer, form.key, body, lambda tx: is_new(tx, body.id)
        )
    except refusing.CAUGHT as error:
        return _drafts_page(door, form.session, None, refused(error, form))
    return went(f"{DRAFTS}/{carried.body['id']}", "begun")


@router.get("/drafts/{number}")
def show_draft(
    number: learning.DraftId,
    door: AtDoor,
    session: InSession,
    rehearse: bool = False,
    done: str = "",
    both: Annotated[str, Query(max_length=300)] = "",
) -> Response:
    """One draft; with `rehearse`, what publishing it would do to the test set.

    `both` are the fields which the entry and the draft had changed when the one caught up.
    """
    policy.require(session.officer, Verb.READ_FAQ)
    officer = session.officer
    tried = Tried((), learning.rehearse_draft(number, door, officer)) if rehearse else None
    sheet = Sheet(tried=tried, done=done)
    return _draft_page(number, door, session, sheet, tuple(both.split(",")))


@router.post("/drafts/{number}")
def act_on_draft(number: learning.DraftId, door: AtDoor, form: AsFilled) -> Response:
    """Try, save, bring up to its entry, hand in, publish, send back or drop a draft."""
    verb = form.text("do")
    policy.require(form.officer, DRAFT_VERBS.get(verb, Verb.EDIT_FAQ))
    try:
        if verb == "try":
            with reading(door.engine) as tx:
                entry_id = drafts.find(tx, number).entry_id
            return _draft_page(number, door, form.session, _tried(door, form, entry_id))
        if verb == "catch_up":
            return _catch_up(number, door, form)
        DRAFT_ACTS.get(verb, _save)(number, door, form)
    except refusing.CAUGHT as error:
        return _draft_page(number, door, form.session, refused(error, form))
    waits = verb == "publish" and form.text("on") and _is_scheduled(number, door)
    return went(DRAFTS if verb in LEAVING else f"{DRAFTS}/{number}", "schedule" if waits else verb)


@router.get("/{entry_id}")
def show_entry(entry_id: faq.EntryId, door: AtDoor, session: InSession, done: str = "") -> Response:
    """One entry: everything it holds, its versions, and the form to change it."""
    policy.require(session.officer, Verb.READ_FAQ)
    return _entry_page(entry_id, door, session, Sheet(done=done))


@router.post("/{entry_id}")
def act_on_entry(entry_id: faq.EntryId, door: AtDoor, form: AsFilled) -> Response:
    """Try a change, keep it as a draft, or publish it."""
    _require_for(form)
    try:
        if form.text("do") == "try":
            return _entry_page(entry_id, door, form.session, _tried(door, form, entry_id))
        version = form.number("version")
        if form.text("do") == "publish":
            changed = entry_form.read(schemas.ChangedEntry, form.given, version=version)
            faq.change_entry(entry_id, changed, door, form.officer, form.key)
            return went(f"{FAQ}/{entry_id}", "published")
        return _begin_draft(door, form, entry_id, lambda tx: _is_still(tx, entry_id, version))
    except refusing.CAUGHT as error:
        return _entry_page(entry_id, door, form.session, refused(error, form))


@router.post("/{entry_id}/retire")
def retire_entry(entry_id: faq.EntryId, door: AtDoor, form: AsFilled) -> Response:
    """Take an entry out of service."""
    policy.require(form.officer, Verb.APPROVE_FAQ)
    try:
        faq.retire_entry(entry_id, door, form.officer, form.number("version"), form.key)
    except refusing.CAUGHT as error:
        return _entry_page(entry_id, door, form.session, refused(error, form))
    return went(f"{FAQ}/{entry_id}", "retired")


# --- what other pages use -------------------------------------------------------------------
def may(officer: Officer, verb: Verb) -> bool:
    """Whether the officer's role allows a verb."""
    return Role(officer.role) in policy.MAY[verb]


def require_writing(officer: Officer) -> None:
    """Raise Forbidden unless the officer may write drafts or publish."""
    if not (may(officer, Verb.EDIT_FAQ) or may(officer, Verb.APPROVE_FAQ)):
        raise Forbidden(Verb.EDIT_FAQ)


def is_new(tx: Tx, entry_id: str) -> None:
    """Refuse to begin a new entry under an id that is taken; raises BadEntry."""
    if tx.get(Entry, entry_id) is not None:
        raise BadEntry("id", f"{entry_id} is taken")


def said(text: str, on_day: Index) -> Said:
    """What the bot would do with a question."""
    found = understand(text, on_day)
    if found.distress:
        return Said("help", ())
    shown = () if found.judgement.verdict == "unknown" else found.judgement.ranked
    return Said(found.judgement.verdict, tuple(on_day.cards[one.entry_id].label for one in shown))


def went(path: str, done: str) -> Response:
    """Lead on to a page that says what was done."""
    return RedirectResponse(f"{path}?done={done}", status_code=303)


def page(name: str, door: StaffDoor, session: Session, sheet: Sheet, **values: Any) -> Response:
    """A page of the FAQ with what all of them know."""
    return shell.page(
        name,
        door,
        session,
        status=sheet.status,
        problem=sheet.problem,
        typed=sheet.typed,
        tried=sheet.tried,
        done=_done(sheet.done),
        key=lambda: secrets.token_hex(16),
        terms=knowledge_words,
        may_edit=may(session.officer, Verb.EDIT_FAQ),
        may_approve=may(session.officer, Verb.APPROVE_FAQ),
        **values,
    )


def refused(error: Exception, form: Filled) -> Sheet:
    """The page again with what was typed; who was overtaken goes on from what is there now."""
    found = refusing.refusal(error)
    gone = ("version", "seen") if isinstance(error, StaleEntry | DraftNotOpen) else ()
    typed = {name: text for name, text in form.given.items() if name not in gone}
    return Sheet(found.text, found.status, typed)


# --- inside ---------------------------------------------------------------------------------
def _done(done: str) -> str:
    return _(knowledge_words.DONE[done]) if done in knowledge_words.DONE else ""


def _save(number: int, door: StaffDoor, form: Filled) -> None:
    body = entry_form.read(schemas.ChangedDraft, form.given, of=form.text("seen"))
    learning.rewrite(door, form.officer, form.key, number, body)


def _catch_up(number: int, door: StaffDoor, form: Filled) -> Response:
    """What is typed is kept first."""
    _save(number, door, form)
    carried = learning.catch_up(door, form.officer, form.key and f"{form.key}:catch-up", number)
    both = ",".join(carried.body["both_changed"])
    return RedirectResponse(f"{DRAFTS}/{number}?done=catch_up&both={both}", status_code=303)


def _submit(number: int, door: StaffDoor, form: Filled) -> None:
    _save(number, door, form)
    learning.submit_draft(number, door, form.officer, form.key and f"{form.key}:submit")


def _publish(number: int, door: StaffDoor, form: Filled) -> None:
    body = entry_form.checked(schemas.Publishing, {"on": form.text("on") or None})
    learning.publish_draft(number, door, form.officer, form.key, body)


def _is_scheduled(number: int, door: StaffDoor) -> bool:
    with reading(door.engine) as tx:
        return drafts.find(tx, number).state == State.SCHEDULED


def _send_back(number: int, door: StaffDoor, form: Filled) -> None:
    body = entry_form.checked(Reason, {"reason": form.text("reason")})
    learning.return_draft(number, body, door, form.officer, form.key)


def _drop(number: int, door: StaffDoor, form: Filled) -> None:
    body = entry_form.checked(Reason, {"reason": form.text("reason")})
    learning.drop_draft(number, body, door, form.officer, form.key)


DRAFT_ACTS: dict[str, Callable[[int, StaffDoor, Filled], None]] = {
    "save": _save,
    "submit": _submit,
    "publish": _publish,
    "return": _send_back,
    "drop": _drop,
}
DRAFT_VERBS = {"publish": Verb.APPROVE_FAQ, "return": Verb.APPROVE_FAQ}
LEAVING = frozenset({"submit", "publish", "return", "drop"})


def _require_for(form: Filled) -> None:
    """Before anything is said about what was typed, whether its sender may do this at all."""
    if form.text("do") == "try":
        require_writing(form.officer)
    else:
        publishes = form.text("do") == "publish"
        policy.require(form.officer, Verb.APPROVE_FAQ if publishes else Verb.EDIT_FAQ)


def _begin_draft(
    door: StaffDoor, form: Filled, entry_id: str, look: Callable[[Tx], None]
) -> Response:
    body = entry_form.read(schemas.NewDraft, form.given, id=entry_id)
    carried = learning.begin_draft(door, form.officer, form.key, body, look)
    return went(f"{DRAFTS}/{carried.body['id']}", "begun")


def _is_still(tx: Tx, entry_id: str, version: int) -> None:
    entry = tx.get(Entry, entry_id)
    if entry is None:
        raise UnknownEntry(entry_id)
    if entry.version != version:
        raise StaleEntry(entry_id)


def _tried(door: StaffDoor, form: Filled, entry_id: str) -> Sheet:
    """What is typed, tried on the test set and on up to three questions; keeps nothing."""
    content = faq.content_of(entry_form.read(schemas.DraftFields, form.given))
    rehearsal = faq.rehearse(door, entry_id, content)
    asked = [text for name in TRIED if (text := form.text(name))]
    questions = _ask(door, entry_id, content, asked) if asked else ()
    return Sheet(typed=form.given, tried=Tried(questions, rehearsal))


def _ask(
    door: StaffDoor, entry_id: str, content: EntryContent, asked: list[str]
) -> tuple[tuple[str, Said, Said], ...]:
    now = door.clock()
    row = editing.row_of(entry_id, content, now)
    with reading(door.engine) as tx:
        before = door.shelf.current(tx)
        after = index.build(tx, before.version, before.words, before.model, {entry_id: row})
    old, new = (one.on(office_date(now)) for one in (before, after))
    return tuple((text, said(text, old), said(text, new)) for text in asked)


def _new_page(door: StaffDoor, session: Session, sheet: Sheet) -> Response:
    with reading(door.engine) as tx:
        choices = _choices(tx)
    return page("faq_new.html", door, session, sheet, form=entry_form, **choices)


def _entry_page(entry_id: str, door: StaffDoor, session: Session, sheet: Sheet) -> Response:
    with reading(door.engine) as tx:
        entry = tx.get(Entry, entry_id)
        if entry is None:
            raise UnknownEntry(entry_id)
        content = editing.content_of(entry)
        english = tx.get(Translation, (entry_id, "en"))
        values = {
            "entry": entry,
            "standing": standing(entry, door),
            "english": english and ("outdated" if english.of_version < entry.version else "fresh"),
            "history": _history(tx, entry_id),
            "waiting": _drafts_of(tx, entry_id),
            **_choices(tx),
        }
    kept = entry_form.written(content) | {"version": str(entry.version)}
    sheet = Sheet(sheet.problem, sheet.status, {**kept, **sheet.typed}, sheet.tried, sheet.done)
    shown = entry_form.shown(content)
    return page("faq_entry.html", door, session, sheet, form=entry_form, shown=shown, **values)


def standing(entry: Entry, door: StaffDoor) -> str:
    """Whether an entry answers today: in service, before its time, over, or retired."""
    today = office_date(door.clock())
    if entry.retired:
        return "retired"
    if entry.valid_until and entry.valid_until < today:
        return "expired"
    return "scheduled" if entry.valid_from and entry.valid_from > today else "in_service"


def _history(tx: Tx, entry_id: str) -> list[Change]:
    """The newest versions first, each with what it changed."""
    wanted = select(Revision).where(Revision.entry_id == entry_id)
    rows = tx.scalars(wanted.order_by(Revision.version.desc()).limit(REVISIONS)).all()
    return [
        Change(row, _changed(row, before))
        for row, before in zip(rows, [*rows[1:], None], strict=True)
    ]


def _changed(row: Revision, before: Revision | None) -> tuple[str, ...]:
    if before is None:
        return ()
    old, new = (editing.restore(one.content) for one in (before, row))
    fields = [label for label, *_texts in entry_form.differing(old, new)]
    if row.content.get("retired") and not before.content.get("retired"):
        fields.append(entry_form.LABELS["retired"])
    return tuple(fields)


def _drafts_of(tx: Tx, entry_id: str) -> list[EntryDraft]:
    waiting = drafts.waiting(tx, drafts.UNDECIDED)
    return [one for one in waiting if one.entry_id == entry_id]


def _choices(tx: Tx) -> dict[str, list[str]]:
    """Categories and sections in use, offered beside the field."""
    kept = select(Entry.category, Entry.section).where(Entry.retired.is_(False)).distinct()
    rows = tx.execute(kept).all()
    return {
        "categories": sorted({row[0] for row in rows}),
        "sections": sorted({row[1] for row in rows}),
    }


def _drafts_page(door: StaffDoor, session: Session, state: State | None, sheet: Sheet) -> Response:
    with reading(door.engine) as tx:
        found = drafts.waiting(tx, [state] if state else drafts.UNDECIDED)
    reads_cases = may(session.officer, Verb.READ_CASES)
    return page(
        "faq_drafts.html", door, session, sheet, drafts=found, state=state, reads_cases=reads_cases
    )


def _draft_page(
    number: int, door: StaffDoor, session: Session, sheet: Sheet, both: tuple[str, ...] = ()
) -> Response:
    with reading(door.engine) as tx:
        draft = drafts.find(tx, number)
        content = editing.restore(draft.content)
        entry = tx.get(Entry, draft.entry_id)
        before = editing.content_of(entry) if entry else None
        overtaken = drafts.is_overtaken(tx, draft)
        asked = bool(trials.questions(tx))
        choices = _choices(tx)
    kept = entry_form.written(content) | {"seen": draft.at.isoformat()}
    sheet = Sheet(sheet.problem, sheet.status, {**kept, **sheet.typed}, sheet.tried, sheet.done)
    return page(
        "faq_draft.html",
        door,
        session,
        sheet,
        draft=draft,
        form=entry_form,
        shown=entry_form.shown(content),
        differing=entry_form.differing(before, content) if before else [],
        overtaken=overtaken,
        both=[entry_form.LABELS[name] for name in both if name in entry_form.LABELS],
        asked=asked,
        **choices,
    )
