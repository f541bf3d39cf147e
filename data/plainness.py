"""Whether a text for citizens is plain: words of documents, and sentences too long to follow.

What is found is a hint to the writer, never a ground to hold a text back.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

SENTENCE = re.compile(r"[^。！？!?；;\n]+")
CHINESE = re.compile(r"[^\x00-\x7f]")
LONGEST = 80  # Chinese characters of a sentence that is still followed at one reading
VARIANTS = str.maketrans("台鑑覆", "臺鑒復")


@dataclass(frozen=True)
class Heavy:
    """A word of documents as it stands in the text, and what people say."""

    word: str
    plainer: str


@dataclass(frozen=True)
class Plainness:
    """What makes a text hard to read; both empty where nothing does."""

    heavy: tuple[Heavy, ...] = ()
    long: tuple[str, ...] = ()


def read(text: str) -> Plainness:
    """The words of documents in a text, each once, and sentences of more than 80 of its characters.

    Letters and figures do not count: a sentence in English is not looked at.
    """
    found = dict.fromkeys(_heavy(text))
    return Plainness(tuple(found), tuple(_long(text)))


def _heavy(text: str) -> Iterator[Heavy]:
    words, pattern = _listed()
    for found in pattern.finditer(text.translate(VARIANTS)):
        if plainer := words[found[0]]:
            yield Heavy(text[found.start() : found.end()], plainer)


def _long(text: str) -> Iterator[str]:
    for found in SENTENCE.finditer(text):
        sentence = found[0].strip()
        if len(CHINESE.findall(sentence)) > LONGEST:
            yield sentence


@cache
def _listed() -> tuple[Mapping[str, str], re.Pattern[str]]:
    """Each word with what is said instead ("": nothing is found there), the longest read first."""
    words: dict[str, str] = {}
    for line in (files("data") / "rules" / "plain.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            heavy, _, plainer = line.partition("=")
            words |= {one.strip().translate(VARIANTS): plainer.strip() for one in heavy.split(",")}
    longest_first = sorted(words, key=len, reverse=True)
    return words, re.compile("|".join(map(re.escape, longest_first)))
