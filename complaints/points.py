"""A complaint in numbered points, so that each can be confirmed, corrected and answered."""

import re
from collections.abc import Sequence

MOST_POINTS = 9
SHORTEST = 4  # characters; a shorter piece belongs to the one before it
CIRCLED = "①②③④⑤⑥⑦⑧⑨"
SENTENCE = re.compile(r"[。！？!?；;\n]+")
CLAUSE = re.compile(r"[，,、\s]+")
NUMBERED = re.compile(
    rf"^\s*(?:[{CIRCLED}]|\d{{1,2}}\s*[.、)）:：]|[一二三四五六七八九]\s*[、.])\s*"
)
CORRECTION = re.compile(
    r"不是(?P<wrong>[^,，。]{1,20}?)[,，]?\s*(?:而)?是(?P<right>[^,，。]{1,40})"
)
CLAUSE_SPLIT_OVER = 60  # a longer sentence is a run of clauses and is cut at its commas


def split_points(text: str) -> list[str]:
    """Split a complaint into at most nine points, in order and without losing a word."""
    pieces = [piece for line in SENTENCE.split(text) for piece in _clauses(line.strip())]
    points: list[str] = []
    for piece in pieces:
        plain = NUMBERED.sub("", piece).strip()
        if points and len(plain) < SHORTEST:
            points[-1] = f"{points[-1]}，{plain}" if plain else points[-1]
        elif plain:
            points.append(plain)
    return _fold_rest(points)


def correct_point(points: Sequence[str], number: int, said: str) -> list[str] | None:
    """Apply a citizen's correction to a point: 「不是甲是乙」 replaces, anything else restates.

    Returns None when there is no such point.
    """
    if not 1 <= number <= len(points):
        return None
    corrected = list(points)
    change = CORRECTION.search(said)
    if change and change["wrong"] in corrected[number - 1]:
        point = corrected[number - 1].replace(change["wrong"], change["right"], 1)
        corrected[number - 1] = point
    else:
        corrected[number - 1] = said.strip()
    return corrected


def numbered(points: Sequence[str]) -> str:
    """The points as lines, each with its circled number."""
    return "\n".join(f"{CIRCLED[n]} {point}" for n, point in enumerate(points))


def _clauses(line: str) -> list[str]:
    if len(line) <= CLAUSE_SPLIT_OVER:
        return [line] if line else []
    parts: list[str] = []
    for clause in CLAUSE.split(line):
        if parts and len(parts[-1]) + len(clause) < CLAUSE_SPLIT_OVER:
            parts[-1] = f"{parts[-1]}，{clause}"
        else:
            parts.append(clause)
    return parts


def _fold_rest(points: list[str]) -> list[str]:
    if len(points) <= MOST_POINTS:
        return points
    return [*points[: MOST_POINTS - 1], "；".join(points[MOST_POINTS - 1 :])]
