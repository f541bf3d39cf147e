"""An exam is drawn again by its seed, and what differs is told."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select
from typer.testing import CliRunner

from admin_api.exams import draw
from app.cli import app
from complaints.measuring import exams
from complaints.measuring.exams import PaperKind, Question
from complaints.measuring.tables import Paper
from data.database import reading, transaction
from faq.keeping.tables import Asked
from tests.databases import KEYRING
from tests.faq.entries import make_asked
from tests.makers import NOON, answer_case, make_case, make_officer

Run = Callable[..., Any]  # a result of the command runner: exit_code, stdout, stderr


@pytest.fixture
def run(engine: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `python -m app exam …` after an exam of November with the seed 7 was set."""
    with transaction(engine) as tx:
        head = make_officer(tx, "head", "director")
        for _ in range(9):
            make_asked(tx)
        for _ in range(4):
            answer_case(tx, make_case(tx, section="民政課"), head)
        drawn = draw(tx, "2026-11", 7, 5, 2)
        asked = [Question(one.id, {}) for one in drawn.questions]
        exams.set_exam(tx, "2026-11", 7, asked, drawn.replies, by=head, now=NOON)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("SEALING_KEYS", KEYRING.as_text())
    return lambda *given: CliRunner().invoke(app, ["exam", *given])


def test_the_same_seed_draws_the_same(run: Run, engine: Engine) -> None:
    done = run("2026-11", "--seed", "7")
    assert done.exit_code == 0, done.output
    assert "相同" in done.stdout
    questions, replies = (
        [int(one) for one in line.partition("：")[2].split()]
        for line in done.stdout.splitlines()[:2]
    )
    with reading(engine) as tx:
        papers = tx.execute(select(Paper.kind, Paper.source_id)).all()
    assert sorted(questions) == sorted(one for kind, one in papers if kind == PaperKind.QUESTION)
    assert sorted(replies) == sorted(one for kind, one in papers if kind == PaperKind.REPLY)
    assert (len(questions), len(replies)) == (5, 2)


def test_another_seed_or_a_row_gone_is_told(run: Run, engine: Engine) -> None:
    other = run("2026-11", "--seed", "8")
    assert (other.exit_code, "不同" in other.stderr) == (1, True)
    with transaction(engine) as tx:
        number = tx.scalars(select(Paper.source_id).where(Paper.kind == "question")).first()
        tx.execute(delete(Asked).where(Asked.id == number))
    assert run("2026-11", "--seed", "7").exit_code == 1


def test_seeds_are_not_tried_before_the_exam_is_set(run: Run) -> None:
    done = run("2026-10", "--seed", "7")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "還沒有抽題" in done.stderr
