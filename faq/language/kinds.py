"""What kind of message a text is, told by weights learnt from labelled messages. Pure.

Phrases (faq/language/cues.py) know what they were told; these weights also know what merely sounds
like a complaint, a suggestion or a cry for help. Learnt by `tests/benchmarks/fit_classes.py` from
messages written for the purpose; what becomes of both is decided in faq/language/hearing.py.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from data.classifying import Classes, both_ends, runs
from faq.language.cues import Cue
from faq.language.plain import GAP, plain

MARKS = re.compile("[?!~\uff1f\uff01\uff5e]")
HALF_WIDTH = str.maketrans("\uff1f\uff01\uff5e", "?!~")
BUCKET, LONGEST_BUCKET = 8, 6


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

    classes: Classes

    @classmethod
    def parse(cls, text: str) -> "Kinds":
        """Read weights as `Classes.parse` does; raises ValueError."""
        return cls(Classes.parse(text, tuple(Kind)))

    def tell(self, text: str, cues: Collection[Cue]) -> dict[Kind, float]:
        """How probably the text is of each kind, together 1; nothing where nothing is known."""
        told = self.classes.tell(features(text, cues))
        return {Kind(name): share for name, share in told.items()}


def features(text: str, cues: Collection[Cue]) -> set[str]:
    """What is seen of a text: runs of characters, marks, its length and the phrases in it."""
    text = both_ends(text)
    read = plain(text)
    marks = {f"mark {mark}" for mark in MARKS.findall(text.translate(HALF_WIDTH))}
    length = {f"length {min(len(read) // BUCKET, LONGEST_BUCKET)}"}
    return runs(read.replace(GAP, "_")) | marks | length | {f"cue {cue}" for cue in cues}
