"""The one font of the documents, and the characters it can draw.

A character it lacks would leave a hole in a plain PDF, and keeps an archived one from being made.
"""

import re
import struct
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import BinaryIO

PACKAGE, FILE = "noto_cjk_sans_otc", "NotoSansCJK-Regular.ttc"
FAMILY = "Noto Sans CJK TC"
MISSING = "〓"  # what printers set for a character they do not have
# Marks that choose between shapes of the character before, or join or order what is beside them.
GUIDING = re.compile(
    "[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff\u00ad\U000e0100-\U000e01ef]"
)
CMAP = int.from_bytes(b"cmap", "big")
SUBTABLE = 12  # the format of a table of all of Unicode
ENCODINGS = {(3, 10), (0, 4), (0, 6)}


def path() -> Path:
    """Where the font lies."""
    with as_file(files(PACKAGE) / FILE) as found:  # a package is never zipped here
        return found


def drawable(text: str) -> tuple[str, frozenset[str]]:
    """The text with 〓 for every character the font lacks, and which these were."""
    text = GUIDING.sub("", text)
    if text.isascii():
        return text, frozenset()
    missing = frozenset(one for one in text if one != "\n" and not has(one))
    for one in missing:
        text = text.replace(one, MISSING)
    return text, missing


def has(character: str) -> bool:
    """Whether the font can draw this character."""
    starts, ends = _known()
    place = bisect_right(starts, ord(character)) - 1
    return place >= 0 and ord(character) <= ends[place]


@lru_cache(maxsize=1)
def _known() -> tuple[tuple[int, ...], tuple[int, ...]]:
    """First and last of each run of characters, in order."""
    with path().open("rb") as font:
        runs = sorted(_runs(font))
    return tuple(first for first, _ in runs), tuple(last for _, last in runs)


def _runs(font: BinaryIO) -> Iterator[tuple[int, int]]:
    """What the first font of the collection maps (OpenType: TTC header, `cmap`, format 12)."""
    (first,) = _at(font, 12, ">I")
    (count,) = _at(font, first + 4, ">H")
    tables = (_at(font, first + 12 + 16 * n, ">IIII") for n in range(count))
    start = next(offset for tag, _, offset, _ in tables if tag == CMAP)
    (maps,) = _at(font, start + 2, ">H")
    for n in range(maps):
        platform, encoding, offset = _at(font, start + 4 + 8 * n, ">HHI")
        if (platform, encoding) in ENCODINGS and _at(font, start + offset, ">H") == (SUBTABLE,):
            (groups,) = _at(font, start + offset + 12, ">I")
            for group in range(groups):
                low, high = _at(font, start + offset + 16 + 12 * group, ">II")
                yield low, high
            return
    raise ValueError(f"{FILE} maps no characters")


def _at(font: BinaryIO, offset: int, layout: str) -> tuple[int, ...]:
    font.seek(offset)
    return struct.unpack(layout, font.read(struct.calcsize(layout)))
