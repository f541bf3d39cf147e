"""The words an office knows: cutting, meanings, aspects asked for, and cues."""

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property, lru_cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import yaml
from numpy.typing import NDArray

from faq.language import hearing, sounds, tokenizing
from faq.language.agencies import AgencyList
from faq.language.cues import Cue, CueList
from faq.language.hearing import Heard
from faq.language.kinds import Kinds
from faq.language.lexicon import FILE, WITH, Meanings, compile_groups, key
from faq.language.sounds import Sounds
from faq.language.topics import Topics

if TYPE_CHECKING:
    import jieba  # loaded by the room that knows how

REMEMBERED = 20_000  # words whose meanings are kept at hand
HINT_STRENGTH = 0.7
SCENE_STRENGTH = 0.9
PHRASE_WORDS = 4
FORMAT = 2  # of what is kept; one more when it changes
ASCII_WORDS = 3  # the longest English wording looked up, in words
EDITABLE = ("dictionary", "lexicon", "stopwords", "sounds", "pairs", "cues", "agencies")
WHERE = ("哪", "里")
DOCUMENT = "---"  # cues are a document of their own beside the shipped ones


class InPlace(Protocol):
    """A word in its place: with the phrases it is part of."""

    @property
    def text(self) -> str: ...
    @property
    def phrases(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class WordFiles:
    """The contents of the word files, as text."""

    dictionary: str
    lexicon: str
    stopwords: str
    cues: str
    sounds: str
    aspects: str
    pairs: str = ""
    kinds: str = ""
    agencies: str = ""

    def fingerprint(self, *names: str) -> str:
        """A name for the contents of these files (none: of all), under which what is made of
        them is kept."""
        texts = "\0".join(
            getattr(self, name) for name in names or [one.name for one in fields(self)]
        )
        return hashlib.sha256(f"{FORMAT}\0{texts}".encode()).hexdigest()[:16]

    @classmethod
    def shipped(cls) -> "WordFiles":
        """The files that come with the program."""
        folder = files("data") / "words"
        groups = sorted((folder / "lexicon").iterdir(), key=lambda item: item.name)
        return cls(
            dictionary=(folder / "dictionary.txt").read_text(encoding="utf-8"),
            lexicon="\n".join(
                f"{FILE} {item.name}\n{item.read_text(encoding='utf-8')}" for item in groups
            ),
            stopwords=(folder / "stopwords.txt").read_text(encoding="utf-8"),
            cues=(folder / "cues.yaml").read_text(encoding="utf-8"),
            sounds=(folder / "sounds.txt").read_text(encoding="utf-8"),
            aspects=(folder / "aspects.yaml").read_text(encoding="utf-8"),
            pairs=(folder / "pairs.txt").read_text(encoding="utf-8"),
            kinds=(folder / "kinds.tsv").read_text(encoding="utf-8"),
            agencies=(folder / "agencies.yaml").read_text(encoding="utf-8"),
        )

    def with_lists(self, lists: Mapping[str, str]) -> "WordFiles":
        """These files with an office's own lines added; unknown names are left out."""
        known = {name: text for name, text in lists.items() if name in EDITABLE}
        between = {name: DOCUMENT if name == "cues" else f"{FILE} office" for name in known}
        own = {name: f"{getattr(self, name)}\n{between[name]}\n{known[name]}" for name in known}
        return replace(self, **own)


class Words:
    """An own tokenizer and word lists; nothing is shared through jieba's module globals."""

    def __init__(self, source: WordFiles, cache: Path) -> None:
        self._source = source
        self._cache = cache
        self._print = source.fingerprint()
        self.meanings: Meanings = compile_groups(
            source.lexicon, source.fingerprint("lexicon"), cache
        )
        self.silent = frozenset(key(line) for line in _lines(source.stopwords))
        self._aspects = _aspects(source.aspects)
        self._cue_list = CueList.parse(source.cues)
        self._kinds = Kinds.parse(source.kinds)
        self._agencies = AgencyList.parse(source.agencies)
        self._rivals = _rivals(source.pairs)
        self._piece_lengths = sorted({len(piece) for piece in self.meanings.scenes})
        self._topics = Topics(self.meanings.pieces)
        # The same few thousand words are looked up again and again.
        self.keys = lru_cache(REMEMBERED)(self._keys)
        self.aspects = lru_cache(REMEMBERED)(self._aspects_of)
        self.says_nothing = lru_cache(REMEMBERED)(self._is_silent)

    @property
    def source(self) -> WordFiles:
        """The contents it was made of."""
        return self._source

    @property
    def cache(self) -> Path:
        """Where what is made of the words is kept."""
        return self._cache

    @property
    def fingerprint(self) -> str:
        """A name for exactly these words."""
        return self._print

    @cached_property
    def aspect_numbers(self) -> Mapping[str, int]:
        """The number of each aspect."""
        names = sorted({one for found in self._aspects.values() for one in found})
        return {name: number for number, name in enumerate(names)}

    @property
    def concepts(self) -> Mapping[str, int]:
        """The numbers of the concepts whose loudness `topics` tells."""
        return self._topics.concepts

    def with_lists(self, lists: Mapping[str, str]) -> "Words":
        """The words with an office's own lines added; itself when there are none."""
        source = self._source.with_lists(lists)
        return self if source == self._source else Words(source, self._cache)

    def prepare(self) -> None:
        """Read everything now, and leave what was made of it in the cache; raises ValueError."""
        self.sounds.hear("")
        self.cut("")

    @cached_property
    def sounds(self) -> Sounds:
        """How characters sound."""
        return sounds.load(self._source.sounds, self._cache)

    @cached_property
    def tokenizer(self) -> "jieba.Tokenizer":
        """jieba with the office's words; it reads Simplified text only."""
        whole = [*map(key, _lines(self._source.dictionary)), *self.silent]
        made_of = self._source.fingerprint("dictionary", "stopwords", "lexicon")
        return tokenizing.load(made_of, self._cache, whole, self._wordings)

    def _wordings(self) -> Iterable[str]:
        yield from (word for word in self.meanings.same if WITH not in word)
        yield from (word for word in self.meanings.hints if WITH not in word)

    def apart(self, ours: Iterable[str], theirs: frozenset[str]) -> bool:
        """Whether concepts stand on another side of a pair than ours, and none on ours."""
        return any(
            not own & theirs and others & theirs
            for concept in ours
            for own, others in self._rivals.get(concept, ())
        )

    def phrases(self, cut: Sequence[str]) -> list[tuple[str, ...]]:
        """For each word the known phrases of several words it is part of (結婚 in 結婚登記)."""
        found: list[tuple[str, ...]] = [()] * len(cut)
        for first in range(len(cut)):
            phrase = cut[first]
            for last in range(first + 1, min(first + PHRASE_WORDS, len(cut))):
                phrase += cut[last]
                if self.is_known(phrase):
                    for place in range(first, last + 1):
                        found[place] = (*found[place], phrase)
        return found

    def cut(self, text: str) -> list[str]:
        """The words of a plain text; English words that mean something together stay together.

        Nothing is lost but gaps, and the 里 of a 住哪里 that was cut in two.
        """
        cut = [word for word in self.tokenizer.lcut(text, HMM=False) if word != " "]
        if "".join(WHERE) in text:
            cut = [*_without_where(cut)]
        return list(self._join_english(cut)) if any(map(str.isascii, cut)) else cut

    def scenes(self, text: str) -> list[Sequence[str]]:
        """The scenes a plain text shows: pieces that hint at something only together."""
        held = self.meanings.scenes
        pieces = {
            text[place : place + length]
            for length in self._piece_lengths
            for place in range(len(text) - length + 1)
        }
        return [
            scene
            for piece in sorted(pieces & held.keys())
            for scene in held[piece]
            if all(other in text for other in scene)
        ]

    def lookups(self, word: InPlace) -> tuple[tuple[str, float], ...]:
        """What a word in its place is looked up by: itself, and the phrases it is part of."""
        found = self.keys(word.text)
        for phrase in word.phrases:
            found += tuple(one for one in self.keys(phrase) if one[0] != phrase)
        return found

    def topics(self, text: str) -> NDArray[np.float64]:
        """How loudly each concept is spoken for by any pieces of a plain text."""
        return self._topics.hear(text)

    def _is_silent(self, word: str) -> bool:
        """Whether a word is a courtesy or question word without a subject."""
        return word in self.silent or any(
            meaning in self.silent for meaning in self.meanings.same.get(word, ())
        )

    def is_word(self, word: str) -> bool:
        """Whether this is a word at all, of the office or of the language."""
        return self.is_known(word) or (len(word) > 1 and bool(self.tokenizer.FREQ.get(word)))

    def rarity(self, word: str) -> float:
        """How much a word tells in general, 0 to 1: words of the office's matters all of it."""
        if self.is_known(word):
            return 1.0
        frequency = self.tokenizer.FREQ.get(word) or 0
        if not frequency:
            return 0.7 if len(word) > 1 else 0.3
        rare = math.log(self.tokenizer.total / frequency) / math.log(self.tokenizer.total)
        return rare * (1.0 if len(word) > 1 else 0.4)

    @cached_property
    def official(self) -> frozenset[str]:
        """The words official texts use, worth mending a mistyped word to."""
        return frozenset({*self.meanings.concepts, *map(key, _lines(self._source.dictionary))})

    def _aspects_of(self, word: str) -> tuple[str, ...]:
        """What about a matter the word asks for."""
        found = (self._aspects.get(meaning, ()) for meaning in self.meanings.same.get(word, ()))
        return tuple({aspect: None for one in found for aspect in one})

    def _keys(self, word: str) -> tuple[tuple[str, float], ...]:
        """What a word is looked up by: its meanings, or itself, and what it hints at."""
        same = self.meanings.same.get(word)
        found = dict.fromkeys((f"={one}" for one in same), 1.0) if same else {word: 1.0}
        for hint in self.meanings.hints.get(word, ()):
            strength = SCENE_STRENGTH if WITH in word else HINT_STRENGTH
            found.setdefault(f"={hint}", strength)
        return tuple(found.items())

    def _join_english(self, cut: list[str]) -> Iterator[str]:
        place = 0
        while place < len(cut):
            for length in range(ASCII_WORDS, 1, -1):
                words = cut[place : place + length]
                joined = "".join(words)
                if len(words) == length and joined.isascii() and joined in self.meanings.same:
                    yield joined
                    place += length
                    break
            else:
                yield cut[place]
                place += 1

    def is_known(self, word: str) -> bool:
        """Whether the lexicon knows a word."""
        return word in self.meanings.same or word in self.meanings.hints

    def hear(self, text: str) -> Heard:
        """What a message is heard to be."""
        return hearing.hear(text, self._cue_list, self._kinds, self._agencies)

    def cues(self, text: str) -> frozenset[Cue]:
        """Everything the message shows itself to be."""
        return self.hear(text).cues


def _without_where(cut: Sequence[str]) -> Iterator[str]:
    """住哪|里 asks where somebody lives, and names no village (里)."""
    for before, word in pairwise(["", *cut]):
        if word != WHERE[1] or not before.endswith(WHERE[0]):
            yield word


def _lines(text: str) -> list[str]:
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


def check_pairs(text: str) -> None:
    """Raise ValueError naming a line that does not set two words apart."""
    for line in _lines(text):
        if len({key(side) for side in line.split("|")} - {""}) <= 1:
            raise ValueError(f"pairs: {line!r}: a line like '遷入 | 遷出'")


def _rivals(text: str) -> Mapping[str, list[tuple[frozenset[str], frozenset[str]]]]:
    """For each concept of a pair its own side and the other sides."""
    found: dict[str, list[tuple[frozenset[str], frozenset[str]]]] = {}
    for line in _lines(text):
        sides = [key(side) for side in line.split("|") if key(side)]
        for side in sides:
            others = frozenset(other for other in sides if other != side)
            found.setdefault(side, []).append((frozenset({side}), others))
    return found


def _aspects(text: str) -> Mapping[str, tuple[str, ...]]:
    """For each concept the aspects it asks for."""
    found: dict[str, dict[str, None]] = {}
    for aspect, concepts in yaml.safe_load(text).items():
        for concept in concepts:
            found.setdefault(key(concept), {})[aspect] = None
    return {concept: tuple(aspects) for concept, aspects in found.items()}
