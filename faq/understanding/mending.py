"""Putting right what was mistyped: words that sound or look like one the office knows. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from faq.language.sounds import Sounds

SHORTEST, LONGEST = 2, 7
EDGE_LENGTH = 4  # up to here a window with a wrong first or last character is none
SURE_LENGTH = 3  # from here a word is still recognised with one character wrong
GAP = "?"
NUMBERS = "0123456789一二三四五六七八九十百千万两几半能"


@dataclass(frozen=True)
class Mender:
    """Known words by how they sound and by how they look with one character left out."""

    sounds: Sounds
    known: frozenset[str]
    never: frozenset[str]  # characters that are no slips: numbers, and words like 要 and 我
    by_sound: dict[str, list[str]] = field(default_factory=dict)
    by_look: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, words: Iterable[str], sounds: Sounds, never: Iterable[str] = ()) -> "Mender":
        """Gather the words worth mending to: Chinese, of two to seven characters."""
        known = frozenset(word for word in words if SHORTEST <= len(word) <= LONGEST)
        mender = cls(sounds, known, frozenset({*NUMBERS, *never}))
        for word in sorted(known):
            if word.isascii():
                continue
            mender.by_sound.setdefault(sounds.hear(word), []).append(word)
            if len(word) >= SURE_LENGTH:
                for look in _looks(word):
                    mender.by_look.setdefault(look, []).append(word)
        return mender

    def mend(self, words: Sequence[str], is_weak: Sequence[bool]) -> str:
        """The text of these words with what was mistyped replaced; only weak words are doubted.

        A window of characters is replaced when it cuts no strong word and sounds or looks like a
        known one that differs from it in weak characters only; the longest window first. A
        window that is known stays.
        """
        text = "".join(words)
        weak, strong_inside = _marks(words, is_weak)
        done: list[str] = []
        place = 0
        while place < len(text):
            for length in range(min(LONGEST, len(text) - place), SHORTEST - 1, -1):
                end = place + length
                if not any(weak[place:end]) or place in strong_inside or end in strong_inside:
                    continue
                written = text[place:end]
                meant = written if written in self.known else self._meant(written, weak[place:end])
                if meant is not None:
                    done.append(meant)
                    place = end
                    break
            else:
                done.append(text[place])
                place += 1
        return "".join(done)

    def _meant(self, written: str, weak: Sequence[bool]) -> str | None:
        if written.isascii():
            return None
        said = self.sounds.say(written)
        best: tuple[int, str] | None = None
        for word in self.by_sound.get(self.sounds.hear(written), ()):
            alike = _shared(written, word)
            sounds_same = self.sounds.say(word) == said and not _holds_ascii(written)
            if (alike or sounds_same) and self._may_differ(written, word, weak):
                best = max(best or (-1, ""), (2 * alike, word))
        if best is None and len(written) >= SURE_LENGTH:
            for place, look in enumerate(_looks(written)):
                if weak[place] and self._may_be_wrong(written, place):
                    for word in self.by_look.get(look, ()):
                        best = max(best or (-1, ""), (_shared(said, self.sounds.say(word)), word))
        return best[1] if best else None

    def _may_differ(self, written: str, word: str, weak: Sequence[bool]) -> bool:
        """Whether all characters in which the two differ may be slips."""
        return all(
            a == b or (doubted and a not in self.never)
            for a, b, doubted in zip(written, word, weak, strict=True)
        )

    def _may_be_wrong(self, written: str, place: int) -> bool:
        """Whether a character may be a slip: one at the edge of a window is a neighbour's."""
        at_edge = place in (0, len(written) - 1)
        return written[place] not in self.never and not (at_edge and len(written) <= EDGE_LENGTH)


def _marks(words: Sequence[str], is_weak: Sequence[bool]) -> tuple[list[bool], set[int]]:
    """For each character whether its word is weak, and the places inside strong words."""
    weak: list[bool] = []
    strong_inside: set[int] = set()
    for word, doubted in zip(words, is_weak, strict=True):
        if not doubted:
            strong_inside.update(range(len(weak) + 1, len(weak) + len(word)))
        weak += [doubted] * len(word)
    return weak, strong_inside


def _looks(word: str) -> list[str]:
    return [f"{word[:place]}{GAP}{word[place + 1 :]}" for place in range(len(word))]


def _shared(one: str, other: str) -> int:
    return sum(a == b for a, b in zip(one, other, strict=True))


def _holds_ascii(text: str) -> bool:
    return any(character.isascii() for character in text)
