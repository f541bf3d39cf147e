"""Routes: for somebody at the counter, on the phone or by letter, what the chat does for others."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, HTTPException, Path, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_api import cases, policy
from admin_api.access import AsOfficer, AtDoor, Carried, IdempotencyKey, StaffDoor, perform
from admin_api.cases import sight, visible
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Forbidden, Verb
from admin_api.schemas import desk as schemas
from admin_api.schemas.desk import Source
from admin_api.statuses import TOO_OFTEN
from complaints import handling, intake, nearby, progress
from complaints.clock import calendars
from complaints.clock.workdays import office_date
from complaints.errors import IncompletePetition, LookupLocked, UnknownCase
from complaints.handling.cases import section_of
from complaints.intake import Filed, Petition
from complaints.nearby import Reported
from complaints.privacy import identities, viewing
from complaints.states import Kind
from complaints.tables import STILL_OPEN, Case, Officer
from complaints.wording import notices as wording
from complaints.wording.terms import roc_date
from data.database import reading, transaction
from data.outbox import Address
from faq.keeping import answering, figures
from faq.keeping.answering import Answer
from faq.keeping.index import Card, Index
from faq.language.hearing import DANGERS

router = NarrowRouter(prefix="/api/v1", tags=["desk"])
AskedId = Annotated[int, Path(ge=1, lt=2**31)]
ORAL = frozenset({Source.COUNTER, Source.PHONE})
NOT_SHOWN = "not-shown"  # in place of a notice's version, where nobody was there to be shown one
MOST_FOUND = 50
POPULAR_FOR = timedelta(days=30)
POPULAR = 5


async def prefix_of(request: Request) -> str:
    """What this office's case numbers begin with."""
    return str(request.app.state.case_prefix)


Prefix = Annotated[str, Depends(prefix_of)]


# --- petitions ------------------------------------------------------------------------------
@router.post(
    "/cases",
    response_model=schemas.Slip,
    status_code=201,
    summary="代為立案 / File a petition for somebody",
)
def file_petition(
    body: schemas.NewPetition,
    door: AtDoor,
    officer: AsOfficer,
    prefix: Prefix,
    key: IdempotencyKey = None,
) -> Response:
    """Told at the counter or on the phone, or written; answers with what goes on the slip.

    What was told by word of mouth must have been read back, and the privacy notice shown
    (行政程序法 §169, 個資法 §8).
    """

    def act(tx: Session, now: datetime) -> Carried:
        _require_heard(body)
        by = tx.merge(officer, load=False)  # was read a moment ago, to know who asks
        filed = intake.file(tx, _petition(tx, body, by, now), prefix=prefix, now=now)
        if body.asked_id:
            answering.note_filed(tx, body.asked_id, asker=_asker(officer))
        return Carried(201, _slip(tx, filed).model_dump(mode="json"))

    request = ["file", body.model_dump(mode="json")]
    return _done(perform(door, officer, Verb.READ_CASES, key, request, act))


@router.post(
    "/desk/similar",
    operation_id="find_similar_cases",
    summary="是否已有人反映 / Was it reported before",
)
def find_similar(body: schemas.Matter, door: AtDoor, officer: AsOfficer) -> schemas.SimilarOut:
    """How many open cases tell the same matter; their numbers are for staff alone."""
    policy.require(officer, Verb.READ_CASES)
    now = door.clock()
    with reading(door.engine) as tx:
        what = Reported(body.text, body.place)
        found = nearby.already_reported(tx, what, by=None, now=now)
        seen = sight(tx, officer, now)
        shown = [case.case_no for case in found if seen.allows(case)]
    return schemas.SimilarOut(count=len(found), cases=shown)


@router.post(
    "/desk/look-up",
    operation_id="look_up_case",
    responses=TOO_OFTEN,
    summary="以案號與查詢碼查進度 / Look up by number and code",
)
def look_up(body: schemas.Key, door: AtDoor, officer: AsOfficer) -> schemas.ProgressOut:
    """The case as its citizen sees it; five wrong codes lock the number for 15 minutes."""
    policy.require(officer, Verb.READ_CASES)
    try:
        with transaction(door.engine) as tx:
            found = progress.look_up(tx, body.case_no, body.code, now=door.clock())
    except LookupLocked:
        text = "查詢碼錯誤太多次，請 15 分鐘後再試。 Too many wrong codes; wait 15 minutes."
        raise HTTPException(429, text) from None
    if found is None:
        raise UnknownCase(body.case_no)
    return schemas.ProgressOut.model_validate(found)


@router.post("/desk/find", summary="以電話或信箱找案件 / Find a person's cases")
def find_person(body: schemas.Person, door: AtDoor, officer: AsOfficer) -> schemas.FoundOut:
    """The cases of one telephone or mail address, but none this officer may not link to people."""
    policy.require(officer, Verb.READ_CASES)
    now = door.clock()
    with reading(door.engine) as tx:
        mark = identities.mark(tx, body.contact)
        theirs = [case for case in _of_mark(tx, mark) if viewing.in_circle(case, officer)]
        seen, calendar = sight(tx, officer, now), calendars.load(tx)
        shown = [case for case in theirs if seen.allows(case)]
        rows = [cases.row(case, calendar, office_date(now)) for case in shown[:MOST_FOUND]]
    return schemas.FoundOut(cases=rows, elsewhere=len(theirs) - len(shown))


@router.post(
    "/desk/follow",
    response_model=schemas.FollowedOut,
    summary="代為追蹤案件 / Follow somebody else's case",
)
def follow_case(
    body: schemas.Following, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """The person is told the result, never of who reported; not of confidential cases."""

    def act(tx: Session, now: datetime) -> Carried:
        case = visible(tx, body.case_no, officer, now)
        if case.confidential or case.kind == Kind.MISCONDUCT_REPORT:
            raise Forbidden("confidential")
        who = _address(tx, body.source, body.contact)
        fresh = handling.follow(tx, case.case_no, who, language=body.language, now=now)
        return Carried(200, {"case_no": case.case_no, "fresh": fresh})

    request = ["follow", body.model_dump(mode="json")]
    return _done(perform(door, officer, Verb.READ_CASES, key, request, act))


@router.post("/desk/explain", summary="期限怎麼算，念給民眾聽 / How the date was counted")
def explain_date(body: schemas.Explain, door: AtDoor, officer: AsOfficer) -> schemas.Aloud:
    """The count day by day, in words to read out."""
    policy.require(officer, Verb.READ_CASES)
    with reading(door.engine) as tx:
        case = visible(tx, body.case_no, officer, door.clock())
        why = handling.clock(tx, case)
        return schemas.Aloud(text=wording.explanation(case, why, body.language))


# --- questions ------------------------------------------------------------------------------
@router.post(
    "/desk/ask",
    response_model=schemas.AnswerOut,
    operation_id="ask_question",
    summary="代為詢問 / Ask for somebody at the counter",
)
def ask(
    body: schemas.Question, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """What the engine answers, recorded as asked at this officer's counter."""

    def act(tx: Session, now: datetime) -> Carried:
        index = door.shelf.current(tx)
        got = answering.answer(tx, body.text, asker=_asker(officer), index=index, now=now)
        return Carried(200, _answer_out(got, body.language).model_dump(mode="json"))

    request = ["ask", body.model_dump(mode="json")]
    return _done(perform(door, officer, Verb.READ_FAQ, key, request, act))


@router.post(
    "/desk/asked/{number}/choice",
    response_model=schemas.KeptOut,
    summary="民眾選了哪一題 / Which one was meant",
)
def note_choice(
    number: AskedId,
    body: schemas.Choice,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """One of the offered entries, or none of these."""

    def act(tx: Session, now: datetime) -> Carried:
        card = answering.note_choice(
            tx, number, body.entry_id, asker=_asker(officer), index=_index(door, tx, now)
        )
        entry = schemas.CardOut.model_validate(card) if card else None
        kept = schemas.KeptOut(asked_id=number, entry=entry)
        return Carried(200, kept.model_dump(mode="json"))

    request = ["choice", number, body.entry_id]
    return _done(perform(door, officer, Verb.READ_FAQ, key, request, act))


@router.post(
    "/desk/asked/{number}/helpful",
    response_model=schemas.KeptOut,
    summary="有沒有幫助 / Whether it helped",
)
def note_helpful(
    number: AskedId,
    body: schemas.Judged,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """What the person at the counter says of the answer, and why it did not help."""

    def act(tx: Session, _now: datetime) -> Carried:
        asker = _asker(officer)
        if body.reason:
            answering.note_reason(tx, number, asker=asker, reason=body.reason)
        else:
            answering.note_helpful(tx, number, asker=asker, helpful=body.helpful)
        kept = schemas.KeptOut(asked_id=number, helpful=body.helpful)
        return Carried(200, kept.model_dump(mode="json"))

    request = ["helpful", number, body.helpful, body.reason]
    return _done(perform(door, officer, Verb.READ_FAQ, key, request, act))


@router.get(
    "/desk/asked/{number}/similar",
    operation_id="read_similar_entries",
    summary="相近的題目 / The entries nearest to it",
)
def read_similar(number: AskedId, door: AtDoor, officer: AsOfficer) -> list[schemas.CardOut]:
    """What else the question may have been about, best first."""
    policy.require(officer, Verb.READ_FAQ)
    with reading(door.engine) as tx:
        asked = answering.asked_by(tx, number, _asker(officer))
        near = answering.near(asked.text, _index(door, tx, door.clock()), but=asked.entry_id)
    return [schemas.CardOut.model_validate(card) for card in near]


@router.get(
    "/desk/popular", operation_id="read_popular_entries", summary="常見題目 / What is asked most"
)
def read_popular(door: AtDoor, officer: AsOfficer) -> list[schemas.CardOut]:
    """The entries asked most in the last 30 days, most first."""
    policy.require(officer, Verb.READ_FAQ)
    now = door.clock()
    with reading(door.engine) as tx:
        index = _index(door, tx, now)
        often = figures.most_asked(tx, now - POPULAR_FOR, POPULAR)
    shown = [index.cards[one] for one in often if one in index.cards]
    return [schemas.CardOut.model_validate(card) for card in shown]


# --- inside ---------------------------------------------------------------------------------
def _done(carried: Carried) -> JSONResponse:
    return JSONResponse(carried.body, carried.status)


def _asker(officer: Officer) -> str:
    return f"counter:{officer.username}"


def _index(door: StaffDoor, tx: Session, now: datetime) -> Index:
    return door.shelf.current(tx).on(office_date(now))


def _require_heard(body: schemas.NewPetition) -> None:
    """Raise IncompletePetition unless what was told was read back, and the notice shown."""
    if body.source in ORAL and not body.read_back:
        raise IncompletePetition("read_back")
    if body.source in ORAL and not body.notice_version:
        raise IncompletePetition("notice_version")


def _petition(tx: Session, body: schemas.NewPetition, by: Officer, now: datetime) -> Petition:
    return Petition(
        origin=f"desk:{secrets.token_hex(16)}",
        kind=body.kind,
        content=body.content,
        citizen=_address(tx, body.source, body.contact),
        language=body.language,
        notice_version=body.notice_version or NOT_SHOWN,
        notice_shown_at=now,
        points=tuple(body.points),
        place=body.place,
        petitioner_name=body.name,
        reply_by=body.reply_by,
        contact=body.contact,
        confidential=body.confidential,
        section=section_of(tx, body.section).name if body.section else None,
        priority=body.priority,
        channel=body.source,
        taken_by=by,
        read_back=body.read_back,
        told=body.source in ORAL,
        consents_to_transfer=body.consents_to_transfer,
    )


def _address(tx: Session, source: Source, contact: str | None) -> Address:
    """Who somebody without a chat is: the same person where telephone or mail is the same."""
    known = identities.mark(tx, contact) if contact else None
    return Address(source, known or secrets.token_hex(16))


def _slip(tx: Session, filed: Filed) -> schemas.Slip:
    case, why = filed.case, filed.why or handling.clock(tx, filed.case)
    return schemas.Slip(
        case_no=case.case_no,
        lookup_code=case.lookup_code,
        section=case.section.name,
        due_on=case.due_on,
        due=roc_date(case.due_on),
        limit=wording.limit_in_words(why, "zh"),
        provisional=why.provisional,
    )


def _of_mark(tx: Session, mark: str | None) -> Sequence[Case]:
    if mark is None:
        return []
    theirs = select(Case).where(Case.contact_mark == mark)
    return tx.scalars(theirs.order_by(STILL_OPEN.desc(), Case.id.desc())).all()


def _answer_out(got: Answer, language: str) -> schemas.AnswerOut:
    shown = [card.in_language(language) or card for card in got.cards]
    distress = next((cue for cue in DANGERS if cue in got.cues), None)
    return schemas.AnswerOut(
        asked_id=got.asked_id,
        verdict=got.verdict,
        distress=distress,
        agency=got.agency.name if got.agency else None,
        situation=got.situation,
        cards=[_card_out(card) for card in shown],
    )


def _card_out(card: Card) -> schemas.CardOut:
    return schemas.CardOut.model_validate(card)
