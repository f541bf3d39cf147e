"""Questions drawn by a seed from those really asked, with the answers that were given."""

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from faq.keeping.editing import EntryContent, content_of, restore
from faq.keeping.tables import Asked, Entry, Revision
from faq.language.hearing import DANGERS
from faq.understanding.judging import Verdict


@dataclass(frozen=True)
class Drawn:
    """A question that was asked and what was answered; of who asked it nothing is known."""

    id: int
    text: str
    verdict: Verdict
    answer: EntryContent | None  # of the entry that was given, or that was picked of those offered
    offered: tuple[str, ...]  # labels of the entries to choose from


Published = Mapping[str, Sequence[tuple[datetime, EntryContent]]]  # each entry's, oldest first


def draw(tx: Session, *, start: datetime, end: datetime, seed: int, number: int) -> list[Drawn]:
    """Draw questions asked from `start` up to, not including, `end`: all where there are fewer.

    Emergencies are never drawn. Where no revision of an entry is as old as the question, its
    answer is told as it stands now. The same seed and rows give the same questions in the same
    order, on every database.
    """
    chosen = _pick(_ids(tx, start, end), seed, number)
    rows = {row.id: row for row in tx.scalars(select(Asked).where(Asked.id.in_(chosen)))}
    published = _published(tx, {one for row in rows.values() for one in _entries(row)})
    return [_drawn(rows[one], published) for one in chosen]


def _ids(tx: Session, start: datetime, end: datetime) -> Sequence[int]:
    calm = or_(Asked.cue.is_(None), Asked.cue.not_in([cue.value for cue in DANGERS]))
    asked = select(Asked.id).where(
        Asked.at >= start,
        Asked.at < end,
        Asked.verdict.in_([verdict.value for verdict in Verdict]),
        Asked.text != "",
        calm,
    )
    return tx.scalars(asked.order_by(Asked.id)).all()


def _pick(ids: Sequence[int], seed: int, number: int) -> list[int]:
    # Of the dice only random() is promised to stay as it is in later versions of Python.
    dice = random.Random(seed)  # noqa: S311 - not for secrets
    return sorted(ids, key=lambda _: dice.random())[:number]


def _entries(row: Asked) -> set[str]:
    return {*row.offered, *([row.entry_id] if row.entry_id else [])}


def _published(tx: Session, ids: Collection[str]) -> Published:
    """Every content the entries had, and last what they hold now, as if it had always been."""
    found: dict[str, list[tuple[datetime, EntryContent]]] = {}
    for entry in tx.scalars(select(Entry).where(Entry.id.in_(ids))):
        found[entry.id] = [(entry.updated_at, content_of(entry))]
    rows = select(Revision).where(Revision.entry_id.in_(ids)).order_by(Revision.version.desc())
    for row in tx.scalars(rows):
        found[row.entry_id].insert(0, (row.at, restore(row.content)))
    return found


def _then(history: Sequence[tuple[datetime, EntryContent]], moment: datetime) -> EntryContent:
    """What was published at a moment; what is published now where nothing is as old."""
    return next((told for at, told in reversed(history) if at <= moment), history[-1][1])


def _drawn(row: Asked, published: Published) -> Drawn:
    known = {one: _then(published[one], row.at) for one in _entries(row) if one in published}
    offered = row.offered if row.verdict == Verdict.CHOOSE else ()
    return Drawn(
        id=row.id,
        text=row.text,
        verdict=Verdict(row.verdict),
        answer=known.get(row.entry_id) if row.entry_id else None,
        offered=tuple(known[one].label for one in offered if one in known),
    )
