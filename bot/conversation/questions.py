"""What we say to a question: an answer, a choice, or honestly that we do not know. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from bot.conversation import form, showing, wants
from bot.conversation.moment import Moment, Said, choice, menu, worded
from bot.conversation.state import State
from bot.conversation.wording import say
from complaints.points import numbered, split_points
from data.outbox import Choice, Message
from faq.keeping.answering import Answer, Unhelpful
from faq.keeping.index import Card
from faq.keeping.pinning import Pin
from faq.language.agencies import Agency
from faq.language.cues import Cue
from faq.understanding.judging import Verdict

LONG_STORY = 200  # characters; a text this long without an answer is a story to be filed
HELP = {
    Cue.CRISIS: "crisis",
    Cue.EMERGENCY: "emergency",
    Cue.VIOLENCE: "violence",
    Cue.FRAUD: "fraud",
}
# No words are kept: whoever wants to be called says so again, in the form.
CALL = (("b_call_me", "callback"), ("b_not_now", "later"))
HELP_BUTTONS: dict[str, tuple[form.Button, ...]] = {
    "crisis": CALL,
    "violence": CALL,
    "emergency": (("b_called", "called"),),
    "fraud": (("b_with_name", "fraud"), ("b_without_name", "later")),
}
CIRCLED = "①②③④⑤"  # as many as one message is split into at most
MOST_OF_PART = 3  # entries offered for one of several questions


def answered(state: State, got: wants.Answered, moment: Moment) -> Said:
    """Help first for somebody in distress, then what the verdict allows."""
    answer, language = got.answer, state.language
    help_key = next((HELP[cue] for cue in HELP if cue in answer.cues), None)
    if help_key:
        return state, [worded(language, help_key, HELP_BUTTONS.get(help_key, ()))]
    after, message = _by_verdict(state, got, moment)
    if answer.id_number_masked:
        message = replace(message, text=f"{say(language, 'id_number_masked')}\n\n{message.text}")
    if Cue.TROUBLED in answer.cues:
        message = replace(message, text=f"{say(language, 'troubled')}\n\n{message.text}")
    return after, [message]


def _by_verdict(state: State, got: wants.Answered, moment: Moment) -> tuple[State, Message]:
    answer, language = got.answer, state.language
    if answer.verdict is Verdict.SURE:
        return _about(state, answer.cards[0], moment), _sure(answer, language, moment)
    story = len(got.text) >= LONG_STORY and Cue.COMPLAINT in answer.cues
    if answer.verdict is Verdict.CHOOSE and not story:
        return state.idle(), _choose(answer, language)
    return state.idle(), _unknown(got, language, moment)


def _about(state: State, card: Card, moment: Moment) -> State:
    """The talk is now about this entry: the next short question may lean on it."""
    return state.idle(about=(card.id, moment.now.isoformat()))


def _sure(answer: Answer, language: str, moment: Moment) -> Message:
    card = answer.cards[0]
    if answer.fields:
        text = showing.fields(card, answer.fields, language, moment.office.phone)
        return Message(text, _card(card, answer.asked_id, language).choices)
    language = "en" if answer.in_english else language
    shown = _card(card, answer.asked_id, language)
    if answer.situation is not None:
        text = showing.variant(card, card.variants[answer.situation], language)
        shown = replace(shown, text=text)
    if answer.hesitant:
        meant = say(language, "you_mean", label=(card.in_language(language) or card).label)
        return replace(shown, text=f"{meant}\n\n{shown.text}")
    return shown


def answered_each(state: State, got: wants.AnsweredEach, moment: Moment) -> Said:
    """Several questions of one message, answered one by one; the buttons of all below."""
    told = [_part(*one, state.language) for one in zip(CIRCLED, got.parts, strict=False)]
    texts = [f"{mark} {one.text}" for mark, one in zip(CIRCLED, told, strict=False)]
    choices = tuple(one for message in told for one in message.choices)
    sure = [_card_of(part) for part in got.parts]
    last = next((card for card in reversed(sure) if card), None)
    after = _about(state, last, moment) if last else state.idle()
    return after, [Message("\n\n".join(texts), choices)]


def _part(mark: str, part: wants.Answered | wants.Opening, language: str) -> Message:
    """What is said to one of several questions, and its own buttons."""
    if isinstance(part, wants.Opening):
        return Message(showing.opening(part, language))
    if card := _card_of(part):
        spoken = "en" if part.answer.in_english else language
        return Message(showing.card(card, spoken), showing.downloads(card, spoken))
    if part.answer.verdict is Verdict.CHOOSE:
        offered = _card_choices(part.answer.cards[:MOST_OF_PART], part.answer.asked_id)
        return Message(say(language, "part_which", part=part.text), tuple(offered))
    button = Choice(say(language, "b_staff") + mark, f"file:{part.answer.asked_id}:q")
    return Message(say(language, "part_unknown", part=part.text), (button,))


def _card_of(part: wants.Answered | wants.Opening) -> Card | None:
    """The entry that surely answers a part."""
    if isinstance(part, wants.Opening) or part.answer.verdict is not Verdict.SURE:
        return None
    return part.answer.cards[0]


def opening(state: State, got: wants.Opening, moment: Moment) -> Said:
    """Whether we are open on a day, with the hours."""
    hours = moment.office.hours
    line = "\n" + say(state.language, "hours", hours=hours) if hours else ""
    return state.idle(), [Message(showing.opening(got, state.language) + line)]


def pinned(state: State, got: wants.Pinned, _moment: Moment) -> Said:
    """The notice a question is answered by."""
    return state.idle(), [notice(got.pin, state.language)]


def notice(pin: Pin, language: str) -> Message:
    """A pinned notice, as it is told."""
    return Message(say(language, "pinned", text=pin.in_language(language)))


def variant(state: State, got: wants.Variant, moment: Moment) -> Said:
    """The answer for one situation."""
    if got.card is None:
        return state, [Message(say(state.language, "chosen_gone"))]
    text = showing.variant(got.card, got.card.variants[got.number], state.language)
    choices = _card(got.card, got.asked_id, state.language).choices
    return _about(state, got.card, moment), [Message(text, choices)]


def _choose(answer: Answer, language: str) -> Message:
    complains = Cue.COMPLAINT in answer.cues
    text = say(language, "which_or_complain" if complains else "which")
    if answer.agency:
        text = f"{_elsewhere(answer.agency, language)}\n\n{text}"
    choices = _card_choices(answer.cards, answer.asked_id)
    if answer.agency:
        choices.append(choice(language, "b_pass_on", f"passon:{answer.asked_id}"))
    elif complains:
        choices.append(choice(language, "b_report", f"file:{answer.asked_id}:c"))
    choices.append(choice(language, "b_none", f"none:{answer.asked_id}"))
    return Message(text, tuple(choices))


def _unknown(got: wants.Answered, language: str, moment: Moment) -> Message:
    """We do not know: say what it sounds like, and offer a way on."""
    answer, asked = got.answer, got.answer.asked_id
    file_complaint = ("b_file", f"file:{asked}:c")
    only_asking = ("b_only_asking", f"near:{asked}")
    suggestion = (("b_file", f"file:{asked}:s"), only_asking)
    if len(got.text) >= LONG_STORY and Cue.SUGGESTION not in answer.cues:
        points = split_points(got.text)
        values = {"length": len(got.text), "count": len(points), "points": numbered(points)}
        return worded(language, "long_story", (file_complaint, only_asking), **values)
    if answer.agency:
        pass_on = choice(language, "b_pass_on", f"passon:{asked}")
        choices = (pass_on, choice(language, *only_asking))
        return Message(_elsewhere(answer.agency, language), choices)
    sounds_like: dict[Cue, tuple[str, tuple[form.Button, ...]]] = {
        Cue.SUGGESTION: ("maybe_suggestion", suggestion),
        Cue.COMPLAINT: ("maybe_complaint", _no_answer(asked, "c")),
        Cue.GREETING: ("welcome", menu()),
        Cue.THANKS: ("thanks", ()),
        Cue.PRAISE: ("praise", (("b_file", f"file:{asked}:p"),)),
        Cue.ABUSE: ("abuse", (file_complaint, ("b_call_me", f"callme:{asked}"))),
        Cue.SMALL_TALK: ("small_talk", (only_asking, *menu()[1:])),
    }
    for cue, (key, buttons) in sounds_like.items():
        if cue in answer.cues:
            return worded(language, key, buttons, office=moment.office.name)
    return worded(language, "unknown", _no_answer(asked))


def _elsewhere(agency: Agency, language: str) -> str:
    """Whose matter it is, and whom to turn to."""
    return say(language, "elsewhere", agency=agency.name, advice=agency.advice)


def _no_answer(asked: int, kind: str = "q") -> tuple[form.Button, ...]:
    """Similar topics, or have it filed as this kind, or be called."""
    return (
        ("b_similar", f"near:{asked}"),
        ("b_staff", f"file:{asked}:{kind}"),
        ("b_call_me", f"callme:{asked}"),
    )


def cards(state: State, got: wants.Cards, _moment: Moment) -> Said:
    """Entries to choose from: the most asked, or those near to a question."""
    language = state.language
    if not got.cards:
        buttons = _no_answer(got.asked_id)[1:]
        return state.idle(), [worded(language, "no_similar", buttons)]
    choices = _card_choices(got.cards, got.asked_id)
    if got.key == "similar":
        choices.append(choice(language, "b_none", f"none:{got.asked_id}"))
    else:
        choices += [choice(language, "b_report", "begin:c"), choice(language, "b_cases", "cases")]
    return state.idle(), [Message(say(language, got.key), tuple(choices))]


def picked(state: State, got: wants.Picked, moment: Moment) -> Said:
    """The entry that was meant, or none of those offered."""
    language = state.language
    if got.gone:
        return state, [Message(say(language, "chosen_gone"))]
    if got.card is None:
        return state.idle(), [worded(language, "unknown", _no_answer(got.asked_id))]
    return _about(state, got.card, moment), [_card(got.card, got.asked_id, language)]


def judged(state: State, got: wants.Judged, _moment: Moment) -> Said:
    """Thanks, or a way on when the answer did not help."""
    if got.helpful:
        return state, [Message(say(state.language, "glad"))]
    reasons = tuple((f"b_{one}", f"unfit:{got.asked_id}:{one}") for one in Unhelpful)
    buttons = (*reasons, *_no_answer(got.asked_id))
    return state, [worded(state.language, "sorry_unhelpful", buttons)]


def why_judged(state: State, got: wants.WhyJudged, _moment: Moment) -> Said:
    """Thanks for the reason; the ways on stay."""
    return state, [worded(state.language, "unhelpful_noted", _no_answer(got.asked_id))]


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
            choice(language, "b_helpful", f"up:{asked_id}"),
            choice(language, "b_unhelpful", f"down:{asked_id}"),
            choice(language, "b_not_this", f"near:{asked_id}"),
            *showing.downloads(card, language),
        ),
    )


def _card_choices(cards: Sequence[Card], asked_id: int) -> list[Choice]:
    return [Choice(card.label, f"pick:{asked_id}:{card.id}") for card in cards]
