"""Make the sample documents and open them with other programs (`make check-documents`).

What could not be done here is said; what opened and read otherwise ends it with status 1.
"""

import csv
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from pypdfium2 import PdfDocument

from admin_api.reporting import documents, sheets
from admin_api.reporting.cells import Cell, printed
from admin_api.schemas.meetings import Meeting
from tests.admin_api.reporting import sample

FOLDER = Path("var") / "documents"
# As shown, every sheet into a file of its own (LibreOffice: tokens of the CSV filter).
EVERY_SHEET = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1"
SCALE = 2.0  # about 144 dots an inch


def main() -> int:
    """Make, render, open and compare; 0 when nothing was found to differ."""
    problems: list[str] = []
    for name, month in (("whole", sample.meeting()), ("corrected", sample.corrected())):
        folder = FOLDER / name
        made = {one.path.suffix: one.path for one in _made(month, folder)}
        print(f"{name}: {len(_pages(made['.pdf']))} pages as PNG in {folder}")
        for suffix in (".ods", ".xlsx"):
            problems += _opened(folder / f"{documents.name(month)}{suffix}", month)
    for one in problems:
        print(f"DIFFERS {one}")
    return 1 if problems else 0


def _made(month: Meeting, folder: Path) -> Iterator[documents.Made]:
    for one in documents.make(month, sample.rows(20), folder):
        print(f"made {one.path}")
        yield one


def _pages(path: Path) -> list[Path]:
    """Each page as a picture, to be looked at."""
    document = PdfDocument(path)
    found = []
    for number, page in enumerate(document, 1):
        found.append(path.with_name(f"page-{number}.png"))
        page.render(scale=SCALE).to_pil().save(found[-1])
    document.close()
    return found


def _opened(path: Path, month: Meeting) -> list[str]:
    """Where LibreOffice shows something else than the report prints."""
    soffice = shutil.which("soffice")
    if soffice is None:
        print(f"NOT DONE: {path.name} was not opened, there is no soffice (apt: libreoffice-calc)")
        return []
    with TemporaryDirectory() as folder:
        command = [soffice, "--headless", "--convert-to", EVERY_SHEET, "--outdir", folder]
        home = f"-env:UserInstallation={Path(folder, 'profile').as_uri()}"
        subprocess.run([*command, home, path], check=True, capture_output=True, timeout=300)
        shown = {
            one.stem.removeprefix(f"{path.stem}-"): _read(one) for one in Path(folder).glob("*.csv")
        }
    print(f"opened {path.name} with LibreOffice: {len(shown)} sheets")
    return [f"{path.name}: {one}" for one in _differing(shown, month)]


def _read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def _differing(shown: dict[str, list[list[str]]], month: Meeting) -> Iterator[str]:
    for sheet in sheets.sheets(month):
        grid = shown.get(sheet.name)
        if grid is None:
            yield f"{sheet.name} is missing"
            continue
        for number, row in enumerate(sheet.rows, 1):
            wanted = [_as_shown(cell) for cell in row]
            if (found := [_unsigned(one) for one in grid[number][: len(row)]]) != wanted:
                yield f"{sheet.name}, row {number + 1}: {found}, not {wanted}"


def _as_shown(cell: Cell) -> str:
    """As a spreadsheet shows it: a change of a share with the sign of per cent."""
    shown = printed(cell)
    is_points = cell.form.endswith("share_change") and cell.value is not None
    return f"{shown}%" if is_points else shown


def _unsigned(shown: str) -> str:
    """Spreadsheets show -0.0 of what is rounded to nothing."""
    return shown.lstrip("-+") if set(shown) <= set("-+0.%") else shown


if __name__ == "__main__":
    sys.exit(main())
