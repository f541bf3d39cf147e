"""Exports of entries that were bent: sheets mixed up, YAML with odd values, bytes damaged."""

import csv
import io
import json
import zipfile
from datetime import date
from typing import Any

import yaml
from hypothesis import strategies as st

from faq.keeping import sheets
from faq.keeping.editing import Variant
from tests.faq.entries import make_content
from tests.fuzz.garbage import bent, odd_texts, spoilt

RICH = make_content(
    answer="請本人辦理。\n當場領取。",
    documents=("印章", "=1+1", " 照片"),
    variants=(Variant("本人", "帶印章。", ("印章",)), Variant("代辦", "不能委託。")),
    valid_until=date(2027, 1, 3),
    office_confirms=("規費",),
)
Rows = list[list[str]]

CELLS = (
    "=cmd|' /C calc'!A0",
    "@SUM(1)",
    "'=1",
    "\\ud800",
    "\\u0000",
    "\\uffff\\",
    "〔本人〕",
    "〔〕\n\n- ",
    "- 印章\n〔x〕\n",
    "0000/0/0",
    "115/02/30",
    "９９９/１/１",
    "9999-12-31",
    "../../etc/passwd",
    "id-card-lost",
    "長" * 140_000,
    "甲\n" * 300,
    "\u2028\x85\x0b\x1f",
)
cells = odd_texts | st.sampled_from(CELLS)

# Said in YAML by nobody who keeps entries; each must be refused or read as plain text.
SCALARS = (
    "!!python/object/apply:os.system ['true']",
    "!!python/name:os.system",
    "!!python/object:os.PathLike {}",
    "!!binary aGk=",
    "!!binary '*'",
    "!!int ''",
    "!!int x",
    "!!float ''",
    "!!bool maybe",
    "!!timestamp soon",
    "!!timestamp 0001-01-01T00:00:00+23:59",
    "!!set {a, b}",
    "!!omap [a: 1]",
    "!!pairs [a: 1]",
    "!!null x",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "2001-01-01 00:00:00 +99:99",
    "2024-13-31",
    "0x" + "f" * 5000,
    "9" * 5000,
    "1" + ":59" * 300 + ".5",
    "1" + ":59" * 4000,
    ".inf",
    "~",
    "no",
    "[a, [b, [c]]]",
    "{a: 1, 2: 3, ~: 4}",
    "{? [a] : b}",
    "{<<: {a: 1}}",
    "<<",
    "&a [*a]",
    "&a 印章",
    "*nobody",
    '"\\ud800"',
    '"\\0"',
    '"\\x07"',
    "'unfinished",
    "|\n      多行",
    "? x",
    "%TAG",
    "@x",
)


@st.composite
def mixed_up(draw: st.DrawFn, rows: Rows) -> Rows:
    """A sheet in which cells, columns and rows are not as they were."""
    made = [[*row] for row in rows]
    for _ in range(draw(st.integers(1, 3))):
        row = draw(st.integers(0, len(made) - 1))
        column = draw(st.integers(0, len(rows[0]) - 1))
        other = draw(st.integers(0, len(rows[0]) - 1))
        match draw(st.sampled_from(("cell", "cell", "swap", "turn", "gone", "more", "row"))):
            case "cell" if column < len(made[row]):
                made[row][column] = draw(cells)
            case "swap":
                for one in made[row:]:
                    if max(column, other) < len(one):
                        one[column], one[other] = one[other], one[column]
            case "turn":
                made.reverse()
            case "gone":
                del made[row][column:other]
            case "more":
                made[row] += draw(st.lists(cells, max_size=3))
            case _:
                made.insert(row, draw(st.lists(cells, max_size=3)))
    return made


def in_csv(rows: Rows) -> bytes:
    """The rows as CSV, halves of characters as nobody may write them."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8", "surrogatepass")


def in_ods(rows: Rows) -> bytes:
    """The rows as a sheet, without what XML cannot hold."""
    return sheets.to_ods([[*map(for_xml, row)] for row in rows])


def for_xml(text: str) -> str:
    return "".join(char for char in text if char in "\t\n\r" or " " <= char < "\ud800")


def repacked(content: bytes, part: str, changed: bytes, packing: int) -> bytes:
    """The ODS file with another content of one part."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", packing) as new:
        for name in old.namelist():
            new.writestr(name, changed if name == part else old.read(name))
    return made.getvalue()


def read_part(content: bytes, part: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        return parts.read(part)


@st.composite
def spoilt_inside(draw: st.DrawFn, content: bytes) -> bytes:
    """An ODS file whose zip is sound while one of its parts is damaged."""
    part = draw(st.sampled_from(("content.xml", "content.xml", "styles.xml", "mimetype")))
    packing = draw(st.sampled_from((zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)))
    changed = read_part(content, part)
    changed = draw(spoilt(changed) | wrong_repeats(changed))
    whole = repacked(content, part, changed, packing)
    return draw(st.just(whole) | spoilt(whole))


@st.composite
def wrong_repeats(draw: st.DrawFn, content: bytes) -> bytes:
    """The sheet with cells and rows that stand there an odd number of times."""
    times = draw(st.sampled_from((b"-5", b"0", b"x", b"1e3", b"\xd9\xa3", b"9" * 5000, b"", b"70")))
    kind = draw(st.sampled_from((b"cell", b"row")))
    repeated = b"columns" if kind == b"cell" else b"rows"
    more = b' table:number-%s-repeated="%s"' % (repeated, times)
    return content.replace(b"<table:table-%s" % kind, b"<table:table-%s%s" % (kind, more))


@st.composite
def odd_yaml(draw: st.DrawFn, rows: list[dict[str, Any]]) -> bytes:
    """Entries as YAML: bent, or with one value that YAML takes for something else."""
    if draw(st.booleans()):
        tree = draw(bent(st.just(rows)))
        return json.dumps(tree, default=str).encode()
    text = yaml.safe_dump(rows, allow_unicode=True, sort_keys=False)
    lines = text.splitlines()
    at = draw(st.sampled_from([n for n, line in enumerate(lines) if ": " in line or "- " in line]))
    head = lines[at].partition(": ")[0] + ": " if ": " in lines[at] else "    - "
    lines[at] = head + draw(st.sampled_from(SCALARS))
    return "\n".join(lines).encode()


def recoded(content: bytes) -> st.SearchStrategy[bytes]:
    """The file in another encoding, with more than one mark, or two encodings at once."""
    text = content.decode()
    others = [text.encode(one, "ignore") for one in ("utf-16", "utf-32", "big5", "gb18030")]
    others += [b"\xef\xbb\xbf" * 2 + content, content + "題".encode("big5"), b"\xfe\xff" + content]
    return st.sampled_from([*others, content.replace(b"\n", b"\r"), content.replace(b"\n", b"\0")])


def csvs(rows: Rows) -> st.SearchStrategy[bytes]:
    """CSV files of these rows, bent."""
    whole = sheets.to_csv(rows)
    return mixed_up(rows).map(in_csv) | spoilt(whole) | recoded(whole)


def odss(rows: Rows) -> st.SearchStrategy[bytes]:
    """ODS files of these rows, bent."""
    whole = sheets.to_ods(rows)
    return mixed_up(rows).map(in_ods) | spoilt(whole) | spoilt_inside(whole)


def yamls(whole: bytes) -> st.SearchStrategy[bytes]:
    """This YAML file, bent."""
    rows = yaml.safe_load(whole)
    return odd_yaml(rows) | odd_yaml(rows) | spoilt(whole) | recoded(whole)
