"""Two changes of one entry, made without knowing of each other, put together."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from faq.keeping.editing import EntryContent

LINES = ("aliases", "office_confirms", "forms")  # each line stands for itself


def merge(
    base: EntryContent | None, entry: EntryContent, draft: EntryContent
) -> tuple[EntryContent, tuple[str, ...]]:
    """The draft with what the entry gained since `base`, and the fields that both changed.

    Such a field keeps the draft's words, for a person to look at; of wordings and other lists of
    single lines, what either added is there and what either removed is not. Without a base, the
    draft being of an entry that did not exist, what it leaves empty is the entry's.
    """
    taken: dict[str, Any] = {}
    both = []
    for name in (one.name for one in fields(EntryContent)):
        theirs, ours = getattr(entry, name), getattr(draft, name)
        before: Any = getattr(base, name) if base else _nothing(ours)
        if theirs in (ours, before):
            continue
        if ours == before:
            taken[name] = theirs
        elif name in LINES:
            taken[name] = _join(before, theirs, ours)
        else:
            both.append(name)
    return replace(draft, **taken), tuple(both)


def _join(before: Sequence[str], theirs: Sequence[str], ours: Sequence[str]) -> tuple[str, ...]:
    kept = [one for one in theirs if one in ours or one not in before]
    return (*kept, *(one for one in ours if one not in before and one not in theirs))


def _nothing(like: object) -> object:
    if isinstance(like, tuple):
        return ()
    return "" if isinstance(like, str) else None
