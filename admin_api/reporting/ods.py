"""The report as ODS: numbers, shares and dates as such, dates shown as the Republic counts them."""

from collections.abc import Iterable, Sequence
from datetime import date
from html import escape
from io import BytesIO

from odfdo import Document, Element, XmlPart

from admin_api.reporting.cells import CHANGE_OF, DECIMALS, SHARES, Cell, Column, Form, Row, printed
from admin_api.reporting.sheets import Book, Sheet, of_meeting
from admin_api.schemas.meetings import Meeting

WIDEST = 12.0  # centimetres of a column
PAGE = {
    "style:print-orientation": "landscape",
    "fo:page-width": "29.7cm",
    "fo:page-height": "21cm",
    "style:scale-to-X": "1",
    "style:scale-to-Y": "0",
}


def make(meeting: Meeting) -> bytes:
    """The spreadsheet, a sheet for each table."""
    return bind(of_meeting(meeting))


def bind(made: Book) -> bytes:
    """A spreadsheet of these sheets."""
    found = made.sheets
    document = Document("spreadsheet")
    _equip(document, (*_number_styles(), *_cell_styles(), *_column_styles(found)))
    document.body.clear()
    for place, sheet in enumerate(found):
        # Parsed in one piece: odfdo takes milliseconds a row when it is given cell by cell.
        document.body.append(Element.from_tag(_table(sheet, place)))
    document.set_part("settings.xml", _settings(found).encode())
    _lay_out(document)
    _describe(document, made)
    content = BytesIO()
    document.save(content)
    return content.getvalue()


def _equip(document: Document, styles: Iterable[str]) -> None:
    """Add styles as they are written; what odfdo offers for it knows too few of their kinds."""
    part = document.get_part("content.xml")
    assert isinstance(part, XmlPart)
    kept = part.get_element("//office:automatic-styles")
    assert isinstance(kept, Element)
    for style in styles:
        kept.append(Element.from_tag(style))


def _lay_out(document: Document) -> None:
    """Printed, a sheet lies on its side and is as wide as the page."""
    part = document.get_part("styles.xml")
    assert isinstance(part, XmlPart)
    for page in part.get_elements("//style:page-layout-properties"):
        assert isinstance(page, Element)
        for name, value in PAGE.items():
            page.set_attribute(name, value)


def _describe(document: Document, made: Book) -> None:
    document.meta.set_title(made.title)
    document.meta.set_creation_date(made.made_at)
    document.meta.set_modification_date(made.made_at)


# --- cells ----------------------------------------------------------------------------------
def _table(sheet: Sheet, place: int) -> str:
    columns = "".join(
        f'<table:table-column table:style-name="s{place}c{n}"/>' for n in range(len(sheet.columns))
    )
    head = "".join(_head(column) for column in sheet.columns)
    last = len(sheet.rows) - 1
    rows = "".join(
        _row(row, strong=len(row) == 1 < len(sheet.columns) or (sheet.total and n == last))
        for n, row in enumerate(sheet.rows)
    )
    below = f"{_row(())}{''.join(_row(row, wide=True) for row in sheet.below)}"
    return (
        f'<table:table table:name="{escape(sheet.name)}">{columns}'
        f"<table:table-header-rows><table:table-row>{head}</table:table-row>"
        f"</table:table-header-rows>{rows}{below if sheet.below else ''}</table:table>"
    )


def _head(column: Column) -> str:
    return _cell(Cell(column.title), "head-right" if column.numeric else "head")


def _row(row: Row, *, strong: bool = False, wide: bool = False) -> str:
    cells = (_cell(cell, _style(cell, strong=strong, wide=wide)) for cell in row)
    return f"<table:table-row>{''.join(cells) or '<table:table-cell/>'}</table:table-row>"


def _style(cell: Cell, *, strong: bool, wide: bool) -> str:
    if wide:
        return "below"
    form = "dash" if cell.value is None else cell.form.value
    return f"{form}-strong" if strong else form


def _cell(cell: Cell, style: str) -> str:
    shown = "".join(f"<text:p>{_spaced(one)}</text:p>" for one in printed(cell).split("\n"))
    return f'<table:table-cell table:style-name="{style}" {_typed(cell)}>{shown}</table:table-cell>'


def _typed(cell: Cell) -> str:
    """What a cell holds, by its kind; a text says that it is one."""
    value = cell.value
    if isinstance(value, date):
        return f'office:value-type="date" office:date-value="{value.isoformat()}"'
    if isinstance(value, (int, float)):
        kind = "percentage" if cell.form in SHARES else "float"
        return f'office:value-type="{kind}" office:value="{value!r}"'
    return 'office:value-type="string"'


def _spaced(line: str) -> str:
    """A line in which blanks after one another stay as many."""
    return escape(line).replace("  ", ' <text:s text:c="1"/>')


# --- styles ---------------------------------------------------------------------------------
def _number_styles() -> Iterable[str]:
    for form, signed in CHANGE_OF.items():
        decimals = DECIMALS[form]
        yield _number(f"n-{form}", form, decimals)
        yield _number(f"n-{signed}-minus", form, decimals, "-")
        yield _number(f"n-{signed}", form, decimals, "+", maps=(signed, form))
    yield (
        '<number:date-style style:name="n-date" number:language="zh" number:country="TW">'
        '<number:year number:style="long" number:calendar="ROC"/>'
        '<number:text>/</number:text><number:month number:style="long" number:calendar="ROC"/>'
        '<number:text>/</number:text><number:day number:style="long" number:calendar="ROC"/>'
        "</number:date-style>"
    )


def _number(
    name: str, form: Form, decimals: int, sign: str = "", maps: tuple[Form, Form] | None = None
) -> str:
    """How a number is written; a change shows its sign and nothing has none."""
    tag = "percentage" if form is Form.SHARE else "number"
    unit = "<number:text>%</number:text>" if form is Form.SHARE else ""
    before = f"<number:text>{sign}</number:text>" if sign else ""
    other = ""
    if maps:
        signed, plain = maps
        other = (
            f'<style:map style:condition="value()&lt;0" style:apply-style-name="n-{signed}-minus"/>'
            f'<style:map style:condition="value()=0" style:apply-style-name="n-{plain}"/>'
        )
    return (
        f'<number:{tag}-style style:name="{name}">{before}'
        f'<number:number number:decimal-places="{decimals}"'
        f' number:min-decimal-places="{decimals}" number:min-integer-digits="1"'
        f' number:grouping="true"/>{unit}{other}</number:{tag}-style>'
    )


def _cell_styles() -> Iterable[str]:
    yield _look("head", bold=True, fill=True, wrap=True)
    yield _look("head-right", bold=True, fill=True, wrap=True, right=True)
    yield _look("below")
    for strong in (False, True):
        end = "-strong" if strong else ""
        yield _look(f"text{end}", bold=strong, wrap=True)
        yield _look(f"dash{end}", bold=strong, right=True)
        for form in (*CHANGE_OF, *CHANGE_OF.values(), Form.DATE):
            yield _look(f"{form}{end}", f"n-{form}", bold=strong)


def _look(
    name: str,
    number: str = "",
    *,
    bold: bool = False,
    fill: bool = False,
    wrap: bool = False,
    right: bool = False,
) -> str:
    of_number = f' style:data-style-name="{number}"' if number else ""
    cell = ' fo:background-color="#eef2f7"' if fill else ""
    cell += ' fo:wrap-option="wrap"' if wrap else ""
    weight = "".join(f' {each}="bold"' for each in BOLD) if bold else ""
    side = '<style:paragraph-properties fo:text-align="end"/>' if right else ""
    return (
        f'<style:style style:name="{name}" style:family="table-cell"{of_number}>'
        f'<style:table-cell-properties style:vertical-align="top"{cell}/>{side}'
        f"<style:text-properties{weight}/></style:style>"
    )


BOLD = ("fo:font-weight", "style:font-weight-asian", "style:font-weight-complex")


def _column_styles(found: Sequence[Sheet]) -> Iterable[str]:
    for place, sheet in enumerate(found):
        for n, column in enumerate(sheet.columns):
            width = min(WIDEST, 0.42 * column.width + 0.9)
            yield (
                f'<style:style style:name="s{place}c{n}" style:family="table-column">'
                f'<style:table-column-properties style:column-width="{width:.2f}cm"/></style:style>'
            )


# --- view -----------------------------------------------------------------------------------
def _settings(found: Sequence[Sheet]) -> str:
    """The first row and the first column of every sheet stay in view (2 is "frozen")."""
    views = "".join(VIEW.format(name=escape(sheet.name)) for sheet in found)
    return SETTINGS.format(views=views, first=escape(found[0].name))


VIEW = """<config:config-item-map-entry config:name="{name}">
<config:config-item config:name="HorizontalSplitMode" config:type="short">2</config:config-item>
<config:config-item config:name="HorizontalSplitPosition" config:type="int">1</config:config-item>
<config:config-item config:name="VerticalSplitMode" config:type="short">2</config:config-item>
<config:config-item config:name="VerticalSplitPosition" config:type="int">1</config:config-item>
<config:config-item config:name="ActiveSplitRange" config:type="short">3</config:config-item>
<config:config-item config:name="PositionRight" config:type="int">1</config:config-item>
<config:config-item config:name="PositionBottom" config:type="int">1</config:config-item>
</config:config-item-map-entry>"""
SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-settings office:version="1.4"
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:config="urn:oasis:names:tc:opendocument:xmlns:config:1.0"
 xmlns:ooo="http://openoffice.org/2004/office"><office:settings>
<config:config-item-set config:name="ooo:view-settings">
<config:config-item-map-indexed config:name="Views"><config:config-item-map-entry>
<config:config-item config:name="ViewId" config:type="string">view1</config:config-item>
<config:config-item-map-named config:name="Tables">{views}</config:config-item-map-named>
<config:config-item config:name="ActiveTable" config:type="string">{first}</config:config-item>
</config:config-item-map-entry></config:config-item-map-indexed>
</config:config-item-set></office:settings></office:document-settings>
"""
