"""What citizens' questions teach: matters nobody answers, and wordings worth taking over.

Nothing is learnt without a person: what is found here is shown, and taken or refused.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from rapidfuzz import fuzz
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from data.masking import mask
from faq.keeping.answering import Fate
from faq.keeping.index import Index
from faq.keeping.tables import Asked, Entry, Phrase, RefusedWording
from faq.language.plain import plain
from faq.language.words import Words
from faq.understanding.judging import Verdict
from faq.understanding.reading import read_wording

ALIKE = 0.6  # from here two questions count as one matter
IN_MEANING = 0.6  # of likeness; the rest is how alike they sound
MOST_TEXTS = 2_000  # questions looked at; the most frequent, then the newest
SHOWN = 8  # wordings of a matter that are shown
SHORTEST, LONGEST = 4, 60  # characters of a wording worth taking over
FEW = 6  # wordings; an entry with fewer needs its owner more than a citizen's slip of the pen


@dataclass(frozen=True)
class Matter:
    """Questions nobody could answer that mean the same."""

    texts: list[str]  # the most frequent first
    asked_ids: list[int]
    times: int
    askers: int
    last_at: datetime
    verdict: str


@dataclass(frozen=True)
class Suggestion:
    """A citizen's wording of an entry that the entry has not."""

    entry_id: str
    text: str
    times: int
    asked_id: int


@dataclass(frozen=True)
class _Group:
    """The same words, however often."""

    text: str
    rows: Sequence[Asked]
    meanings: frozenset[str]
    sound: str


def unanswered(
    tx: Session, since: datetime, limit: int, words: Words, until: datetime | None = None
) -> list[Matter]:
    """Matters without a good answer since a moment, up to another, the most asked first.

    A question counts when it was unknown, when none of the choices was meant, or when the answer
    did not help. Questions that mean nearly the same are one matter.
    """
    bad = or_(
        Asked.verdict == Verdict.UNKNOWN,
        Asked.fate == Fate.NONE_OF_THESE,
        Asked.helpful.is_(False),
    )
    wanted = select(Asked).where(Asked.at >= since, bad, Asked.text != "")
    rows = tx.scalars(wanted.where(Asked.at < until) if until else wanted).all()
    groups = sorted(_same_words(rows, words), key=lambda one: (-len(one.rows), -one.rows[-1].id))
    leaders: list[tuple[_Group, list[_Group]]] = []
    by_meaning: dict[str, list[int]] = {}  # only who shares a meaning can be alike enough
    for group in groups[:MOST_TEXTS]:
        near = sorted({at for one in group.meanings for at in by_meaning.get(one, ())})
        scored = [(likeness(leaders[at][0], group, words), -at) for at in near]
        best, place = max(scored, default=(0.0, 0))
        if best >= ALIKE:
            leaders[-place][1].append(group)
            continue
        for one in group.meanings:
            by_meaning.setdefault(one, []).append(len(leaders))
        leaders.append((group, [group]))
    found = [_matter(members) for _, members in leaders]
    return sorted(found, key=lambda one: (-one.times, -max(one.asked_ids)))[:limit]


def likeness(one: _Group, other: _Group, words: Words) -> float:
    """How alike two questions are in meaning and in sound, 0 to 1; near opposites are not."""
    concepts = (_concepts(one.meanings), _concepts(other.meanings))
    if words.apart(*concepts) or words.apart(*reversed(concepts)):
        return 0.0
    shared = len(one.meanings & other.meanings)
    most = max(len(one.meanings), len(other.meanings))
    meant = shared / most if most else 0.0
    return IN_MEANING * meant + (1 - IN_MEANING) * fuzz.ratio(one.sound, other.sound) / 100


def suggest(tx: Session, since: datetime, index: Index, limit: int) -> list[Suggestion]:
    """Wordings citizens used for an entry and confirmed, which it has not; most used first.

    A citizen confirmed it by choosing the entry, or by saying that its answer helped.
    """
    confirmed = or_(Asked.fate == Fate.CHOSEN, Asked.helpful.is_(True))
    rows = tx.scalars(
        select(Asked)
        .where(Asked.at >= since, confirmed, Asked.entry_id.in_(index.cards), Asked.cue.is_(None))
        .order_by(Asked.id)
    )
    refused = {(row.entry_id, row.folded) for row in tx.scalars(select(RefusedWording))}
    groups: dict[tuple[str, str], list[Asked]] = {}
    for row in rows:
        key = (str(row.entry_id), _folded(row.text))
        if key not in refused and SHORTEST <= len(key[1]) <= LONGEST:
            groups.setdefault(key, []).append(row)
    found = [
        Suggestion(entry_id, mask(same[-1].text), len(same), same[-1].id)
        for (entry_id, _), same in groups.items()
        if not index.matcher.knows(same[-1].text)
    ]
    return sorted(found, key=lambda one: (-one.times, -one.asked_id))[:limit]


def refuse(tx: Session, entry_id: str, text: str, *, by: str, now: datetime) -> None:
    """Never suggest this wording for this entry again."""
    tx.merge(RefusedWording(entry_id=entry_id, folded=_folded(text), by=by, at=now))


def few_wordings(tx: Session, index: Index) -> list[tuple[str, int]]:
    """The entries with few wordings and how many they have, the poorest first.

    They lose questions to entries that learnt much; their owners see them before suggestions.
    """
    counted = tx.execute(select(Phrase.entry_id, func.count()).group_by(Phrase.entry_id))
    numbers = {row[0]: row[1] for row in counted}
    found = [(one, numbers.get(one, 0)) for one in index.cards if numbers.get(one, 0) < FEW]
    return sorted(found, key=lambda one: (one[1], one[0]))


def due(tx: Session, until: date) -> list[Entry]:
    """Entries in service to be reviewed, or that end, up to and including a day; earliest first."""
    ends = or_(Entry.review_on <= until, Entry.valid_until <= until)
    rows = tx.scalars(select(Entry).where(Entry.retired.is_(False), ends)).all()
    return sorted(rows, key=lambda one: (min(filter(None, _days(one))), one.id))


def _days(entry: Entry) -> tuple[date | None, date | None]:
    """When an entry is to be reviewed and when it ends."""
    return entry.review_on, entry.valid_until


def _same_words(rows: Iterable[Asked], words: Words) -> list[_Group]:
    groups: dict[str, list[Asked]] = {}
    for row in rows:
        if key := _folded(row.text):
            groups.setdefault(key, []).append(row)
    return [_group(same, words) for same in groups.values()]


def _group(rows: Sequence[Asked], words: Words) -> _Group:
    reading = read_wording(rows[-1].text, words)
    meanings = {name for word in reading.words for name, _ in words.keys(word.text)[:1]}
    heard = words.sounds.hear(reading.plain.replace(" ", ""))
    return _Group(mask(rows[-1].text), rows, frozenset(meanings), heard)


def _matter(members: Sequence[_Group]) -> Matter:
    rows = [row for group in members for row in group.rows]
    last = max(rows, key=lambda row: row.id)
    return Matter(
        texts=[group.text for group in members][:SHOWN],
        asked_ids=sorted(row.id for row in rows),
        times=len(rows),
        askers=len({row.asker for row in rows}),
        last_at=last.at,
        verdict=last.verdict,
    )


def _concepts(meanings: Iterable[str]) -> frozenset[str]:
    return frozenset(one[1:] for one in meanings if one[0] == "=")


def _folded(text: str) -> str:
    return plain(mask(text)).replace(" ", "")[:200]
