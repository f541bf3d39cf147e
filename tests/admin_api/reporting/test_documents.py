"""The files come one by one, whole, under names that tell the period."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from admin_api.reporting import documents
from admin_api.schemas.meetings import Meeting
from complaints.measuring.register import CaseRow
from tests.admin_api.reporting import sample


def test_each_file_is_whole_when_it_is_told(tmp_path: Path) -> None:
    names = []
    for made in documents.make(sample.meeting(), sample.rows(), tmp_path / "2026-10"):
        names.append(made.name)
        assert made.path.name == made.name
        assert made.path.stat().st_size > 0
        assert sorted(one.name for one in made.path.parent.iterdir() if one.name[0] != ".")[:1]
    assert names == [
        "civicline-2026-10.pdf",
        "civicline-2026-10.ods",
        "civicline-2026-10.xlsx",
        "civicline-2026-10.json",
        "civicline-2026-10-cases.csv",
        "civicline-2026-10-cases.xlsx",
    ]
    assert len(names) == documents.FILES
    assert sorted(one.name for one in (tmp_path / "2026-10").iterdir()) == sorted(names)


def test_nothing_is_made_before_it_is_asked_for(tmp_path: Path) -> None:
    coming = documents.make(sample.meeting(), sample.rows(), tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert next(coming).name == "civicline-2026-10.pdf"
    assert [one.name for one in tmp_path.iterdir()] == ["civicline-2026-10.pdf"]


@pytest.mark.parametrize("month", [sample.meeting(), sample.corrected(), sample.empty()])
def test_the_json_is_the_meeting(tmp_path: Path, month: Meeting) -> None:
    made = {one.path.suffix: one.path for one in documents.make(month, [], tmp_path)}
    assert Meeting.model_validate_json(made[".json"].read_bytes()) == month


def test_a_correction_has_a_name_of_its_own() -> None:
    assert documents.name(sample.corrected()) == "civicline-2026-10-correction-2"


def test_what_breaks_off_leaves_no_half_a_file(tmp_path: Path) -> None:
    def breaking() -> Iterator[CaseRow]:
        yield from sample.rows(2)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        list(documents.make(sample.meeting(), breaking(), tmp_path))
    seen = [one.name for one in tmp_path.iterdir() if not one.name.startswith(".")]
    assert not [one for one in seen if "cases" in one]
    assert len(seen) == 4
