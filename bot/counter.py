"""Taking in a citizen's message: one transaction from the update to the queued answers."""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from bot import groups, links, opinions, petitions, tables
from bot.call import Call
from bot.channel import Incoming, What
from bot.conversation import opening, questions, wants
from bot.conversation.moment import Moment, Office, choice
from bot.conversation.responding import respond
from bot.conversation.state import FORM, State, topic
from bot.conversation.understanding import goes_on_record, understand, version
from bot.conversation.wording import say
from bot.surge import Load
from complaints import tasks, villages
from complaints.clock import calendars
from complaints.clock.workdays import WorkCalendar, office_date
from complaints.errors import NotAllowed, TooLate, UnknownCase
from complaints.roles import Role
from complaints.tasks import TaskKind
from data import inbox, outbox
from data.database import transaction
from data.masking import mask_numbers
from data.outbox import Message
from faq.errors import UnknownEntry, UnknownQuestion
from faq.keeping import answering, figures, pinning
from faq.keeping.index import Shelf
from faq.keeping.pinning import Pin
from faq.language.cues import Cue
from faq.understanding import following
from faq.understanding.following import fields_asked
from faq.understanding.judging import Verdict

POPULAR_FOR = timedelta(days=30)
POPULAR_ANYWAY = ("id-card-lost", "move-in", "birth-registration", "transcript-apply", "seal-cert")
POPULAR = 5
MOST_A_MINUTE = 30  # messages; more than anybody types
MOST_IN_SURGE = 6  # when more is written than can be sent
TASK_KEY = 80
GRAVE = {Cue.CRISIS, Cue.EMERGENCY, Cue.VIOLENCE, Cue.TROUBLED}


@dataclass(frozen=True)
class Desk:
    """What taking in a message needs, chosen once by the roof and handed down."""

    engine: Engine
    shelf: Shelf
    clock: Callable[[], datetime]
    office: Office
    prefix: str
    wake: Callable[[], None]
    load: Load = field(default_factory=Load)


def take(desk: Desk, incoming: Incoming) -> bool:
    """Take in one message and commit; True when it was new. Raises whatever the database raises."""
    with transaction(desk.engine) as tx:
        new = receive(tx, incoming, desk=desk, now=desk.clock())
    if new:
        desk.wake()
    return new


def receive(tx: Session, incoming: Incoming, *, desk: Desk, now: datetime) -> bool:
    """Decide, act, and queue the answers to one message; the same update counts once."""
    # No database keeps half a character, PostgreSQL no NUL.
    written = incoming.text.replace("\0", "").encode(errors="ignore").decode()
    incoming = replace(incoming, text=mask_numbers(written))
    sender = incoming.sender
    if not inbox.first_time(tx, sender.channel, incoming.key, now=now):
        return False
    masked = incoming.text != written
    if incoming.door:
        return _answer_group(tx, incoming, desk, now, masked=masked)
    if incoming.press:
        key = f"in:{sender.channel}:{incoming.key}:press"
        outbox.post(tx, sender, Message(answers=incoming.press), key=key, now=now)
    talk = tables.locked(tx, sender, now=now)
    before = paced(_state(talk, incoming), now, counts=not _moves(incoming))
    call = replace(_call(tx, before.language, incoming, desk, now), after_pin=before.pin)
    # What is asked is heard where it is answered.
    heard = goes_on_record(before, incoming)
    cues = call.index.words.cues(incoming.text) if heard else frozenset[Cue]()
    want = slowed(before, understand(before, incoming, cues), _most_a_minute(tx, desk, call))
    got = carry_out(tx, want, call)
    _alert(tx, got, cues, incoming, now)
    key = f"{sender.channel}:{incoming.key}"
    moment = Moment(desk.office, now, key, partial(villages.name_of, tx))
    state, answers = respond(before, got, moment)
    state = remembered(before, state, got, incoming)
    if masked:
        answers = [Message(say(state.language, "id_number_masked")), *answers]
    if talk.has_missed:
        state, answers = _with_missed(tx, state, answers, call)
    state, answers = _with_pinned(state, answers, got, call)
    tables.keep(tx, sender, state.to_json(), now=now)
    for n, answer in enumerate(answers):
        outbox.post(tx, sender, answer, key=f"in:{sender.channel}:{incoming.key}:{n}", now=now)
    return True


def _answer_group(
    tx: Session, incoming: Incoming, desk: Desk, now: datetime, *, masked: bool
) -> bool:
    call = _call(tx, "zh", incoming, desk, now)
    _alert(tx, groups.answer(tx, incoming, call, masked=masked), frozenset(), incoming, now)
    return True


def _call(tx: Session, language: str, incoming: Incoming, desk: Desk, now: datetime) -> Call:
    index = desk.shelf.current(tx).on(office_date(now))
    return Call(incoming.sender, language, index, desk.prefix, now)


def paced(state: State, now: datetime, *, counts: bool = True) -> State:
    """The state in this minute, with this message counted if a person wrote it."""
    minute = f"{now:%Y-%m-%dT%H:%M}"
    before = state.pace[1] if state.pace and state.pace[0] == minute else 0
    return replace(state, pace=(minute, before + counts))


def _moves(incoming: Incoming) -> bool:
    """Whether it is only a pin that moves by itself."""
    return incoming.what is What.EDITED and incoming.place is not None


def remembered(before: State, after: State, got: object, incoming: Incoming) -> State:
    """The state after a message, which is kept in mind should the citizen edit it."""
    if incoming.what in {What.EDITED, What.PRESSED}:
        return after
    case_no = _went_to(before, after, got)
    if case_no is None:
        return after
    return after.heard(incoming.message, case_no, version(incoming))


def _went_to(before: State, after: State, got: object) -> str | None:
    """The case a message became part of, nothing for the draft, None for neither."""
    if isinstance(got, wants.Done) and got.key == "added":
        return got.case_no
    if after.draft and (before.step in FORM or after.draft != before.draft):
        return ""
    return before.case_no if isinstance(got, wants.Quiet) else None


def slowed(state: State, want: wants.Want, most: int = MOST_A_MINUTE) -> wants.Want:
    """In a flood, questions wait; whatever files, adds or asks about a case never does.

    `most` messages of one citizen are answered in a minute.
    """
    count = state.pace[1] if state.pace else 0
    waits = wants.Ask | wants.Say | wants.ShowPopular | wants.GoOn
    if count <= most or not isinstance(want, waits):
        return want
    return wants.Say("slow_down") if count == most + 1 else wants.Silence()


def _most_a_minute(tx: Session, desk: Desk, call: Call) -> int:
    """Few, where a notice says so or more waits than can leave soon: the queue stays short."""
    surge = any(pin.surge for pin in call.index.pinned_at(call.now))
    return MOST_IN_SURGE if surge or desk.load.is_high(tx, call.now) else MOST_A_MINUTE


def _alert(tx: Session, got: object, cues: Set[Cue], incoming: Incoming, now: datetime) -> None:
    """Call staff to somebody in danger at the office; the words are not kept."""
    told = got.answer.cues if isinstance(got, wants.Answered) else cues
    if Cue.EMERGENCY in told:
        tasks.make(
            tx,
            f"urgent:{incoming.sender.channel}:{incoming.key}"[:TASK_KEY],
            TaskKind.URGENT_ON_SITE,
            "有民眾通報緊急狀況，已請其撥 119／110，請立即查看服務場所",
            now=now,
            role=Role.CASE_CONTROLLER,
            due_on=office_date(now),
        )


def _with_missed(
    tx: Session, state: State, answers: list[Message], call: Call
) -> tuple[State, list[Message]]:
    """Offer what could not be delivered before, once a day, to somebody who writes again."""
    today = office_date(call.now).isoformat()
    if state.missed_on == today or not answers:
        return state, answers
    missed = outbox.undelivered(tx, call.sender)
    if not missed:
        return state, answers
    text = say(state.language, "missed", count=len(missed))
    offer = Message(text, (choice(state.language, "b_see_now", "missed"),))
    return replace(state, missed_on=today), [*answers, offer]


def _with_pinned(
    state: State, answers: list[Message], got: object, call: Call
) -> tuple[State, list[Message]]:
    """Tell what is pinned, once, ahead of an answer; not amid a form, nor beside help."""
    standing = call.index.pinned_at(call.now)
    said = got.pin.id if isinstance(got, wants.Pinned) else None
    heard = tuple(pin.id for pin in standing if pin.id in {*state.pins, said})
    new = [pin for pin in standing if pin.id not in heard]
    after = replace(state, pin=said, pins=heard)
    if not new or not answers or state.step in FORM or _is_grave(got):
        return after, answers
    told = [questions.notice(pin, state.language) for pin in reversed(new)]
    return replace(after, pins=tuple(pin.id for pin in standing)), [*told, *answers]


def _is_grave(got: object) -> bool:
    return isinstance(got, wants.Answered) and bool(got.answer.cues & GRAVE)


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
    if type(want) in NEVER_REFUSED:
        return effect(tx, want, call)
    try:
        with tx.begin_nested():
            return effect(tx, want, call)
    except UnknownCase:
        return wants.Refused("unknown_case")
    except UnknownQuestion:
        return wants.Stale()
    except (NotAllowed, TooLate):
        return wants.Refused("not_now", {"case_no": getattr(want, "case_no", "")})


def _ask(tx: Session, want: wants.Ask, call: Call) -> wants.Outcome:
    """Answer a message: by a notice, as asked about opening, part by part, or as a whole."""
    if pin := _pinned(want.text, call):
        return wants.Pinned(pin)
    calendar = calendars.load(tx) if opening.may_be_asked(want.text) else None
    if asked := _opening_asked(want.text, calendar, call):
        return asked
    texts = following.split(want.text)
    if len(texts) > 1 and not _holds_more(want.text, call):
        texts = _without_leaning(texts, call)
        parts = [_opening_asked(text, calendar, call) or _understood(text, call) for text in texts]
        if _are_apart(parts):
            return wants.AnsweredEach(tuple(_keep_part(tx, part, call) for part in parts))
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


def _pinned(text: str, call: Call) -> Pin | None:
    """The notice that answers; never one twice in a row, so that nobody asks in vain."""
    standing = call.index.pinned_at(call.now)
    pin = pinning.answering(standing, text) if standing else None
    if pin is None or pin.id == call.after_pin or _holds_more(text, call):
        return None
    return pin


def _holds_more(text: str, call: Call) -> bool:
    """Whether a message, or a sentence of it, is more than questions: distress, a complaint."""
    parts = (text, *following.sentences(text))
    return any(answering.is_more(call.index.words.cues(part)) for part in parts)


def _understood(text: str, call: Call) -> answering.Understood:
    return answering.understand(text, call.index)


def _without_leaning(texts: tuple[str, ...], call: Call) -> tuple[str, ...]:
    """The questions that name a matter: 要帶什麼 after one is told with its answer anyway."""
    words = call.index.words
    return tuple(text for n, text in enumerate(texts) if not n or not fields_asked(text, words))


def _are_apart(parts: Sequence[answering.Understood | wants.Opening]) -> bool:
    """Whether parts of a message are questions of their own.

    They are where one is surely answered; and where each may be one of several entries, none of
    which are the other's.
    """
    if len(parts) < 2:
        return False
    if any(isinstance(part, wants.Opening) or part.stands for part in parts):
        return True
    offered = [_offered(part) for part in parts if isinstance(part, answering.Understood)]
    return all(offered) and sum(map(len, offered)) == len(frozenset().union(*offered))


def _offered(part: answering.Understood) -> frozenset[str]:
    """The entries a part would be offered to choose from."""
    if part.judgement.verdict is not Verdict.CHOOSE:
        return frozenset()
    return frozenset(one.entry_id for one in part.judgement.ranked)


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
        calendar.cut_short(day),
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


def _judge_why(tx: Session, want: wants.JudgeWhy, call: Call) -> wants.Outcome:
    answering.note_reason(tx, want.asked_id, asker=call.asker, reason=want.reason)
    return wants.WhyJudged(want.asked_id)


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
        agency=_agency(asked.text, call) if want.pass_on else None,
    )
    return wants.Recalled(begin)


def _answer_notice(tx: Session, want: wants.AnswerNotice, call: Call) -> wants.Want | wants.Outcome:
    return carry_out(tx, petitions.read_answer(tx, want, call), call)


def _say_why(tx: Session, want: wants.SayWhy, call: Call) -> wants.Want | wants.Outcome:
    """Own words may also be the next question, which must not be lost as a reason."""
    if opinions.is_question(want, call):
        return carry_out(tx, wants.Ask(want.said), call)
    return opinions.say_why(tx, want, call)


def _go_on(tx: Session, want: wants.GoOn, call: Call) -> wants.Want | wants.Outcome:
    return carry_out(tx, links.wanted(tx, want.payload, call), call)


def _agency(text: str, call: Call) -> str | None:
    """Whose matter a question seems to be, if not ours."""
    agency = answering.understand(text, call.index).agency
    return agency.name if agency else None


EFFECTS: dict[type, Callable[[Session, Any, Call], wants.Want | wants.Outcome]] = {
    wants.Ask: _ask,
    wants.Pick: _pick,
    wants.PickVariant: _pick_variant,
    wants.Judge: _judge,
    wants.JudgeWhy: _judge_why,
    wants.ShowPopular: _show_popular,
    wants.ShowSimilar: _show_similar,
    wants.BeginFromQuestion: _begin_from_question,
    wants.Submit: petitions.submit,
    wants.Follow: petitions.follow,
    wants.Review: petitions.review,
    wants.WithdrawSome: petitions.withdraw_some,
    wants.SeeMissed: petitions.see_missed,
    wants.NoteEdit: petitions.note_edit,
    wants.DecideEdit: petitions.decide_edit,
    wants.MyCases: petitions.my_cases,
    wants.AboutCase: petitions.about_case,
    wants.Withdraw: petitions.withdraw,
    wants.Add: petitions.add,
    wants.AnswerNotice: _answer_notice,
    wants.GoOn: _go_on,
    wants.Unhappy: petitions.unhappy,
    wants.Rate: opinions.rate,
    wants.SayWhy: _say_why,
    wants.TakeSurvey: opinions.take_survey,
    wants.FillSurvey: opinions.fill_survey,
    wants.LookUp: petitions.look_up,
}
NEVER_REFUSED = {wants.Ask}  # nothing would have to be taken back


def _state(talk: tables.Talk, incoming: Incoming) -> State:
    if talk.state:
        return State.from_json(talk.state)
    return State(language="en" if incoming.language == "en" else "zh")
