"""What everyday wordings mean: groups of words that say the same, and words that hint. Pure."""

import marshal
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from uuid import uuid4

from faq.language.plain import plain

SAME = " = "
HINT = " < "
FILE = "#@"  # before the name of the file whose lines follow, where files were joined
WITH = "+"  # between pieces that hint only together, wherever in the message they stand


class BadLexicon(ValueError):
    """A line of a word file that cannot be read; says which."""


@dataclass(frozen=True)
class Group:
    """A concept with wordings that mean it (`same`) or only suggest it."""

    concept: str
    wordings: tuple[str, ...]
    same: bool


@dataclass(frozen=True)
class Meanings:
    """For each wording, in plain form, what it means and what it hints at."""

    same: Mapping[str, Sequence[str]] = field(default_factory=dict)
    hints: Mapping[str, Sequence[str]] = field(default_factory=dict)
    scenes: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)  # by rarest
    pieces: Mapping[str, Sequence[str]] = field(default_factory=dict)  # and their concepts
    concepts: Sequence[str] = ()

    @classmethod
    def of(cls, groups: Iterable[Group]) -> "Meanings":
        """Gather groups; a concept's own word means the concept."""
        same: dict[str, dict[str, None]] = {}
        hints: dict[str, dict[str, None]] = {}
        for group in groups:
            concept = key(group.concept)
            if not concept:
                continue
            same.setdefault(concept, {})[concept] = None
            table = same if group.same else hints
            for wording in map(key, group.wordings):
                if wording:
                    table.setdefault(wording, {})[concept] = None
        return cls(
            {word: tuple(found) for word, found in same.items()},
            {word: tuple(found) for word, found in hints.items()},
            _by_piece(word for word in hints if WITH in word),
            _concepts_of_pieces((*same.items(), *hints.items())),
            tuple({one: None for found in (*same.values(), *hints.values()) for one in found}),
        )


def compile_groups(text: str, fingerprint: str, cache: Path) -> Meanings:
    """The meanings of a lexicon; what was gathered once is kept in the cache."""
    kept = cache / f"lexicon-{fingerprint}.bin"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        gathered = Meanings.of(parse(text))
        found = {one.name: getattr(gathered, one.name) for one in fields(gathered)}
        partial = cache / uuid4().hex
        partial.write_bytes(marshal.dumps(found))
        partial.replace(kept)  # whole or not at all, whoever else starts at the same moment
    return Meanings(**marshal.loads(kept.read_bytes()))  # noqa: S302 - written by ourselves


def key(word: str) -> str:
    """How a wording is looked up: plain and without gaps; of a scene, piece by piece."""
    return WITH.join(plain(piece).replace(" ", "") for piece in word.split(WITH))


def _concepts_of_pieces(
    wordings: Iterable[tuple[str, Iterable[str]]],
) -> dict[str, tuple[str, ...]]:
    """For each piece of any wording the concepts it speaks for, be it ever so little."""
    found: dict[str, dict[str, None]] = {}
    for wording, concepts in wordings:
        for piece in wording.split(WITH):
            found.setdefault(piece, {}).update(dict.fromkeys(concepts))
    return {piece: tuple(concepts) for piece, concepts in found.items()}


def _by_piece(scenes: Iterable[str]) -> dict[str, tuple[tuple[str, ...], ...]]:
    """Scenes under the piece that stands in the fewest of them."""
    pieces = [tuple(scene.split(WITH)) for scene in scenes]
    often = Counter(piece for scene in pieces for piece in scene)
    found: dict[str, list[tuple[str, ...]]] = {}
    for scene in pieces:
        found.setdefault(min(scene, key=lambda piece: (often[piece], piece)), []).append(scene)
    return {piece: tuple(all_) for piece, all_ in found.items()}


def parse(text: str, name: str = "lexicon") -> Iterator[Group]:
    """The groups of a word file, one a line; raises BadLexicon naming file and line."""
    number = 0
    for line in text.splitlines():
        number += 1
        if line.startswith(FILE):
            name, number = line.removeprefix(FILE).strip(), 0
        rule = line.split("#")[0].strip()
        if not rule:
            continue
        same = SAME in rule
        if same == (HINT in rule):
            raise BadLexicon(f"{name}:{number}: 'meaning = wording, wording' or 'meaning < hint'")
        concept, _, wordings = rule.partition(SAME if same else HINT)
        if SAME in wordings:
            raise BadLexicon(f"{name}:{number}: a second '='")
        words = tuple(word.strip() for word in wordings.split(",") if word.strip())
        if not concept.strip() or not words:
            raise BadLexicon(f"{name}:{number}: a meaning and at least one wording")
        if not all(key(piece) for word in words for piece in word.split(WITH)):
            raise BadLexicon(f"{name}:{number}: a wording or piece without any letter")
        if "\t" in rule:
            raise BadLexicon(f"{name}:{number}: a tab inside a word")
        yield Group(concept.strip(), words, same)
