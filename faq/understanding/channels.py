"""Inverted indexes on numpy: which texts share features with a question, and how much. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
BITS = 21  # a code point fits, and three fit one number
LONGEST_GRAM = 3


@dataclass(frozen=True)
class Channel:
    """Weighted features of texts, each text's weights of length one; features are numbers."""

    features: Ints  # sorted
    telling: Floats  # how telling each feature is
    starts: Ints  # where each feature's texts begin, and the end of the last
    texts: NDArray[np.int32]
    weights: Floats
    count: int  # of the texts

    @classmethod
    def build(cls, features: Ints, texts: Ints, entry_of: Ints) -> "Channel":
        """An index over (feature, text) pairs; telling is counted in entries, not in texts."""
        count = len(entry_of)
        order = np.lexsort((texts, features))
        features, texts = features[order], texts[order]
        new = np.ones(len(features), dtype=bool)
        new[1:] = (features[1:] != features[:-1]) | (texts[1:] != texts[:-1])
        features, texts = features[new], texts[new]
        known, number = np.unique(features, return_inverse=True)
        telling = _telling(number, entry_of[texts], len(known), int(entry_of.max(initial=-1)) + 1)
        weights = telling[number]
        lengths = np.sqrt(np.bincount(texts, weights**2, minlength=count)).astype(np.float32)
        weights = (weights / np.maximum(lengths[texts], 1e-6)).astype(np.float32)
        starts = np.searchsorted(number, np.arange(len(known) + 1))
        return cls(known, telling, starts, texts.astype(np.int32), weights, count)

    def score(self, features: Ints, counts: NDArray[np.float64]) -> Floats:
        """The cosine of the question's features with each text's."""
        if not len(self.features) or not len(features):
            return np.zeros(self.count, dtype=np.float32)
        place = np.minimum(np.searchsorted(self.features, features), len(self.features) - 1)
        known = self.features[place] == features
        rare = float(self.telling.max())
        asked = np.where(known, self.telling[place], rare) * counts
        length = float(np.sqrt((asked**2).sum())) or 1.0
        found, shares = self._gather(place[known], asked[known], weighted=True)
        summed = np.bincount(found, shares, minlength=self.count)
        return (summed / length).astype(np.float32)

    def overlap(self, features: Ints, strengths: NDArray[np.float64]) -> Floats:
        """How telling the features are, summed, that each text shares with the question."""
        if not len(self.features) or not len(features):
            return np.zeros(self.count, dtype=np.float32)
        place = np.minimum(np.searchsorted(self.features, features), len(self.features) - 1)
        known = self.features[place] == features
        place, strengths = place[known], strengths[known]
        found, shares = self._gather(place, self.telling[place] * strengths, weighted=False)
        return np.bincount(found, shares, minlength=self.count).astype(np.float32)

    def totals(self) -> Floats:
        """How telling the features of each text are, summed."""
        lengths = np.diff(self.starts)
        telling = np.repeat(self.telling, lengths)
        return np.bincount(self.texts, telling, minlength=self.count).astype(np.float32)

    def _gather(
        self, places: Ints, values: NDArray[np.floating], *, weighted: bool
    ) -> tuple[NDArray[np.int32], NDArray[np.floating]]:
        """The texts of these features, with each feature's value times its weight there."""
        lengths = self.starts[places + 1] - self.starts[places]
        ends = np.cumsum(lengths)
        total = int(ends[-1]) if len(ends) else 0
        at = np.arange(total) + np.repeat(self.starts[places] - (ends - lengths), lengths)
        spread = np.repeat(values, lengths)
        return self.texts[at], spread * self.weights[at] if weighted else spread


@dataclass(frozen=True)
class Rows:
    """Lists of numbers of different lengths in one array."""

    values: NDArray[np.int32]
    starts: Ints  # where each row begins, and the end of the last

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]]) -> "Rows":
        """Lay the rows one behind the other."""
        starts = np.zeros(len(rows) + 1, dtype=np.int64)
        starts[1:] = np.cumsum([len(row) for row in rows])
        return cls(np.array([one for row in rows for one in row], dtype=np.int32), starts)

    def row(self, place: int) -> NDArray[np.int32]:
        """The numbers of one row."""
        return self.values[self.starts[place] : self.starts[place + 1]]

    def turned(self, count: int) -> "Rows":
        """For each number below `count` the rows that hold it."""
        rows = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))
        order = np.argsort(self.values, kind="stable")
        starts = np.searchsorted(self.values[order], np.arange(count + 1))
        return Rows(rows[order].astype(np.int32), starts)

    def pick(self, rows: Ints) -> tuple[NDArray[np.int32], Ints]:
        """The numbers of some rows one behind the other, and for each its place in `rows`."""
        lengths = self.starts[rows + 1] - self.starts[rows]
        ends = np.cumsum(lengths)
        total = int(ends[-1]) if len(ends) else 0
        at = np.arange(total) + np.repeat(self.starts[rows] - (ends - lengths), lengths)
        return self.values[at], np.repeat(np.arange(len(rows)), lengths)


def grams(text: str) -> Ints:
    """All runs of one to three characters of a text, each as one number; gaps end a run."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    return grams_of(codes.astype(np.int64))[0]


def grams_of(codes: Ints) -> tuple[Ints, Ints]:
    """The runs in a row of code points, and the place each begins; a space ends a run."""
    found, places = [], []
    solid = codes != ord(" ")
    run, whole = codes, solid
    place = np.arange(len(codes))
    for length in range(1, LONGEST_GRAM + 1):
        if length > 1:
            if len(codes) < length:
                break
            run = (run[:-1] << BITS) | codes[length - 1 :]
            whole = whole[:-1] & solid[length - 1 :]
        found.append(run[whole])
        places.append(place[: len(run)][whole])
    return np.concatenate(found), np.concatenate(places)


def grams_of_texts(texts: Sequence[str]) -> tuple[Ints, Ints]:
    """The runs of many texts, and of which text each is."""
    joined = " ".join(texts)
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    lengths = np.array([len(text) + 1 for text in texts], dtype=np.int64)
    runs, places = grams_of(codes.astype(np.int64))
    return runs, np.searchsorted(np.cumsum(lengths), places, side="right")


def numbered(rows: Iterable[Iterable[int]]) -> tuple[Ints, Ints]:
    """Numbers one behind the other, and of which row each is."""
    kept = [list(row) for row in rows]
    values = np.array([one for row in kept for one in row], dtype=np.int64)
    return values, np.repeat(np.arange(len(kept)), [len(row) for row in kept])


def _telling(number: Ints, entries: Ints, features: int, count: int) -> Floats:
    """How telling each feature is: the logarithm of how few entries hold it."""
    pairs = np.unique(number * max(count, 1) + entries)
    held = np.bincount(pairs // max(count, 1), minlength=features)
    return np.log((count + 1) / (held + 0.5)).astype(np.float32)
