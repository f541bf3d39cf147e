"""How well a question fits each entry. Pure.

Candidates come from the three indexes of the knowledge; then each candidate is looked at closely,
and a weighted sum of what was seen is its score. The weights (data/words/model.yaml) know nothing
of any entry.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import LCSseq

from faq.language.plain import plain
from faq.language.words import Words
from faq.understanding.channels import Floats, Ints, grams
from faq.understanding.knowledge import Item, Knowledge, aspect_bits
from faq.understanding.reading import DENIED, Reading, Word, read, shorten

Matrix = NDArray[np.float64]
CANDIDATES = 24
RIVALS = 8  # the nearest candidates, which are told from each other
BLEND = {"spelt": 0.35, "sounded": 0.25, "meant": 0.4}  # of the indexes, to choose candidates
IN_ANSWER = 0.5  # what a word found only in the answer counts
HEARD = 0.8  # what a word found only by its sound counts
IN_PART = 0.7  # what a word found only in part counts, at most
UNKNOWN_WORD = 0.6  # what a word no entry knows counts beside the rarest known one
LOUD = 8.0  # how much must speak for a concept until it is half sure
# Of how many of its wordings an entry is as like a question as they are on average: one that has
# several near ones is more surely meant than one that has a single very near one.
SEVERAL, FEW = 5, 3


@dataclass(frozen=True)
class Ranked:
    """An entry, how well it fits, and what that rests on."""

    entry_id: str
    score: float
    exact: bool = False  # the question is one of its wordings, word for word
    seen: Mapping[str, float] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Asked:
    """A question in the numbers of the index."""

    reading: Reading
    keys: tuple[tuple[tuple[int, float], ...], ...]  # of each word: feature and strength
    values: Matrix  # how telling each word is, its a denial considered
    said: Mapping[int, float]  # every feature of it, and how strongly it was said


class Matcher:
    """Ranks the entries of one knowledge."""

    def __init__(self, knowledge: Knowledge, words: Words, weights: Mapping[str, float]) -> None:
        self._known = knowledge
        self._words = words
        self._weights = weights
        self._place = {entry_id: place for place, entry_id in enumerate(knowledge.ids)}
        self._holders = knowledge.held.turned(len(knowledge.names))
        self._answers = knowledge.beyond.turned(len(knowledge.names))
        self._rare = float(knowledge.telling.max(initial=1.0))
        concepts = (words.concepts.get(n[1:], -1) if n[0] == "=" else -1 for n in knowledge.names)
        self._topic = np.array([*concepts], dtype=np.int64)
        self._mender = knowledge.mender(words)

    @classmethod
    def of(cls, items: Sequence[Item], words: Words, weights: Mapping[str, float]) -> "Matcher":
        """A matcher over entries."""
        return cls(Knowledge.of(items, words), words, weights)

    def read(self, question: str) -> Reading:
        """The question as it is compared."""
        return read(question, self._words, self._mender)

    def rank(self, question: str) -> list[Ranked]:
        """The entries that fit, best first, at most twenty-four."""
        return self.rank_reading(self.read(question))

    def rank_reading(self, reading: Reading) -> list[Ranked]:
        """The entries that fit what was read, best first, at most twenty-four."""
        places, seen = self.look(reading)
        if not len(places):
            return []
        scores = sum(
            (self._weights.get(name, 0.0) * column for name, column in seen.items()),
            start=np.zeros(len(places)),
        )
        same = self._known.by_words.get(_joined(reading.plain), frozenset())
        exact = np.array([place in same for place in places.tolist()])
        order = np.lexsort((places, -scores, ~exact))
        return [
            Ranked(
                self._known.ids[int(places[at])],
                float(scores[at]),
                bool(exact[at]),
                {name: float(column[at]) for name, column in seen.items()} if not rank else {},
            )
            for rank, at in enumerate(order.tolist())
        ]

    def knows(self, question: str) -> bool:
        """Whether a question is some entry's wording, word for word."""
        return _joined(plain(shorten(question))) in self._known.by_words

    def are_rivals(self, one: str, other: str) -> bool:
        """Whether the questions of two entries stand on different sides of a pair."""
        mine = self._known.title_concepts[self._place[one]]
        return self._words.apart(mine, self._known.title_concepts[self._place[other]])

    def id_of(self, place: int) -> str:
        """The id of the entry at a place."""
        return self._known.ids[place]

    def look(self, reading: Reading) -> tuple[Ints, dict[str, Matrix]]:
        """The candidates' places, and what is seen of them, a column for each sign."""
        if not self._known.ids or not reading.words:
            return np.zeros(0, dtype=np.int64), {}
        asked = self._ask(reading)
        channels = self._score(asked)
        total = _blend(channels)
        begins = self._known.firsts[:-1]
        by_entry = np.maximum.reduceat(total, begins)
        places = _highest(by_entry, CANDIDATES)
        if not len(places):
            return places, {}
        nearest = self._nearest(total, places)
        found, anywhere = self._find(asked, places)
        seen = {
            name: np.maximum.reduceat(scores, begins)[places].astype(np.float64)
            for name, scores in channels.items()
        }
        spelt = seen.pop("spelt")  # it chooses candidates, and tells nothing more of them
        seen |= self._cover(asked, found, anywhere)
        seen |= self._compare_words(asked, places, nearest)
        seen |= self._compare_aspects(reading, places)
        near = seen["meant"] + spelt + seen["asked_anywhere"]
        seen |= self._tell_apart(asked, places, anywhere, near)
        seen |= self._hear_topics(asked, places)
        return places, seen

    def _ask(self, reading: Reading) -> Asked:
        keys, values = [], []
        said: dict[int, float] = {}
        for word in reading.words:
            names = self._words.lookups(word)
            known = tuple((self._known.numbers[n], s) for n, s in names if n in self._known.numbers)
            telling = max((self._known.telling[n] for n, _ in known), default=0.0)
            if not known or not telling:
                telling = UNKNOWN_WORD * self._rare
            keys.append(known)
            values.append(telling * self._words.rarity(word.text) * word.counts)
            for number, strength in known:
                said[number] = max(said.get(number, 0.0), strength * word.counts)
        return Asked(reading, tuple(keys), np.array(values), said)

    def _score(self, asked: Asked) -> dict[str, Floats]:
        """The cosines with every wording."""
        spelt, heard = [], []
        words = asked.reading.words
        for weight in sorted({word.counts for word in words}, reverse=True):
            part = " ".join(_runs(words, weight))
            spelt.append((grams(part), weight))
            heard.append((grams(self._words.sounds.hear(part)), weight))
        features = np.array(sorted(asked.said), dtype=np.int64)
        strengths = np.array([asked.said[one] for one in sorted(asked.said)])
        return {
            "spelt": self._known.spelt.score(*_gathered(spelt)),
            "sounded": self._known.sounded.score(*_gathered(heard)),
            "meant": self._known.meant.score(features, strengths),
        }

    def _nearest(self, total: Floats, places: Ints) -> Ints:
        """Of each candidate the wording that fits best."""
        found = [first + int(total[first:last].argmax()) for first, last in self._spans(places)]
        return np.array(found, dtype=np.int64)

    def _spans(self, places: Ints) -> list[tuple[int, int]]:
        """Where the wordings of entries begin and end."""
        first, last = self._known.firsts[places], self._known.firsts[places + 1]
        return [*zip(first.tolist(), last.tolist(), strict=True)]

    def _find(self, asked: Asked, places: Ints) -> tuple[Matrix, Matrix]:
        """How surely each candidate holds each word: in its wordings, and anywhere."""
        at = np.full(len(self._known.ids), -1, dtype=np.int64)
        at[places] = np.arange(len(places))
        found = np.zeros((len(places), len(asked.keys)))
        beyond = np.zeros_like(found)
        texts = [self._known.texts[place] for place in places.tolist()]
        heard = [self._known.heard[place] for place in places.tolist()]
        for column, known in enumerate(asked.keys):
            for number, strength in known:
                _raise(found[:, column], at[self._holders.row(number)], strength)
                _raise(beyond[:, column], at[self._answers.row(number)], strength * IN_ANSWER)
            self._find_in_part(asked.reading.words[column].text, texts, heard, found[:, column])
        return found, np.maximum(found, beyond)

    def _find_in_part(
        self, word: str, texts: Sequence[str], heard: Sequence[str], column: Matrix
    ) -> None:
        """Where a word was not found, look for its sound and for its parts."""
        if len(word) == 1:
            return
        sound = self._words.sounds.hear(word)
        parts = [word[i : i + 2] for i in range(len(word) - 1)] if len(word) > 2 else [*word]
        each = (IN_PART if len(word) > 2 else IN_PART / 2) / len(parts)
        for row in (column < HEARD).nonzero()[0].tolist():
            if sound in heard[row]:
                column[row] = HEARD
            else:
                held = each * sum([part in texts[row] for part in parts])
                column[row] = max(column[row], held)

    def _cover(self, asked: Asked, found: Matrix, anywhere: Matrix) -> dict[str, Matrix]:
        """How much of the question a candidate holds, as a share and as a mass."""
        values = asked.values
        weight = float(values.sum()) or 1.0
        asks = values * np.array([word.asks for word in asked.reading.words])
        everywhere = anywhere @ values
        return {
            "asked": found @ values / weight,
            "asked_anywhere": everywhere / weight,
            "asking": found @ asks / (float(asks.sum()) or 1.0),
            "mass_anywhere": everywhere / 10,
        }

    def _compare_words(self, asked: Asked, places: Ints, nearest: Ints) -> dict[str, Matrix]:
        """How much of a candidate's wordings and of its question was said, and how alike they are.

        By their meaning, as they are written and as they sound.
        """
        shared, totals = self._share(asked), self._known.totals
        firsts = self._known.firsts[places]
        even = 2 * shared / (totals + (float(asked.values.sum()) or 1.0))
        return {
            "said": np.minimum(shared[nearest] / totals[nearest], 1.0).astype(np.float64),
            "said_title": np.minimum(shared[firsts] / totals[firsts], 1.0).astype(np.float64),
            **self._liken(asked.reading, even, self._spans(places)),
        }

    def _share(self, asked: Asked) -> Floats:
        """How telling the meanings are that each wording shares with the question."""
        features = np.array(list(asked.said), dtype=np.int64)
        return self._known.meant.overlap(features, np.array(list(asked.said.values())))

    def _liken(
        self, reading: Reading, even: Floats, spans: Sequence[tuple[int, int]]
    ) -> dict[str, Matrix]:
        """How like the question the nearest wordings of each candidate are."""
        texts = [text for first, last in spans for text in self._known.plains[first:last]]
        written = _joined(reading.plain)
        alike, _ = _compare(written, texts)
        hear = self._words.sounds.hear
        sounding, within = _compare(hear(written), [*map(hear, texts)])
        meant = np.concatenate([even[first:last] for first, last in spans])
        lengths = [last - first for first, last in spans]
        return {
            "alike": _highest_mean(alike, lengths, SEVERAL),
            "alike_meant": _highest_mean((meant + sounding) / 2, lengths, FEW),
            "heard_within": _highest_mean(within, lengths, 1),
        }

    def _compare_aspects(self, reading: Reading, places: Ints) -> dict[str, Matrix]:
        """Whether a candidate's question is about what is asked: the fee, the papers, the place."""
        asks = aspect_bits(reading.aspects, self._words)
        return {"aspect_title": ((self._known.title_aspects[places] & asks) > 0).astype(np.float64)}

    def _tell_apart(
        self, asked: Asked, places: Ints, anywhere: Matrix, near: Matrix
    ) -> dict[str, Matrix]:
        """What tells the nearest candidates from each other: said, or denied."""
        rivals = np.argsort(-near, kind="stable")[:RIVALS]
        common = anywhere[rivals].mean(axis=0)
        among = np.bincount(
            self._known.held.pick(places[rivals])[0], minlength=len(self._known.telling)
        )
        apart = self._known.telling * (1 - among / max(len(rivals), 1))
        denied = np.zeros(len(self._known.telling))
        for name in (self._words.keys(word)[0][0] for word in asked.reading.denied):
            if name in self._known.numbers:
                denied[self._known.numbers[name]] = 1.0
        own, rows = self._known.held.pick(places)
        return {
            "apart": anywhere @ (asked.values * (1 - common)) / 10,
            "denied_apart": np.bincount(rows, denied[own] * apart[own], len(places)) / 10,
        }

    def _hear_topics(self, asked: Asked, places: Ints) -> dict[str, Matrix]:
        """How much the message as a whole speaks for what each candidate is about."""
        meant = [word.text for word in asked.reading.words if word.counts > DENIED]
        loud = self._words.topics(" ".join(meant))
        most = float(loud.max(initial=0.0)) or 1.0
        spoken = (
            np.where(self._topic >= 0, loud[self._topic], 0.0) * self._known.telling / self._rare
        )
        features, rows = self._known.held.pick(places)
        best = _most(rows, spoken[features], len(places))
        title_features, title_rows = self._known.titles.pick(places)
        title = _most(title_rows, spoken[title_features], len(places))
        return {
            "topic": best / (best + LOUD),
            "topic_title": title / (title + LOUD),
            "topic_share": best / most,
            "topics": np.bincount(rows, spoken[features], len(places)) / 20,
        }


def _joined(text: str) -> str:
    """A plain text without its gaps."""
    return text.replace(" ", "")


def _compare(question: str, texts: Sequence[str]) -> tuple[Matrix, Matrix]:
    """How alike a question and each text are, and how much of the question stands in the text.

    By the longest run of characters that both hold in this order, whatever lies between.
    """
    lengths = np.array([len(text) for text in texts], dtype=np.float64)
    shared = process.cdist([question], texts, scorer=LCSseq.similarity)[0].astype(np.float64)
    whole = max(len(question), 1)
    return 2 * shared / (whole + lengths), shared / whole


def _highest_mean(values: Matrix, lengths: Sequence[int], most: int) -> Matrix:
    """The mean of so many of the highest values in each stretch."""
    found, place = np.zeros(len(lengths)), 0
    for row, length in enumerate(lengths):
        found[row] = np.sort(values[place : place + length])[-most:].mean()
        place += length
    return found


def _blend(channels: Mapping[str, Floats]) -> Floats:
    """The cosines in one, to choose candidates by."""
    weighted = (np.float32(BLEND[name]) * one for name, one in channels.items())
    return sum(weighted, start=np.zeros(1, dtype=np.float32))


def _raise(column: Matrix, rows: Ints, value: float) -> None:
    """Raise a column at some rows to a value; rows of -1 are none."""
    rows = rows[rows >= 0]
    column[rows] = np.maximum(column[rows], value)


def _most(rows: Ints, values: Matrix, count: int) -> Matrix:
    highest = np.zeros(count)
    np.maximum.at(highest, rows, values)
    return highest


def _runs(words: Sequence[Word], weight: float) -> list[str]:
    """The words of this weight, neighbours joined."""
    runs: list[str] = []
    last = None
    for word in words:
        if word.counts == weight:
            if last == weight:
                runs[-1] += word.text
            else:
                runs.append(word.text)
        last = word.counts
    return runs


def _gathered(parts: Sequence[tuple[Ints, float]]) -> tuple[Ints, Matrix]:
    """Features once each, with the highest weight of the parts that hold them."""
    features = np.concatenate([found for found, _ in parts])
    weights = np.concatenate([np.full(len(found), weight) for found, weight in parts])
    known, number = np.unique(features, return_inverse=True)
    return known, _most(number, weights, len(known))


def _highest(scores: Floats, count: int) -> Ints:
    """The places of the highest scores above nothing, best first."""
    if len(scores) > count:
        near = np.argpartition(-scores, count)[:count]
        order = near[np.lexsort((near, -scores[near]))]
    else:
        order = np.lexsort((np.arange(len(scores)), -scores))
    return order[scores[order] > 0]
