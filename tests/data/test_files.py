import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps, ImageSequence

from data import files
from tests import pictures

PNG = pictures.png()
GPS_OF_EXIF = struct.pack(">H", 0x8825), struct.pack("<H", 0x8825)
NOTED: dict[str, Callable[[], bytes]] = {
    "image/jpeg": lambda: pictures.jpeg(gps=True, orientation=6),
    "image/png": lambda: pictures.png(noted=True, orientation=6),
    "image/gif": lambda: pictures.gif(noted=True),
    "image/webp": lambda: pictures.webp(noted=True, orientation=6),
}
KINDS = pytest.mark.parametrize("kind", NOTED)


def frames(content: bytes) -> list[tuple[bytes, Any]]:
    """The pixels of every frame as they are stored, and how long each is shown."""
    with Image.open(BytesIO(content)) as image:
        return [
            (frame.convert("RGBA").tobytes(), frame.info.get("duration"))
            for frame in ImageSequence.Iterator(image)
        ]


def seen(content: bytes) -> bytes:
    """The pixels as a reader that honours the orientation shows them."""
    with Image.open(BytesIO(content)) as image:
        return ImageOps.exif_transpose(image).convert("RGB").tobytes()


def test_the_same_content_is_kept_once(tmp_path: Path) -> None:
    first, kind = files.keep(tmp_path, PNG)
    second, _ = files.keep(tmp_path, PNG)
    assert first == second
    assert kind == "image/png"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [
        files.path_of(tmp_path, first)
    ]


@pytest.mark.parametrize(
    "content", [b"", b"MZ\x90\0program", b"<html>", PNG + b"\0" * files.MAX_BYTES]
)
def test_what_is_no_photo_is_refused_and_not_kept(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(files.UnacceptableFile):
        files.keep(tmp_path, content)
    assert not list(tmp_path.rglob("*"))


@pytest.mark.parametrize("digest", ["../../etc/passwd", "A" * 64, "", "ab"])
def test_only_a_digest_names_a_file(tmp_path: Path, digest: str) -> None:
    with pytest.raises(ValueError, match="digest"):
        files.path_of(tmp_path, digest)


@KINDS
def test_what_the_camera_noted_is_not_kept(tmp_path: Path, kind: str) -> None:
    content = NOTED[kind]()
    assert sum(note in content for note in pictures.NOTES) >= 2  # else nothing is tested
    digest, told = files.keep(tmp_path, content)
    kept = files.path_of(tmp_path, digest).read_bytes()
    assert told == kind
    assert [note for note in pictures.NOTES if note in kept] == []
    with Image.open(BytesIO(kept)) as image:
        assert set(image.getexif()) <= {pictures.ORIENTATION}
        assert not {"xmp", "comment", "photoshop", "Comment", "Author"} & set(image.info)


def test_every_note_of_a_jpeg_was_there_and_is_gone() -> None:
    content = pictures.jpeg(gps=True)
    stripped = files.strip_metadata(content, "image/jpeg")
    for note in (*pictures.NOTES, b"Exif", b"http://ns.adobe.com/xap", b"8BIM"):
        assert note in content
        assert note not in stripped
    assert any(tag in content for tag in GPS_OF_EXIF)


@KINDS
def test_not_a_pixel_changes_and_what_moves_still_moves(kind: str) -> None:
    content = NOTED[kind]()
    assert frames(files.strip_metadata(content, kind)) == frames(content)


def test_a_moving_picture_keeps_its_frames_and_runs_on() -> None:
    for content, kind in (
        (pictures.gif(noted=True), "image/gif"),
        (pictures.webp(noted=True, moving=True), "image/webp"),
    ):
        stripped = files.strip_metadata(content, kind)
        assert not any(note in stripped for note in pictures.NOTES)
        assert len(frames(stripped)) == 3
        assert frames(stripped) == frames(content)
        with Image.open(BytesIO(stripped)) as image:
            assert image.info["loop"] == 0


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_does_not_lie_on_its_side(orientation: int) -> None:
    for content, kind in (
        (pictures.jpeg(gps=True, orientation=orientation), "image/jpeg"),
        (pictures.png(noted=True, orientation=orientation), "image/png"),
        (pictures.webp(noted=True, orientation=orientation), "image/webp"),
    ):
        stripped = files.strip_metadata(content, kind)
        assert seen(stripped) == seen(content)
        assert (b"\x01\x12\0\x03" in stripped) is (orientation != 1)


def test_thumbnails_are_left_out_and_colour_profiles_stay() -> None:
    plain = pictures.jpeg(icc_profile=b"colours of this camera" * 9)
    start = plain.index(b"JFIF\0")
    thumbnail = b"\1\1" + b"rgb"
    segment = plain[start : start + 12] + thumbnail
    content = (
        plain[: start - 2] + struct.pack(">H", len(segment) + 2) + segment + plain[start + 14 :]
    )
    stripped = files.strip_metadata(content, "image/jpeg")
    assert stripped == plain
    assert b"colours of this camera" in stripped


@pytest.mark.parametrize("progressive", [True, False])
def test_a_comment_between_the_scans_is_left_out(progressive: bool) -> None:
    plain = pictures.jpeg(progressive=progressive)
    last_scan = plain.rindex(b"\xff\xda")
    comment = b"\xff\xfe" + struct.pack(">H", 15) + b"NoteInComment"
    content = plain[:last_scan] + comment + plain[last_scan:]
    assert files.strip_metadata(content, "image/jpeg") == plain


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (pictures.jpeg(), "image/jpeg"),
        (pictures.png(), "image/png"),
        (pictures.gif(), "image/gif"),
        (pictures.webp(), "image/webp"),
        (pictures.pdf(), "application/pdf"),
    ],
)
def test_a_file_without_notes_and_a_pdf_stay_as_they_are(content: bytes, kind: str) -> None:
    assert files.strip_metadata(content, kind) == content


@KINDS
def test_stripping_twice_equals_once(kind: str) -> None:
    once = files.strip_metadata(NOTED[kind](), kind)
    assert files.strip_metadata(once, kind) == once


@KINDS
@pytest.mark.parametrize("left", [0.3, 0.6, 0.9])
def test_a_file_cut_off_is_refused(tmp_path: Path, kind: str, left: float) -> None:
    content = files.strip_metadata(NOTED[kind](), kind)
    with pytest.raises(files.UnacceptableFile, match=kind):
        files.keep(tmp_path, content[: int(len(content) * left)])
    assert not list(tmp_path.rglob("*"))


@KINDS
def test_a_signature_alone_is_no_picture(kind: str) -> None:
    for rest in (b"", b"x" * 90, b"\0" * 90):
        with pytest.raises(files.UnacceptableFile, match=kind):
            files.strip_metadata(NOTED[kind]()[:16] + rest, kind)


def huge_png(width: int, height: int) -> bytes:
    """A few bytes that claim to be a large picture."""
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))]
    parts += [(b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")]
    chunks = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )
    return PNG[:8] + b"".join(chunks)


@pytest.mark.parametrize("size", [(9000, 9000), (10_000, 10_000), (60_000, 60_000)])
def test_a_bomb_is_refused(tmp_path: Path, size: tuple[int, int]) -> None:
    with pytest.raises(files.UnacceptableFile, match="pixels"):
        files.keep(tmp_path, huge_png(*size))
    assert not list(tmp_path.rglob("*"))


def test_a_bomb_in_another_kind_is_refused() -> None:
    content = bytearray(pictures.jpeg())
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 9] = struct.pack(">HH", 60_000, 60_000)
    with pytest.raises(files.UnacceptableFile, match="pixels"):
        files.strip_metadata(bytes(content), "image/jpeg")


@pytest.mark.filterwarnings("ignore:.*:UserWarning")
@given(st.sampled_from(list(NOTED)), st.data())
def test_a_damaged_file_is_stripped_or_refused_and_nothing_else(
    kind: str, drawn: st.DataObject
) -> None:
    content = bytearray(NOTED[kind]())
    for _ in range(drawn.draw(st.integers(1, 4))):
        content[drawn.draw(st.integers(12, len(content) - 1))] = drawn.draw(st.integers(0, 255))
    try:
        once = files.strip_metadata(bytes(content), kind)
    except files.UnacceptableFile:
        return
    assert files.strip_metadata(once, kind) == once
