"""What the docs say exists, exists; what exists is in the docs."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
import typer

from admin_api.monthly import COLUMNS
from app.cli import app as commands
from app.settings import Settings
from complaints.measuring.figures import Figures
from complaints.practice import Practice
from complaints.states import Status
from faq.keeping.figures import MonthOfQuestions

ROOT = Path(__file__).parent.parent
FEATURES = (ROOT / "docs" / "features.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|\n").split("|")]
    for line in FEATURES.splitlines()
    if re.match(r"\| [A-Z]\d+ \|", line)
]
NUMBERS = {
    "U": 12, "F": 11, "I": 15, "T": 10, "D": 9, "S": 13, "R": 9, "V": 4,
    "C": 7, "L": 5, "P": 8, "O": 6, "X": 5, "N": 24,
}  # fmt: skip


def test_every_feature_has_one_row() -> None:
    listed = [row[0] for row in ROWS]
    expected = [f"{letter}{n}" for letter, last in NUMBERS.items() for n in range(1, last + 1)]
    assert sorted(listed) == sorted(expected)


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_state_is_one_of_three_and_shown_by_a_test(row: list[str]) -> None:
    state, tests = row[2], re.findall(r"`([^`]+)`", row[4])
    assert state in {"done", "partly", "not"}
    assert bool(tests) == (state != "not")
    for named in tests:
        path, _, name = named.partition("::")
        source = ROOT / path
        assert source.is_file(), f"{path} does not exist"
        text = source.read_text(encoding="utf-8")
        assert f"def {name}(" in text if name else "def test_" in text, named


def test_every_setting_is_explained() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for name in Settings.model_fields:
        assert f"| {name.upper()} |" in text


def test_every_command_is_explained() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    group = typer.main.get_command(commands)
    assert isinstance(group, typer.core.TyperGroup)
    for name, command in group.commands.items():
        inner = getattr(command, "commands", {})
        for full in [f"{name} {one}" for one in inner] or [name]:
            assert f"`python -m app {full}`" in text


def test_every_figure_is_defined() -> None:
    text = (ROOT / "docs" / "figures.md").read_text(encoding="utf-8")
    for name in Figures().as_dict():
        assert f"| {name} | {COLUMNS[name]} |" in text
    for one in fields(MonthOfQuestions):
        assert re.search(rf"\| [a-z_, ]*\b{one.name}\b", text), one.name


@pytest.mark.parametrize("page", [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")], ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_the_decisions_are_numbered_in_order() -> None:
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs" / "decisions").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_nothing_of_a_machine_or_a_registry_is_committed() -> None:
    hosts = re.compile(r"files\.pythonhosted|pypi\.org/simple|registry\.npmjs|deb\.debian")
    kinds = {".py", ".md", ".toml", ".txt", ".yaml"}
    for path in ROOT.rglob("*"):
        skipped = {".git", ".venv", "var", "__pycache__"} & set(path.relative_to(ROOT).parts)
        if path.suffix in kinds and not skipped and path != Path(__file__):
            assert not hosts.search(path.read_text(encoding="utf-8")), path


def test_every_status_and_choice_of_a_case_is_explained() -> None:
    text = (ROOT / "docs" / "cases.md").read_text(encoding="utf-8")
    for status in Status:
        assert f"| {status.value} |" in text
    for field in fields(Practice):
        assert re.search(rf"^\|[^|]*\b{field.name}\b[^|]*\|", text, re.M), field.name
