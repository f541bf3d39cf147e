"""Answering a question, and keeping what was asked and what became of it."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from data.database import insert_row
from data.masking import holds_id_number, mask
from faq.errors import UnknownEntry, UnknownQuestion
from faq.keeping.editing import TAIPEI
from faq.keeping.index import Card, Index
from faq.keeping.tables import Asked
from faq.language.agencies import Agency
from faq.language.cues import Cue
from faq.language.hearing import DANGERS
from faq.understanding.following import fields_asked, situation
from faq.understanding.judging import MOST_CHOICES, NOT_A_QUESTION, Judgement, Verdict
from faq.understanding.matching import Ranked

LONGEST_KEPT = 20_000
BROWSED = "browsed"  # not a question: it counts in no figure of the engine


class Fate(StrEnum):
    """What became of a question after the engine's verdict."""

    CHOSEN = "chosen"
    NONE_OF_THESE = "none_of_these"
    FILED = "filed"


class Unhelpful(StrEnum):
    """Why an answer did not help."""

    OFF_TOPIC = "off_topic"
    UNCLEAR = "unclear"
    WRONG = "wrong"
    NOT_MY_CASE = "not_my_case"


@dataclass(frozen=True)
class Answer:
    """A verdict with the cards it rests on, under the number of the recorded question."""

    asked_id: int
    verdict: Verdict
    cards: tuple[Card, ...]
    cues: frozenset[Cue]
    hesitant: bool = False  # sure, but not in these words: ask back while answering
    fields: tuple[str, ...] = ()  # only these of the entry before are asked for
    in_english: bool = False
    agency: Agency | None = None  # whose matter it seems to be, when no entry surely answers
    id_number_masked: bool = False
    situation: int | None = None  # which of the entry's situations the question names


@dataclass(frozen=True)
class Understood:
    """What the engine made of a message, before anything is kept of it."""

    text: str
    cues: frozenset[Cue]
    agency: Agency | None
    ranked: tuple[Ranked, ...]  # every entry that fits, best first
    judgement: Judgement

    @property
    def distress(self) -> Cue | None:
        """The gravest cue that must be answered with help before anything else."""
        return next((cue for cue in DANGERS if cue in self.cues), None)

    @property
    def stands(self) -> bool:
        """Whether it is a question an entry surely answers."""
        return self.judgement.verdict is Verdict.SURE and not is_more(self.cues)


def is_more(cues: frozenset[Cue]) -> bool:
    """Whether a message is more than a question: a cry for help, a complaint, an insult."""
    return bool(cues & {*DANGERS, Cue.TROUBLED, *NOT_A_QUESTION})


def understand(text: str, index: Index) -> Understood:
    """What the engine makes of a message; a complaint in an entry's words is never sure."""
    heard = index.words.hear(text)
    ranked = index.rank(text)
    if any(one.exact for one in ranked):
        # Somebody approved these very words: only a phrase may still say that they are a cry.
        heard = replace(heard, cues=heard.cues - ({*DANGERS, Cue.TROUBLED} - heard.said))
    judgement = index.judge(text, heard, ranked)
    return Understood(text, heard.cues, heard.agency, tuple(ranked), judgement)


def answer(
    tx: Session,
    text: str,
    *,
    asker: str,
    index: Index,
    now: datetime,
    about: str | None = None,
) -> Answer:
    """Answer a question from the entries that hold today, and record it with its verdict.

    A question that names no matter leans on the entry it is `about`. A message in distress is
    recorded by its cue only, without its words.
    """
    index = index.on(now.astimezone(TAIPEI).date())
    said = understand(text, index)
    card = index.cards.get(about) if about else None
    if card and not said.distress and (fields := fields_asked(text, index.words)):
        return _lean(tx, text, card, fields, asker, index, now)
    return keep(tx, said, asker=asker, index=index, now=now)


def keep(tx: Session, said: Understood, *, asker: str, index: Index, now: datetime) -> Answer:
    """Record what was understood, and give the answer that follows from it.

    What identifies a person is masked in what is kept (個人資料保護法 §5: no more than is needed).
    """
    if distress := said.distress:
        asked = _record(tx, "", Verdict.UNKNOWN, (), 0.0, asker, index, now, distress)
        return Answer(asked, Verdict.UNKNOWN, (), said.cues)
    verdict, ranked = said.judgement.verdict, said.judgement.ranked
    shown = () if verdict is Verdict.UNKNOWN else tuple(index.cards[r.entry_id] for r in ranked)
    cue = next((cue for cue in Cue if cue in said.cues and cue is not Cue.QUESTION), None)
    confidence = said.judgement.confidence
    asked = _record(tx, said.text, verdict, shown, confidence, asker, index, now, cue)
    sure = verdict is Verdict.SURE
    return Answer(
        asked,
        verdict,
        shown,
        said.cues,
        hesitant=sure and not ranked[0].exact,
        in_english=is_english(said.text),
        agency=None if sure else said.agency,
        id_number_masked=holds_id_number(said.text),
        situation=_situation(said.text, shown[0], index) if sure else None,
    )


def _situation(text: str, card: Card, index: Index) -> int | None:
    return situation(text, [one.label for one in card.variants], index.words)


def is_english(text: str) -> bool:
    """Whether a message is written in English: nearly all its letters are Latin."""
    letters = [one for one in text if one.isalpha()]
    return bool(letters) and sum(one.isascii() for one in letters) >= 0.8 * len(letters)


def _lean(
    tx: Session,
    text: str,
    card: Card,
    fields: tuple[str, ...],
    asker: str,
    index: Index,
    now: datetime,
) -> Answer:
    """Answer from fields of the entry before."""
    asked = _record(tx, text, Verdict.SURE, (card,), 1.0, asker, index, now, None)
    return Answer(asked, Verdict.SURE, (card,), frozenset(), fields=fields)


def near(text: str, index: Index, *, but: str | None = None) -> tuple[Card, ...]:
    """The cards nearest to a text, best first, whatever their score; without one of them."""
    ranked = [one for one in index.rank(text) if one.entry_id != but]
    return tuple(index.cards[one.entry_id] for one in ranked[:MOST_CHOICES])


def record_browsing(tx: Session, *, asker: str, index: Index, now: datetime) -> int:
    """Keep that somebody looked at the list of common questions; what they pick is noted on it."""
    return _record(tx, "", BROWSED, (), 0.0, asker, index, now, None)


def note_helpful(tx: Session, asked_id: int, *, asker: str, helpful: bool) -> Asked:
    """Keep whether an answer helped; raises UnknownQuestion for anybody else's question."""
    asked = asked_by(tx, asked_id, asker)
    asked.helpful = helpful
    if helpful:
        asked.reason = None
    return asked


def note_reason(tx: Session, asked_id: int, *, asker: str, reason: Unhelpful) -> Asked:
    """Keep why an answer did not help; raises UnknownQuestion for anybody else's question."""
    asked = note_helpful(tx, asked_id, asker=asker, helpful=False)
    asked.reason = reason
    return asked


def reasons_since(tx: Session, since: datetime) -> dict[int, Unhelpful]:
    """Why answers did not help, by the number of the question, since a moment."""
    told = select(Asked.id, Asked.reason).where(Asked.at >= since, Asked.reason.is_not(None))
    return {number: Unhelpful(str(reason)) for number, reason in tx.execute(told)}


def note_choice(
    tx: Session, asked_id: int, entry_id: str | None, *, asker: str, index: Index
) -> Card | None:
    """Keep which of the offered entries was meant; None means none of these."""
    asked = asked_by(tx, asked_id, asker)
    if entry_id is None:
        asked.fate, asked.entry_id = Fate.NONE_OF_THESE, None
        return None
    card = index.cards.get(entry_id)
    if card is None:
        raise UnknownEntry(entry_id)
    asked.fate, asked.entry_id = Fate.CHOSEN, entry_id
    return card


def note_filed(tx: Session, asked_id: int, *, asker: str) -> None:
    """Keep that a question became a case."""
    tx.execute(
        update(Asked).where(Asked.id == asked_id, Asked.asker == asker).values(fate=Fate.FILED)
    )


def asked_by(tx: Session, asked_id: int, asker: str) -> Asked:
    """A recorded question of this person; raises UnknownQuestion."""
    asked = tx.scalar(select(Asked).where(Asked.id == asked_id, Asked.asker == asker))
    if asked is None:
        raise UnknownQuestion(asked_id)
    return asked


def _record(
    tx: Session,
    text: str,
    verdict: str,
    cards: tuple[Card, ...],
    confidence: float,
    asker: str,
    index: Index,
    now: datetime,
    cue: Cue | None,
) -> int:
    return insert_row(
        tx,
        Asked,
        at=now,
        asker=asker,
        text=mask(text)[:LONGEST_KEPT],
        verdict=verdict,
        cue=cue,
        entry_id=cards[0].id if verdict == Verdict.SURE else None,
        offered=[card.id for card in cards],
        confidence=confidence,
        index_version=index.version,
    )
