"""What we say to an outcome, and where the talk stands then. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from bot.conversation import form, opinions, questions, showing, wants
from bot.conversation.moment import Moment, Said, choice, menu, worded
from bot.conversation.state import FORM, Draft, ReplyBy, State, Step
from bot.conversation.wording import say
from complaints.points import numbered, split_points
from complaints.states import Kind
from complaints.wording.notices import rating
from complaints.wording.terms import plain_date
from data.outbox import Choice, Message

UNFINISHED = (("b_resume", "resume"), ("b_discard", "discard"))


def respond(state: State, got: wants.Want | wants.Outcome, moment: Moment) -> Said:
    """The new state and the messages, in the order they are to be sent."""
    after, messages = ANSWERS[type(got)](state, got, moment)
    left_form = state.step in FORM and after.step not in FORM
    if left_form and after.draft and not isinstance(got, wants.Pause | wants.Discard):
        messages = [*messages, _message(after, "unfinished", UNFINISHED)]
        after = replace(after, resume_at=after.resume_at or state.step)
    choices = [message.choices for message in messages if message.choices]
    last = choices[-1] if choices else ()
    offered = tuple((one.label, one.token) for one in last if not one.url)
    if not messages:
        return after, messages
    return replace(after, offered=offered), messages


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
        place=want.spot or None,
        latitude=want.place[0] if want.place else None,
        longitude=want.place[1] if want.place else None,
        reply_by=ReplyBy.PHONE if want.by_phone else None,
        asked_id=want.asked_id,
        section=want.section,
        agency=want.agency,
        confidential=want.kind is Kind.MISCONDUCT_REPORT,
        brief=want.brief,
    )
    opened = replace(form.begin(draft, state.without_draft()), album=want.album)
    notice = Message(say(state.language, "privacy", office=moment.office.name))
    note = ""
    if draft.points:
        note = say(state.language, "points_so_far", points=numbered(draft.points))
    elif draft.place:
        note = say(state.language, "place_so_far", place=draft.place)
    asked, question = _question(opened, note, moment)
    return asked, [notice, question]


def _recalled(state: State, got: wants.Recalled, moment: Moment) -> Said:
    return _begin(state, got.begin, moment)


def _fill(state: State, want: wants.Fill, moment: Moment) -> Said:
    filled = form.fill(state, want)
    asked, question = _question(filled.state, filled.note, moment)
    return asked, [question]


def _collect(state: State, want: wants.Collect, _moment: Moment) -> Said:
    filled = form.fill(state, wants.Fill(files=want.files, album=state.album))
    return filled.state, []


def _pause(state: State, _want: wants.Pause, _moment: Moment) -> Said:
    if state.step is Step.SURVEY:
        return opinions.survey_paused(state)
    if state.step not in FORM:
        key = "unfinished" if state.draft else "nothing_to_cancel"
        buttons = UNFINISHED if state.draft else ()
        return state.idle(), [_message(state, key, buttons)]
    paused = state.pause()
    return paused, [_message(paused, "paused", UNFINISHED)]


def _resume(state: State, _want: wants.Resume, moment: Moment) -> Said:
    if state.draft is None:
        return state, [_message(state, "nothing_to_resume")]
    step = state.step if state.step in FORM else state.resume_at or Step.CONTENT
    asked, question = _question(replace(state, step=step, resume_at=None), "", moment)
    return asked, [question]


def _discard(state: State, _want: wants.Discard, _moment: Moment) -> Said:
    key = "discarded" if state.draft else "nothing_to_resume"
    return state.without_draft().idle(), [_message(state, key)]


def _filed(state: State, got: wants.Filed, _moment: Moment) -> Said:
    said = tuple(replace(one, case_no=one.case_no or got.case_no) for one in state.said)
    filed = (got.draft_id, got.case_no)
    done = state.idle(draft=None, resume_at=None, filed=filed, said=said)
    if got.again:
        return done, [Message(say(state.language, "already_filed", case_no=got.case_no))]
    return done, []


def _reported_before(state: State, got: wants.ReportedBefore, _moment: Moment) -> Said:
    asked = replace(state, turn=state.turn + 1)
    buttons = (("b_follow", f"follow:{got.case_no}"), ("b_file_own", f"t{asked.turn}:anyway"))
    return asked, [worded(state.language, "reported_before", buttons, count=got.count)]


def _answered_before(state: State, got: wants.AnsweredBefore, _moment: Moment) -> Said:
    language, asked = state.language, replace(state, turn=state.turn + 1)
    key = "b_new_facts" if got.facts else "b_file_again"
    buttons = ((key, f"t{asked.turn}:anyway"), ("b_review", f"review:{got.case_no}"))
    new = say(language, "new_facts", facts=got.facts) if got.facts else ""
    new = new or say(language, "no_new_facts")
    day = plain_date(got.day, language)
    values = {"case_no": got.case_no, "day": day, "new": new}
    return asked, [worded(language, "answered_before", buttons, **values)]


def _edit_draft(state: State, want: wants.EditDraft, moment: Moment) -> Said:
    edited = form.edit_message(state, want.before, want.after)
    edited = edited.reheard(want.message, held=want.after, seen=want.after)
    if want.after.place:
        return edited, []
    note = say(state.language, "edited_draft")
    if edited.step not in FORM:
        return edited, [Message(note)]
    asked, question = _question(edited, note, moment)
    return asked, [question]


def _edit_asked(state: State, got: wants.EditAsked, _moment: Moment) -> Said:
    moved = {"minute": state.pace[0] if state.pace else "", "asked": True}
    seen = state.reheard(got.message, seen=got.after, **(moved if got.after.place else {}))
    if got.quiet:
        return seen, []
    named = f"{got.case_no}:{got.message}"
    buttons = (("b_change", f"edityes:{named}"), ("b_leave", f"editno:{named}"))
    return seen, [worded(state.language, "ask_edited", buttons, case_no=got.case_no)]


def _edit_decided(state: State, got: wants.EditDecided, _moment: Moment) -> Said:
    key = "edit_done" if got.accepted else "edit_kept"
    held = state.reheard(got.message, held=got.after, asked=False) if got.accepted else state
    return held, [worded(state.language, key, (), case_no=got.case_no)]


def _not_filed(state: State, got: wants.NotFiled, moment: Moment) -> Said:
    why = say(state.language, "cannot_file", why=got.why)
    asked, question = _question(state, why, moment)
    return asked, [question]


def _question(state: State, note: str, moment: Moment) -> tuple[State, Message]:
    """The present step's question with buttons that are good for this turn only."""
    asked = replace(state, turn=state.turn + 1)
    choices = tuple(
        choice(state.language, key, f"t{asked.turn}:{verb}") for key, verb in form.buttons(asked)
    )
    text = "\n\n".join(filter(None, (note, form.question(asked, moment.village_of))))
    return asked, Message(text, choices)


# --- cases --------------------------------------------------------------------------------
def _cases(state: State, got: wants.Cases, _moment: Moment) -> Said:
    language = state.language
    if not got.cases:
        return state.idle(), [worded(language, "no_cases", (("b_report", "begin:c"),))]
    lines = "\n".join(
        showing.case_line(n, case, language) for n, case in enumerate(got.cases, start=1)
    )
    choices = tuple(
        Choice(f"{n}）{case.case_no.rsplit('-', 1)[-1]}", f"{got.verb}:{case.case_no}")
        for n, case in enumerate(got.cases, start=1)
    )
    text = say(language, "cases", lines=lines)
    if got.verb == "withdraw":
        text = f"{say(language, 'which_to_withdraw')}\n{text}"
    return state.idle(), [Message(text, choices)]


def _shown(state: State, got: wants.Shown, _moment: Moment) -> Said:
    text = showing.case(got.progress, state.language, owner=got.owner)
    if not got.owner:
        return state.idle(), [Message(text)]
    number = got.progress.case_no
    buttons = [("b_why", f"why:{number}"), ("b_add", f"add:{number}")]
    if got.progress.closed_on is None:
        buttons.append(("b_withdraw", f"withdraw:{number}"))
    choices = tuple(choice(state.language, key, token) for key, token in buttons)
    return state.idle(), [Message(text, choices)]


def _told(state: State, got: wants.Told, _moment: Moment) -> Said:
    return state, [Message(got.text)]


ASK_ON = {"add": ("ask_addition", Step.ADDING), "unhappy": ("ask_unhappy", Step.UNHAPPY)}


def _ready(state: State, got: wants.Ready, _moment: Moment) -> Said:
    language, number = state.language, got.case_no
    if got.verb == "withdraw":
        buttons = (("b_yes_withdraw", f"yeswithdraw:{number}"), ("b_only_change", f"add:{number}"))
        return state.idle(), [worded(language, "ask_withdraw", buttons, case_no=number)]
    key, step = ASK_ON[got.verb]
    waiting = replace(state.pause(), step=step, case_no=number)
    return waiting, [worded(language, key, (), case_no=number)]


def _done(state: State, got: wants.Done, _moment: Moment) -> Said:
    text = say(state.language, got.key, case_no=got.case_no, **got.values)
    grades = rating(got.case_no)
    left = state.without_draft() if got.key in ENDS_DRAFT else state
    after = replace(left.idle(), case_no=got.case_no, album=got.album)
    return after, [Message(text, grades if got.rate else ())]


ENDS_DRAFT = frozenset({"following", "sent_to_review"})


def _quiet(state: State, got: wants.Quiet, _moment: Moment) -> Said:
    return (state.idle() if got.leave else state), []


def _refused(state: State, got: wants.Refused, _moment: Moment) -> Said:
    return state, [worded(state.language, got.key, (), **got.values)]


# --- the rest -----------------------------------------------------------------------------
def _say(state: State, want: wants.Say, moment: Moment) -> Said:
    phone = moment.office.phone
    line = say(state.language, "phone_line", phone=phone) if phone else ""
    values: dict[str, Any] = {"office": moment.office.name, "phone": line} | want.values
    after = state.pause() if want.key in {"welcome", "help", "ask_kind", "big_steps"} else state
    return after, [worded(state.language, want.key, want.buttons, **values)]


def _language(state: State, want: wants.Language, moment: Moment) -> Said:
    other = "zh" if state.language == "en" else "en"
    changed = replace(state, language=want.code or other)
    done = Message(say(changed.language, "language_set"))
    if changed.step in FORM:
        asked, question = _question(changed, "", moment)
        return asked, [done, question]
    return changed, [replace(done, choices=tuple(choice(changed.language, *b) for b in menu()))]


def _stale(state: State, want: wants.Stale, moment: Moment) -> Said:
    if want.verb == "submit" and state.filed and state.step not in FORM:
        text = say(state.language, "already_filed", case_no=state.filed[1])
        return state, [Message(text)]
    if state.step in FORM:
        asked, question = _question(state, say(state.language, "stale"), moment)
        return asked, [question]
    return state, [worded(state.language, "stale_idle", menu())]


def _message(state: State, key: str, buttons: Sequence[form.Button] = ()) -> Message:
    return worded(state.language, key, buttons)


ANSWERS: dict[type, Callable[[State, Any, Moment], Said]] = {
    wants.Answered: questions.answered,
    wants.AnsweredEach: questions.answered_each,
    wants.Opening: questions.opening,
    wants.Pinned: questions.pinned,
    wants.Variant: questions.variant,
    wants.Cards: questions.cards,
    wants.Picked: questions.picked,
    wants.Judged: questions.judged,
    wants.WhyJudged: questions.why_judged,
    wants.Begin: _begin,
    wants.Recalled: _recalled,
    wants.Fill: _fill,
    wants.Collect: _collect,
    wants.Pause: _pause,
    wants.Resume: _resume,
    wants.Discard: _discard,
    wants.Filed: _filed,
    wants.ReportedBefore: _reported_before,
    wants.AnsweredBefore: _answered_before,
    wants.EditDraft: _edit_draft,
    wants.EditAsked: _edit_asked,
    wants.EditDecided: _edit_decided,
    wants.NotFiled: _not_filed,
    wants.Cases: _cases,
    wants.Shown: _shown,
    wants.Told: _told,
    wants.Ready: _ready,
    wants.Done: _done,
    wants.Rated: opinions.rated,
    wants.Thanked: opinions.thanked,
    wants.SurveyAsked: opinions.survey_asked,
    wants.SurveyEnded: opinions.survey_ended,
    wants.Quiet: _quiet,
    wants.Refused: _refused,
    wants.Say: _say,
    wants.Language: _language,
    wants.Stale: _stale,
    wants.Silence: lambda state, _want, _moment: (state, []),
}
