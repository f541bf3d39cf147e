"""Attachments kept by the digest of their content, photos without what their camera noted."""

import hashlib
import os
import re
import struct
import tempfile
import threading
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

# What a citizen may send, told from the content itself and never from the name.
SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
MAX_BYTES = 20 * 1024 * 1024  # what Telegram lets a bot download
MAX_PIXELS = 80_000_000  # more than any telephone's photo of 20 MB

ORIENTATION = 0x0112  # the one EXIF entry without which a photo lies on its side
EXIF = b"Exif\0\0"
JPEG_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
PNG_SHOWN = frozenset(
    (b"IHDR PLTE tRNS IDAT IEND acTL fcTL fdAT gAMA cHRM sRGB iCCP cICP sBIT bKGD pHYs").split()
)
GIF_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
WEBP_SHOWN = frozenset((b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ICCP"))
WEBP_HAS_EXIF, WEBP_HAS_XMP = 0x08, 0x04

# A large picture takes a third of a gigabyte while it is tried, so one is tried at a time.
_trying = threading.Lock()


class UnacceptableFile(Exception):
    """The file is empty, too large, damaged, or of a kind that is not taken."""


def room_for(count: int) -> int:
    """How many bytes a request with so many files may have: the files, and a form beside them."""
    return count * MAX_BYTES + 1024 * 1024


def media_type(content: bytes) -> str | None:
    """Tell the kind of a file from its first bytes; None when it is not one we take."""
    for signature, kind in SIGNATURES:
        if content.startswith(signature):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return None


def keep(folder: Path, content: bytes) -> tuple[str, str]:
    """Store a file once, without metadata; return the stored content's digest and its kind.

    Raises UnacceptableFile.
    """
    kind = media_type(content)
    if kind is None or not 0 < len(content) <= MAX_BYTES:
        raise UnacceptableFile(f"{len(content)} bytes, kind {kind}")
    stripped = strip_metadata(content, kind)
    digest = hashlib.sha256(stripped).hexdigest()
    target = path_of(folder, digest)
    if not target.exists():
        _write(target, stripped)
    return digest, kind


def strip_metadata(content: bytes, kind: str) -> bytes:
    """The picture without EXIF, GPS, XMP, IPTC, comments, thumbnails or anything behind its end.

    The pixels stay byte for byte, for a photo may be evidence: parts are left out and nothing is
    encoded again. An orientation other than upright stays, alone in its EXIF block; colour
    profiles and animation stay too. Stripping twice changes nothing. A PDF is returned as it is:
    its author, its dates and the photos in it keep what they hold.
    Raises UnacceptableFile when the picture is cut off, cannot be shown, or has over MAX_PIXELS.
    """
    if kind not in WALKS:
        return content
    try:
        stripped = b"".join(WALKS[kind](content))
    except (IndexError, struct.error) as error:
        raise UnacceptableFile(f"{kind} is cut off or damaged") from error
    _try_to_show(stripped, kind)
    return stripped


def path_of(folder: Path, digest: str) -> Path:
    """Where the file with this digest lies; a malformed digest is a ValueError."""
    if len(digest) != 64 or not all(c in "0123456789abcdef" for c in digest):
        raise ValueError("not a digest")
    return folder / digest[:2] / digest


def _write(target: Path, content: bytes) -> None:
    # Written aside and renamed, so that a crash never leaves half a file under a digest.
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent)
    with os.fdopen(handle, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    os.replace(name, target)


def _try_to_show(content: bytes, kind: str) -> None:
    from PIL import Image  # only who stores a file waits for it

    damaged = (OSError, SyntaxError, ValueError, LookupError, EOFError, struct.error, zlib.error)
    too_many = (Image.DecompressionBombError, Image.DecompressionBombWarning)
    try:
        with _trying, Image.open(BytesIO(content), formats=(kind[6:],)) as image:
            pixels = image.width * image.height
            if pixels <= MAX_PIXELS:
                image.draft(image.mode, (1, 1))  # a JPEG is read whole but built small
                image.load()
    except too_many as error:
        raise UnacceptableFile(f"{kind} has more than {MAX_PIXELS} pixels") from error
    except damaged as error:
        raise UnacceptableFile(f"{kind} cannot be shown: {error}") from error
    if pixels > MAX_PIXELS:
        raise UnacceptableFile(f"{kind} has {pixels} pixels, more than {MAX_PIXELS}")


def _jpeg(content: bytes) -> Iterator[bytes]:
    yield content[:2]
    at, scan = 2, False
    while marker := JPEG_MARKER.search(content, at):
        if scan:
            yield content[at : marker.start()]
        code, start = marker[1][0], marker.end()
        if code == 0xD9:
            yield b"\xff\xd9"
            return
        (length,) = struct.unpack(">H", content[start : start + 2])
        yield _jpeg_segment(code, _piece(content, start + 2, length - 2))
        at, scan = start + length, code == 0xDA
    raise UnacceptableFile("image/jpeg is cut off")


def _jpeg_segment(code: int, data: bytes) -> bytes:
    if code == 0xE0 and data.startswith(b"JFIF\0"):
        data = data[:12] + b"\0\0"  # no thumbnail
    elif code == 0xE1 and data.startswith(EXIF):
        data = _upright_or(EXIF, data[len(EXIF) :])
    elif (0xE0 <= code <= 0xEF or code == 0xFE) and not _tells_colours(code, data):
        data = b""
    return b"\xff%c%s%s" % (code, struct.pack(">H", len(data) + 2), data) if data else b""


def _tells_colours(code: int, data: bytes) -> bool:
    profile = code == 0xE2 and data.startswith(b"ICC_PROFILE\0")
    return profile or (code == 0xEE and data.startswith(b"Adobe"))


def _png(content: bytes) -> Iterator[bytes]:
    yield content[:8]
    at, name = 8, b""
    while name != b"IEND":
        (length,) = struct.unpack(">I", content[at : at + 4])
        chunk = _piece(content, at, length + 12)
        name = chunk[4:8]
        if name == b"eXIf":
            yield _png_exif(_upright_or(b"", chunk[8:-4]))
        elif name in PNG_SHOWN:
            yield chunk
        at += len(chunk)


def _png_exif(exif: bytes) -> bytes:
    named = b"eXIf" + exif
    whole = struct.pack(">I", len(exif)) + named + struct.pack(">I", zlib.crc32(named))
    return whole if exif else b""


def _gif(content: bytes) -> Iterator[bytes]:
    at = 13 + _gif_colours(content[10])
    yield _piece(content, 0, at)
    while at < len(content) and content[at] != 0x3B:
        start, at = at, _gif_block_end(content, at)
        if _gif_shows(content[start:at]):
            yield content[start:at]
    yield b";"


def _gif_colours(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _gif_block_end(content: bytes, at: int) -> int:
    if content[at] == 0x2C:
        at += 11 + _gif_colours(content[at + 9])
    elif content[at] == 0x21:
        at += 2
    else:
        return at + 1  # padding, which readers skip
    while length := content[at]:
        at += 1 + length
    return at + 1


def _gif_shows(block: bytes) -> bool:
    loops = block[:2] == b"\x21\xff" and block[3:14] in GIF_LOOPS
    return loops or block[0] == 0x2C or block[:2] == b"\x21\xf9"


def _webp(content: bytes) -> Iterator[bytes]:
    (length,) = struct.unpack("<I", content[4:8])
    chunks = b"".join(_webp_chunks(_piece(content, 12, length - 4)))
    yield b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


def _webp_chunks(body: bytes) -> Iterator[bytes]:
    read = list(_riff(body))
    exif = next((data.removeprefix(EXIF) for name, data in read if name == b"EXIF"), b"")
    turned = _upright_or(b"", exif)
    for name, data in read:
        if name in WEBP_SHOWN:
            yield _riff_chunk(name, data)
        elif name == b"VP8X":
            flags = data[0] & ~(WEBP_HAS_EXIF | WEBP_HAS_XMP) | (WEBP_HAS_EXIF if turned else 0)
            yield _riff_chunk(name, bytes([flags]) + data[1:])
        elif name == b"ANMF":
            frame = b"".join(_riff_chunk(*one) for one in _riff(data[16:]) if one[0] in WEBP_SHOWN)
            yield _riff_chunk(name, data[:16] + frame)
    yield _riff_chunk(b"EXIF", turned) if turned else b""


def _riff(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(body):
        name, length = struct.unpack("<4sI", body[at : at + 8])
        yield name, _piece(body, at + 8, length)
        at += 8 + length + length % 2


def _riff_chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _piece(content: bytes, start: int, length: int) -> bytes:
    piece = content[start : start + length]
    if length < 0 or len(piece) != length:
        raise IndexError("cut off")
    return piece


def _upright_or(start: bytes, exif: bytes) -> bytes:
    turned = _orientation(exif)
    if turned == 1:
        return b""
    return start + struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, ORIENTATION, 3, 1, turned, 0, 0)


def _orientation(exif: bytes) -> int:
    order = "<" if exif[:2] == b"II" else ">"
    try:
        (start,) = struct.unpack_from(f"{order}I", exif, 4)
        (count,) = struct.unpack_from(f"{order}H", exif, start)
        for entry in range(start + 2, start + 2 + 12 * count, 12):
            tag, value = struct.unpack_from(f"{order}H6xH", exif, entry)
            if tag == ORIENTATION:
                return value if 1 <= value <= 8 else 1
    except struct.error:  # a damaged note is no reason to refuse the photo
        pass
    return 1


WALKS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/gif": _gif,
    "image/webp": _webp,
}
