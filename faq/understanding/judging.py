"""What may be concluded from how well entries fit: sure, choose or unknown. Pure."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files

import yaml

from faq.language.cues import Cue
from faq.language.hearing import Heard
from faq.language.kinds import Kind
from faq.understanding.matching import Ranked

MOST_CHOICES = 4
UNHEARD = Heard()
# Cues that keep an FAQ answer from being given alone, however well the words fit: a complaint
# that happens to use an entry's words belongs to the complaint desk.
CHAT = {Cue.PRAISE, Cue.ABUSE, Cue.SMALL_TALK}
NOT_A_QUESTION = {Cue.COMPLAINT, Cue.SUGGESTION, *CHAT}
TELLING_CUES = (Cue.QUESTION, Cue.COMPLAINT, Cue.SUGGESTION)
NO_QUESTION = (
    ("complains", (Kind.COMPLAINT,)),
    ("suggests", (Kind.SUGGESTION,)),
    ("chats", (Kind.PRAISE, Kind.SMALL_TALK, Kind.ABUSE)),
)


class Verdict(StrEnum):
    """What the engine may do with a question."""

    SURE = "sure"
    CHOOSE = "choose"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Judgement:
    """A verdict with the entries it rests on: one when sure, up to four to choose from."""

    verdict: Verdict
    ranked: tuple[Ranked, ...]
    confidence: float = 0.0


@dataclass(frozen=True)
class Model:
    """The weights and thresholds, fitted on knowledge bases other than an office's own.

    `ranking` weighs what was seen of an entry; `confidence` weighs what was seen of the best one,
    of its lead and of the message, and gives how probably it is the right answer.
    """

    ranking: Mapping[str, float]
    confidence: Mapping[str, float]
    sure: float
    choose: float
    span: float
    close: float

    @classmethod
    def shipped(cls) -> "Model":
        """The weights that come with the program."""
        return cls.parse((files("data") / "words" / "model.yaml").read_text(encoding="utf-8"))

    @classmethod
    def parse(cls, text: str) -> "Model":
        """Read `ranking`, `confidence` and `thresholds`; raises KeyError when one is missing."""
        loaded = yaml.safe_load(text)
        return cls(loaded["ranking"], loaded["confidence"], **loaded["thresholds"])

    def trust(self, ranked: Sequence[Ranked], heard: Heard, length: int) -> float:
        """How probably the first of these is the answer, 0 to 1."""
        if not ranked:
            return 0.0
        seen = signs(ranked, heard, length)
        total = sum(self.confidence.get(name, 0.0) * value for name, value in seen.items())
        return 1 / (1 + math.exp(-max(min(total, 50), -50)))

    def judge(
        self,
        ranked: Sequence[Ranked],
        heard: Heard = UNHEARD,
        length: int = 10,
        are_rivals: Callable[[str, str], bool] | None = None,
    ) -> Judgement:
        """Answer alone only when confident and, among rivals, clearly ahead; else ask or say so.

        A complaint is offered entries at most, and a chat none, unless somebody made its very
        words a wording of an entry.
        """
        exact = tuple(sorted((one for one in ranked if one.exact), key=lambda one: one.entry_id))
        if exact:
            verdict = Verdict.SURE if len(exact) == 1 else Verdict.CHOOSE
            return Judgement(verdict, exact[:MOST_CHOICES], 1.0)
        confidence = self.trust(ranked, heard, length)
        if confidence < self.choose or heard.cues & CHAT:
            return Judgement(Verdict.UNKNOWN, tuple(ranked[:MOST_CHOICES]), confidence)
        near = [one for one in ranked if one.score >= ranked[0].score - self.span]
        is_rivalled = are_rivals is not None and any(
            are_rivals(ranked[0].entry_id, one.entry_id)
            for one in near[1:]
            if one.score >= ranked[0].score - self.close
        )
        if confidence >= self.sure and not is_rivalled and not heard.cues & NOT_A_QUESTION:
            return Judgement(Verdict.SURE, tuple(ranked[:1]), confidence)
        return Judgement(Verdict.CHOOSE, tuple(near[:MOST_CHOICES]), confidence)


def signs(ranked: Sequence[Ranked], heard: Heard, length: int) -> dict[str, float]:
    """What a confidence rests on: the best entry, its lead, and what the message shows."""
    first = ranked[0]
    second = ranked[1].score if len(ranked) > 1 else first.score - 5.0
    third = ranked[2].score if len(ranked) > 2 else first.score - 5.0
    lead = first.score - second
    return {
        "bias": 1.0,
        "score": first.score / 10,
        "lead": min(lead, 5.0) / 5,
        "lead_on_third": min(first.score - third, 5.0) / 5,
        "long": min(length, 80) / 80,
        **{f"best_{name}": value for name, value in first.seen.items()},
        **{f"cue_{cue}": 1.0 for cue in TELLING_CUES if cue in heard.cues},
        "elsewhere": float(heard.agency is not None),
        **{name: sum(heard.kinds.get(one, 0.0) for one in kinds) for name, kinds in NO_QUESTION},
    }
