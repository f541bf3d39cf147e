"""What a message shows itself to be, besides or instead of a question. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import yaml

from data import yaml_text
from data.collation import fold, normalize
from faq.language.plain import CLAUSE_END


class Cue(StrEnum):
    """What a message shows itself to be, the gravest first."""

    CRISIS = "crisis"
    EMERGENCY = "emergency"
    VIOLENCE = "violence"
    FRAUD = "fraud"
    TROUBLED = "troubled"
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    GREETING = "greeting"
    THANKS = "thanks"
    PRAISE = "praise"
    ABUSE = "abuse"
    SMALL_TALK = "small_talk"
    QUESTION = "question"
    HARMLESS = "harmless"  # words of another cue that do not mean it


WHOLE_MESSAGE = {Cue.GREETING, Cue.THANKS}  # these count only when nothing else was said
WORD_END = re.compile(rf"{CLAUSE_END.pattern}|\s+")


@dataclass(frozen=True)
class CueList:
    """Phrases and the cues they show; what stands inside a harmless one is not meant."""

    shows: Mapping[str, frozenset[Cue]]
    lengths: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> "CueList":
        """Read YAML mappings of each cue to a list of phrases; several documents add up.

        Raises ValueError naming what is no such mapping.
        """
        shows: dict[str, dict[Cue, None]] = {}
        for loaded in _documents(text):
            for cue in Cue:
                for phrase in _phrases(loaded, cue):
                    shows.setdefault(phrase, {})[cue] = None
        kept = {phrase: frozenset(cues) for phrase, cues in shows.items() if phrase}
        lengths = sorted({len(phrase) for phrase in kept}, reverse=True)
        return cls(kept, tuple(lengths))

    def find(self, text: str) -> set[Cue]:
        """Everything the message shows itself to be.

        Clause by clause, so that words on both sides of a comma never make a phrase together.
        """
        # Half characters cannot be read.
        plain = normalize(text.encode("utf-8", "replace").decode())
        clauses = [fold(clause) for clause in WORD_END.split(plain)]
        # 不 想 活 了, want to die: what is typed with gaps is read without them too.
        gapless = [fold(clause) for clause in CLAUSE_END.split(plain)]
        read = dict.fromkeys((*clauses, *gapless))
        found = {cue for clause in read for cue in self._in(clause)} - WHOLE_MESSAGE
        whole = self.shows.get("".join(clauses), ())
        return found | (WHOLE_MESSAGE & set(whole))

    def _in(self, clause: str) -> Iterator[Cue]:
        """The cues of phrases that stand in a clause and in no harmless phrase there."""
        hits = [
            (place, place + length, cues)
            for length in self.lengths
            for place in range(len(clause) - length + 1)
            if (cues := self.shows.get(clause[place : place + length]))
        ]
        idioms = [(start, end) for start, end, cues in hits if Cue.HARMLESS in cues]
        for first, last, cues in hits:
            if any(start <= first and last <= end for start, end in idioms):
                yield Cue.HARMLESS
            else:
                yield from cues


def check_names(text: str) -> None:
    """Raise ValueError naming what is no YAML of lists of phrases, or a list that is no cue's."""
    CueList.parse(text)
    if unknown := [name for one in _documents(text) for name in one if name not in set(Cue)]:
        raise ValueError(f"cues: {unknown[0]}: one of {', '.join(Cue)}")


def _documents(text: str) -> list[Mapping[str, object]]:
    try:
        loaded = [one for one in yaml_text.load_all(text) if one is not None]
    except yaml.YAMLError as error:
        raise ValueError(f"cues: {error}") from error
    if not all(isinstance(one, dict) for one in loaded):
        raise ValueError("cues: a mapping of lists of phrases is expected")
    return loaded


def _phrases(loaded: Mapping[str, object], name: str) -> list[str]:
    """The phrases of one list; raises ValueError when it is none."""
    phrases = loaded.get(name) or []
    if not isinstance(phrases, list):
        raise ValueError(f"{name}: a list of phrases is expected")
    return [fold(str(phrase)) for phrase in phrases]
