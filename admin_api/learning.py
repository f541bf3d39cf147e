"""Routes: the loop from what nobody could answer, through drafts and the test set, to an entry."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Path, Query, Response
from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_api import policy
from admin_api.access import AsOfficer, AtDoor, Carried, IdempotencyKey, StaffDoor, perform
from admin_api.cases import visible
from admin_api.faq import content_of
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Forbidden, Verb
from admin_api.schemas import knowledge as schemas
from admin_api.schemas.base import Reason
from complaints.clock.workdays import office_date
from complaints.states import EventKind, Kind
from complaints.tables import Case, Event, Officer
from data.database import reading
from faq.errors import UnknownEntry
from faq.keeping import answering, drafts, editing, learning, trials, wordlists
from faq.keeping.answering import Unhelpful
from faq.keeping.drafts import State
from faq.keeping.learning import Matter
from faq.keeping.tables import Entry, EntryDraft, TrialQuestion, WordList
from faq.keeping.trials import Rehearsal
from faq.language.words import EDITABLE

router = NarrowRouter(prefix="/api/v1/faq", tags=["faq"])
DraftId = Annotated[int, Path(ge=1, lt=2**31)]
TrialId = Annotated[int, Path(ge=1, lt=2**31)]
Days = Annotated[int, Query(ge=1, le=366)]
Limit = Annotated[int, Query(ge=1, le=500)]
Look = Callable[[Session], None]
ListName = Annotated[str, Path(max_length=20, examples=["lexicon"])]


# --- what citizens asked --------------------------------------------------------------------
@router.get("/unanswered", summary="沒有好答案的問題 / Questions nobody could answer")
def read_unanswered(
    door: AtDoor, officer: AsOfficer, days: Days = 30, limit: Limit = 100
) -> list[schemas.UnansweredOut]:
    """Matters that got no answer, none of these, or not helpful; most frequent first."""
    policy.require(officer, Verb.READ_FAQ)
    since = door.clock() - timedelta(days=days)
    with reading(door.engine) as tx:
        words = door.shelf.current(tx).words
        found = learning.unanswered(tx, since, limit, words)
        told = answering.reasons_since(tx, since)
    return [
        schemas.UnansweredOut(
            **vars(one),
            text=one.texts[0],
            reasons=reasons_of(one, told),
        )
        for one in found
    ]


def reasons_of(matter: Matter, told: Mapping[int, Unhelpful]) -> dict[str, int]:
    """Why answers to a matter did not help and how often, the most frequent first."""
    counted = Counter(told[asked].value for asked in matter.asked_ids if asked in told)
    return dict(counted.most_common())


@router.get("/suggestions", summary="可採用的說法 / Wordings worth taking over")
def read_suggestions(
    door: AtDoor, officer: AsOfficer, days: Days = 90, limit: Limit = 100
) -> list[schemas.SuggestionOut]:
    """Wordings citizens used and confirmed, which their entries have not."""
    policy.require(officer, Verb.READ_FAQ)
    since = door.clock() - timedelta(days=days)
    with reading(door.engine) as tx:
        found = learning.suggest(tx, since, door.shelf.current(tx), limit)
    return [schemas.SuggestionOut(**vars(one)) for one in found]


@router.post(
    "/suggestions",
    response_model=schemas.Decision,
    summary="採用或不採用一個說法 / Take a wording over, or refuse it",
)
def decide_suggestion(
    body: schemas.Decision, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """A wording taken over answers with the next question; one refused is not suggested again."""
    policy.require(officer, Verb.EDIT_FAQ)
    rehearsal = _rehearse_wording(door, body) if body.accept else None

    def act(tx: Session, now: datetime) -> Carried:
        if rehearsal is None:
            _entry(tx, body.entry_id)
            learning.refuse(tx, body.entry_id, body.text, by=officer.username, now=now)
        else:
            trials.admit(tx, rehearsal)
            editing.add_wording(
                tx,
                body.entry_id,
                body.text,
                version=body.version,
                by=officer.username,
                now=now,
            )
        return Carried(200, body.model_dump(mode="json"))

    return _done(perform(door, officer, Verb.EDIT_FAQ, key, body.model_dump(mode="json"), act))


@router.get("/few-wordings", summary="說法太少的題目 / Entries with few wordings")
def read_few_wordings(door: AtDoor, officer: AsOfficer) -> list[schemas.FewOut]:
    """Entries that lose questions to richer ones, the poorest first, with their section."""
    policy.require(officer, Verb.READ_FAQ)
    with reading(door.engine) as tx:
        index = door.shelf.current(tx)
        few = learning.few_wordings(tx, index)
    cards = index.cards
    return [
        schemas.FewOut(
            entry_id=one, label=cards[one].label, section=cards[one].section, wordings=count
        )
        for one, count in few
    ]


@router.get("/due", summary="該複查或將到期的題目 / Entries to review, or about to end")
def read_due(door: AtDoor, officer: AsOfficer, days: Days = 30) -> list[schemas.DueOut]:
    """Those due within some days or overdue, the earliest first, with their section."""
    policy.require(officer, Verb.READ_FAQ)
    until = office_date(door.clock()) + timedelta(days=days)
    with reading(door.engine) as tx:
        return [schemas.DueOut.model_validate(one) for one in learning.due(tx, until)]


# --- the test set ---------------------------------------------------------------------------
@router.get("/trials", summary="測試題組與目前成績 / The test set and how it is answered now")
def read_trials(door: AtDoor, officer: AsOfficer) -> list[schemas.TrialOut]:
    """Every question of the test set with its grade."""
    policy.require(officer, Verb.READ_FAQ)
    with reading(door.engine) as tx:
        index = door.shelf.current(tx)
        return [_trial(one, trials.grade(one, index)) for one in trials.questions(tx)]


@router.post(
    "/trials",
    response_model=schemas.TrialOut,
    status_code=201,
    summary="加一題測試題 / Add a question to the test set",
)
def add_trial(
    body: schemas.NewTrial, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """From now on nothing is published that answers this question worse."""

    def act(tx: Session, now: datetime) -> Carried:
        added = trials.add(tx, body.text, body.entry_id, by=officer.username, now=now)
        graded = trials.grade(added, door.shelf.current(tx))
        return Carried(201, _trial(added, graded).model_dump(mode="json"))

    return _done(perform(door, officer, Verb.EDIT_FAQ, key, body.model_dump(mode="json"), act))


@router.delete(
    "/trials/{number}",
    response_model=schemas.RemovedTrial,
    summary="移除一題測試題 / Take a question out of the test set",
)
def remove_trial(
    number: TrialId, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """Somebody who approves entries decides that a question is no longer asked of them."""

    def act(tx: Session, _now: datetime) -> Carried:
        trials.remove(tx, number)
        return Carried(200, {"id": number})

    return _done(perform(door, officer, Verb.APPROVE_FAQ, key, ["remove-trial", number], act))


# --- drafts ---------------------------------------------------------------------------------
@router.get("/drafts", summary="草稿 / Drafts")
def read_drafts(
    door: AtDoor, officer: AsOfficer, state: Annotated[list[State] | None, Query()] = None
) -> list[schemas.DraftOut]:
    """Drafts in these states, oldest first; without any, those not decided yet."""
    policy.require(officer, Verb.READ_FAQ)
    with reading(door.engine) as tx:
        found = drafts.waiting(tx, state or drafts.UNDECIDED)
        return [schemas.DraftOut.model_validate(one) for one in found]


@router.post(
    "/drafts", response_model=schemas.DraftOut, status_code=201, summary="寫草稿 / Write a draft"
)
def write_draft(
    body: schemas.NewDraft, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """A new entry, or a change to the one with this id; nothing is live yet."""
    return _done(begin_draft(door, officer, key, body))


@router.post(
    "/drafts/from-questions",
    response_model=schemas.DraftOut,
    status_code=201,
    summary="由未答問題產生草稿 / Draft from questions",
)
def draft_from_questions(
    body: schemas.DraftFromQuestions, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """Citizens' own words become the wordings; the answer is left to write."""
    return _done(begin_from_questions(door, officer, key, body))


@router.post(
    "/drafts/from-case",
    response_model=schemas.DraftOut,
    status_code=201,
    summary="由案件產生草稿 / Draft from a case",
)
def draft_from_case(
    body: schemas.DraftFromCase, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """What was asked and replied, masked; not from confidential cases or reports of misconduct."""
    return _done(begin_from_case(door, officer, key, body))


@router.put("/drafts/{number}", response_model=schemas.DraftOut, summary="改草稿 / Change a draft")
def rewrite_draft(
    number: DraftId,
    body: schemas.ChangedDraft,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """Replace the content of an open draft, unless somebody else did since it was read."""
    return _done(rewrite(door, officer, key, number, body))


@router.post(
    "/drafts/{number}/catch-up",
    response_model=schemas.CaughtUp,
    summary="補上題目後來的修改 / Take in what the entry gained since",
)
def catch_up_draft(
    number: DraftId, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """An entry changed since the draft was begun no longer hinders its publishing.

    Fields that both had changed keep the draft's words and are named.
    """
    return _done(catch_up(door, officer, key, number))


@router.post(
    "/drafts/{number}/submit",
    response_model=schemas.DraftOut,
    summary="送審 / Hand in for approval",
)
def submit_draft(
    number: DraftId, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """What publishing demands must all be there."""

    def write(tx: Session, now: datetime) -> EntryDraft:
        return drafts.submit(tx, number, now=now)

    return _done(_write(door, officer, key, ["submit", number], write))


@router.get("/drafts/{number}/rehearsal", summary="試跑測試題組 / Try the draft on the test set")
def rehearse_draft(number: DraftId, door: AtDoor, officer: AsOfficer) -> schemas.RehearsalOut:
    """Which questions of the test set the draft would answer better or worse."""
    policy.require(officer, Verb.READ_FAQ)
    return schemas.RehearsalOut.model_validate(_rehearse_draft(door, number))


@router.post(
    "/drafts/{number}/publish",
    response_model=schemas.DraftOut,
    summary="核准並發布 / Approve and publish",
)
def publish_draft(
    number: DraftId,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
    body: schemas.Publishing | None = None,
) -> Response:
    """Live with the next question, or on a day to come, unless the test set is answered worse.

    Until that day the entry answers as before; then the test set is tried again, and what would be
    answered worse, or was changed since, goes back to its author.
    """
    policy.require(officer, Verb.APPROVE_FAQ)
    rehearsal = _rehearse_draft(door, number)
    on = body.on if body else None

    def write(tx: Session, now: datetime) -> EntryDraft:
        return drafts.publish(tx, number, rehearsal, by=officer.username, now=now, on=on)

    request = ["publish", number, *([on.isoformat()] if on else [])]
    return _done(_write(door, officer, key, request, write, verb=Verb.APPROVE_FAQ))


@router.post(
    "/drafts/{number}/return", response_model=schemas.DraftOut, summary="退回修改 / Send back"
)
def return_draft(
    number: DraftId,
    body: Reason,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """Open again for its author, with the reason."""

    def write(tx: Session, now: datetime) -> EntryDraft:
        return drafts.send_back(tx, number, reason=body.reason, by=officer.username, now=now)

    request = ["return", number, body.reason]
    return _done(_write(door, officer, key, request, write, verb=Verb.APPROVE_FAQ))


@router.post(
    "/drafts/{number}/drop", response_model=schemas.DraftOut, summary="放棄草稿 / Give a draft up"
)
def drop_draft(
    number: DraftId,
    body: Reason,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """It stays on record."""

    def write(tx: Session, now: datetime) -> EntryDraft:
        return drafts.drop(tx, number, reason=body.reason, by=officer.username, now=now)

    return _done(_write(door, officer, key, ["drop", number, body.reason], write))


# --- lists of words -------------------------------------------------------------------------
@router.get("/word-lists", summary="詞表 / The office's lists of words")
def read_word_lists(door: AtDoor, officer: AsOfficer) -> list[schemas.WordListOut]:
    """What the office added to each list the program comes with."""
    policy.require(officer, Verb.READ_FAQ)
    with reading(door.engine) as tx:
        kept = {row.name: row for row in tx.scalars(select(WordList))}
    return [_word_list(name, kept.get(name)) for name in EDITABLE]


@router.put(
    "/word-lists/{name}",
    response_model=schemas.WordListOut,
    summary="改詞表 / Change a list of words",
)
def change_word_list(
    name: ListName,
    body: schemas.WordListIn,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """Checked first; understood with the next question."""
    policy.require(officer, Verb.EDIT_FAQ)
    wordlists.check(name, body.text, door.shelf.words)

    def act(tx: Session, now: datetime) -> Carried:
        row = wordlists.save(
            tx, name, body.text, version=body.version, by=officer.username, now=now
        )
        return Carried(200, _word_list(name, row).model_dump(mode="json"))

    request = [name, body.model_dump(mode="json")]
    return _done(perform(door, officer, Verb.EDIT_FAQ, key, request, act))


# --- what the API and the console both do ---------------------------------------------------
def begin_draft(
    door: StaffDoor,
    officer: Officer,
    key: str | None,
    body: schemas.NewDraft,
    look: Look = lambda _tx: None,
) -> Carried:
    """Begin a draft; `look` may refuse first, in the same transaction."""

    def write(tx: Session, now: datetime) -> EntryDraft:
        look(tx)
        return drafts.write(tx, body.id, content_of(body), by=officer.username, now=now)

    return _write(door, officer, key, ["draft", body.model_dump(mode="json")], write, 201)


def begin_from_questions(
    door: StaffDoor,
    officer: Officer,
    key: str | None,
    body: schemas.DraftFromQuestions,
    look: Look = lambda _tx: None,
) -> Carried:
    """Begin a draft from recorded questions; `look` may refuse first."""

    def write(tx: Session, now: datetime) -> EntryDraft:
        look(tx)
        index = door.shelf.current(tx)
        return drafts.from_questions(
            tx, body.asked_ids, body.id, index, by=officer.username, now=now
        )

    return _write(door, officer, key, ["from", body.model_dump(mode="json")], write, 201)


def begin_from_case(
    door: StaffDoor,
    officer: Officer,
    key: str | None,
    body: schemas.DraftFromCase,
    look: Look = lambda _tx: None,
) -> Carried:
    """Begin a draft from a replied case the officer may see; `look` may refuse first.

    Raises Forbidden for a confidential case and for a report of misconduct.
    """

    def write(tx: Session, now: datetime) -> EntryDraft:
        look(tx)
        case = visible(tx, body.case_no, officer, now)
        if case.confidential or case.kind == Kind.MISCONDUCT_REPORT:
            raise Forbidden("confidential")
        return drafts.from_case(
            tx,
            body.id,
            door.shelf.current(tx),
            case_no=case.case_no,
            question=case.content,
            answer=_last_reply(tx, case),
            by=officer.username,
            now=now,
        )

    return _write(door, officer, key, ["from", body.model_dump(mode="json")], write, 201)


def rewrite(
    door: StaffDoor,
    officer: Officer,
    key: str | None,
    number: int,
    body: schemas.ChangedDraft,
) -> Carried:
    """Replace the content of an open draft."""

    def write(tx: Session, now: datetime) -> EntryDraft:
        content, by = content_of(body), officer.username
        return drafts.rewrite(tx, number, content, of=body.of, by=by, now=now)

    return _write(door, officer, key, ["rewrite", number, body.model_dump(mode="json")], write)


def catch_up(door: StaffDoor, officer: Officer, key: str | None, number: int) -> Carried:
    """Take what was changed in the entry since into an open draft."""

    def act(tx: Session, now: datetime) -> Carried:
        draft, both = drafts.catch_up(tx, number, by=officer.username, now=now)
        told = schemas.DraftOut.model_validate(draft).model_dump()
        caught = schemas.CaughtUp(**told, both_changed=[*both])
        return Carried(200, caught.model_dump(mode="json"))

    return perform(door, officer, Verb.EDIT_FAQ, key, ["catch-up", number], act)


# --- inside ---------------------------------------------------------------------------------
def _write(
    door: StaffDoor,
    officer: Officer,
    key: str | None,
    request: Sequence[Any],
    write: Callable[[Session, datetime], EntryDraft],
    status: int = 200,
    verb: Verb = Verb.EDIT_FAQ,
) -> Carried:
    def act(tx: Session, now: datetime) -> Carried:
        draft = write(tx, now)
        return Carried(status, schemas.DraftOut.model_validate(draft).model_dump(mode="json"))

    return perform(door, officer, verb, key, request, act)


def _done(carried: Carried) -> JSONResponse:
    return JSONResponse(carried.body, carried.status)


def _rehearse_draft(door: StaffDoor, number: int) -> Rehearsal:
    """Outside the transaction that publishes: it takes a second for each thousand wordings."""
    with reading(door.engine) as tx:
        draft = drafts.find(tx, number)
        return drafts.try_out(tx, draft, door.shelf.current(tx), now=door.clock())


def _rehearse_wording(door: StaffDoor, body: schemas.Decision) -> Rehearsal:
    now = door.clock()
    with reading(door.engine) as tx:
        entry = _entry(tx, body.entry_id)
        with_it = editing.with_wording(editing.content_of(entry), body.text)
        row = editing.row_of(entry.id, with_it, now)
        return trials.rehearse(tx, door.shelf.current(tx), {entry.id: row})


def _entry(tx: Session, entry_id: str) -> Entry:
    found = tx.get(Entry, entry_id)
    if found is None:
        raise UnknownEntry(entry_id)
    return found


def _last_reply(tx: Session, case: Case) -> str:
    replied = select(Event).where(Event.case_id == case.id, Event.kind == EventKind.REPLIED)
    last = tx.scalars(replied.order_by(Event.id.desc())).first()
    return str(last.data.get("text", "")) if last else ""


def _trial(question: TrialQuestion, grade: int) -> schemas.TrialOut:
    return schemas.TrialOut(
        id=question.id, text=question.text, entry_id=question.entry_id, grade=grade
    )


def _word_list(name: str, row: WordList | None) -> schemas.WordListOut:
    if row is None:
        return schemas.WordListOut(name=name, text="", version=0, by=None, at=None)
    return schemas.WordListOut(name=name, text=row.text, version=row.version, by=row.by, at=row.at)
