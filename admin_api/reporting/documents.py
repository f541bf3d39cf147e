"""The files of a report, made one after the other."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from admin_api.reporting import ods, pdf, rows, xlsx
from admin_api.schemas.meetings import Meeting
from complaints.measuring.register import CaseRow

FILES = 6  # as many as `make` yields


@dataclass(frozen=True)
class Made:
    """A file that is ready."""

    name: str
    path: Path


def make(meeting: Meeting, cases: Iterable[CaseRow], folder: Path) -> Iterator[Made]:
    """Make the PDF, ODS, XLSX and JSON of the meeting, and its cases as CSV and XLSX.

    Each is yielded when it is whole; a file of the same name is replaced at once, never by half.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stem = name(meeting)
    for ending, content in _whole(meeting):
        made = Made(f"{stem}.{ending}", folder / f"{stem}.{ending}")
        part = _part(made.path)
        part.write_bytes(content())
        part.replace(made.path)
        yield made
    yield from _of_cases(cases, [folder / f"{stem}-cases.{one}" for one in ("csv", "xlsx")])


def name(meeting: Meeting) -> str:
    """How the files are called: civicline-2026-10, and civicline-2026-10-correction-1."""
    correction = f"-correction-{meeting.issue}" if meeting.issue else ""
    return f"civicline-{meeting.period}{correction}"


def _whole(meeting: Meeting) -> Iterator[tuple[str, Callable[[], bytes]]]:
    yield "pdf", lambda: pdf.make(meeting).content
    yield "ods", lambda: ods.make(meeting)
    yield "xlsx", lambda: xlsx.make(meeting)
    yield "json", lambda: meeting.model_dump_json(indent=2).encode()


def _of_cases(cases: Iterable[CaseRow], paths: list[Path]) -> Iterator[Made]:
    parts = [_part(path) for path in paths]
    rows.write(cases, *parts)
    for part, path in zip(parts, paths, strict=True):
        part.replace(path)
        yield Made(path.name, path)


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}")
