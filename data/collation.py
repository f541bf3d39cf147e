"""Which texts count as the same: the office's collation for matching and search."""

import re
import unicodedata
from functools import cache

from opencc import OpenCC

# What people write for the same character or word. The law writes 身分證 and 臺; OpenCC would
# turn them into other forms, so these pairs come first and are the office's own.
VARIANTS = str.maketrans({"台": "臺", "污": "汙", "着": "著", "峯": "峰", "裏": "裡", "双": "雙"})
SAME_WORDS = (("身份", "身分"), ("身分証", "身分證"))
NOT_TEXT = re.compile(r"[\W_]+")


def normalize(text: str) -> str:
    """Bring width, case, spacing and variant characters to one form; keep the punctuation."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(VARIANTS)
    for written, meant in SAME_WORDS:
        plain = plain.replace(written, meant)
    return re.sub(r"\s+", " ", plain).strip()


def fold(text: str) -> str:
    """Reduce a text to what counts when two texts are compared; folding twice changes nothing.

    The result is Simplified (jieba knows no Traditional) and has neither space nor punctuation.
    """
    return NOT_TEXT.sub("", simplify(normalize(text))).replace("身份", "身分")


def simplify(text: str) -> str:
    """The Simplified copy of a text, for tools that read only that."""
    return str(_converter().convert(text))


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")
