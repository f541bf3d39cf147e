"""Reports of one matter by two persons find each other; others do not.

Both files were written without knowing the rules. `seen.jsonl` was looked at while they were made,
`sealed.jsonl` never was. A wrong hit costs a citizen one question, a missed one the office a visit.
"""

import json
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import pytest

from complaints.intake import place_key
from complaints.nearby import Reported, is_same
from complaints.tables import Case

HERE = Path(__file__).parent / "reported"


class Count(NamedTuple):
    """Pairs of one matter that were found, of how many, and pairs of two that were."""

    found: int
    pairs: int
    wrong: int


def count(name: str) -> Count:
    """Every report put to every other one of the file."""
    lines = (HERE / name).read_text("utf-8").splitlines()
    told = list(_pairs([json.loads(line) for line in lines]))
    hits = [same for same, hit in told if hit]
    return Count(sum(hits), sum(same for same, _ in told), hits.count(False))


def _pairs(rows: list[dict[str, str]]) -> Iterator[tuple[bool, bool]]:
    for one, other in combinations(rows, 2):
        place = other["place"]
        case = Case(content=other["content"], place=place, place_key=place_key(place))
        hit = is_same(Reported(one["content"], one["place"]), case)
        yield one["matter"] == other["matter"], hit


@pytest.mark.parametrize(
    ("name", "found", "pairs", "wrong"), [("seen.jsonl", 82, 83, 8), ("sealed.jsonl", 20, 27, 2)]
)
def test_two_reports_of_one_matter_find_each_other(
    name: str, found: int, pairs: int, wrong: int
) -> None:
    got = count(name)
    assert got.pairs == pairs
    assert got.found >= found
    assert got.wrong <= wrong
