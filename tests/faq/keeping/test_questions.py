"""How well the shipped entries answer real questions, written without looking at their aliases."""

import csv
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from faq.keeping.answering import answer
from faq.keeping.exchange import shipped
from faq.keeping.index import Index
from faq.understanding.judging import Verdict
from tests.makers import NOON

QUESTIONS = list(
    csv.DictReader((Path(__file__).parents[1] / "questions.csv").read_text("utf-8").splitlines())
)
ANSWERABLE = [row for row in QUESTIONS if row["expected"]]
FOREIGN = [row for row in QUESTIONS if not row["expected"]]


def outcome(tx: Session, row: dict[str, str], index: Index) -> str:
    found = answer(tx, row["question"], asker="test", index=index, now=NOON)
    shown = [card.id for card in found.cards]
    if found.verdict is Verdict.SURE:
        return "right alone" if shown == [row["expected"]] else "wrong alone"
    if row["expected"] in shown:
        return "among the choices"
    return "wrong choices" if shown else "unknown"


def test_the_table_is_broad_enough() -> None:
    known = {entry_id for entry_id, _ in shipped()}
    assert {row["expected"] for row in ANSWERABLE} <= known
    assert len({row["question"] for row in QUESTIONS}) == len(QUESTIONS) >= 80
    assert len(FOREIGN) >= 15


def test_the_shares_of_right_and_wrong_answers(
    tx: Session, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    answered = Counter(outcome(tx, row, index) for row in ANSWERABLE)
    foreign = Counter(outcome(tx, row, index) for row in FOREIGN)
    with capsys.disabled():
        print(f"\n{len(ANSWERABLE)} questions: {dict(answered)}")
        print(f"{len(FOREIGN)} that no entry answers: {dict(foreign)}")
    right = answered["right alone"] + answered["among the choices"]
    assert right / len(ANSWERABLE) >= 0.76
    assert answered["right alone"] / len(ANSWERABLE) >= 0.43
    assert answered["wrong alone"] / len(ANSWERABLE) <= 0.02
    assert foreign["wrong alone"] / len(FOREIGN) <= 0.05
    assert foreign["unknown"] / len(FOREIGN) >= 0.55
