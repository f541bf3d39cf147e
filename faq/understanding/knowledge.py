"""The entries of a knowledge base as the engine looks into them: built once, kept, never changed.

Three inverted indexes (runs of characters, runs of sounds, words by their meaning) and, for each
entry, what its wordings, its question and its answer hold.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from faq.language.plain import plain
from faq.language.words import Words
from faq.understanding.channels import Channel, Floats, Ints, Rows, grams_of_texts, numbered
from faq.understanding.mending import Mender
from faq.understanding.reading import Reading, read_wording

FORMAT = 3  # of what is kept; one more when it changes
KEPT = 3  # newest files of an office's entries that stay in the cache


@dataclass(frozen=True)
class Item:
    """What is known of an entry: its wordings, the first its question, and its answer."""

    id: str
    wordings: tuple[str, ...]
    answer: str = ""
    category: str = ""


@dataclass(frozen=True)
class Knowledge:
    """What was read of all entries; an entry's place is its place in `ids`.

    Texts stand once for each wording or each entry, numbers name features (`names`).
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]  # of the features: a word, or `=` and a meaning
    plains: tuple[str, ...]  # each wording without gaps
    texts: tuple[str, ...]  # each entry's wordings in one
    heard: tuple[str, ...]  # the same as they sound
    vocabulary: tuple[str, ...]  # the words and phrases that occur
    firsts: Ints  # where each entry's wordings begin, and the end of the last
    spelt: Channel
    sounded: Channel
    meant: Channel
    held: Rows  # features of each entry's wordings
    titles: Rows  # features of each entry's question
    beyond: Rows  # features its answer alone holds
    title_aspects: Ints  # what each question is about, a bit for each aspect

    @classmethod
    def of(cls, items: Sequence[Item], words: Words) -> "Knowledge":
        """Read all entries; one without wordings cannot be found and is left out."""
        items = [item for item in items if any(item.wordings)]
        readings = [[read_wording(text, words) for text in item.wordings] for item in items]
        flat = [reading for found in readings for reading in found]
        counts = [len(found) for found in readings]
        owner = np.repeat(np.arange(len(items)), counts)
        subjects = [reading.subject for reading in flat]
        sounds = [words.sounds.hear(subject) for subject in subjects]
        texts = tuple(" ".join(reading.plain for reading in found) for found in readings)
        numbers: dict[str, int] = {}
        rows = [[numbers.setdefault(n, len(numbers)) for n in _own(r, words)] for r in flat]
        firsts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        spans = list(zip(firsts[:-1].tolist(), firsts[1:].tolist(), strict=True))
        held = [sorted({n for row in rows[a:b] for n in row}) for a, b in spans]
        return cls(
            ids=tuple(item.id for item in items),
            names=tuple(numbers),
            plains=tuple(reading.plain.replace(" ", "") for reading in flat),
            texts=texts,
            heard=tuple(map(words.sounds.hear, texts)),
            vocabulary=_vocabulary(flat),
            firsts=firsts,
            spelt=Channel.build(*grams_of_texts(subjects), owner),
            sounded=Channel.build(*grams_of_texts(sounds), owner),
            meant=Channel.build(*numbered(rows), owner),
            held=Rows.of(held),
            titles=Rows.of([[*dict.fromkeys(rows[a])] for a, _ in spans]),
            beyond=Rows.of(_beyond(items, held, numbers, words)),
            title_aspects=_bits([found[0].aspects for found in readings], words),
        )

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The number of each feature."""
        return {name: number for number, name in enumerate(self.names)}

    @cached_property
    def telling(self) -> NDArray[np.float64]:
        """How telling each feature is."""
        told = np.zeros(len(self.names))
        told[self.meant.features] = self.meant.telling
        return told

    @cached_property
    def totals(self) -> Floats:
        """How telling all features of each wording are together."""
        return np.maximum(self.meant.totals(), 1e-6)

    @cached_property
    def by_words(self) -> Mapping[str, frozenset[int]]:
        """The places of the entries that have exactly these words among their wordings."""
        found: dict[str, set[int]] = {}
        places = np.repeat(np.arange(len(self.ids)), np.diff(self.firsts)).tolist()
        for text, place in zip(self.plains, places, strict=True):
            found.setdefault(text, set()).add(place)
        return {text: frozenset(held) for text, held in found.items()}

    @cached_property
    def title_concepts(self) -> tuple[frozenset[str], ...]:
        """The meanings each question holds."""
        names = self.names
        rows = (self.titles.row(place).tolist() for place in range(len(self.ids)))
        return tuple(frozenset(names[n][1:] for n in row if names[n][0] == "=") for row in rows)

    def mender(self, words: Words) -> Mender:
        """What mends a mistyped word to one these entries or official texts use."""
        never = (word for word in words.silent if len(word) == 1)
        return Mender.of({*self.vocabulary, *words.official}, words.sounds, never)


def load(items: Sequence[Item], words: Words) -> Knowledge:
    """The knowledge of these entries; what was read once is taken from the cache."""
    folder = words.cache
    kept = folder / f"knowledge-{_fingerprint(items, words)}.npz"
    try:
        found = _read(kept)
        with suppress(OSError):
            os.utime(kept)  # what is used stays longest
        return found
    except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile):
        pass  # not there yet, or damaged: made again
    knowledge = Knowledge.of(items, words)
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{uuid4().hex}.npz"
    _write(partial, knowledge)
    partial.replace(kept)  # whole or not at all, whoever else starts at the same moment
    _tidy(folder)
    return knowledge


def _tidy(folder: Path) -> None:
    """Leave the newest; another process may be tidying too."""
    ages: dict[Path, float] = {}
    for file in folder.glob("knowledge-*.npz"):
        with suppress(FileNotFoundError):
            ages[file] = file.stat().st_mtime
    for old in sorted(ages, key=lambda file: ages[file])[:-KEPT]:
        old.unlink(missing_ok=True)


def aspect_bits(aspects: Iterable[str], words: Words) -> int:
    """Some aspects as a number with a bit for each."""
    return sum(1 << words.aspect_numbers[one] for one in aspects)


def _own(reading: Reading, words: Words) -> list[str]:
    """What the words of a wording are found by; its hints are not its own."""
    return [n for word in reading.words for n, s in words.lookups(word) if s == 1.0]


def _vocabulary(readings: Iterable[Reading]) -> tuple[str, ...]:
    found = {text for r in readings for word in r.words for text in (word.text, *word.phrases)}
    return tuple(sorted(found))


def _beyond(
    items: Sequence[Item], held: Sequence[Sequence[int]], numbers: Mapping[str, int], words: Words
) -> list[list[int]]:
    """The features each answer and category holds beside those of the entry's wordings.

    Word by word: phrases of an answer would cost half of the building and tell little.
    """
    answers = ({*words.cut(plain(f"{item.answer} {item.category}"))} for item in items)
    found = (
        {numbers[n] for word in answer for n, s in words.keys(word) if s == 1.0 and n in numbers}
        for answer in answers
    )
    return [sorted(one.difference(own)) for one, own in zip(found, held, strict=True)]


def _bits(aspects: Sequence[frozenset[str]], words: Words) -> Ints:
    return np.array([aspect_bits(one, words) for one in aspects], dtype=np.int64)


# --- keeping --------------------------------------------------------------------------------
def _fingerprint(items: Sequence[Item], words: Words) -> str:
    """A name for exactly these entries read with exactly these words."""
    told = hashlib.sha256(f"{FORMAT}\0{words.fingerprint}".encode())
    for item in items:
        told.update("\0".join((item.id, *item.wordings, item.answer, item.category, "")).encode())
    return told.hexdigest()[:16]


def _write(path: Path, knowledge: Knowledge) -> None:
    """Arrays as they are, texts as JSON: nothing that could run when it is read."""
    arrays: dict[str, NDArray[Any]] = {}
    texts: dict[str, Sequence[str]] = {}
    for one in fields(knowledge):
        value = getattr(knowledge, one.name)
        if isinstance(value, tuple):
            texts[one.name] = value
        elif isinstance(value, Channel | Rows):
            arrays |= {f"{one.name}.{f.name}": getattr(value, f.name) for f in fields(value)}
        else:
            arrays[one.name] = value
    told = np.frombuffer(json.dumps(texts, ensure_ascii=False).encode(), dtype=np.uint8)
    np.savez(path, allow_pickle=False, texts_=told, **arrays)


def _read(path: Path) -> Knowledge:
    with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
        arrays = {name: kept[name] for name in kept.files}
    given: dict[str, Any] = json.loads(arrays.pop("texts_").tobytes())
    given = {name: tuple(texts) for name, texts in given.items()}
    for name, shape in (("spelt", Channel), ("sounded", Channel), ("meant", Channel)):
        given[name] = shape(**{f.name: arrays.pop(f"{name}.{f.name}") for f in fields(shape)})
    for name in ("held", "titles", "beyond"):
        given[name] = Rows(**{f.name: arrays.pop(f"{name}.{f.name}") for f in fields(Rows)})
    return Knowledge(**given, **arrays)
