"""Cutting plain text into words with jieba and the office's own words."""

import logging
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from uuid import uuid4

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
OWN_FREQUENCY = 20_000
COMMON = 50  # times a word of jieba's corpus must occur
SHORTEST_PHRASE = 4  # characters; shorter wordings are words


def load(
    fingerprint: str, cache: Path, whole: Iterable[str], wordings: Callable[[], Iterable[str]]
) -> jieba.Tokenizer:
    """A tokenizer of jieba's common words and our own, kept in the cache by a fingerprint.

    Words of `whole` are never cut apart; wordings that are phrases of known words are.

    Rare words of jieba's would only be names and terms no entry holds, and cost time and memory.
    """
    dictionary = cache / f"words-{fingerprint}.txt"
    if not dictionary.exists():
        _write(dictionary, whole, wordings())
    tokenizer = jieba.Tokenizer(str(dictionary))
    tokenizer.tmp_dir = str(cache)  # else it writes to the machine's shared temp folder
    tokenizer.initialize()
    return tokenizer


def _write(dictionary: Path, whole: Iterable[str], own: Iterable[str]) -> None:
    known = _common() | {word: OWN_FREQUENCY for word in whole if not word.isascii()}
    for word in sorted(set(own), key=lambda word: (len(word), word)):
        if not word.isascii() and (len(word) < SHORTEST_PHRASE or not _is_phrase(word, known)):
            known[word] = OWN_FREQUENCY
    dictionary.parent.mkdir(parents=True, exist_ok=True)
    partial = dictionary.with_suffix(f".{uuid4().hex}")
    lines = (f"{word} {frequency}" for word, frequency in known.items())
    partial.write_text("\n".join(lines), encoding="utf-8")
    partial.replace(dictionary)  # whole or not at all, whoever else starts at the same moment


def _common() -> dict[str, int]:
    with jieba.Tokenizer().get_dict_file() as source:
        rows = [line.split(" ") for line in source.read().decode().splitlines()]
    pairs = ((word, int(frequency)) for word, frequency, _ in rows)
    return {word: count for word, count in pairs if len(word) == 1 or count >= COMMON}


def _is_phrase(word: str, known: dict[str, int]) -> bool:
    """Whether a wording is made of known words: then it is cut, and known as a phrase."""
    fits = [True] + [False] * len(word)
    for end in range(2, len(word) + 1):
        fits[end] = any(fits[start] and word[start:end] in known for start in range(end - 1))
    return fits[-1]
