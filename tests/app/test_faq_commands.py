"""The commands about entries: evaluate and lint."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine
from typer.testing import CliRunner

from app import faq_commands
from data.database import transaction
from faq.keeping import editing, exchange
from tests.faq.entries import SMALL, keep_only_small, make_content
from tests.makers import NOON

Done = Any  # a result of the command runner: exit_code, stdout, stderr
Run = Callable[..., Done]
TODAY = datetime.now(UTC).date()


@pytest.fixture
def run(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `python -m app faq …`."""
    (tmp_path / "cache").symlink_to(cache)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/office.db")
    return lambda *given: CliRunner().invoke(faq_commands.faq, [str(one) for one in given])


def entry(**given: Any) -> dict[str, Any]:
    """An entry of a file with nothing to find, but for what is given."""
    usual: dict[str, Any] = {
        "id": "id-card-lost",
        "category": "身分證",
        "label": "補領身分證",
        "question": "身分證遺失了要怎麼補領？",
        "aliases": ["身分證不見了", "身分證掉了", "身分證被偷", "補辦身分證"],
        "answer": "請本人到任一戶政事務所辦理。",
        "source": "內政部",
        "checked_on": TODAY - timedelta(days=2),
        "section": "登記課",
    }
    return usual | given


def written(path: Path, *entries: dict[str, Any]) -> Path:
    path.write_text(yaml.safe_dump(list(entries), allow_unicode=True), encoding="utf-8")
    return path


@pytest.fixture
def kb(tmp_path: Path) -> Path:
    return tmp_path / "kb.yaml"


# --- lint -----------------------------------------------------------------------------------
def contradicting() -> list[dict[str, Any]]:
    """Two entries with an error and a note: other fees under one article, one wording in both."""
    fee = {"legal_basis": "戶籍法第60條"}
    other = {
        "id": "book-lost",
        "label": "補領戶口名簿",
        "question": "戶口名簿遺失了要怎麼補領？",
        "aliases": ["名簿不見了", "名簿掉了", "名簿被偷", "身分證不見了"],
    }
    mine = entry(**fee, fee="身分證 50 元")
    return [mine, entry(**fee, **other, fee="身分證 200 元", office_confirms=["費用"])]


def test_what_is_found_is_grouped_counted_and_an_error_fails(run: Run, kb: Path) -> None:
    done = run("lint", "--kb", written(kb, *contradicting()))
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    assert lines[0] == "錯誤 errors（1）"
    assert lines[1].startswith("  contradiction id-card-lost ↔ book-lost  同樣依戶籍法第60條")
    assert "提醒 notes（2）" in lines
    assert lines.index("提醒 notes（2）") > 1
    assert lines[-1] == (
        "共 2 題：錯誤 1、警告 0、提醒 2 / 2 entries: 1 errors, 0 warnings, 2 notes"
    )


def test_a_warning_fails_only_when_strict_and_a_note_never(run: Run, kb: Path) -> None:
    written(kb, entry(review_on=TODAY - timedelta(days=9)))
    assert run("lint", "--kb", kb).exit_code == 0
    assert run("lint", "--kb", kb, "--strict").exit_code == 1
    written(kb, entry(office_confirms=["費用"]))
    assert run("lint", "--kb", kb, "--strict").exit_code == 0


def test_what_is_found_can_be_read_by_a_program(run: Run, kb: Path) -> None:
    done = run("lint", "--json", "--kb", written(kb, *contradicting()))
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert told["entries"] == 2
    assert told["counts"]["contradiction"] == 1
    assert told["counts"]["dead_link"] == 0
    first = told["findings"][0]
    assert (first["rule"], first["severity"]) == ("contradiction", "error")
    assert (first["entry_id"], first["other_id"]) == ("id-card-lost", "book-lost")


def test_addresses_are_asked_only_when_told_to(run: Run, kb: Path) -> None:
    written(kb, entry(online="http://x:port/"))  # no address at all: nobody is asked
    assert "dead_link" not in run("lint", "--kb", kb).stdout
    assert "dead_link" in run("lint", "--kb", kb, "--links").stdout


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("- id: a\n  label: [\n- id: b\n", 3),
        ("- id: '甲'\n  label: \"\0\"\n", 2),
        ("- id: !!python/name:os.system\n", 1),
        ("id: test\n", 1),
        ("", 1),
    ],
)
def test_a_broken_file_is_named_with_its_line(run: Run, kb: Path, text: str, line: int) -> None:
    kb.write_text(text, encoding="utf-8")
    done = run("lint", "--kb", kb)
    assert done.exit_code == 2
    assert f"{kb}:{line}: " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ("  checked_on: 2024-13-31", "month"),
        ("  checked_on: soon", "second.checked_on"),
        ("  fees: 30", "second.fees"),
    ],
)
def test_an_entry_that_is_refused_is_named_with_its_line(
    run: Run, kb: Path, wrong: str, named: str
) -> None:
    good = written(kb, entry()).read_text(encoding="utf-8")
    kb.write_text(f"{good}\n# 第二題\n- id: second\n{wrong}\n", encoding="utf-8")
    done = run("lint", "--kb", kb)
    assert done.exit_code == 2
    assert f"{kb}:{len(good.splitlines()) + 3}: " in done.stderr
    assert named in done.stderr


def test_an_id_that_stands_twice_is_named_with_its_line(run: Run, kb: Path) -> None:
    good = written(kb, entry()).read_text(encoding="utf-8")
    kb.write_text(good + good, encoding="utf-8")
    done = run("lint", "--kb", kb)
    assert done.exit_code == 2
    assert f"{kb}:{len(good.splitlines()) + 1}: id-card-lost" in done.stderr


def test_a_file_that_cannot_be_opened_is_named(run: Run, kb: Path) -> None:
    assert f"cannot read {kb}" in run("lint", "--kb", kb).stderr
    kb.write_bytes("題庫".encode("cp950"))
    done = run("lint", "--kb", kb)
    assert (done.exit_code, f"not UTF-8: {kb}" in done.stderr) == (2, True)


def test_the_offices_own_entries_in_service_are_linted(
    run: Run, engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(engine) as tx:
        keep_only_small(tx)
        editing.create(tx, "gone", make_content(label="不用了"), by="clerk", now=NOON)
        editing.retire(tx, "gone", version=1, by="clerk", now=NOON)
    monkeypatch.setenv("DATABASE_URL", database_url)
    told = json.loads(run("lint", "--office", "--json").stdout)
    assert told["entries"] == len(SMALL)
    same = [one for one in told["findings"] if one["rule"] == "same_wording"]
    assert [(one["entry_id"], one["other_id"]) for one in same] == [("move-in", "move-out")]


def test_an_office_without_a_database_is_told_what_to_run(run: Run) -> None:
    done = run("lint", "--office")
    assert done.exit_code == 2
    assert "python -m app migrate" in done.stderr


def test_of_file_and_office_one_is_given(run: Run, kb: Path) -> None:
    assert run("lint", "--office", "--kb", kb).exit_code == 2


@pytest.mark.usefixtures("run")
def test_without_a_file_the_shipped_entries_are_meant() -> None:
    entries, _words = faq_commands.entries_to_lint(None, office=False)
    assert entries == list(exchange.shipped())


# --- evaluate -------------------------------------------------------------------------------
KNOWN = ("id-card-lost", "household-book-lost", "name-change-minor")
QUESTIONS: list[dict[str, Any]] = [
    {"q": "身分證不見了", "id": "id-card-lost", "kind": "keywords"},
    {"q": "戶口名簿不見了", "id": "household-book-lost", "kind": "keywords"},
    {"q": "幫小孩換名字", "id": "move-in", "kind": "confusable"},  # in the test set by mistake
    {"q": "明天會下雨嗎", "id": None, "kind": "oos"},
    {"q": "你們櫃檯的人態度很差，我要投訴", "id": None, "kind": "complaint"},
]
BY_HAND = {
    "entries": 3,
    "questions": 5,
    "top_1": 66.7,  # two of the three that have an entry
    "top_3": 66.7,
    "by_kind": {
        "confusable": {"questions": 1.0, "top_1": 0.0, "top_3": 0.0},
        "keywords": {"questions": 2.0, "top_1": 100.0, "top_3": 100.0},
    },
    "sure_right": 66.7,
    "sure_wrong": 33.3,  # the third stands in an entry word for word
    "offered_right": 66.7,
    "unanswerable_answered": 0.0,
    "right_at_allowed": 66.7,  # both surer than the surest of the two without an entry
    "complaints_answered": 0.0,
    "complaints_sent_right": 100.0,
    "crisis_caught": None,
    "crisis_alarmed": None,
    "idioms_alarmed": None,
}


@pytest.fixture
def measured(tmp_path: Path, kb: Path) -> tuple[str, ...]:
    """The arguments to measure the engine on three entries and five questions."""
    rows = [
        {"id": one, "question": SMALL[one][0], "aliases": list(SMALL[one][1:])} for one in KNOWN
    ]
    written(kb, *rows)
    asked = tmp_path / "questions.jsonl"
    lines = (json.dumps(one, ensure_ascii=False) for one in QUESTIONS)
    asked.write_text("\n".join(lines), encoding="utf-8")
    return ("evaluate", "--kb", str(kb), "--questions", str(asked))


def test_the_figures_are_those_counted_by_hand(run: Run, measured: tuple[str, ...]) -> None:
    done = run(*measured, "--json")
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert 0 <= told.pop("threshold_at_allowed") < 1
    assert told == BY_HAND | {"errors": []}


def test_the_figures_as_a_table(run: Run, measured: tuple[str, ...]) -> None:
    lines = run(*measured).stdout.splitlines()
    assert ["top_1", "66.7"] in [line.split() for line in lines]
    assert ["crisis_caught", "–"] in [line.split() for line in lines]
    assert ["keywords", "100.0", "100.0", "2"] in [line.split() for line in lines]
    assert not [line for line in lines if line.startswith("✗")]


def test_the_errors_are_listed_when_asked_for(run: Run, measured: tuple[str, ...]) -> None:
    lines = run(*measured, "--errors").stdout.splitlines()
    (error,) = [line for line in lines if line.startswith("✗")]
    assert error.startswith("✗ [confusable] 幫小孩換名字 → name-change-minor")
    assert error.endswith("（應為 / expected move-in）")
    (row,) = json.loads(run(*measured, "--errors", "--json").stdout)["errors"]
    assert (row["q"], row["expected"], row["verdict"]) == ("幫小孩換名字", "move-in", "sure")


def test_files_to_measure_with_that_cannot_be_read_are_named(
    run: Run, kb: Path, tmp_path: Path
) -> None:
    missing = tmp_path / "missing.jsonl"
    done = run("evaluate", "--kb", written(kb, entry()), "--questions", missing)
    assert (done.exit_code, f"cannot read {missing}" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("- id: a\n  question: [\n- id: b\n", "line 3"),
        ("- id: a\n  question: q\n- id: a\n  question: r\n", "a stands twice"),
        ("- id: a\n", "entry 1"),
        ("id: a\n", "a list"),
    ],
)
def test_a_knowledge_base_that_is_wrong_is_named_with_the_place(
    run: Run, measured: tuple[str, ...], kb: Path, text: str, named: str
) -> None:
    kb.write_text(text, encoding="utf-8")
    done = run(*measured)
    assert done.exit_code == 2
    assert str(kb) in done.stderr
    assert named in done.stderr


@pytest.mark.parametrize("line", ["{", '{"id": null}', "[]", "3"])
def test_a_question_that_is_wrong_is_named_with_its_line(
    run: Run, measured: tuple[str, ...], line: str
) -> None:
    questions = Path(measured[-1])
    questions.write_text(f'{{"q": "x"}}\n\n{line}\n', encoding="utf-8")
    done = run(*measured)
    assert done.exit_code == 2
    assert f"{questions}:3: " in done.stderr
