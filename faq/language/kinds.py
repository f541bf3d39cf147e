"""What kind of message a text is, told by weights learnt from labelled messages. Pure.

Phrases (faq/language/cues.py) know what they were told; these weights also know what merely sounds
like a complaint, a suggestion or a cry for help. Learnt by `tests/benchmarks/fit_kinds.py` from
messages written for the purpose; what becomes of both is decided in faq/language/hearing.py.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from faq.language.cues import Cue
from faq.language.plain import GAP, plain

LONGEST_HEARD = 600  # characters of each end; a longer text is heard at both ends
GRAMS = (1, 2, 3)
MARKS = re.compile("[?!~\uff1f\uff01\uff5e]")
HALF_WIDTH = str.maketrans("\uff1f\uff01\uff5e", "?!~")
BUCKET, LONGEST_BUCKET = 8, 6
SCALE = 10  # weights are kept as whole numbers


class Kind(StrEnum):
    """What a message may be; `idiom` holds words of danger and means none."""

    QUESTION = "question"
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    PRAISE = "praise"
    SMALL_TALK = "small_talk"
    ABUSE = "abuse"
    CRISIS = "crisis"
    VIOLENCE = "violence"
    EMERGENCY = "emergency"
    FRAUD = "fraud"
    IDIOM = "idiom"


@dataclass(frozen=True)
class Kinds:
    """For each feature of a text, how much it speaks for each kind."""

    places: Mapping[str, int]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    @classmethod
    def parse(cls, text: str) -> "Kinds":
        """Read lines of a feature and one whole number for each kind; the first is the bias.

        Raises ValueError when a line has another shape; no lines at all tell nothing.
        """
        if not text.strip():
            nothing = np.zeros((0, len(Kind)), dtype=np.float32)
            return cls({}, nothing, np.zeros(0, dtype=np.float32))
        features, rows = [], []
        for line in text.splitlines():
            feature, _, numbers = line.partition("\t")
            features.append(feature)
            rows.append(numbers)
        table = np.array(" ".join(rows).split(), dtype=np.float32).reshape(len(rows), len(Kind))
        places = {feature: place for place, feature in enumerate(features[1:])}
        table /= np.float32(SCALE)
        return cls(places, table[1:], table[0])

    def tell(self, text: str, cues: Collection[Cue]) -> dict[Kind, float]:
        """How probably the text is of each kind, together 1; nothing where nothing is known."""
        if not len(self.bias):
            return {}
        found = [self.places[one] for one in features(text, cues) if one in self.places]
        total = self.weights[found].sum(axis=0) / max(len(found), 1) ** 0.5 + self.bias
        shares = np.exp(total - total.max())
        return dict(zip(Kind, (shares / shares.sum()).tolist(), strict=True))


def features(text: str, cues: Collection[Cue]) -> set[str]:
    """What is seen of a text: runs of characters, marks, its length and the phrases in it."""
    if len(text) > 2 * LONGEST_HEARD:
        text = f"{text[:LONGEST_HEARD]} {text[-LONGEST_HEARD:]}"
    read = plain(text)
    line = f"^{read.replace(GAP, '_')}$"
    runs = {line[at : at + n] for n in GRAMS for at in range(len(line) - n + 1)}
    marks = {f"mark {mark}" for mark in MARKS.findall(text.translate(HALF_WIDTH))}
    length = {f"length {min(len(read) // BUCKET, LONGEST_BUCKET)}"}
    return runs | marks | length | {f"cue {cue}" for cue in cues}
