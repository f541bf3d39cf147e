"""Which entries rest on an article of a law."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from data import laws
from faq.keeping.editing import content_of
from faq.keeping.tables import Entry

Written = Sequence[tuple[Entry, Sequence[str]]]


def written(tx: Session) -> Written:
    """Every entry in service with its texts: read once for many laws."""
    rows = tx.scalars(select(Entry).where(Entry.retired.is_(False)).order_by(Entry.id))
    return [(row, tuple(_texts(row))) for row in rows]


def citing(entries: Written, law: str, article: str | None) -> Sequence[Entry]:
    """Those of the entries that cite the law or the article."""
    return [row for row, told in entries if any(laws.cites(one, law, article) for one in told)]


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
