"""What we say to an outcome, and where the talk stands then. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.conversation import form, showing, wants
from bot.conversation.state import FORM, Draft, ReplyBy, State, Step
from bot.conversation.wording import say
from complaints.points import numbered, split_points
from data.outbox import Choice, Message
from faq.cues import Cue
from faq.index import Card
from faq.judging import Verdict

LONG_STORY = 200  # characters; a text this long without an answer is a story to be filed
HELP = {
    Cue.CRISIS: "crisis",
    Cue.EMERGENCY: "emergency",
    Cue.VIOLENCE: "violence",
    Cue.FRAUD: "fraud",
}
CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
UNFINISHED = (("b_resume", "resume"), ("b_discard", "discard"))


@dataclass(frozen=True)
class Office:
    """What the bot says of the office itself."""

    name: str
    phone: str | None = None
    hours: str | None = None


@dataclass(frozen=True)
class Moment:
    """What a pure answer may depend on besides the state: the office, the time, the update."""

    office: Office
    now: datetime
    key: str


Said = tuple[State, list[Message]]


def respond(state: State, got: wants.Want | wants.Outcome, moment: Moment) -> Said:
    """The new state and the messages, in the order they are to be sent."""
    after, messages = ANSWERS[type(got)](state, got, moment)
    left_form = state.step in FORM and after.step not in FORM
    if left_form and after.draft and not isinstance(got, wants.Pause | wants.Discard):
        messages = [*messages, _message(after, "unfinished", UNFINISHED)]
        after = replace(after, resume_at=after.resume_at or state.step)
    choices = [message.choices for message in messages if message.choices]
    offered = tuple((one.label, one.token) for one in choices[-1]) if choices else ()
    if not messages:
        return after, messages
    return replace(after, offered=offered), messages


# --- questions ----------------------------------------------------------------------------
def _answered(state: State, got: wants.Answered, moment: Moment) -> Said:
    answer, language = got.answer, state.language
    help_key = next((HELP[cue] for cue in HELP if cue in answer.cues), None)
    if help_key:
        return state, [Message(say(language, help_key))]
    if answer.verdict is Verdict.SURE:
        return _about(state, answer.cards[0], moment), [_sure(answer, language)]
    story = len(got.text) >= LONG_STORY and Cue.COMPLAINT in answer.cues
    if answer.verdict is Verdict.CHOOSE and not story:
        return state.idle(), [_choose(answer, language)]
    return state.idle(), [_unknown(got, language, moment)]


def _about(state: State, card: Card, moment: Moment) -> State:
    """The talk is now about this entry: the next short question may lean on it."""
    return state.idle(about=(card.id, moment.now.isoformat()))


def _sure(answer: Any, language: str) -> Message:
    card = answer.cards[0]
    if answer.fields:
        text = showing.fields(card, answer.fields, language)
        return Message(text, _card(card, answer.asked_id, language).choices)
    shown = _card(card, answer.asked_id, "en" if answer.in_english else language)
    if answer.hesitant:
        meant = say(language, "you_mean", label=(card.in_language(language) or card).label)
        return replace(shown, text=f"{meant}\n\n{shown.text}")
    return shown


def _answered_each(state: State, got: wants.AnsweredEach, moment: Moment) -> Said:
    """Several questions of one message, answered one by one."""
    language = state.language
    texts = [_part(part, language) for part in got.parts]
    numbered_texts = [f"{CIRCLED[n]} {text}" for n, text in enumerate(texts)]
    if got.left:
        numbered_texts.append(say(language, "part_unknown", parts="、".join(got.left)))
    cards = [p.answer.cards[0] for p in got.parts if isinstance(p, wants.Answered)]
    after = _about(state, cards[-1], moment) if cards else state.idle()
    return after, [Message("\n\n".join(numbered_texts))]


def _part(part: wants.Answered | wants.Opening, language: str) -> str:
    if isinstance(part, wants.Opening):
        return showing.opening(part, language)
    english = "en" if part.answer.in_english else language
    return showing.card(part.answer.cards[0], english)


def _opening(state: State, got: wants.Opening, moment: Moment) -> Said:
    hours = moment.office.hours
    line = "\n" + say(state.language, "hours", hours=hours) if hours else ""
    return state.idle(), [Message(showing.opening(got, state.language) + line)]


def _variant(state: State, got: wants.Variant, moment: Moment) -> Said:
    if got.card is None:
        return state, [Message(say(state.language, "chosen_gone"))]
    text = showing.variant(got.card, got.card.variants[got.number], state.language)
    choices = _card(got.card, got.asked_id, state.language).choices
    return _about(state, got.card, moment), [Message(text, choices)]


def _choose(answer: Any, language: str) -> Message:
    complains = Cue.COMPLAINT in answer.cues
    key = "which_or_complain" if complains else "which"
    choices = _card_choices(answer.cards, answer.asked_id)
    if complains:
        choices.append(_choice(language, "b_report", f"file:{answer.asked_id}:c"))
    choices.append(_choice(language, "b_none", f"none:{answer.asked_id}"))
    return Message(say(language, key), tuple(choices))


def _unknown(got: wants.Answered, language: str, moment: Moment) -> Message:
    answer, asked = got.answer, got.answer.asked_id
    file_complaint = ("b_file", f"file:{asked}:c")
    only_asking = ("b_only_asking", f"near:{asked}")
    if Cue.SUGGESTION in answer.cues:
        suggestion = (("b_file", f"file:{asked}:s"), only_asking)
        return _text(language, "maybe_suggestion", suggestion)
    if len(got.text) >= LONG_STORY:
        points = split_points(got.text)
        values = {"length": len(got.text), "count": len(points), "points": numbered(points)}
        return _text(language, "long_story", (file_complaint, only_asking), **values)
    if Cue.COMPLAINT in answer.cues:
        return _text(language, "maybe_complaint", _no_answer(asked, "c"))
    if Cue.GREETING in answer.cues:
        return _text(language, "welcome", _menu(), office=moment.office.name)
    if Cue.THANKS in answer.cues:
        return _text(language, "thanks", ())
    return _text(language, "unknown", _no_answer(asked))


def _no_answer(asked: int, kind: str = "q") -> tuple[form.Button, ...]:
    """Similar topics, or have it filed as this kind, or be called."""
    return (
        ("b_similar", f"near:{asked}"),
        ("b_staff", f"file:{asked}:{kind}"),
        ("b_call_me", f"callme:{asked}"),
    )


def _cards(state: State, got: wants.Cards, _moment: Moment) -> Said:
    language = state.language
    if not got.cards:
        buttons = _no_answer(got.asked_id)[1:]
        return state.idle(), [_text(language, "no_similar", buttons)]
    choices = _card_choices(got.cards, got.asked_id)
    if got.key == "similar":
        choices.append(_choice(language, "b_none", f"none:{got.asked_id}"))
    else:
        choices += [_choice(language, "b_report", "begin:c"), _choice(language, "b_cases", "cases")]
    return state.idle(), [Message(say(language, got.key), tuple(choices))]


def _picked(state: State, got: wants.Picked, moment: Moment) -> Said:
    language = state.language
    if got.gone:
        return state, [Message(say(language, "chosen_gone"))]
    if got.card is None:
        return state.idle(), [_text(language, "unknown", _no_answer(got.asked_id))]
    return _about(state, got.card, moment), [_card(got.card, got.asked_id, language)]


def _judged(state: State, got: wants.Judged, _moment: Moment) -> Said:
    if got.helpful:
        return state, [Message(say(state.language, "glad"))]
    return state, [_text(state.language, "sorry_unhelpful", _no_answer(got.asked_id))]


def _card(card: Card, asked_id: int, language: str) -> Message:
    situations = tuple(
        Choice(one.label, f"var:{asked_id}:{card.id}:{n}") for n, one in enumerate(card.variants)
    )
    text = showing.card(card, language)
    if situations:
        text = f"{text}\n\n{say(language, 'which_situation')}"
    return Message(
        text,
        (
            *situations,
            _choice(language, "b_helpful", f"up:{asked_id}"),
            _choice(language, "b_unhelpful", f"down:{asked_id}"),
            _choice(language, "b_not_this", f"near:{asked_id}"),
        ),
    )


def _card_choices(cards: Sequence[Card], asked_id: int) -> list[Choice]:
    return [Choice(card.label, f"pick:{asked_id}:{card.id}") for card in cards]


# --- the form -----------------------------------------------------------------------------
def _begin(state: State, want: wants.Begin, moment: Moment) -> Said:
    if state.draft and (state.draft.content or state.draft.files):
        paused = state.pause()
        return paused, [_message(paused, "unfinished", UNFINISHED)]
    draft = Draft(
        id=moment.key,
        kind=want.kind,
        notice_at=moment.now.isoformat(),
        content=want.content.strip(),
        points=tuple(split_points(want.content)),
        files=want.files,
        latitude=want.place[0] if want.place else None,
        longitude=want.place[1] if want.place else None,
        reply_by=ReplyBy.PHONE if want.by_phone else None,
        asked_id=want.asked_id,
        section=want.section,
        brief=want.brief,
    )
    opened = replace(form.begin(draft, state), album=want.album)
    notice = Message(say(state.language, "privacy", office=moment.office.name))
    note = ""
    if draft.points:
        note = say(state.language, "points_so_far", points=numbered(draft.points))
    asked, question = _question(opened, note)
    return asked, [notice, question]


def _recalled(state: State, got: wants.Recalled, moment: Moment) -> Said:
    return _begin(state, got.begin, moment)


def _fill(state: State, want: wants.Fill, _moment: Moment) -> Said:
    filled = form.fill(state, want)
    asked, question = _question(filled.state, filled.note)
    return asked, [question]


def _collect(state: State, want: wants.Collect, _moment: Moment) -> Said:
    filled = form.fill(state, wants.Fill(files=want.files, album=state.album))
    return filled.state, []


def _pause(state: State, _want: wants.Pause, _moment: Moment) -> Said:
    if state.step not in FORM:
        key = "unfinished" if state.draft else "nothing_to_cancel"
        buttons = UNFINISHED if state.draft else ()
        return state.idle(), [_message(state, key, buttons)]
    paused = state.pause()
    return paused, [_message(paused, "paused", UNFINISHED)]


def _resume(state: State, _want: wants.Resume, _moment: Moment) -> Said:
    if state.draft is None:
        return state, [_message(state, "nothing_to_resume")]
    step = state.step if state.step in FORM else state.resume_at or Step.CONTENT
    asked, question = _question(replace(state, step=step, resume_at=None), "")
    return asked, [question]


def _discard(state: State, _want: wants.Discard, _moment: Moment) -> Said:
    key = "discarded" if state.draft else "nothing_to_resume"
    return state.idle(draft=None, resume_at=None), [_message(state, key)]


def _filed(state: State, got: wants.Filed, _moment: Moment) -> Said:
    done = state.idle(draft=None, resume_at=None, filed=(got.draft_id, got.case_no))
    if got.again:
        return done, [Message(say(state.language, "already_filed", case_no=got.case_no))]
    return done, []


def _not_filed(state: State, got: wants.NotFiled, _moment: Moment) -> Said:
    asked, question = _question(state, say(state.language, "cannot_file", why=got.why))
    return asked, [question]


def _question(state: State, note: str) -> tuple[State, Message]:
    """The present step's question with buttons that are good for this turn only."""
    asked = replace(state, turn=state.turn + 1)
    choices = tuple(
        _choice(state.language, key, f"t{asked.turn}:{verb}") for key, verb in form.buttons(asked)
    )
    text = "\n\n".join(filter(None, (note, form.question(asked))))
    return asked, Message(text, choices)


# --- cases --------------------------------------------------------------------------------
def _cases(state: State, got: wants.Cases, _moment: Moment) -> Said:
    language = state.language
    if not got.cases:
        return state.idle(), [_text(language, "no_cases", (("b_report", "begin:c"),))]
    lines = "\n".join(
        showing.case_line(n, case, language) for n, case in enumerate(got.cases, start=1)
    )
    choices = tuple(
        Choice(f"{n}）{case.case_no.rsplit('-', 1)[-1]}", f"show:{case.case_no}")
        for n, case in enumerate(got.cases, start=1)
    )
    return state.idle(), [Message(say(language, "cases", lines=lines), choices)]


def _shown(state: State, got: wants.Shown, _moment: Moment) -> Said:
    text = showing.case(got.progress, state.language, owner=got.owner)
    if not got.owner:
        return state.idle(), [Message(text)]
    number = got.progress.case_no
    buttons = [("b_why", f"why:{number}"), ("b_add", f"add:{number}")]
    if got.progress.closed_on is None:
        buttons.append(("b_withdraw", f"withdraw:{number}"))
    choices = tuple(_choice(state.language, key, token) for key, token in buttons)
    return state.idle(), [Message(text, choices)]


def _told(state: State, got: wants.Told, _moment: Moment) -> Said:
    return state, [Message(got.text)]


ASK_ON = {"add": ("ask_addition", Step.ADDING), "unhappy": ("ask_unhappy", Step.UNHAPPY)}


def _ready(state: State, got: wants.Ready, _moment: Moment) -> Said:
    language, number = state.language, got.case_no
    if got.verb == "withdraw":
        buttons = (("b_yes_withdraw", f"yeswithdraw:{number}"), ("b_add", f"add:{number}"))
        return state.idle(), [_text(language, "ask_withdraw", buttons, case_no=number)]
    key, step = ASK_ON[got.verb]
    waiting = replace(state.pause(), step=step, case_no=number)
    return waiting, [_text(language, key, (), case_no=number)]


def _done(state: State, got: wants.Done, _moment: Moment) -> Said:
    text = say(state.language, got.key, case_no=got.case_no, **got.values)
    grades = tuple(Choice(str(n), f"rate:{got.case_no}:{n}") for n in range(1, 6))
    after = replace(state.idle(), case_no=got.case_no, album=got.album)
    return after, [Message(text, grades if got.rate else ())]


def _quiet(state: State, got: wants.Quiet, _moment: Moment) -> Said:
    return (state.idle() if got.leave else state), []


def _refused(state: State, got: wants.Refused, _moment: Moment) -> Said:
    return state, [_text(state.language, got.key, (), **got.values)]


# --- the rest -----------------------------------------------------------------------------
def _say(state: State, want: wants.Say, moment: Moment) -> Said:
    phone = moment.office.phone
    line = say(state.language, "phone_line", phone=phone) if phone else ""
    values: dict[str, Any] = {"office": moment.office.name, "phone": line} | want.values
    after = state.pause() if want.key in {"welcome", "help", "ask_kind"} else state
    return after, [_text(state.language, want.key, want.buttons, **values)]


def _language(state: State, want: wants.Language, _moment: Moment) -> Said:
    other = "zh" if state.language == "en" else "en"
    changed = replace(state, language=want.code or other)
    done = Message(say(changed.language, "language_set"))
    if changed.step in FORM:
        asked, question = _question(changed, "")
        return asked, [done, question]
    return changed, [replace(done, choices=tuple(_choice(changed.language, *b) for b in _menu()))]


def _stale(state: State, want: wants.Stale, _moment: Moment) -> Said:
    if want.verb == "submit" and state.filed and state.step not in FORM:
        text = say(state.language, "already_filed", case_no=state.filed[1])
        return state, [Message(text)]
    if state.step in FORM:
        asked, question = _question(state, say(state.language, "stale"))
        return asked, [question]
    return state, [_text(state.language, "stale_idle", _menu())]


def _menu() -> tuple[form.Button, ...]:
    return (("b_popular", "popular"), ("b_report", "begin:c"), ("b_cases", "cases"))


def _choice(language: str, key: str, token: str) -> Choice:
    return Choice(say(language, key), token)


def _text(language: str, key: str, buttons: Sequence[form.Button], **values: Any) -> Message:
    return Message(
        say(language, key, **values),
        tuple(_choice(language, name, token) for name, token in buttons),
    )


def _message(state: State, key: str, buttons: Sequence[form.Button] = ()) -> Message:
    return _text(state.language, key, buttons)


ANSWERS: dict[type, Callable[[State, Any, Moment], Said]] = {
    wants.Answered: _answered,
    wants.AnsweredEach: _answered_each,
    wants.Opening: _opening,
    wants.Variant: _variant,
    wants.Cards: _cards,
    wants.Picked: _picked,
    wants.Judged: _judged,
    wants.Begin: _begin,
    wants.Recalled: _recalled,
    wants.Fill: _fill,
    wants.Collect: _collect,
    wants.Pause: _pause,
    wants.Resume: _resume,
    wants.Discard: _discard,
    wants.Filed: _filed,
    wants.NotFiled: _not_filed,
    wants.Cases: _cases,
    wants.Shown: _shown,
    wants.Told: _told,
    wants.Ready: _ready,
    wants.Done: _done,
    wants.Quiet: _quiet,
    wants.Refused: _refused,
    wants.Say: _say,
    wants.Language: _language,
    wants.Stale: _stale,
}
