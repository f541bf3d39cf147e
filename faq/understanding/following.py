"""Questions that lean on the one before, and messages that hold several. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence

from faq.language.plain import plain
from faq.language.words import Words
from faq.understanding.reading import ASKING, Reading, Word, read

LONGEST_FOLLOW_UP = 20  # characters; whoever writes more names the matter
LONGEST_SPLIT = 200  # characters; more is a story, not a list of questions
SHORTEST_PART = 4
MOST_PARTS = 5  # whoever asks more at once is read as a whole
MARKS = re.compile("[?\uff1f\u3002!\uff01;\uff1b\n]+")
BESIDES = re.compile(
    "(?:[,\uff0c\u3001]\\s*)?"
    "(?:順便(?:問一下|問|請問)?|顺便问?|另外(?:想問|請問)?|還有(?:就是)?|還想問|还有|also,? )"
)
DOING = ("申请",)  # what 辦 and 申請 mean: done with any matter, and none itself
# The field of an entry that answers each aspect.
FIELDS: Mapping[str, str] = {
    "documents": "documents",
    "fee": "fee",
    "amount": "fee",
    "duration": "time_limit",
    "deadline": "time_limit",
    "penalty": "time_limit",
    "validity": "time_limit",
    "place": "where",
    "who": "who",
    "eligibility": "who",
    "persons": "who",
    "online": "online",
    "remote": "online",
    "law": "legal_basis",
    "contact": "section",
}


def fields_asked(text: str, words: Words) -> tuple[str, ...]:
    """Which fields of the entry before a message asks for; none when it names a matter itself.

    那要帶什麼 asks for the documents, 可以叫我媽去嗎 for who may apply.
    """
    if not plain(text) or len(plain(text)) > LONGEST_FOLLOW_UP:
        return ()
    reading = read(text, words)
    aspects = {*reading.aspects, *(a for word in reading.words for a in _asked_by(word, words))}
    if not aspects or _names_a_matter(reading, words):
        return ()
    found = {FIELDS[aspect]: None for aspect in sorted(aspects, key=_order) if aspect in FIELDS}
    return tuple(found)


def situation(text: str, labels: Sequence[str], words: Words) -> int | None:
    """Which of an entry's situations a question names (媽媽幫我辦 → 委託代辦), if just one.

    What all labels share tells nothing apart.
    """
    each = [_meanings(label, words) for label in labels]
    shared = set.intersection(*each) if each else set()
    for hints in (False, True):
        said = _meanings(text, words, hints=hints)
        counts = [len(said & (one - shared)) for one in each]
        best = max(counts, default=0)
        if best:
            return counts.index(best) if counts.count(best) == 1 else None
    return None


def _meanings(text: str, words: Words, *, hints: bool = False) -> set[str]:
    """What the words of a text mean; with hints, also what they suggest."""
    cut = words.cut(plain(text))
    return {name for word in cut for name, s in words.keys(word) if hints or s == 1.0}


def sentences(text: str) -> list[str]:
    """The sentences of a message, as they stand."""
    return [piece for piece in MARKS.split(text) if plain(piece)]


def split(text: str) -> tuple[str, ...]:
    """The questions a message seems to hold; the message itself when there is one.

    Sentences that only tell are no questions; what stands beside 順便問 is one as it is.
    """
    if len(text) > LONGEST_SPLIT:
        return (text,)
    parts = _long_enough(BESIDES.split(text))
    if len(parts) < 2:
        pieces = sentences(text)
        if len(pieces) > 1 and len({*pieces}) == 1:
            return (pieces[0],)  # one question, written again and again
        parts = [part for part in _long_enough(pieces) if ASKING.search(plain(part))]
    return tuple(parts) if 2 <= len(parts) <= MOST_PARTS else (text,)


def _long_enough(parts: Iterable[str]) -> list[str]:
    """The parts that may be questions, each once."""
    stripped = dict.fromkeys(part.strip(" ,，、?？。") for part in parts)
    return [part for part in stripped if len(plain(part)) >= SHORTEST_PART]


def _names_a_matter(reading: Reading, words: Words) -> bool:
    """Whether anything is left beside aspects, persons and small words."""
    left = (word for word in reading.words if not _asked_by(word, words))
    return any(
        words.is_known(one.text) and words.meanings.same.get(one.text) != DOING for one in left
    )


def _asked_by(word: Word, words: Words) -> tuple[str, ...]:
    """What a word asks for, by itself or in a phrase (電話多少)."""
    return tuple(a for text in (word.text, *word.phrases) for a in words.aspects(text))


def _order(aspect: str) -> int:
    order: Iterable[str] = FIELDS
    return list(order).index(aspect) if aspect in FIELDS else len(FIELDS)
