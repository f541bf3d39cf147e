import io
import zipfile
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from faq.errors import BadEntry
from faq.keeping import editing, exchange, files, sheets
from faq.keeping.editing import EntryContent, Variant
from faq.keeping.files import Format, Merged
from faq.keeping.tables import Entry, Revision
from tests.makers import NOON

SHIPPED = list(exchange.shipped())
USUAL = EntryContent(
    category="身分證",
    label="補領身分證",
    question="身分證遺失了要怎麼補領？",
    answer="請本人辦理。\n當場領取。",
    source="內政部",
    checked_on=date(2026, 11, 20),
    section="登記課",
    aliases=("身分證不見了", "身分證掉了"),
    variants=(
        Variant("本人辦理", "帶印章。\n當場領取。", ("印章", "照片")),
        Variant("委託代辦", "不能委託。"),
    ),
    valid_until=date(2027, 1, 3),
)

# The signs the sheet itself uses, and all that a spreadsheet loses, come often.
signs = st.sampled_from(["\\", "\\u0020", "〔", "〕", "- ", "\n", "\n- ", " ", "　", "'", "=", "@"])
text = st.lists(signs | st.text(st.characters(codec="utf-8"), max_size=4), max_size=6).map("".join)
texts = st.lists(text, max_size=3).map(tuple)
days = st.dates(min_value=date(1912, 1, 1))
contents = st.builds(
    EntryContent,
    **dict.fromkeys(exchange.TEXTS, text),
    **dict.fromkeys(exchange.LISTS, texts),
    **dict.fromkeys(exchange.DAYS, st.none() | days),
    checked_on=days,
    variants=st.lists(st.builds(Variant, text, text, texts), max_size=3).map(tuple),
)


def sheet(**cells: str) -> list[list[str]]:
    """The sheet of the usual entry, but for the cells that are given."""
    head, row = sheets.to_rows([("test-entry", USUAL)])
    return [head, [cells.get(name, cell) for name, cell in zip(sheets.NAMES, row, strict=True)]]


def read_one(**cells: str) -> EntryContent:
    ((_, content),) = sheets.from_rows(sheet(**cells))
    return content


def refusal(rows: list[list[str]]) -> BadEntry:
    with pytest.raises(BadEntry) as caught:
        list(sheets.from_rows(rows))
    return caught.value


def ods(table: str) -> bytes:
    """A file whose only sheet holds these rows, in the words of ODF."""
    made = io.BytesIO(sheets.to_ods([["x"], ["y"]]))
    changed = io.BytesIO()
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            content = old.read(part)
            if part.filename == "content.xml":
                before, _, rest = content.decode().partition("<table:table-header-rows>")
                content = (
                    f"{before}{table}</table:table>{rest.partition('</table:table>')[2]}".encode()
                )
            new.writestr(part.filename, content)
    return changed.getvalue()


def cell(text: str, more: str = "") -> str:
    return f"<table:table-cell {more}><text:p>{text}</text:p></table:table-cell>"


def row(cells: str, more: str = "") -> str:
    return f"<table:table-row {more}>{cells}</table:table-row>"


def test_a_column_is_headed_in_chinese_with_the_name_of_its_field() -> None:
    head, first = sheet()
    assert head[:4] == ["編號 id", "類別 category", "標題 label", "題目 question"]
    assert {heading.split()[1] for heading in head} == {"id", *EntryContent.__dataclass_fields__}
    shown = dict(zip(sheets.NAMES, first, strict=True))
    assert shown["aliases"] == "身分證不見了\n身分證掉了"
    assert shown["variants"] == (
        "〔本人辦理〕\n帶印章。\n當場領取。\n- 印章\n- 照片\n\n〔委託代辦〕\n不能委託。"
    )
    assert (shown["checked_on"], shown["valid_from"]) == ("2026-11-20", "")


@given(contents)
def test_every_entry_comes_back_from_its_row(content: EntryContent) -> None:
    rows = sheets.to_rows([("test-entry", content)])
    assert list(sheets.from_rows(rows)) == [("test-entry", content)]
    assert sheets.from_csv(sheets.to_csv(rows)) == rows


@settings(max_examples=30, deadline=None)
@given(st.lists(contents, max_size=2))
def test_every_entry_comes_back_from_ods(given: list[EntryContent]) -> None:
    entries = [(f"entry-{n}", content) for n, content in enumerate(given)]
    assert files.read("a.ods", files.write(entries, Format.ODS)) == entries


@settings(deadline=None)
@given(contents)
def test_every_entry_comes_back_from_yaml(content: EntryContent) -> None:
    """But for blanks around a text, which YAML files have never kept."""
    texts: Any = {name: getattr(content, name).strip() for name in exchange.TEXTS}
    lists: Any = {name: _stripped(getattr(content, name)) for name in exchange.LISTS}
    variants = tuple(
        Variant(one.label.strip(), one.answer.strip(), _stripped(one.documents))
        for one in content.variants
    )
    ((_, found),) = exchange.parse(sheets.to_yaml([("test-entry", content)]))
    assert found == replace(content, **texts, **lists, variants=variants)


def _stripped(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one.strip() for one in texts)


@pytest.mark.parametrize("kind", Format)
def test_every_shipped_entry_comes_back(kind: Format) -> None:
    assert files.read(f"FAQ.{kind.upper()}", files.write(SHIPPED, kind)) == SHIPPED


def test_yaml_is_written_like_the_shipped_files() -> None:
    written = sheets.to_yaml([("test-entry", replace(USUAL, variants=()))])
    assert written == (
        "- id: test-entry\n"
        "  category: 身分證\n"
        "  label: 補領身分證\n"
        "  question: 身分證遺失了要怎麼補領？\n"
        "  aliases:\n"
        "    - 身分證不見了\n"
        "    - 身分證掉了\n"
        "  answer: |-\n"
        "    請本人辦理。\n"
        "    當場領取。\n"
        "  documents: []\n"
        '  who: ""\n'
        '  fee: ""\n'
        '  time_limit: ""\n'
        '  where: ""\n'
        '  online: ""\n'
        '  legal_basis: ""\n'
        "  source: 內政部\n"
        "  checked_on: 2026-11-20\n"
        "  section: 登記課\n"
        "  office_confirms: []\n"
        "  valid_until: 2027-01-03\n"
    )


@pytest.mark.parametrize(
    "written", ["2026-11-26", "2026/11/26", "2026/11/6", "115/11/26", "0115-11-26"]
)
def test_a_day_may_be_written_as_offices_do(written: str) -> None:
    day = 6 if written.endswith("/6") else 26
    assert read_one(checked_on=f" {written} ").checked_on == date(2026, 11, day)


@pytest.mark.parametrize("written", ["", "昨天", "2026-02-30", "26/11/26", "2026/11-26", "46330"])
def test_what_is_no_day_is_refused(written: str) -> None:
    error = refusal(sheet(checked_on=written))
    assert error.field == "row 2, 核對日期 checked_on"


def test_a_cell_that_a_spreadsheet_would_run_is_disarmed() -> None:
    for answer in ("=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "＝1", "'=1", "''-1"):
        entry = ("test-entry", replace(USUAL, answer=answer))
        rows = sheets.to_rows([entry])
        assert f"'{answer}" in rows[1]
        assert list(sheets.from_rows(rows)) == [entry]
    assert read_one(answer="=1").answer == "=1"  # LibreOffice drops the sign when it is typed
    assert read_one(answer="'tis").answer == "'tis"


def test_what_people_type_is_taken_kindly() -> None:
    found = read_one(
        label=" 標題 ",
        documents="\n印章 \r\n\n 照片\n",
        online="C:\\temp",
        variants="\n〔本人〕 \n\n帶印章。\n- 可以補件\n否則退件。\n- 印章\n\n- 照片 \n\n"
        "〔代辦〕\n不行。",
    )
    assert (found.label, found.documents, found.online) == ("標題", ("印章", "照片"), "C:\\temp")
    assert found.variants == (
        Variant("本人", "帶印章。\n- 可以補件\n否則退件。", ("印章", "照片")),
        Variant("代辦", "不行。"),
    )


def test_columns_may_come_in_any_order_under_either_name_and_rows_may_be_empty() -> None:
    head, first = sheet()
    names = [heading.split()[n % 2] for n, heading in enumerate(head)]
    rows = [[], [" "], [*names[::-1], ""], ["", ""], first[::-1], [*[""] * 30]]
    assert list(sheets.from_rows(rows)) == [("test-entry", USUAL)]


def test_columns_that_are_unknown_or_missing_are_named() -> None:
    head, first = sheet()
    assert refusal([[*head, "備註"]]).field == "column 備註"
    assert refusal([[*head, "fee"]]).field == "column 規費 fee"
    assert refusal([[*head[:2], "", *head[2:]]]).field == "column 3"
    missing = refusal([head[:-1], first[:-1]])
    assert (missing.field, missing.problem) == ("column 複查日 review_on", "is missing")
    assert refusal([]).problem == "is missing"
    assert refusal([head, [*first, "?"]]).field == "row 2"


@pytest.mark.parametrize(
    ("name", "wrong", "heading"),
    [
        ("id", "Test", "編號 id"),
        ("id", "", "編號 id"),
        ("variants", "本人", "分情況的答案 variants"),
    ],
)
def test_what_is_wrong_is_named_by_row_and_column(name: str, wrong: str, heading: str) -> None:
    head, first = sheet(**{name: wrong})
    assert refusal([head, [], sheet()[1], [], first]).field == f"row 5, {heading}"


def test_csv_opens_in_excel_and_comes_back_from_it() -> None:
    entries = [("test-entry", USUAL)]
    written = files.write(entries, Format.CSV)
    assert written.startswith(b"\xef\xbb\xbf")
    assert files.read("a.csv", written) == entries
    assert files.read("a.csv", written.removeprefix(b"\xef\xbb\xbf")) == entries
    assert files.read("a.csv", written.decode("utf-8-sig").encode("cp950")) == entries


@pytest.mark.parametrize("content", ["a,b".encode("utf-16"), b"\xff\xff", b'a,"b', b'"a"b\n', b""])
def test_what_is_no_csv_is_refused(content: bytes) -> None:
    with pytest.raises(BadEntry):
        files.read("a.csv", content)


def test_ods_has_bold_headings_that_stay_in_view() -> None:
    with zipfile.ZipFile(io.BytesIO(sheets.to_ods(sheet()))) as parts:
        content, view = (parts.read(f"{name}.xml").decode() for name in ("content", "settings"))
    assert content.count('table:style-name="heading"') == len(sheets.NAMES)
    assert 'fo:font-weight="bold"' in content
    assert "VerticalSplitPosition" in view


def test_ods_keeps_lines_and_blanks_as_libreoffice_does() -> None:
    rows = [["a  b", " c\td ", "e\n\nf", "<&>"], ["", "", "g"]]
    written = sheets.to_ods(rows)
    assert sheets.from_ods(written) == rows
    with zipfile.ZipFile(io.BytesIO(written)) as parts:
        content = parts.read("content.xml").decode()
    assert "<text:p>a <text:s/>b</text:p>" in content
    assert "<text:p>e</text:p><text:p/><text:p>f</text:p>" in content


def test_ods_of_thousands_of_repeated_cells_stays_small() -> None:
    empty = '<table:table-cell table:number-columns-repeated="16384"/>'
    tail = row(empty, 'table:number-rows-repeated="1048576"')
    gap = row(empty, 'table:number-rows-repeated="2"')
    twice = row(cell("b", 'table:number-columns-repeated="2"') + empty)
    assert sheets.from_ods(ods(row(cell("a") + empty) + gap + twice + tail)) == [
        ["a"], [], [], ["b", "b"],
    ]  # fmt: skip
    for much in (
        tail + row(cell("far below")),
        row(empty + cell("far right")),
        row(cell("x"), 'table:number-rows-repeated="1048576"'),
        row(cell("x", 'table:number-columns-repeated="16384"')),
    ):
        with pytest.raises(BadEntry, match="more than"):
            sheets.from_ods(ods(much))


def test_ods_shows_numbers_and_links_as_they_look_and_days_as_days() -> None:
    link = '<text:a xlink:href="https://example.gov.tw">網址</text:a>'
    number = cell("50 元", 'office:value-type="float" office:value="50"')
    day = cell("26.11.", 'office:value-type="date" office:date-value="2026-11-26T00:00:00"')
    remark = "<office:annotation><text:p>附註</text:p></office:annotation>"
    note = cell("答").replace("<text:p>", f"{remark}<text:p>")
    computed = '<table:table-cell office:value-type="string" office:string-value="算"/>'
    found = sheets.from_ods(ods(row(cell(link) + number + day + note + computed)))
    assert found == [["網址", "50 元", "2026-11-26", "答", "算"]]


def test_what_is_no_ods_is_refused() -> None:
    good = sheets.to_ods(sheet())
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        parts.writestr("content.xml", b" " * (sheets.MOST_UNPACKED + 1))
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as parts:
        parts.writestr("hello", "world")
    damaged = [good[:n] + b"?" * 40 + good[n + 40 :] for n in range(0, len(good), 150)]
    cut = [good[:n] for n in range(0, len(good), 500)]
    for content in (b"", b"PK", bomb.getvalue(), other.getvalue(), ods("<wrong"), *cut):
        with pytest.raises(BadEntry):
            sheets.from_ods(content)
    for content in damaged:
        try:
            sheets.from_ods(content)
        except BadEntry:
            continue


def test_entities_of_a_sheet_do_not_blow_up() -> None:
    lines = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    with zipfile.ZipFile(io.BytesIO(sheets.to_ods([["a"]]))) as parts:
        whole = {part: parts.read(part) for part in parts.namelist()}
    head, body = whole["content.xml"].split(b"?>", 1)
    bomb = f'?><!DOCTYPE x [<!ENTITY e0 "ha">{lines}]>'.encode()
    whole["content.xml"] = head + bomb + body.replace(b">a<", b">&e11;<")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as new:
        for part, content in whole.items():
            new.writestr(part, content)
    with pytest.raises(BadEntry):
        sheets.from_ods(made.getvalue())


@pytest.mark.parametrize("name", ["faq.xlsx", "faq", ""])
def test_a_file_of_another_kind_is_refused(name: str) -> None:
    with pytest.raises(BadEntry):
        files.read(name, b"")


def test_yaml_in_another_encoding_is_refused() -> None:
    with pytest.raises(BadEntry):
        files.read("a.yml", "題".encode("big5"))


def revisions(tx: Session, entry_id: str) -> int:
    return len(tx.scalars(select(Revision.id).where(Revision.entry_id == entry_id)).all())


def test_new_entries_are_added_and_others_changed_where_they_differ(tx: Session) -> None:
    (first, content), (second, kept) = files.in_service(tx)[:2]
    entries = [("test-entry", USUAL), (first, replace(content, fee="一元")), (second, kept)]
    wanted = Merged(added=("test-entry",), changed=(first,), same=(second,))
    assert files.compare(tx, entries, now=NOON) == wanted
    assert tx.get(Entry, "test-entry") is None
    assert files.merge(tx, entries, by="clerk", now=NOON) == wanted
    tx.expire_all()
    entry = tx.get_one(Entry, first)
    assert (entry.fee, entry.version, revisions(tx, first)) == ("一元", 2, 2)
    assert editing.content_of(tx.get_one(Entry, "test-entry")) == USUAL
    assert (tx.get_one(Entry, second).version, revisions(tx, second)) == (1, 1)
    again = files.merge(tx, entries, by="clerk", now=NOON)
    assert again.same == ("test-entry", first, second)


def test_wordings_in_another_order_are_no_change(tx: Session) -> None:
    entry_id, content = files.in_service(tx)[0]
    turned = replace(content, aliases=("全新的問法", *reversed(content.aliases)))
    assert files.merge(tx, [(entry_id, turned)], by="clerk", now=NOON).changed == (entry_id,)
    tx.expire_all()
    assert files.merge(tx, [(entry_id, turned)], by="clerk", now=NOON).same == (entry_id,)


def test_what_is_exported_changes_nothing_when_it_is_imported(tx: Session) -> None:
    for kind in Format:
        entries = files.read(f"a.{kind}", files.write(files.in_service(tx), kind))
        found = files.compare(tx, entries, now=NOON)
        assert (found.added, found.changed, len(found.same)) == ((), (), len(SHIPPED))


def test_a_retired_entry_is_not_exported_and_stays_retired(tx: Session) -> None:
    entry_id, content = files.in_service(tx)[0]
    editing.retire(tx, entry_id, version=1, by="clerk", now=NOON)
    assert entry_id not in dict(files.in_service(tx))
    files.merge(tx, [(entry_id, replace(content, fee="一元"))], by="clerk", now=NOON)
    entry = tx.get_one(Entry, entry_id)
    assert (entry.fee, entry.retired, entry.version) == ("一元", True, 3)


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (("test-entry", replace(USUAL, label="長" * 21)), "test-entry.label"),
        (("test-entry", replace(USUAL, answer=" ")), "test-entry.answer"),
        (("fine-entry", USUAL), "fine-entry.id"),
        (("Test", USUAL), "Test.id"),
    ],
)
def test_one_bad_entry_stops_all_and_is_named(
    tx: Session, bad: tuple[str, EntryContent], field: str
) -> None:
    first, content = files.in_service(tx)[0]
    entries = [("fine-entry", USUAL), (first, replace(content, fee="一元")), bad]
    with pytest.raises(BadEntry) as caught:
        files.merge(tx, entries, by="clerk", now=NOON)
    assert caught.value.field == field
    assert tx.get(Entry, "fine-entry") is None
    assert tx.get_one(Entry, first).version == 1
