"""What a message says: its words, which clauses of it ask, and what is denied. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from faq.language.lexicon import WITH
from faq.language.plain import CLAUSE_END, plain
from faq.language.words import Words
from faq.understanding.mending import Mender

LONGEST_READ = 1_500  # characters; of a longer message the beginning and the end
STORY_CLAUSES = 3  # from here some clauses only tell
STORY_LENGTH = 30
ASKING = re.compile(
    "吗|嘛|呢$|怎|如何|多少|多久|哪|什么|甚么|啥|谁|几|是否|可不可以|能不能|要不要|是不是|有没有|会不会"
    "|可以|能否|行不行|该|想问|请问|想知道|想办|想要|需要|要带|how|what|where|when|can|who|which"
)
DENIAL = re.compile(
    "(?<![是要想能可会])(?:我|但|但是|可是|又|并|也)*(?:不是|并非|不要|不想|没有要|没要|不问|没有想|非)"
    "(?:要|想|问|说|在问|在说|指|去|来)*"
)
LACK = re.compile("没有|不(?=换|改|补|领|办|续|退|迁|申请)")  # denies only when a turn follows
LEFT_ALONE = re.compile("(?:不动|不变|不用改|不改|没变|没问题|照旧|不用换)$")
DONE = re.compile("已经|早就|都知道|我知道|我会$|好了|完了|过了|过(?!期|世|户|继|敏|年|去)")
TURN = re.compile("而是|我是|我要|我想|只是|只要|只想|只问|想要|要的是|问的是|改成|是|要|想")
OPENS_TURN = re.compile("而|是|我是|我要|我想|我问|只|要|想|就是|应该|现在|接下来|那|重点|问")
WANTS = re.compile("要|想|是|问|办|请")
CONDITION = re.compile("如果|若|因为|虽然|这种|那种|像我")
LONGEST_CONTRAST = 45  # characters; a story with 不是 in it seldom is a contrast
ASIDE = 12  # characters; a longer clause after the question is no mere aside
DENIED = 0.25  # what a word counts that is denied: it still tells the field
PAST = 0.5  # what a word counts that tells what was done already


@dataclass(frozen=True)
class Word:
    """A word of a message: how much it counts and whether it stands in a clause that asks."""

    text: str
    counts: float = 1.0
    asks: bool = True
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """A message as it is compared: the words that matter and those denied."""

    plain: str
    words: tuple[Word, ...]
    denied: tuple[str, ...] = ()
    aspects: frozenset[str] = frozenset()

    @property
    def subject(self) -> str:
        """The words that matter, joined."""
        return "".join(word.text for word in self.words)


def read_wording(text: str, words: Words) -> Reading:
    """Read one wording of an entry, which is taken as it stands."""
    whole = plain(text)
    cut = words.cut(whole)
    matter = _matter(cut, 1.0, words)
    return Reading(whole, tuple(matter), aspects=_asked(cut, words))


def read(text: str, words: Words, mender: Mender | None = None) -> Reading:
    """Read what a citizen typed."""
    short = shorten(text)
    clauses = [found for part in CLAUSE_END.split(short) if (found := plain(part))]
    matter: list[Word] = []
    denied: list[str] = []
    aspects: set[str] = set()
    for pieces, asks in zip(set_apart(clauses), which_ask(clauses), strict=True):
        for piece, counts in pieces:
            said = _cut(piece, words, mender)
            these = _matter(said, counts, words, asks=asks)
            matter += these
            if counts == DENIED:
                denied += [word.text for word in these]
            elif asks:
                aspects |= _asked(said, words)
    kept = {word.text for word in matter if word.counts > DENIED}
    return Reading(
        plain(short),
        tuple(_with_scenes(matter, words)),
        tuple(word for word in denied if word not in kept),
        frozenset(aspects),
    )


def _with_scenes(matter: Sequence[Word], words: Words) -> list[Word]:
    """The words, each with the scenes it is part of."""
    scenes = words.scenes(" ".join(word.text for word in matter))
    if not scenes:
        return list(matter)
    return [
        replace(word, phrases=(*word.phrases, *found)) if found else word
        for word in matter
        for found in [[WITH.join(s) for s in scenes if _holds_piece(word.text, s)]]
    ]


def _holds_piece(word: str, scene: Sequence[str]) -> bool:
    return any(piece in word or word in piece for piece in scene)


def shorten(text: str) -> str:
    """At most 1,500 characters: people put the question at the beginning or at the end."""
    if len(text) <= LONGEST_READ:
        return text
    half = LONGEST_READ // 2 - 1
    return f"{text[:half]}\n{text[-half:]}"


def which_ask(clauses: Sequence[str]) -> list[bool]:
    """In a story only some clauses ask, and the last one always; else all do."""
    if len(clauses) < STORY_CLAUSES or sum(map(len, clauses)) < STORY_LENGTH:
        return [True] * len(clauses)
    last = len(clauses) - 1
    return [bool(ASKING.search(text)) or at == last for at, text in enumerate(clauses)]


def set_apart(texts: Sequence[str]) -> list[list[tuple[str, float]]]:
    """Each clause in pieces with what they count: 「不是A，是B」 is about B.

    不是本人可以辦嗎 says a condition and denies nothing: a denial needs something meant instead.
    """
    if sum(map(len, texts)) > LONGEST_CONTRAST:
        return [[(text, 1.0)] for text in texts]
    return [_part(texts, place) for place in range(len(texts))]


def _part(texts: Sequence[str], place: int) -> list[tuple[str, float]]:
    text = texts[place]
    following = texts[place + 1] if place + 1 < len(texts) else ""
    turns = bool(following and OPENS_TURN.match(following))
    if turns and LEFT_ALONE.search(text):
        return [(text, DENIED)]
    found = DENIAL.search(text)
    if found is not None:
        return _denied(texts, place, found, turns)
    if turns and (lack := LACK.search(text)):
        return [(text[: lack.start()], 1.0), (text[lack.end() :], DENIED)]
    if turns and DONE.search(text):
        return [(text, PAST)]
    return [(text, 1.0)]


def _denied(
    texts: Sequence[str], place: int, found: re.Match[str], turns: bool
) -> list[tuple[str, float]]:
    """The clause in which a denial was found."""
    text = texts[place]
    before, after = text[: found.start()], text[found.end() :]
    turn = TURN.search(after, 1)
    if turn and len(after[turn.end() :]) > 1 and not DENIAL.search(after):
        return [(before, 1.0), (after[: turn.start()], DENIED), (after[turn.end() :], 1.0)]
    is_aside = len(after) <= ASIDE and not ASKING.search(after)
    answers = len(before) > 2 and WANTS.search(before) and not CONDITION.search(before)
    adds = not before and place and WANTS.search("".join(texts[:place]))
    if (turns and not CONDITION.search(before)) or (is_aside and (answers or adds)):
        return [(before, 1.0), (after, DENIED)]
    return [(text, 1.0)]


def _cut(text: str, words: Words, mender: Mender | None) -> list[str]:
    cut = words.cut(text)
    if mender is None:
        return cut
    phrases = words.phrases(cut)
    weak = [not p and _is_weak(word, words, mender) for word, p in zip(cut, phrases, strict=True)]
    if not any(weak):
        return cut
    mended = mender.mend(cut, weak)
    return words.cut(mended) if mended != "".join(cut) else cut


def _is_weak(word: str, words: Words, mender: Mender) -> bool:
    if word in mender.known or word.isascii():
        return False
    if words.says_nothing(word):
        return False
    return not words.is_word(word)


def _matter(cut: Sequence[str], counts: float, words: Words, *, asks: bool = True) -> list[Word]:
    return [
        Word(word, counts, asks, phrases)
        for word, phrases in zip(cut, words.phrases(cut), strict=True)
        if not words.says_nothing(word)
    ]


def _asked(cut: Sequence[str], words: Words) -> frozenset[str]:
    return frozenset(aspect for word in cut for aspect in words.aspects(word))
