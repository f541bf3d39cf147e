"""The words an office knows: cutting, synonyms, what says nothing, and cues."""

import logging
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from uuid import uuid4

import yaml

from data.collation import fold, normalize

# jieba imports pkg_resources, deprecated and slow, only to find its own files, and does without
# where it is missing. So it is missing for that moment: a fifth of a second at each start.
_hidden = sys.modules.pop("pkg_resources", None)
sys.modules["pkg_resources"] = None  # type: ignore[assignment]
import jieba  # noqa: E402

if _hidden is None:
    del sys.modules["pkg_resources"]
else:
    sys.modules["pkg_resources"] = _hidden
jieba.setLogLevel(logging.WARNING)
USER_WORD_FREQUENCY = 20_000
COMMON = 50  # times a word of jieba's corpus must occur


class Cue(StrEnum):
    """What a message shows itself to be, besides or instead of a question."""

    CRISIS = "crisis"
    EMERGENCY = "emergency"
    VIOLENCE = "violence"
    FRAUD = "fraud"
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    GREETING = "greeting"
    THANKS = "thanks"


WHOLE_MESSAGE = {Cue.GREETING, Cue.THANKS}  # these count only when nothing else was said
HARMLESS = "harmless"
CLAUSE_END = re.compile(r"[\s,.!?;:~、。…,!?;:~]+")


@dataclass(frozen=True)
class WordFiles:
    """The contents of the word files, as text."""

    dictionary: str
    synonyms: str
    stopwords: str
    cues: str

    @classmethod
    def shipped(cls) -> "WordFiles":
        """The files that come with the program."""
        folder = files("data") / "words"
        names = ("dictionary.txt", "synonyms.txt", "stopwords.txt", "cues.yaml")
        return cls(*((folder / name).read_text(encoding="utf-8") for name in names))


class Replacer:
    """Replaces phrases of a text by what they mean, the longest phrase first at each place."""

    def __init__(self, table: dict[str, str]) -> None:
        self._table = {phrase: meaning for phrase, meaning in table.items() if phrase}
        lengths: dict[str, set[int]] = {}
        for phrase in self._table:
            lengths.setdefault(phrase[0], set()).add(len(phrase))
        self._lengths = {first: sorted(found, reverse=True) for first, found in lengths.items()}

    @property
    def meanings(self) -> set[str]:
        """What the phrases are replaced by."""
        return set(self._table.values())

    def replace(self, text: str) -> str:
        """The text with every phrase replaced; looks only at lengths that begin with its letter."""
        done: list[str] = []
        place = 0
        while place < len(text):
            for length in self._lengths.get(text[place], ()):
                meaning = self._table.get(text[place : place + length])
                if meaning is not None:
                    done.append(meaning)
                    place += length
                    break
            else:
                done.append(text[place])
                place += 1
        return "".join(done)


class Words:
    """An own tokenizer and word lists; nothing is shared through jieba's module globals."""

    def __init__(self, source: WordFiles, cache: Path) -> None:
        self._source = source
        self._cache = cache
        self._meanings = Replacer(dict(_synonyms(source.synonyms)))
        courtesies = [fold(line) for line in _lines(source.stopwords)]
        # Said in canonical words too: 怎麼辦 has become 怎麼申請 by the time it is looked for.
        said = {*courtesies, *map(self._meanings.replace, courtesies)}
        self._courtesies = Replacer(dict.fromkeys(said, ""))
        self._cues = _cues(source.cues)

    @cached_property
    def _tokenizer(self) -> jieba.Tokenizer:
        tokenizer = jieba.Tokenizer(str(_common_words(self._cache)))
        tokenizer.tmp_dir = str(self._cache)  # else it writes to the machine's shared temp folder
        tokenizer.initialize()
        for word in {*map(fold, _lines(self._source.dictionary)), *self._meanings.meanings}:
            tokenizer.add_word(word, USER_WORD_FREQUENCY)
        return tokenizer

    def canonical(self, text: str) -> str:
        """The folded text with each wording replaced by its meaning, longest first."""
        return self._meanings.replace(fold(text))

    def subject(self, canonical: str) -> str:
        """The text without courtesies and question words; the text itself if nothing is left."""
        return self._courtesies.replace(canonical) or canonical

    def cut(self, canonical: str) -> list[str]:
        """The words of a canonical text."""
        return [word for word in self._tokenizer.lcut(canonical, HMM=False) if word.strip()]

    def cues(self, text: str) -> set[Cue]:
        """Everything the message shows itself to be.

        Clause by clause, so that words on both sides of a comma never make a phrase together.
        """
        clauses = [fold(clause) for clause in CLAUSE_END.split(normalize(text))]
        found = {cue for cue in Cue if cue not in WHOLE_MESSAGE and self._any(cue, clauses)}
        whole = "".join(clauses)
        return found | {cue for cue in WHOLE_MESSAGE if whole in self._cues[cue]}

    def _any(self, cue: Cue, clauses: Iterable[str]) -> bool:
        return any(self._shows(cue, clause) for clause in clauses)

    def _shows(self, cue: Cue, clause: str) -> bool:
        """Whether a phrase of this cue stands in the clause and in no harmless phrase there."""
        harmless = [span for phrase in self._cues[HARMLESS] for span in _spans(phrase, clause)]
        return any(
            not any(start <= first and last <= end for start, end in harmless)
            for phrase in self._cues[cue]
            for first, last in _spans(phrase, clause)
        )


def _spans(phrase: str, text: str) -> Iterator[tuple[int, int]]:
    start = text.find(phrase)
    while start >= 0:
        yield start, start + len(phrase)
        start = text.find(phrase, start + 1)


def _common_words(folder: Path) -> Path:
    """jieba's dictionary cut to its common words: loads in a fifth of the time and memory.

    Rare words would only be names and terms no office entry holds; ours are added anyway.
    """
    small = folder / f"jieba-{COMMON}.txt"
    if not small.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with jieba.Tokenizer().get_dict_file() as source:
            lines = [line for line in source.read().decode().splitlines() if _is_common(line)]
        partial = small.with_suffix(f".{uuid4().hex}")
        partial.write_text("\n".join(lines), encoding="utf-8")
        partial.replace(small)  # whole or not at all, whoever else starts at the same moment
    return small


def _is_common(line: str) -> bool:
    word, frequency, _ = line.split(" ")
    return len(word) == 1 or int(frequency) >= COMMON


def _lines(text: str) -> list[str]:
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


def _synonyms(text: str) -> Iterable[tuple[str, str]]:
    for line in _lines(text):
        meaning, wordings = line.split("=")
        for wording in wordings.split(","):
            yield fold(wording), fold(meaning)
        yield fold(meaning), fold(meaning)  # so that a longer meaning is not cut by a shorter one


def _cues(text: str) -> dict[str, list[str]]:
    loaded = yaml.safe_load(text)
    return {name: [fold(phrase) for phrase in phrases] for name, phrases in loaded.items()}
