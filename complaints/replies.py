"""Reading a reply before it leaves: is every point answered, is every promise dated."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from data.collation import fold

SENTENCE = re.compile(r"[。！？!?；;\n]+")
FUTURE = re.compile(
    r"近期|儘速|儘快|盡速|盡快|即將|預計|預定|將(?:於|會|在|再|派|請|儘|盡|安排|辦理|改善|施作|完成)"
    r"|會(?:再|派|請|安排)|研議|納入.{0,6}計畫|列入.{0,8}計畫|擬於|後續"
)
DAY = re.compile(
    r"\d{1,4}\s*[年/.-]\s*\d{1,2}\s*(?:[月/.-]\s*\d{1,2}\s*日?|月)|\d{1,2}\s*[月/]\s*\d{1,2}\s*[日號]?"
    r"|\d{1,2}月(?:底|初|中|中旬|上旬|下旬)|[一二三四五六七八九十]{1,3}月"
)
BASIS = re.compile(r"第\s*[\d一二三四五六七八九十百之-]+\s*條|要點|辦法|規定|條例|法令")
CONTACT = re.compile(r"分機|電話|聯絡|洽|\d{2,4}-\d{3,4}-?\d{3,4}")
COVERED = 0.34  # share of a point's telling pairs of characters that a reply must hold
PLAIN = frozenset(
    "的了是在有不我你您他她也都就要會很到說去能和與及或這那個們嗎呢啊吧沒又還把被讓給"
)


@dataclass(frozen=True)
class Findings:
    """What a reply lacks: numbers of points without an answer, promises without a day."""

    unanswered: tuple[int, ...] = ()
    undated: tuple[str, ...] = ()
    dated: tuple[str, ...] = ()
    lacks_basis: bool = False
    lacks_contact: bool = False


def check(
    text: str,
    points: Sequence[str],
    *,
    answered: Collection[int] = (),
    pledged: Collection[str] = (),
) -> Findings:
    """Read a reply against the points of the complaint.

    `answered` are numbers the writer vouches for; `pledged` are promises that carry their day
    beside the text.
    """
    promises = [one for one in sentences(text) if FUTURE.search(one)]
    undated = [one for one in promises if not DAY.search(one) and not _pledged(one, pledged)]
    return Findings(
        unanswered=tuple(n for n in unanswered(text, points) if n not in set(answered)),
        undated=tuple(undated),
        dated=tuple(one for one in promises if DAY.search(one)),
        lacks_basis=not BASIS.search(text),
        lacks_contact=not CONTACT.search(text),
    )


def unanswered(text: str, points: Sequence[str]) -> list[int]:
    """The numbers (from 1) of the points a reply does not touch."""
    said = fold(text)
    return [n for n, point in enumerate(points, 1) if _covered(fold(str(point)), said) < COVERED]


def sentences(text: str) -> list[str]:
    """The sentences of a text, without their marks."""
    return [one.strip() for one in SENTENCE.split(text) if one.strip()]


def _covered(point: str, said: str) -> float:
    telling = [char for char in point if char not in PLAIN]
    return sum(char in said for char in telling) / len(telling) if telling else 1.0


def _pledged(sentence: str, pledged: Collection[str]) -> bool:
    plain = fold(sentence)
    return any(fold(one) in plain or plain in fold(one) for one in pledged if one.strip())
