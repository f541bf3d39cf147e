"""Whatever is sent to the pages for citizens: no error of ours, no file astray, nothing unescaped.

The forms are written byte by byte, for no browser and no client library would send these.
"""

import hashlib
import io
import itertools
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from importlib.resources import files as package_files
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests import pictures
from tests.fuzz.garbage import few, odd_numbers, odd_texts, spoilt
from tests.journeys.world import World

EVERY = 40  # forms between two ordinary questions
BOUNDARY = b"fuzzfuzz"
MULTIPART = "multipart/form-data; boundary=fuzzfuzz"
PLACE = "https://office.example"
ACCEPT = "application/json"
KINDS = (
    *(MULTIPART,) * 4,
    *("multipart/form-data", "multipart/form-data; boundary=", f"{MULTIPART}x", "text/plain", ""),
    *("application/x-www-form-urlencoded", "application/json", "application/x-www-form-urlencoded"),
    *(f"{MULTIPART}; charset={one}" for one in ("utf-16", "unicode_escape", "idna", "utf-7")),
    *(f"{MULTIPART}; charset={one}" for one in ("undefined", "rot13", "zlib", "big5", "x" * 999)),
)
FIELDS = ("key", "text", "token", "place", "photos", "case_no", "code", "other", "", "text[]")
VALUES = ("25.03,121.5", "nan,inf", "1e400,0", "91,0", ",", "0" * 5000 + ",1", "text" * 40_000)
NAMES = (
    "a.jpg",
    "../../../../etc/passwd",
    "..\\..\\boot.ini",
    "/etc/cron.d/fuzz",
    "a\0.jpg",
    "\u202egpj.exe",
    "\ud800.png",
    "x" * 5000,
    "<img src=x onerror=fuzz()>.png",
    "",
    ".",
    "con",
    'a"; filename="b.png',
)
TYPES = ("image/jpeg", "text/html", "application/pdf", "image/svg+xml", "", "x/../y", "a\0b")
ATTACK = b"<html><script>fuzz()</script></html>"


def chunk(name: bytes, data: bytes) -> bytes:
    """A part of a PNG."""
    crc = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + crc


def large_png(width: int, height: int) -> bytes:
    """A few bytes that claim to be a large picture."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    return pictures.png()[:8] + head + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def archive() -> bytes:
    """A zip whose only part is a thousand times its size."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("a", b"\0" * 1_000_000)
    return made.getvalue()


def large_in(content: bytes, at: int, layout: str) -> bytes:
    """The picture with another size written into its head."""
    size = struct.pack(layout, 65_000, 65_000)
    return content[:at] + size + content[at + len(size) :]


def files() -> tuple[bytes, ...]:
    """Pictures as they should be and as they should not."""
    jpeg, png, gif, webp = pictures.jpeg(), pictures.png(), pictures.gif(), pictures.webp()
    gps, zipped = pictures.jpeg(gps=True, orientation=6), archive()
    large = (large_png(60_000, 60_000), large_png(9_000, 9_000), large_png(2**31 - 1, 2**31 - 1))
    script = pictures.pdf() + b"2 0 obj << /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >>"
    return (
        *(jpeg, png, gif, webp, gps, pictures.png(noted=True), pictures.webp(moving=True)),
        *(*large, large_in(jpeg, jpeg.index(b"\xff\xc0") + 5, ">HH"), large_in(gif, 6, "<HH")),
        *(large_in(gif, gif.index(b"\x2c", 13) + 5, "<HH"), large_in(webp, 24, "<HH")),
        *(zipped, png[:33] + zipped, gif[:13] + ATTACK, gif + ATTACK, jpeg + zipped, script),
        *(b"", b"%PDF-", b"GIF89a", b"RIFF\xff\xff\xff\xffWEBP", b"\xff\xd8\xff" * 500, ATTACK),
    )


pictured = st.sampled_from(files())
contents = pictured | pictured.flatmap(spoilt)
texts = odd_texts | st.sampled_from(VALUES)


@dataclass(frozen=True)
class Sent:
    """A request: where to, as what, with what, and the headers besides."""

    path: str
    kind: str
    body: bytes
    accept: str


def part(name: str, content: bytes, file_name: str | None = None, kind: str = "") -> bytes:
    """One part of a form; names are put in as they are."""
    shown = f'form-data; name="{name}"'
    shown += "" if file_name is None else f'; filename="{file_name}"'
    head = f"Content-Disposition: {shown}\r\nContent-Type: {kind}\r\n\r\n"
    written = head.encode("utf-8", "surrogatepass")
    return b"--" + BOUNDARY + b"\r\n" + written + content + b"\r\n"


def said(names: tuple[str, ...]) -> st.SearchStrategy[bytes]:
    """A part with an odd text, named by one of these."""
    written = texts.map(lambda text: text.encode("utf-8", "surrogatepass"))
    return st.builds(part, st.sampled_from(names), written)


def uploaded(names: tuple[str, ...]) -> st.SearchStrategy[bytes]:
    """A part with a file whose name and type may be anything."""
    return st.builds(
        part, st.sampled_from(names), contents, st.sampled_from(NAMES), st.sampled_from(TYPES)
    )


def form(*parts: bytes) -> bytes:
    """A whole form of these parts."""
    return b"".join(parts) + b"--" + BOUNDARY + b"--\r\n"


def sent(path: str, bodies: st.SearchStrategy[bytes], kind: str = "") -> st.SearchStrategy[Sent]:
    """Requests to a path, of one type or of any."""
    kinds = st.just(kind) if kind else st.sampled_from(KINDS)
    return st.builds(Sent, st.just(path), kinds, bodies, st.sampled_from(("text/html", ACCEPT)))


photos = st.lists(uploaded(("photos",)), min_size=1, max_size=3).map(lambda all_: form(*all_))
talk = st.builds(form, said(("text", "token", "place")), said(("key",)))
lookups = st.builds(form, said(("case_no",)), said(("code",)))
wild = st.lists(said(FIELDS) | uploaded(FIELDS), max_size=5).map(lambda all_: form(*all_))
requests = st.one_of(
    sent("/chat/messages", photos, MULTIPART),
    sent("/chat/messages", talk, MULTIPART),
    sent("/chat/messages", talk | photos),
    sent("/case", lookups, MULTIPART),
    sent("/chat/messages", wild | wild.flatmap(spoilt) | st.binary(max_size=60)),
    sent("/case", wild | wild.flatmap(spoilt) | st.binary(max_size=60)),
)


class Tags(HTMLParser):
    """The names of every tag and attribute on a page."""

    def __init__(self, *texts: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        for text in texts:
            self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


TEMPLATES = [package_files("bot") / "web" / f"{one}.html" for one in ("chat", "case", "refused")]
FILLED_IN = re.compile(r"\{([%{#]).*?[%}#]\}")
OURS = Tags(*(FILLED_IN.sub(" ", one.read_text(encoding="utf-8")) for one in TEMPLATES))


def assert_nothing_but_ours(page: str) -> None:
    """Every tag and attribute of a page stands in our templates: what was typed became none."""
    found = Tags(page)
    assert found.tags <= OURS.tags
    assert found.attributes <= OURS.attributes


def astray(folder: Path) -> Iterator[Path]:
    """The files that lie elsewhere than under the digest of their content."""
    for path in (one for one in (folder / "files").rglob("*") if one.is_file()):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if path != folder / "files" / digest[:2] / digest:
            yield path


def others(folder: Path) -> set[Path]:
    """What is in the data folder and two above it, beside the files of citizens."""
    around = folder.parents[1].rglob("*")
    return {one for one in around if not one.is_relative_to(folder / "files")}


@pytest.fixture
def citizen(world: World) -> TestClient:
    """A browser whose chat is begun."""
    browser = TestClient(world.browser.app, base_url=PLACE, follow_redirects=False)
    browser.get("/chat")
    return browser


@pytest.mark.filterwarnings("ignore")  # what a library says of a broken picture is no failure
def test_no_form_is_too_odd(world: World, citizen: TestClient, serves: Callable[[], None]) -> None:
    folder, known = world.office.settings.data_dir, itertools.count(1)
    before = others(folder)

    @few(80)
    @given(requests)
    def post(one: Sent) -> None:
        headers = {"Content-Type": one.kind, "Accept": one.accept}
        answer = citizen.post(one.path, content=one.body, headers=headers)
        assert answer.status_code < 500
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            assert_nothing_but_ours(answer.text)
        if next(known) % EVERY == 0:
            assert_nothing_but_ours(citizen.get("/chat").text)
            serves()

    post()
    assert_nothing_but_ours(citizen.get("/chat").text)
    assert list(astray(folder)) == []
    assert others(folder) == before
    assert list((folder / "files").rglob("*")), "no picture was ever taken"


def asked(path: str, **given: object) -> str:
    """An address with a query that may hold halves of characters."""
    return f"{path}?{urlencode(given, errors='surrogatepass')}"


short = odd_texts.map(lambda text: text[:2000])  # no client makes a longer address


@few(30)
@given(short, short, odd_numbers | short)
def look(citizen: TestClient, ask: str, case: str, after: object) -> None:
    """Open each page with a query."""
    page = citizen.get(asked("/chat", ask=ask, case=case))
    assert page.status_code == 200
    assert_nothing_but_ours(page.text)
    assert citizen.get(asked("/chat/messages", after=after)).status_code in {200, 422}
    name = quote(case, errors="surrogatepass", safe="")
    assert citizen.get(f"/chat/static/{name}").status_code < 500


def test_no_address_is_too_odd(citizen: TestClient, serves: Callable[[], None]) -> None:
    look(citizen)
    serves()


@pytest.mark.parametrize("cookie", ["", "x" * 5000, "\u00e9", '"\\000"', ";;=;", "a" * 43])
def test_a_cookie_may_be_anything(world: World, cookie: str) -> None:
    browser = TestClient(world.browser.app, base_url=PLACE)
    headers = {b"Cookie": f"__Host-civicline_chat={cookie}".encode("latin-1")}
    assert_nothing_but_ours(browser.get("/chat", headers=headers).text)
    for answer in (
        browser.get("/chat/messages", headers=headers),
        browser.post("/chat/messages", data={"text": "您好"}, headers=headers),
    ):
        assert answer.status_code < 500
