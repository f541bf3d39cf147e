"""What a message shows itself to be, besides or instead of a question. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import yaml

from data.collation import fold, normalize


class Cue(StrEnum):
    """What a message shows itself to be, the gravest first."""

    CRISIS = "crisis"
    EMERGENCY = "emergency"
    VIOLENCE = "violence"
    FRAUD = "fraud"
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    GREETING = "greeting"
    THANKS = "thanks"
    PRAISE = "praise"
    ABUSE = "abuse"
    SMALL_TALK = "small_talk"
    QUESTION = "question"


WHOLE_MESSAGE = {Cue.GREETING, Cue.THANKS}  # these count only when nothing else was said
HARMLESS = "harmless"
MARK = re.compile("[,.!?;:~、。…\uff0c\uff01\uff1f\uff1b\uff1a\uff5e\n]+")
CLAUSE_END = re.compile("[\\s,.!?;:~、。…\uff0c\uff01\uff1f\uff1b\uff1a\uff5e]+")


@dataclass(frozen=True)
class CueList:
    """Phrases and the cues they show; idioms that hold the same words and mean no harm."""

    shows: Mapping[str, tuple[Cue, ...]]
    harmless: frozenset[str]
    lengths: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> "CueList":
        """Read a YAML mapping of each cue, and of `harmless`, to a list of phrases."""
        loaded = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or {}  # noqa: S506
        shows: dict[str, dict[Cue, None]] = {}
        for cue in Cue:
            for phrase in _phrases(loaded, cue):
                shows.setdefault(phrase, {})[cue] = None
        harmless = frozenset(_phrases(loaded, HARMLESS))
        lengths = {len(phrase) for phrase in (*shows, *harmless)} - {0}
        kept = {phrase: tuple(cues) for phrase, cues in shows.items() if phrase}
        return cls(kept, harmless, tuple(sorted(lengths, reverse=True)))

    def find(self, text: str) -> set[Cue]:
        """Everything the message shows itself to be.

        Clause by clause, so that words on both sides of a comma never make a phrase together.
        """
        plain = normalize(
            text.encode("utf-8", "replace").decode()
        )  # half characters cannot be read
        clauses = [fold(clause) for clause in CLAUSE_END.split(plain)]
        # 不 想 活 了, want to die: what is typed with gaps is read without them too.
        gapless = [fold(clause) for clause in MARK.split(plain)]
        read = dict.fromkeys((*clauses, *gapless))
        found = {cue for clause in read for cue in self._in(clause)} - WHOLE_MESSAGE
        whole = self.shows.get("".join(clauses), ())
        return found | (WHOLE_MESSAGE & set(whole))

    def _in(self, clause: str) -> Iterator[Cue]:
        """The cues of phrases that stand in a clause and in no harmless phrase there."""
        hits = [
            (place, place + length, clause[place : place + length])
            for length in self.lengths
            for place in range(len(clause) - length + 1)
        ]
        idioms = [(start, end) for start, end, phrase in hits if phrase in self.harmless]
        for first, last, phrase in hits:
            if phrase in self.shows and not any(s <= first and last <= e for s, e in idioms):
                yield from self.shows[phrase]


def _phrases(loaded: Mapping[str, object], name: str) -> list[str]:
    """The phrases of one list; raises ValueError when it is none."""
    phrases = loaded.get(name) or []
    if not isinstance(phrases, list):
        raise ValueError(f"{name}: a list of phrases is expected")
    return [fold(str(phrase)) for phrase in phrases]
