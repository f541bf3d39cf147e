"""The form in which texts are compared: Simplified, small letters, no punctuation. Pure.

Character by character, so that a place in the plain text always leads back to the place in what
the citizen typed, and so that both sides of a comparison come out the same whatever surrounds a
character. (OpenCC's phrase tables would be better Chinese and worse comparing.)
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from data.collation import VARIANTS, simplify

GAP = " "  # stands where punctuation or a space separated two clauses or words
BASIC = (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF)
# Where a clause of a message ends.
CLAUSE_END = re.compile("[,.!?;:~\u3001\u3002\u2026\uff0c\uff01\uff1f\uff1b\uff1a\uff5e\n]+")
SAME_WORDS = (("身份", "身分"),)


@dataclass(frozen=True)
class Plain:
    """A plain text with, for each of its characters, the place it came from."""

    text: str
    offsets: tuple[int, ...]


def plain(text: str) -> str:
    """The comparable form of a text; making it plain twice changes nothing; never raises."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    shown = "".join([piece if piece.isalnum() else _gap(piece) for piece in folded])
    return _same_words(GAP.join(shown.translate(_simplified()).split()))


def trace(text: str) -> Plain:
    """The plain text with offsets into the text: `text[offsets[i]]` gave character i."""
    characters: list[str] = []
    offsets: list[int] = []
    for place, character in enumerate(text):
        for piece in unicodedata.normalize("NFKC", character).casefold():
            shown = piece if piece.isalnum() else _gap(piece)
            if shown == GAP and (not characters or characters[-1] == GAP):
                continue
            characters += shown
            offsets += [place] * len(shown)
    if characters and characters[-1] == GAP:
        characters.pop()
        offsets.pop()
    return Plain(_same_words("".join(characters).translate(_simplified())), tuple(offsets))


def _gap(piece: str) -> str:
    """What a character that is no letter leaves: marks and invisible ones leave nothing."""
    invisible = unicodedata.category(piece) in {"Mn", "Me", "Cf", "Cc"} and not piece.isspace()
    return "" if invisible else GAP


def _same_words(text: str) -> str:
    for written, meant in SAME_WORDS:
        text = text.replace(written, meant)  # of equal length, so that offsets stay right
    return text


@cache
def _simplified() -> dict[int, str]:
    """Each Traditional or variant character and its Simplified one."""
    characters = [chr(code) for first, last in BASIC for code in range(first, last + 1)]
    variants = "".join(characters).translate(VARIANTS)
    converted = simplify("\n".join(variants)).split("\n")
    pairs = zip(characters, converted, strict=True)
    table = {one: other for one, other in pairs if one != other and len(other) == 1}
    # A few characters lead to one that itself leads on: made plain twice, nothing may change.
    return {ord(one): table.get(other, other) for one, other in table.items()}
