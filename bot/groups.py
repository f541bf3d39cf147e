"""The way in groups: silent unless addressed, nothing personal, and one button into private.

Who asked is not recorded, no talk is kept, and no case is spoken of. A question goes on in the
private chat by a link that names the recorded question with a keyed mark, so that nobody reads
others' questions by counting.
"""

import hmac
import re
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.call import Call
from bot.channel import Incoming
from bot.conversation import showing, wants
from bot.conversation.questions import HELP, HELP_BUTTONS
from bot.conversation.understanding import COMMANDS, NUMBER, OPENERS, PHRASES, PRYING
from bot.conversation.wording import say
from complaints.states import Kind
from data import outbox, sealing
from data.collation import fold
from data.outbox import Choice, Message, Outbox
from faq.keeping import answering, pinning
from faq.keeping.answering import Answer, Understood
from faq.keeping.tables import Asked
from faq.language.cues import Cue
from faq.understanding.judging import Verdict

HOLDS_FOR = timedelta(days=7)  # a link out of a group
MOST_A_MINUTE = 20  # answers to one group; Telegram lets a bot say no more there
MINUTE = timedelta(minutes=1)
LINK = re.compile(r"([qc])(\d{1,12})-([0-9a-f]{16})")
QUESTION, COMPLAINT = "q", "c"
# What a link may carry besides a question: a command that tells and changes nothing.
DOORS = ("start", "help", "mycases", "report", "privacy", "survey")
LEADS_TO = {"status": "mycases", "withdraw": "mycases", "suggest": "report"}
OWN_CASE = re.compile(
    r"案號|查詢碼|案件進度|(?:我|那|這|上次|之前).{0,4}(?:案子|案件)|[那這]件(?!事)"
    r"|我的(?:陳情|申訴|檢舉)|\bmy (?:case|complaint)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Said:
    """What is said to a group, where its button leads, and the answer it rests on, if any."""

    text: str
    payload: str
    got: wants.Answered | None = None


def answer(tx: Session, incoming: Incoming, call: Call, *, masked: bool) -> wants.Answered | None:
    """Answer what a group asked in one message with one button; what the engine made of it.

    `masked` says that a number of a person was in it.
    """
    language = _language(incoming)
    understood = answering.understand(incoming.text, call.index)
    if not understood.distress and _said_much(tx, call):
        return None
    said = _say(tx, understood, language, call)
    text = f"{say(language, 'id_number_masked')}\n\n{said.text}" if masked else said.text
    button = Choice(say(language, "b_private"), "", incoming.door + said.payload)
    key = f"in:{call.sender.channel}:{incoming.key}:0"
    outbox.post(tx, call.sender, Message(text, (button,)), key=key, now=call.now)
    return said.got


def wanted(tx: Session, payload: str, call: Call) -> wants.Want:
    """What the payload of a group's link asks for; a plain start when it is wrong or old."""
    if payload in DOORS:
        return COMMANDS[payload]
    link = LINK.fullmatch(payload)
    if link is None or not hmac.compare_digest(link[3], _mark(tx, link[1], int(link[2]))):
        return COMMANDS["start"]
    asked = tx.get(Asked, int(link[2]))
    if asked is None or call.now - asked.at > HOLDS_FOR:
        return COMMANDS["start"]
    return _asked_before(asked, link[1], call)


def _language(incoming: Incoming) -> str:
    """That of the words; of the person's program where there are none."""
    if incoming.text.startswith("/") or not fold(incoming.text):
        return "en" if incoming.language == "en" else "zh"
    return "en" if answering.is_english(incoming.text) else "zh"


def _say(tx: Session, understood: Understood, language: str, call: Call) -> Said:
    """Help before anything; then nothing of cases; then the answer that is sure, or private."""
    text = understood.text
    if not understood.distress:
        if not fold(text):
            return Said(say(language, "group_hello"), "start")
        if door := _door(text):
            key = "group_cases" if door == "mycases" else "group_private"
            return Said(say(language, key), door)
        if pin := pinning.answering(call.index.pinned_at(call.now), text):
            return Said(say(language, "pinned", text=pin.in_language(language)), "start")
    kept = answering.keep(tx, understood, asker=call.asker, index=call.index, now=call.now)
    complains = kept.verdict is not Verdict.SURE and Cue.COMPLAINT in kept.cues
    kind = COMPLAINT if complains else QUESTION
    payload = f"{kind}{kept.asked_id}-{_mark(tx, kind, kept.asked_id)}"
    return Said(_words(kept, language), payload, wants.Answered(text, kept))


def _words(kept: Answer, language: str) -> str:
    help_key = next((HELP[cue] for cue in HELP if cue in kept.cues), None)
    if help_key:
        return say(language, help_key)
    first = f"{say(language, 'troubled')}\n\n" if Cue.TROUBLED in kept.cues else ""
    if kept.verdict is Verdict.SURE:
        return first + _short(kept, language)
    if Cue.THANKS in kept.cues:
        return first + say(language, "thanks")
    complains = Cue.COMPLAINT in kept.cues
    return first + say(language, "group_complaint" if complains else "group_private")


def _short(kept: Answer, language: str) -> str:
    card = kept.cards[0]
    language = "en" if kept.in_english else language
    lines = [showing.short(card, language, kept.situation), say(language, "group_more")]
    if kept.hesitant:
        label = (card.in_language(language) or card).label
        lines.insert(0, say(language, "you_mean", label=label))
    return "\n\n".join(lines)


def _door(text: str) -> str | None:
    """Where a command, a set phrase or a case leads; None when it is a question."""
    if text.startswith("/"):
        command = text[1:].split()[:1]
        name = command[0].casefold() if command else ""
        name = LEADS_TO.get(name, name)
        return name if name in DOORS else "start"
    folded = fold(text)
    if isinstance(PHRASES.get(folded), wants.MyCases | wants.WithdrawSome):
        return "mycases"
    if folded in PHRASES:
        return "start"
    if isinstance(OPENERS.get(folded), wants.Begin):
        return "report"
    if isinstance(OPENERS.get(folded), wants.TakeSurvey):
        return "survey"
    own = OWN_CASE.search(text) or NUMBER.search(text.upper()) or PRYING.search(text)
    return "mycases" if own else None


def _asked_before(asked: Asked, kind: str, call: Call) -> wants.Want:
    """Go on with a recorded question: ask it again, file it, or help."""
    if not asked.text:
        key = HELP.get(Cue(asked.cue)) if asked.cue else None
        return wants.Say(key, HELP_BUTTONS.get(key, ())) if key else COMMANDS["start"]
    if kind == QUESTION:
        return wants.Ask(asked.text)
    near = answering.near(asked.text, call.index)
    section = near[0].section if near else None
    return wants.Begin(Kind.RIGHTS_PROTECTION, content=asked.text, section=section, brief=True)


def _mark(tx: Session, kind: str, asked_id: int) -> str:
    return sealing.of(tx).mark(f"out of a group:{kind}{asked_id}")[:16]


def _said_much(tx: Session, call: Call) -> bool:
    """Whether the group heard as much as it may in the last minute."""
    here = Outbox.channel == call.sender.channel, Outbox.name == call.sender.name
    lately = select(func.count()).where(*here, Outbox.posted_at > call.now - MINUTE)
    return (tx.scalar(lately) or 0) >= MOST_A_MINUTE
