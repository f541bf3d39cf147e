"""Answering a question, and keeping what was asked and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from faq.errors import UnknownEntry, UnknownQuestion
from faq.index import Card, Index
from faq.matching import MOST_CHOICES, Judgement, Verdict
from faq.tables import Asked
from faq.words import Cue

LONGEST_KEPT = 20_000
CERTAIN = 0.8  # below it an answer begins by asking whether this was meant
# Cues that keep an FAQ answer from being given alone, however well the words fit: a complaint
# that happens to use an entry's words belongs to the complaint desk.
NOT_A_QUESTION = {Cue.COMPLAINT, Cue.SUGGESTION}
BROWSED = "browsed"  # not a question: it counts in no figure of the engine
HELP_FIRST = (Cue.CRISIS, Cue.EMERGENCY, Cue.VIOLENCE, Cue.FRAUD)


class Fate(StrEnum):
    """What became of a question after the engine's verdict."""

    CHOSEN = "chosen"
    NONE_OF_THESE = "none_of_these"
    FILED = "filed"


@dataclass(frozen=True)
class Answer:
    """A verdict with the cards it rests on, under the number of the recorded question."""

    asked_id: int
    verdict: Verdict
    cards: tuple[Card, ...]
    cues: frozenset[Cue]
    hesitant: bool = False  # sure, but not in these words: ask back while answering


def answer(tx: Session, text: str, *, asker: str, index: Index, now: datetime) -> Answer:
    """Answer a question from the index and record it with its verdict.

    A message in distress is recorded by its cue only, without its words.
    """
    cues = index.words.cues(text)
    distress = next((cue for cue in HELP_FIRST if cue in cues), None)
    if distress:
        asked = _record(tx, "", Verdict.UNKNOWN, (), 0.0, asker, index, now, distress)
        return Answer(asked, Verdict.UNKNOWN, (), frozenset(cues))
    judgement = _mind_cues(index.matcher.judge(text), cues)
    ranked = judgement.ranked if judgement.verdict is not Verdict.UNKNOWN else ()
    shown = tuple(index.cards[one.entry_id] for one in ranked)
    cue = next((cue for cue in Cue if cue in cues), None)
    verdict, confidence = judgement.verdict, judgement.confidence
    asked = _record(tx, text, verdict, shown, confidence, asker, index, now, cue)
    hesitant = verdict is Verdict.SURE and confidence < CERTAIN
    return Answer(asked, verdict, shown, frozenset(cues), hesitant)


def near(text: str, index: Index, *, but: str | None = None) -> tuple[Card, ...]:
    """The cards nearest to a text, best first, whatever their score; without one of them."""
    ranked = [one for one in index.matcher.rank(text) if one.entry_id != but]
    return tuple(index.cards[one.entry_id] for one in ranked[:MOST_CHOICES])


def record_browsing(tx: Session, *, asker: str, index: Index, now: datetime) -> int:
    """Keep that somebody looked at the list of common questions; what they pick is noted on it."""
    return _record(tx, "", BROWSED, (), 0.0, asker, index, now, None)


def note_helpful(tx: Session, asked_id: int, *, asker: str, helpful: bool) -> Asked:
    """Keep whether an answer helped; raises UnknownQuestion for anybody else's question."""
    asked = asked_by(tx, asked_id, asker)
    asked.helpful = helpful
    return asked


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


def _mind_cues(judgement: Judgement, cues: set[Cue]) -> Judgement:
    if judgement.verdict is Verdict.SURE and cues & NOT_A_QUESTION:
        return Judgement(Verdict.CHOOSE, judgement.ranked)
    return judgement


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
    asked = Asked(
        at=now,
        asker=asker,
        text=text[:LONGEST_KEPT],
        verdict=verdict,
        cue=cue,
        entry_id=cards[0].id if verdict == Verdict.SURE else None,
        offered=[card.id for card in cards],
        confidence=confidence,
        index_version=index.version,
    )
    tx.add(asked)
    tx.flush()
    return asked.id
