"""Which concepts a message as a whole speaks for, by any pieces of their wordings. Pure."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

LONGEST_PIECE = 8  # characters


class Topics:
    """Pieces of wordings, each with the concepts it speaks for and how loudly."""

    def __init__(self, pieces: Mapping[str, Sequence[str]]) -> None:
        short = {piece: found for piece, found in pieces.items() if len(piece) <= LONGEST_PIECE}
        self.concepts: dict[str, int] = {}
        number = self.concepts
        flat = [number.setdefault(one, len(number)) for found in short.values() for one in found]
        counts = np.array([len(found) for found in short.values()], dtype=np.int64)
        self._spoken_for = np.array(flat, dtype=np.int64)
        self._starts = [0, *np.cumsum(counts).tolist()]
        self._numbers = {piece: place for place, piece in enumerate(short)}
        self._lengths = sorted({len(piece) for piece in short}, reverse=True)
        length = np.array([len(piece) for piece in short])
        rare = np.log((len(number) + 1) / (counts + 0.5))
        self._loudness: list[float] = (rare * np.minimum(1.0, 0.5 + 0.25 * length)).tolist()
        self._sets: dict[int, frozenset[int]] = {}

    def hear(self, text: str) -> NDArray[np.float64]:
        """How loudly each concept is spoken for by the pieces of a plain text.

        A piece speaks for nothing that a longer piece around it speaks for too. One place more
        than there are concepts: the last is for what is none.
        """
        loud = np.zeros(len(self.concepts) + 1)
        spans: list[tuple[int, int, frozenset[int]]] = []
        for length in self._lengths:
            for place in range(len(text) - length + 1):
                number = self._numbers.get(text[place : place + length])
                if number is None:
                    continue
                own, end = self._set(number), place + length
                around = [found for start, last, found in spans if start <= place and end <= last]
                spans.append((place, end, own))
                if left := own.difference(*around):
                    heard = self._row(number) if len(left) == len(own) else [*left]
                    loud[heard] += self._loudness[number]
        return loud

    def _row(self, number: int) -> Ints:
        return self._spoken_for[self._starts[number] : self._starts[number + 1]]

    def _set(self, number: int) -> frozenset[int]:
        found = self._sets.get(number)
        if found is None:
            found = self._sets[number] = frozenset(self._row(number).tolist())
        return found
