"""Taking in a citizen's message: one transaction from the update to the queued answers."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from bot import tables
from bot.channel import Incoming, What
from bot.conversation import opening, wants
from bot.conversation.moment import Moment, Office
from bot.conversation.responding import respond
from bot.conversation.state import Draft, ReplyBy, State, Step, topic
from bot.conversation.understanding import understand
from bot.conversation.wording import NOTICE_VERSION, say
from complaints import handling, intake, progress
from complaints.clock import calendars
from complaints.clock.workdays import WorkCalendar, office_date
from complaints.errors import (
    CalendarMissing,
    IncompletePetition,
    LookupLocked,
    NotAllowed,
    RuleMissing,
    UnknownCase,
    UnknownSection,
)
from complaints.intake import Petition, SentFile
from complaints.states import Action, after
from complaints.wording import notices as wording
from data import inbox, outbox
from data.database import transaction
from data.outbox import Address, Message
from faq.errors import UnknownEntry, UnknownQuestion
from faq.keeping import answering, figures
from faq.keeping.index import Index, Shelf
from faq.language.cues import Cue
from faq.understanding import following

POPULAR_FOR = timedelta(days=30)
POPULAR_ANYWAY = ("id-card-lost", "move-in", "birth-registration", "transcript-apply", "seal-cert")
POPULAR = 5


@dataclass(frozen=True)
class Desk:
    """What taking in a message needs, chosen once by the roof and handed down."""

    engine: Engine
    shelf: Shelf
    clock: Callable[[], datetime]
    office: Office
    prefix: str
    wake: Callable[[], None]


@dataclass(frozen=True)
class Call:
    """One message being taken in: whose it is, what is known, and when."""

    sender: Address
    language: str
    index: Index
    prefix: str
    now: datetime

    @property
    def asker(self) -> str:
        """How this person's questions are marked."""
        return f"{self.sender.channel}:{self.sender.name}"


def take(desk: Desk, incoming: Incoming) -> bool:
    """Take in one message and commit; True when it was new. Raises whatever the database raises."""
    with transaction(desk.engine) as tx:
        new = receive(tx, incoming, desk=desk, now=desk.clock())
    if new:
        desk.wake()
    return new


def receive(tx: Session, incoming: Incoming, *, desk: Desk, now: datetime) -> bool:
    """Decide, act, and queue the answers to one message; the same update counts once."""
    incoming = replace(incoming, text=incoming.text.replace("\0", ""))  # PostgreSQL keeps no NUL
    sender = incoming.sender
    if not inbox.first_time(tx, sender.channel, incoming.key, now=now):
        return False
    if incoming.press:
        key = f"in:{sender.channel}:{incoming.key}:press"
        outbox.post(tx, sender, Message(answers=incoming.press), key=key, now=now)
    talk = tables.locked(tx, sender, now=now)
    state = _state(talk, incoming)
    call = Call(
        sender, state.language, desk.shelf.current(tx).on(office_date(now)), desk.prefix, now
    )
    # Outside a form the message is heard where it is answered.
    heard = incoming.what in {What.TEXT, What.FILE} and state.step is not Step.IDLE
    cues = call.index.words.cues(incoming.text) if heard else frozenset[Cue]()
    want = understand(state, incoming, cues)
    got = carry_out(tx, want, call)
    moment = Moment(desk.office, now, f"{sender.channel}:{incoming.key}")
    state, answers = respond(state, got, moment)
    talk.state, talk.updated_at = state.to_json(), now
    for n, answer in enumerate(answers):
        outbox.post(tx, sender, answer, key=f"in:{sender.channel}:{incoming.key}:{n}", now=now)
    return True


def apologize(tx: Session, incoming: Incoming, failure: str, *, now: datetime) -> None:
    """Give up an update that fails again and again, and tell its sender so."""
    sender = incoming.sender
    if inbox.give_up(tx, sender.channel, incoming.key, failure, now=now):
        sorry = Message(say(incoming.language or "zh", "failed"))
        key = f"in:{sender.channel}:{incoming.key}:failed"
        outbox.post(tx, sender, sorry, key=key, now=now)


def carry_out(tx: Session, want: wants.Want, call: Call) -> wants.Want | wants.Outcome:
    """Do what is wanted: at most one call into a domain. What needs no record comes back as is.

    What a domain refuses leaves nothing behind, though the message itself is kept.
    """
    effect = EFFECTS.get(type(want))
    if effect is None:
        return want
    try:
        with tx.begin_nested():
            return effect(tx, want, call)
    except UnknownCase:
        return wants.Refused("unknown_case")
    except UnknownQuestion:
        return wants.Stale()
    except NotAllowed:
        return wants.Refused("not_now", {"case_no": getattr(want, "case_no", "")})


def _ask(tx: Session, want: wants.Ask, call: Call) -> wants.Outcome:
    """Answer a message: as a question about opening, part by part, or as a whole."""
    calendar = calendars.load(tx) if opening.may_be_asked(want.text) else None
    if asked := _opening_asked(want.text, calendar, call):
        return asked
    texts = following.split(want.text)
    if len(texts) > 1 and not _holds_more(want.text, call):
        parts = [_opening_asked(text, calendar, call) or _standing(text, call) for text in texts]
        if any(parts):
            each = tuple(_keep_part(tx, part, call) for part in parts if part)
            left = tuple(t for t, part in zip(texts, parts, strict=True) if not part)
            return wants.AnsweredEach(each, left)
    text = texts[0] if len(texts) == 1 else want.text
    answer = answering.answer(
        tx,
        text,
        asker=call.asker,
        index=call.index,
        now=call.now,
        about=topic(want.about, call.now),
    )
    return wants.Answered(text, answer)


def _holds_more(text: str, call: Call) -> bool:
    """Whether a message, or a sentence of it, is more than questions: distress, a complaint."""
    parts = (text, *following.sentences(text))
    return any(answering.is_more(call.index.words.cues(part)) for part in parts)


def _standing(text: str, call: Call) -> answering.Understood | None:
    """A part of a message that is surely answered by itself."""
    said = answering.understand(text, call.index)
    return said if said.stands else None


def _keep_part(
    tx: Session, part: answering.Understood | wants.Opening, call: Call
) -> wants.Answered | wants.Opening:
    if isinstance(part, wants.Opening):
        return part
    answer = answering.keep(tx, part, asker=call.asker, index=call.index, now=call.now)
    return wants.Answered(part.text, answer)


def _opening_asked(text: str, calendar: WorkCalendar | None, call: Call) -> wants.Opening | None:
    if calendar is None:
        return None
    asked = opening.asked_about(text, office_date(call.now), calendar)
    return _opening(asked, calendar) if asked else None


def _opening(asked: opening.Asked, calendar: WorkCalendar) -> wants.Opening:
    day = asked.day
    if day.year not in calendar.years:
        return wants.Opening(day, None)
    return wants.Opening(
        day,
        calendar.works(day),
        calendar.reason(day),
        opening.next_open(day, calendar),
        day.year in calendar.provisional,
    )


def _pick_variant(tx: Session, want: wants.PickVariant, call: Call) -> wants.Outcome:
    answering.asked_by(tx, want.asked_id, call.asker)
    card = call.index.cards.get(want.entry_id)
    gone = card is None or not 0 <= want.number < len(card.variants)
    return wants.Variant(want.asked_id, None if gone else card, want.number)


def _pick(tx: Session, want: wants.Pick, call: Call) -> wants.Outcome:
    try:
        card = answering.note_choice(
            tx, want.asked_id, want.entry_id, asker=call.asker, index=call.index
        )
    except UnknownEntry:
        return wants.Picked(want.asked_id, None, gone=True)
    return wants.Picked(want.asked_id, card)


def _judge(tx: Session, want: wants.Judge, call: Call) -> wants.Outcome:
    answering.note_helpful(tx, want.asked_id, asker=call.asker, helpful=want.helpful)
    return wants.Judged(want.asked_id, want.helpful)


def _show_popular(tx: Session, want: wants.ShowPopular, call: Call) -> wants.Outcome:
    asked = answering.record_browsing(tx, asker=call.asker, index=call.index, now=call.now)
    often = figures.most_asked(tx, call.now - POPULAR_FOR, POPULAR)
    ids = [one for one in dict.fromkeys((*often, *POPULAR_ANYWAY)) if one in call.index.cards]
    cards = tuple(call.index.cards[one] for one in ids[:POPULAR])
    return wants.Cards(want.key, cards, asked)


def _show_similar(tx: Session, want: wants.ShowSimilar, call: Call) -> wants.Outcome:
    asked = answering.asked_by(tx, want.asked_id, call.asker)
    near = answering.near(asked.text, call.index, but=asked.entry_id)
    return wants.Cards("similar", near, want.asked_id)


def _begin_from_question(
    tx: Session, want: wants.BeginFromQuestion, call: Call
) -> wants.Want | wants.Outcome:
    asked = answering.asked_by(tx, want.asked_id, call.asker)
    if not asked.text:
        return wants.Stale()
    near = answering.near(asked.text, call.index)
    begin = wants.Begin(
        want.kind,
        content=asked.text,
        asked_id=asked.id,
        section=near[0].section if near else None,
        brief=True,
        by_phone=want.by_phone,
    )
    return wants.Recalled(begin)


def _submit(tx: Session, want: wants.Submit, call: Call) -> wants.Outcome:
    draft = want.draft
    try:
        with tx.begin_nested():  # a refusal here is told, and must not end the outer block
            filed = intake.file(tx, _petition(draft, call), prefix=call.prefix, now=call.now)
            if draft.asked_id:
                answering.note_filed(tx, draft.asked_id, asker=call.asker)
    except CalendarMissing as error:
        return wants.NotFiled(_why(call, f"{error.year} 年行事曆尚未匯入", str(error)))
    except (RuleMissing, UnknownSection) as error:
        return wants.NotFiled(_why(call, "案件規則尚未設定", str(error)))
    return wants.Filed(draft.id, filed.case.case_no, filed.again)


def _my_cases(tx: Session, _want: wants.MyCases, call: Call) -> wants.Outcome:
    return wants.Cases(tuple(progress.my_cases(tx, call.sender, now=call.now)))


def _about_case(tx: Session, want: wants.AboutCase, call: Call) -> wants.Outcome:
    case = progress.owned_case(tx, call.sender, want.case_no)
    if want.verb == "show":
        return wants.Shown(progress.show(tx, case, now=call.now), owner=True)
    if want.verb == "why":
        return wants.Told(wording.explanation(case, handling.clock(tx, case), call.language))
    if want.verb == "fixed":
        handling.confirm_improved(tx, want.case_no, now=call.now)
        return wants.Done("fixed", want.case_no, rate=True)
    if want.verb == "unfixed":
        handling.note_not_improved(tx, want.case_no, now=call.now)
        return wants.Done("unfixed", want.case_no, rate=True)
    if needed := {"withdraw": Action.WITHDRAW, "unhappy": Action.REOPEN}.get(want.verb):
        after(case.state, needed)
    return wants.Ready(want.verb, want.case_no)


def _withdraw(tx: Session, want: wants.Withdraw, call: Call) -> wants.Outcome:
    progress.owned_case(tx, call.sender, want.case_no)
    handling.withdraw(tx, want.case_no, now=call.now)
    return wants.Quiet()


def _add(tx: Session, want: wants.Add, call: Call) -> wants.Outcome:
    progress.owned_case(tx, call.sender, want.case_no)
    files = _files(want.files, call)
    handling.add_information(tx, want.case_no, want.text, files=files, now=call.now)
    if want.quiet:
        return wants.Quiet()
    return wants.Done("added", want.case_no, album=want.album)


def _unhappy(tx: Session, want: wants.Unhappy, call: Call) -> wants.Outcome:
    progress.owned_case(tx, call.sender, want.case_no)
    handling.reopen_dissatisfied(tx, want.case_no, reason=want.reason, now=call.now)
    return wants.Quiet(leave=True)


def _rate(tx: Session, want: wants.Rate, call: Call) -> wants.Want | wants.Outcome:
    progress.owned_case(tx, call.sender, want.case_no)
    try:
        handling.rate(tx, want.case_no, want.grade, now=call.now)
    except IncompletePetition:
        return wants.Stale()
    return wants.Done("rated", want.case_no, {"grade": want.grade})


def _look_up(tx: Session, want: wants.LookUp, call: Call) -> wants.Outcome:
    try:
        found = progress.look_up(tx, want.case_no, want.code, now=call.now)
    except LookupLocked:
        return wants.Refused("lookup_locked")
    return wants.Shown(found, owner=False) if found else wants.Refused("wrong_code")


EFFECTS: dict[type, Callable[[Session, Any, Call], wants.Want | wants.Outcome]] = {
    wants.Ask: _ask,
    wants.Pick: _pick,
    wants.PickVariant: _pick_variant,
    wants.Judge: _judge,
    wants.ShowPopular: _show_popular,
    wants.ShowSimilar: _show_similar,
    wants.BeginFromQuestion: _begin_from_question,
    wants.Submit: _submit,
    wants.MyCases: _my_cases,
    wants.AboutCase: _about_case,
    wants.Withdraw: _withdraw,
    wants.Add: _add,
    wants.Unhappy: _unhappy,
    wants.Rate: _rate,
    wants.LookUp: _look_up,
}


def _state(talk: tables.Conversation, incoming: Incoming) -> State:
    if talk.state:
        return State.from_json(talk.state)
    return State(language="en" if incoming.language == "en" else "zh")


def _petition(draft: Draft, call: Call) -> Petition:
    return Petition(
        origin=draft.id,
        kind=draft.kind,
        content=draft.content,
        points=draft.points,
        citizen=call.sender,
        language=call.language,
        notice_version=NOTICE_VERSION,
        notice_shown_at=datetime.fromisoformat(draft.notice_at),
        place=draft.place,
        latitude=draft.latitude,
        longitude=draft.longitude,
        petitioner_name=draft.name,
        reply_by=draft.reply_by or ReplyBy.CHAT,
        contact=draft.contact,
        confidential=draft.confidential,
        section=draft.section,
        files=_files(draft.files, call),
    )


def _files(references: tuple[str, ...], call: Call) -> tuple[SentFile, ...]:
    return tuple(SentFile(call.sender.channel, reference) for reference in references)


def _why(call: Call, chinese: str, english: str) -> str:
    return english if call.language == "en" else chinese
