"""Entries as the rows of a spreadsheet, and these as CSV and ODS; entries as YAML.

What a spreadsheet would lose or run is written with a sign before it, and read back without:
`'=1+1` for a text that looks like a formula, and JSON's `\\u0020` for a blank at an edge.
"""

import csv
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from html import escape
from io import BytesIO, StringIO
from itertools import islice
from lzma import LZMAError
from typing import TYPE_CHECKING, Any, TypeVar
from zipfile import BadZipFile, ZipFile

import yaml

from faq.errors import BadEntry
from faq.keeping.editing import ENTRY_ID, EntryContent, Variant
from faq.keeping.exchange import DAYS, LISTS, TEXTS

if TYPE_CHECKING:
    from odfdo import Element

NAMES = {
    "id": "編號",
    "category": "類別",
    "label": "標題",
    "question": "題目",
    "aliases": "其他問法",
    "answer": "答案",
    "variants": "分情況的答案",
    "documents": "應備文件",
    "who": "申辦人",
    "fee": "規費",
    "time_limit": "期限",
    "where": "辦理地點",
    "online": "線上辦理",
    "legal_basis": "法令依據",
    "source": "資料來源",
    "checked_on": "核對日期",
    "section": "承辦課室",
    "office_confirms": "待本所確認",
    "forms": "表單",
    "valid_from": "生效日",
    "valid_until": "失效日",
    "review_on": "複查日",
}
HEADINGS = {field: f"{name} {field}" for field, name in NAMES.items()}
KNOWN = {
    known: field
    for field, name in NAMES.items()
    for known in (field, name, HEADINGS[field])
}  # fmt: skip
FOLDED = re.compile("[\x85\u2028\u2029]")  # PyYAML would read these as a blank
ONLY_WHEN_GIVEN = ("variants", "forms", *DAYS)  # in YAML

ROC_OFFSET = 1911
DAY = re.compile(r"(\d{3,4})([-/.])(\d{1,2})\2(\d{1,2})")
FORMULA = r"[=+\-@＝＋－＠]"  # Excel takes the full-width ones for formulas too
LOOKS_LIKE_A_FORMULA = re.compile(f"'*{FORMULA}")
GUARDED = re.compile(f"'+{FORMULA}")
# Blanks at an edge are taken for slips and dropped; XML cannot hold the other characters.
EASILY_LOST = re.compile(r"\A\s+|\s+\Z|[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
ESCAPED = re.compile(r"\\(?:(\\)|u([0-9a-f]{4}))")
EMPTY_ITEM = "\\"
VARIANT = re.compile(r"〔(.*)〕")
LIKE_OUR_SIGNS = re.compile(r"^(?:〔|-(?= ))", re.MULTILINE)

MOST_ROWS = 10_000
MOST_COLUMNS = 100
MOST_UNPACKED = 40 * 1024 * 1024
MOST_TAGS = 1_500_000  # two for each part of an XML tree, which takes 200 bytes
BLANKS = "descendant::text:s"
ROWS = "descendant::table:table-row"
CELLS = "table:table-cell|table:covered-table-cell"
SAME_CELLS, SAME_ROWS = "table:number-columns-repeated", "table:number-rows-repeated"
SHEET = "題庫"
T = TypeVar("T", str, list[str])


def to_rows(entries: Iterable[tuple[str, EntryContent]]) -> list[list[str]]:
    """A row of headings and a row for each entry."""
    rows = [[*HEADINGS.values()]]
    for entry_id, content in entries:
        cells = (_written(getattr(content, name)) for name in NAMES if name != "id")
        rows.append([_guarded(cell) for cell in (entry_id, *cells)])
    return rows


def from_rows(rows: Iterable[Sequence[str]]) -> Iterator[tuple[str, EntryContent]]:
    """The entries of a sheet; raises BadEntry naming row and column, and what is wrong."""
    numbered = (one for one in enumerate(rows, start=1) if any(cell.strip() for cell in one[1]))
    _, headings = next(numbered, (0, []))
    columns = _columns(headings)
    for number, row in numbered:
        if any(cell.strip() for cell in row[len(columns) :]):
            raise BadEntry(f"row {number}", "more cells than columns")
        cells = dict.fromkeys(NAMES, "") | dict(zip(columns, row, strict=False))
        yield _read("id", cells["id"], number), _content(cells, number)


def to_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """The rows as CSV; the mark at its beginning makes Excel read it as UTF-8."""
    text = StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def from_csv(content: bytes) -> list[list[str]]:
    """The rows of a CSV file in UTF-8, or in Big5 as Excel saves it; raises BadEntry."""
    read = csv.reader(StringIO(_decoded(content), newline=""), strict=True)
    try:
        rows = [*islice(read, MOST_ROWS + 1)]
    except csv.Error as error:
        raise BadEntry("file", f"not CSV: {error}") from error
    if len(rows) > MOST_ROWS:
        raise BadEntry("file", f"more than {MOST_ROWS} rows")
    return rows


def to_ods(rows: Iterable[Sequence[str]]) -> bytes:
    """The rows as a sheet that LibreOffice opens, the headings bold and in view."""
    from odfdo import Document, Element, Style

    document = Document("spreadsheet")
    bold = Style("table-cell", name="heading", area="text", bold=True)
    document.insert_style(bold, automatic=True)
    document.set_part("settings.xml", SETTINGS.encode())
    document.body.clear()
    # Parsed in one piece: odfdo takes 5 ms a row when it is given cell by cell.
    document.body.append(Element.from_tag(_table([*rows])))
    content = BytesIO()
    document.save(content)
    return content.getvalue()


def from_ods(content: bytes) -> list[list[str]]:
    """The rows of the first sheet; raises BadEntry. What is repeated but empty takes no room."""
    try:
        _refuse_what_is_no_sheet(content)
        rows = _spread(_rows(content), MOST_ROWS, [], "rows")
    except BadEntry:
        raise
    except UNREADABLE as error:
        raise BadEntry("file", f"not ODS: {error}") from error
    _refuse_large(len(cell) for row in rows for cell in row)
    return rows


def to_yaml(entries: Iterable[tuple[str, EntryContent]]) -> str:
    """The entries as `exchange.parse` reads them, written like the shipped files."""
    plain = [_plain(entry_id, content) for entry_id, content in entries]
    return yaml.dump(plain, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=float("inf"))


def _columns(headings: Sequence[str]) -> list[str]:
    """The field of each column."""
    given = [heading.strip() for heading in headings]
    while given and not given[-1]:
        given.pop()
    columns: list[str] = []
    for heading in given:
        field = KNOWN.get(heading)
        if field is None:
            raise BadEntry(f"column {heading or len(columns) + 1}", "no such column")
        if field in columns:
            raise BadEntry(f"column {HEADINGS[field]}", "twice")
        columns.append(field)
    for field, heading in HEADINGS.items():
        if field not in columns:
            raise BadEntry(f"column {heading}", "is missing")
    return columns


def _content(cells: dict[str, str], number: int) -> EntryContent:
    fields = {name: _read(name, cells[name], number) for name in NAMES if name != "id"}
    return EntryContent(**fields)


def _read(name: str, cell: str, number: int) -> Any:
    try:
        return READERS[name](_unguarded(cell.strip()))
    except ValueError as error:
        raise BadEntry(f"row {number}, {HEADINGS[name]}", str(error)) from error


def _written(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return _escaped(value)
    if isinstance(value, tuple):
        blocks = any(isinstance(one, Variant) for one in value)
        return ("\n\n" if blocks else "\n").join(map(_written_item, value))
    return ""


def _written_item(item: str | Variant) -> str:
    if isinstance(item, str):
        return _escaped(item).replace("\n", "\\u000a") or EMPTY_ITEM
    answer = LIKE_OUR_SIGNS.sub(_codes, _escaped(item.answer))
    papers = [f"- {_written_item(paper)}" for paper in item.documents]
    return "\n".join([f"〔{_written_item(item.label)}〕", answer, *papers])


def _escaped(text: str) -> str:
    return EASILY_LOST.sub(_codes, text.replace("\\", "\\\\"))


def _codes(found: re.Match[str]) -> str:
    return "".join(f"\\u{ord(char):04x}" for char in found[0])


def _unescaped(text: str) -> str:
    return ESCAPED.sub(lambda found: found[1] or chr(int(found[2], 16)), text)


def _guarded(cell: str) -> str:
    return f"'{cell}" if LOOKS_LIKE_A_FORMULA.match(cell) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if GUARDED.match(cell) else cell


def _entry_id(cell: str) -> str:
    if not ENTRY_ID.fullmatch(cell):
        raise ValueError("small letters, digits and hyphens, 2 to 32 of them")
    return cell


def _day(cell: str) -> date:
    """2026-11-26, 2026/11/26 or 115/11/26; a year of three digits is one of the Republic."""
    found = DAY.fullmatch(cell)
    if not found:
        raise ValueError("a date is expected, such as 2026-11-26 or 115/11/26")
    year, month, day = (int(found[part]) for part in (1, 3, 4))
    return date(year if year > ROC_OFFSET else year + ROC_OFFSET, month, day)


def _day_or_none(cell: str) -> date | None:
    return _day(cell) if cell else None


def _items(cell: str) -> tuple[str, ...]:
    return tuple(_item(line.strip()) for line in cell.split("\n") if line.strip())


def _item(line: str) -> str:
    return "" if line == EMPTY_ITEM else _unescaped(line)


def _variants(cell: str) -> tuple[Variant, ...]:
    blocks: list[tuple[str, list[str]]] = []
    for line in cell.split("\n"):
        if found := VARIANT.fullmatch(line.rstrip()):
            blocks.append((_item(found[1].strip()), []))
        elif blocks:
            blocks[-1][1].append(line)
        elif line.strip():
            raise ValueError("each variant begins with a line of its own: 〔label〕")
    return tuple(_variant(label, lines) for label, lines in blocks)


def _variant(label: str, lines: list[str]) -> Variant:
    """The answer, and the papers listed at its end."""
    papers: list[str] = []
    while lines and (not lines[-1].strip() or lines[-1].startswith("- ")):
        last = lines.pop()
        papers += [_item(last[2:].strip())] if last.strip() else []
    return Variant(label, _unescaped("\n".join(lines).strip()), tuple(reversed(papers)))


READERS: dict[str, Callable[[str], Any]] = {
    "id": _entry_id,
    **dict.fromkeys(TEXTS, _unescaped),
    **dict.fromkeys(LISTS, _items),
    **dict.fromkeys(DAYS, _day_or_none),
    "checked_on": _day,
    "variants": _variants,
}


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp950"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadEntry("file", "neither UTF-8 nor Big5")


def _table(rows: Sequence[Sequence[str]]) -> str:
    """A sheet in the words of ODF, its first row to be seen on every printed page."""
    head, *body = ["".join(map(_cell, row)) for row in rows] or [""]
    head = head.replace("<table:table-cell ", '<table:table-cell table:style-name="heading" ')
    width = max([1, *map(len, rows)])
    return (
        f'<table:table table:name="{SHEET}">'
        f'<table:table-column table:number-columns-repeated="{width}"/>'
        f"<table:table-header-rows><table:table-row>{head}</table:table-row>"
        "</table:table-header-rows>"
        + "".join(f"<table:table-row>{row}</table:table-row>" for row in body)
        + "</table:table>"
    )


def _cell(text: str) -> str:
    if not text:
        return "<table:table-cell/>"
    lines = "".join(f"<text:p>{_line(line)}</text:p>" for line in text.split("\n"))
    return f'<table:table-cell office:value-type="string">{lines}</table:table-cell>'


def _line(text: str) -> str:
    """A line in which no blank is lost: ODF takes a run of them for one."""
    kept = re.sub(r"\A |(?<= ) | \Z", "<text:s/>", escape(text, quote=False))
    return kept.replace("\t", "<text:tab/>").replace("\r", "&#13;")


# What odfdo, zipfile and lxml raise at a damaged file; lxml's errors are SyntaxErrors.
UNREADABLE = (
    BadZipFile,
    zlib.error,
    EOFError,
    SyntaxError,
    KeyError,
    TypeError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    OSError,
    LZMAError,
    AttributeError,
)


def _refuse_what_is_no_sheet(content: bytes) -> None:
    with ZipFile(BytesIO(content)) as parts:
        _refuse_large(part.file_size for part in parts.infolist())
        read = (parts.read(part) for part in parts.infolist() if part.filename.endswith(".xml"))
        if sum(part.count(b"<") for part in read) > MOST_TAGS:
            raise BadEntry("file", "too large when unpacked")


def _refuse_large(sizes: Iterable[int]) -> None:
    if sum(sizes) > MOST_UNPACKED:
        raise BadEntry("file", "too large when unpacked")


def _rows(content: bytes) -> Iterator[tuple[list[str], int]]:
    """Each row of the first sheet and how often it stands there."""
    from odfdo import Document
    from odfdo.security import SecurityError

    try:
        sheets = Document(BytesIO(content)).body.get_elements("table:table")
    except SecurityError as error:
        raise BadEntry("file", f"not ODS: {error}") from error
    if not sheets:
        raise BadEntry("file", "no sheet")
    # odfdo would write out any number of blanks that one element stands for.
    _refuse_large(_number(one, "text:c") for one in sheets[0].get_elements(BLANKS))
    rows = sheets[0].get_elements(ROWS)
    if len(rows) > MOST_ROWS:
        raise BadEntry("file", f"more than {MOST_ROWS} rows")
    for row in rows:
        cells = ((_shown(cell), _number(cell, SAME_CELLS)) for cell in row.get_elements(CELLS))
        yield _spread(cells, MOST_COLUMNS, "", "columns"), _number(row, SAME_ROWS)


def _number(element: "Element", name: str) -> int:
    """How often something stands there; once unless it is said."""
    number = int(element.get_attribute_string(name) or 1)
    if number < 0:
        raise ValueError(f"{name} {number}")
    return number


def _shown(cell: "Element") -> str:
    """What a cell shows; of a day, which may be shown in many ways, the day."""
    if day := cell.get_attribute_string("office:date-value"):
        return day.partition("T")[0]
    lines = [_said(line) for line in cell.get_elements("text:p")]
    return "\n".join(lines) if lines else cell.get_attribute_string("office:string-value") or ""


def _said(element: "Element") -> str:
    """The text of an element; odfdo's own would turn a link into Markdown."""
    return element.text + "".join(_said(one) + (one.tail or "") for one in element.children)


def _spread(runs: Iterable[tuple[T, int]], most: int, blank: T, what: str) -> list[T]:
    """What is repeated, laid out; the blanks at the end, often thousands, are left away."""
    laid: list[T] = []
    gap = 0
    for one, times in runs:
        if not one:
            gap += times
            continue
        if len(laid) + gap + times > most:
            raise BadEntry("file", f"more than {most} {what}")
        laid += [blank] * gap + [one] * times
        gap = 0
    return laid


def _plain(entry_id: str, content: EntryContent) -> dict[str, Any]:
    plain = {"id": entry_id} | {name: getattr(content, name) for name in NAMES if name != "id"}
    plain["variants"] = [_plain_variant(one) for one in content.variants]
    lists = {name: [*plain[name]] for name in LISTS}
    return {
        name: value
        for name, value in (plain | lists).items()
        if value or name not in ONLY_WHEN_GIVEN
    }


def _plain_variant(variant: Variant) -> dict[str, Any]:
    papers = {"documents": [*variant.documents]} if variant.documents else {}
    return {"label": variant.label, "answer": variant.answer, **papers}


class _Dumper(yaml.SafeDumper):
    """Indents lists and never points from one entry to another."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: object) -> bool:
        return True


def _represented(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    if not text or FOLDED.search(text):
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represented)

# LibreOffice keeps the row of headings in view (2 is "frozen", at 1 row).
SETTINGS = f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document-settings office:version="1.4"
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:config="urn:oasis:names:tc:opendocument:xmlns:config:1.0"
 xmlns:ooo="http://openoffice.org/2004/office"><office:settings>
<config:config-item-set config:name="ooo:view-settings">
<config:config-item-map-indexed config:name="Views"><config:config-item-map-entry>
<config:config-item config:name="ViewId" config:type="string">view1</config:config-item>
<config:config-item-map-named config:name="Tables">
<config:config-item-map-entry config:name="{SHEET}">
<config:config-item config:name="VerticalSplitMode" config:type="short">2</config:config-item>
<config:config-item config:name="VerticalSplitPosition" config:type="int">1</config:config-item>
<config:config-item config:name="ActiveSplitRange" config:type="short">2</config:config-item>
<config:config-item config:name="PositionBottom" config:type="int">1</config:config-item>
</config:config-item-map-entry></config:config-item-map-named>
<config:config-item config:name="ActiveTable" config:type="string">{SHEET}</config:config-item>
</config:config-item-map-entry></config:config-item-map-indexed>
</config:config-item-set></office:settings></office:document-settings>
"""
