"""The clerks' manual says what is on the pages: pictures, names of buttons, links."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[2]
MANUAL = ROOT / "docs" / "手冊"
PICTURES = MANUAL / "圖"
PAGES = sorted(MANUAL.glob("*.md"))
MOST_PICTURES, MOST_BYTES = 24, 80 * 1024
CONSOLE = ROOT / "admin_api" / "console"
REFUSALS = ROOT / "admin_api" / "errors.py"
FIGURES = ROOT / "admin_api" / "monthly.py"  # the names of the figures, as their page shows them
SCREENS = "\n".join(
    one.read_text(encoding="utf-8")
    for one in (*CONSOLE.glob("templates/*.html"), *CONSOLE.glob("*.py"), REFUSALS, FIGURES)
)
LINK = re.compile(r"(!?)\[[^\]]*\]\(([^)\s]+)\)")
NAMED = re.compile(r"「([^「」]+)」|【([^【】]+)】")
FIRST_CELL = re.compile(r"^\| ([^|]+?) \|", re.M)
HEADINGS = {"畫面上的字", "---"}


def shown(page: Path) -> set[Path]:
    """The pictures a page shows."""
    links = LINK.findall(page.read_text(encoding="utf-8"))
    return {(page.parent / unquote(target)).resolve() for mark, target in links if mark}


def test_the_pictures_are_those_the_pages_show() -> None:
    referred = set().union(*map(shown, PAGES))
    assert referred == {one.resolve() for one in PICTURES.iterdir()}
    assert 0 < len(referred) <= MOST_PICTURES


def test_every_picture_is_taken_by_the_maker_and_small() -> None:
    maker = (ROOT / "tests" / "browser" / "manual.py").read_text(encoding="utf-8")
    for one in PICTURES.iterdir():
        assert f'"{one.stem}"' in maker, one.name
        assert one.read_bytes().startswith(b"\x89PNG"), one.name
        assert one.stat().st_size <= MOST_BYTES, one.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_names_stands_on_the_screen(page: Path) -> None:
    named = {a or b for a, b in NAMED.findall(page.read_text(encoding="utf-8"))}
    assert sorted(one for one in named if one not in SCREENS) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_resolve(page: Path) -> None:
    for _mark, target in LINK.findall(page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / unquote(target.partition("#")[0])).exists(), target


def test_the_contents_lead_to_every_page() -> None:
    contents = (MANUAL / "README.md").read_text(encoding="utf-8")
    linked = {target for mark, target in LINK.findall(contents) if not mark}
    assert linked == {page.name for page in PAGES if page.name != "README.md"}


def test_the_glossary_explains_words_of_the_screen() -> None:
    glossary = next(page for page in PAGES if page.name.startswith("12"))
    words = set(FIRST_CELL.findall(glossary.read_text(encoding="utf-8"))) - HEADINGS
    assert len(words) > 30
    assert sorted(one for one in words if one not in SCREENS) == []
