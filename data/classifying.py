"""Telling which class a text belongs to, by weights of its features learnt from labelled texts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LONGEST_HEARD = 600  # characters of each end; a longer text is heard at both ends
GRAMS = (1, 2, 3)
SCALE = 10  # weights are kept as whole numbers


@dataclass(frozen=True)
class Classes:
    """For each feature of a text, how much it speaks for each class."""

    names: tuple[str, ...]
    places: Mapping[str, int]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    @classmethod
    def parse(cls, text: str, names: Sequence[str]) -> "Classes":
        """Read lines of a feature and one whole number for each class; the first is the bias.

        Raises ValueError when a line has another shape; no lines at all tell nothing.
        """
        if not text.strip():
            nothing = np.zeros((0, len(names)), dtype=np.float32)
            return cls(tuple(names), {}, nothing, np.zeros(0, dtype=np.float32))
        features, rows = [], []
        for line in text.splitlines():
            feature, _, numbers = line.partition("\t")
            features.append(feature)
            rows.append(numbers)
        table = np.array(" ".join(rows).split(), dtype=np.float32).reshape(len(rows), len(names))
        places = {feature: place for place, feature in enumerate(features[1:])}
        table /= np.float32(SCALE)
        return cls(tuple(names), places, table[1:], table[0])

    def tell(self, features: Collection[str]) -> dict[str, float]:
        """How probable each class is, together 1; nothing where nothing is known."""
        if not len(self.bias):
            return {}
        found = [self.places[one] for one in features if one in self.places]
        total = self.weights[found].sum(axis=0) / max(len(found), 1) ** 0.5 + self.bias
        shares = np.exp(total - total.max())
        return dict(zip(self.names, (shares / shares.sum()).tolist(), strict=True))


def both_ends(text: str) -> str:
    """The text, or of a very long one its beginning and its end."""
    if len(text) <= 2 * LONGEST_HEARD:
        return text
    return f"{text[:LONGEST_HEARD]} {text[-LONGEST_HEARD:]}"


def runs(text: str) -> set[str]:
    """All runs of one to three characters of a text, its beginning and end marked."""
    line = f"^{text}$"
    return {line[at : at + n] for n in GRAMS for at in range(len(line) - n + 1)}
