"""The report as PDF/A-2b: set by typst from `meeting.typ`, which gets its data as JSON alone."""

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

import typst

from admin_api.reporting import contents, fonts
from admin_api.reporting.cells import Column, Part, Picture, Table, in_full, printed
from admin_api.schemas.meetings import Meeting
from complaints.clock.workdays import TAIPEI

TEMPLATE = "meeting.typ"
# ISO 19005-2, what an archive takes, and ISO 14289-1, what a screen reader can read.
STANDARDS: list[Literal["a-2b", "ua-1"]] = ["a-2b", "ua-1"]
MOST_NAMED = 20  # missing characters
MOST_TOGETHER, SHORT_TEXT = 15, 60  # rows and characters: such a table stays on one page
LONGEST_LINE, SHORT = 4, 6  # characters of a heading


@dataclass(frozen=True)
class Pdf:
    """The document, and the characters in it that could only be set as 〓."""

    content: bytes
    missing: tuple[str, ...]


def make(meeting: Meeting) -> Pdf:
    """Set the report; the same meeting always gives the same document.

    Takes some tenths of a second and up to 200 MB: for a worker, not for a request.
    """
    missing: set[str] = set()
    data = _drawable(_data(meeting), missing)
    data["missing"] = _missing(sorted(missing))
    return Pdf(_set(data, meeting), tuple(sorted(missing)))


def _set(data: dict[str, Any], meeting: Meeting) -> bytes:
    source = (files(__package__) / TEMPLATE).read_bytes()
    compiler = typst.Compiler(
        source,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False), "font": fonts.FAMILY},
    )
    made = int(meeting.made_at.timestamp())
    content = compiler.compile(format="pdf", pdf_standards=[*STANDARDS], timestamp=made)
    if not isinstance(content, bytes):
        raise TypeError("typst gave no document")
    return content


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[fonts.path().parent],
    )


def _data(meeting: Meeting) -> dict[str, Any]:
    correction = contents.corrected(meeting)
    made = meeting.made_at.astimezone(TAIPEI)
    return {
        "office": meeting.office,
        "period": meeting.title,
        "name": contents.NAME,
        "title": contents.title(meeting),
        "span": f"統計期間：{in_full(meeting.start)}至{in_full(meeting.end)}",
        "made": f"{in_full(made.date())} {made:%H:%M} 製表",
        "notices": contents.notices(meeting),
        "correction": _table(correction) if correction else None,
        "headlines": [list(one) for one in contents.headlines(meeting)],
        "parts": [_part(one) for one in contents.parts(meeting)],
        "signers": contents.SIGNERS,
    }


def _part(part: Part) -> dict[str, Any]:
    return {"title": part.title, "blocks": [_block(one) for one in part.blocks]}


def _block(block: str | Picture | Table) -> dict[str, Any]:
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Picture):
        told = f"{block.title}。{block.told}"
        return {"is": "chart", "svg": block.svg, "title": block.title, "told": told}
    return {"is": "text", "text": block}


def _table(table: Table) -> dict[str, Any]:
    rows = [[printed(cell) for cell in row] for row in table.rows]
    longest = max((len(cell) for row in rows for cell in row), default=0)
    return {
        "is": "table",
        "whole": len(rows) <= MOST_TOGETHER and longest <= SHORT_TEXT,
        "title": table.title,
        "name": table.name,
        "columns": [
            {"title": _folded(one), "width": one.width, "numeric": one.numeric}
            for one in table.columns
        ],
        "rows": rows,
        "total": table.total,
        "empty": table.empty,
        "note": table.note,
        "defined": [list(one) for one in table.defined],
    }


def _folded(column: Column) -> str:
    """A long heading of a narrow column in two lines, so that no character stands alone."""
    heading, length = column.title, len(column.title)
    if not column.numeric or "\n" in heading or length <= max(LONGEST_LINE, column.width):
        return heading
    first = LONGEST_LINE if length > SHORT else 2
    return f"{heading[:first]}\n{heading[first:]}"


def _drawable(data: Any, missing: set[str]) -> Any:
    """The same with every text in it made of characters the font has."""
    if isinstance(data, str):
        text, lacking = fonts.drawable(data)
        missing |= lacking
        return text
    if isinstance(data, dict):
        return {key: _drawable(value, missing) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_drawable(value, missing) for value in data]
    return data


def _missing(found: list[str]) -> str:
    if not found:
        return ""
    named = "、".join(f"U+{ord(one):04X}" for one in found[:MOST_NAMED])
    more = f"等 {len(found)} 字" if len(found) > MOST_NAMED else ""
    return f"字型未收錄之字以「{fonts.MISSING}」代替：{named}{more}，請以電子檔（試算表）所載為準。"
