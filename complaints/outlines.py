"""An answer in numbered paragraphs, one for each point: begun for the officer, and read back.

Whether an answer so written leaves a point out is no guess: its paragraph is there or it is not.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from complaints.templates import BLANK
from data.collation import fold
from data.numerals import value

NUMERALS = "一二三四五六七八九"
ONE = f"{NUMERALS}1-9"
LONGEST_QUOTE = 24  # characters of a point in the heading of its paragraph
CUT = "…"
NO_MARKS = str.maketrans("", "", "「」〔〕")  # they would end the quotation, or stand for a blank
LABEL = re.compile(
    rf"^[^\S\n]*(?:(?P<circled>[①-⑨])|[(（](?P<bracketed>[{ONE}])[)）]|(?P<plain>[{ONE}])[、.．](?!\d)"
    rf"|第\s*(?P<point>[{ONE}])\s*點[，,：:、]?)[^\S\n]*",
    re.MULTILINE,
)
HEADING = re.compile(
    r"(?:有關|關於)?(?:您[反所提][映說到的]{1,2})?「(?P<quote>[^「」]*)」[：:，,]?"
)
GAP = re.compile(r"[^\S\n]*\n[^\S\n]*\n")


@dataclass(frozen=True)
class Paragraph:
    """What an answer says under a number; `quote` is the point as its heading names it."""

    quote: str
    body: str


def outline(points: Sequence[str], section: str) -> str | None:
    """The beginning of an answer: a numbered paragraph for each point, with 〔〕 to fill in.

    None for a single point, which needs no numbers, and for more points than there are numbers.
    """
    if not 2 <= len(points) <= len(NUMERALS):
        return None
    lines = [
        f"{NUMERALS[at]}、有關「{_quoted(point)}」：〔第 {at + 1} 點的答復〕"
        for at, point in enumerate(points)
    ]
    return "\n".join([*lines, "", f"如有疑問，請洽{section}〔承辦人與電話〕。"])


def paragraphs(text: str, points: Sequence[str]) -> dict[int, Paragraph] | None:
    """The paragraph of each point that has one, by the point's number.

    None where the answer is not numbered as the points are: its last number is another one and its
    headings do not name them.
    """
    found = [*LABEL.finditer(text)]
    numbers = [_number(one) for one in found]
    if len(points) < 2 or not found or numbers != sorted(set(numbers)):
        return None
    ends = [*(one.start() for one in found[1:]), len(text)]
    read = {
        number: _paragraph(text[label.end() : end], last=end == len(text))
        for number, label, end in zip(numbers, found, ends, strict=True)
    }
    if numbers[-1] == len(points) or _name(read, points):
        return read
    return None


def answers(text: str, points: Sequence[str]) -> list[str | None]:
    """What the answer says to each point, in their order; None where it cannot be told apart."""
    read = paragraphs(text, points) or {}
    bodies = (read[n].body if n in read else "" for n in range(1, len(points) + 1))
    return [body or None for body in bodies]


def _name(read: dict[int, Paragraph], points: Sequence[str]) -> bool:
    """Whether every heading quotes the point of its number."""
    return all(
        number <= len(points)
        and bool(one.quote)
        and fold(points[number - 1]).startswith(fold(one.quote))
        for number, one in read.items()
    )


def _quoted(point: str) -> str:
    plain = " ".join(point.translate(NO_MARKS).split())
    return plain if len(plain) <= LONGEST_QUOTE else plain[:LONGEST_QUOTE] + CUT


def _number(label: re.Match[str]) -> int:
    if label["circled"]:
        return ord(label["circled"]) - ord("①") + 1
    return value(label["bracketed"] or label["plain"] or label["point"])


def _paragraph(text: str, *, last: bool) -> Paragraph:
    heading = HEADING.match(text)
    rest = BLANK.sub("", text[heading.end() :] if heading else text)
    if last:  # what follows after an empty line closes the letter
        rest = GAP.split(rest, maxsplit=1)[0] if rest.strip() else ""
    return Paragraph(heading["quote"].rstrip(CUT) if heading else "", rest.strip())
