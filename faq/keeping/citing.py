"""Which entries rest on an article of a law."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from data import laws
from faq.keeping.editing import content_of
from faq.keeping.tables import Entry


def entries_citing(tx: Session, law: str, article: str | None) -> Sequence[Entry]:
    """Entries in service whose legal basis, answer or any field cites the law or the article."""
    rows = tx.scalars(select(Entry).where(Entry.retired.is_(False)).order_by(Entry.id))
    return [row for row in rows if any(laws.cites(text, law, article) for text in _texts(row))]


def _texts(entry: Entry) -> Iterator[str]:
    yield from _strings(asdict(content_of(entry)))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _strings(one)
