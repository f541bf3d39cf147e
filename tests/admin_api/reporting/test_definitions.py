"""Every column has a definition in both languages, the English one as docs/figures.md has it."""

import re
from pathlib import Path

import pytest

from admin_api.monthly import COLUMNS
from admin_api.reporting.definitions import DEFINITIONS, QUESTIONS
from complaints.measuring.figures import Figures
from tests.admin_api.reporting import sample

FIGURES = Path(__file__).parents[3] / "docs" / "figures.md"
ROWS = {
    found[1]: (found[2], found[3])
    for found in re.finditer(
        r"^\| (\w+) \| ([^|]+) \| ([^|]+) \|$", FIGURES.read_text(encoding="utf-8"), re.MULTILINE
    )
}


def test_every_column_is_defined_and_named() -> None:
    assert set(DEFINITIONS) == set(Figures().as_dict())
    assert set(DEFINITIONS) <= set(COLUMNS)


@pytest.mark.parametrize("column", DEFINITIONS)
def test_the_english_is_that_of_the_document(column: str) -> None:
    chinese, english = DEFINITIONS[column]
    assert ROWS[column] == (COLUMNS[column], english)
    assert re.search("[一-鿿]", chinese)


def test_no_two_columns_have_one_name() -> None:
    names = [COLUMNS[column] for column in DEFINITIONS]
    assert len(set(names)) == len(names)


def test_every_figure_of_questions_is_defined() -> None:
    assert set(sample.questions().now) <= set(QUESTIONS)
