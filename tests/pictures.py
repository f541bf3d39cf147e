"""Real pictures, small and made as they are needed, with what cameras and programs note in them."""

from io import BytesIO
from typing import Any

from PIL import ExifTags, Image, ImageDraw, PngImagePlugin

SIZE = (48, 32)
ORIENTATION = 0x0112
# Each stands in one kind of note; none may be in a file that is kept.
NOTES = (b"CameraOfWang", b"NoteInXmp", b"NoteInIptc", b"NoteInComment", b"NoteBehindTheEnd")
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>NoteInXmp</x:xmpmeta>"
IPTC = b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x0f\x1c\x02\x78\0\x0aNoteInIptc\0"


def jpeg(*, gps: bool = False, orientation: int = 1, **saved: Any) -> bytes:
    """A JPEG; with `gps` a camera's EXIF with a place, XMP, IPTC, a comment and bytes behind."""
    if not gps:
        return _written(_picture(), "JPEG", **saved)
    exif = _exif(orientation)
    noted = {"exif": exif, "xmp": XMP, "comment": b"NoteInComment"} | saved
    content = _written(_picture(), "JPEG", **noted)
    iptc = b"\xff\xed" + (len(IPTC) + 2).to_bytes(2) + IPTC
    return content[:2] + iptc + content[2:] + b"NoteBehindTheEnd"


def png(*, noted: bool = False, orientation: int = 1) -> bytes:
    """A PNG; with `noted` EXIF with a place, texts of all three kinds, and bytes behind its end."""
    if not noted:
        return _written(_picture(), "PNG")
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", "NoteInComment")
    texts.add_text("Author", "NoteInIptc", zip=True)
    texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
    exif = _exif(orientation)
    return _written(_picture(), "PNG", pnginfo=texts, exif=exif) + b"NoteBehindTheEnd"


def gif(*, noted: bool = False) -> bytes:
    """A GIF of three frames that runs for ever; with `noted` a comment in it and bytes behind."""
    comment = {"comment": b"NoteInComment"} if noted else {}
    content = _moving("GIF", **comment)
    return content + b"NoteBehindTheEnd" if noted else content


def webp(*, noted: bool = False, orientation: int = 1, moving: bool = False) -> bytes:
    """A WebP, still or of three frames; with `noted` EXIF with a place and XMP."""
    notes: dict[str, Any] = {"exif": _exif(orientation), "xmp": XMP} if noted else {}
    if moving:
        return _moving("WEBP", **notes)
    return _written(_picture(), "WEBP", lossless=True, **notes)


def pdf() -> bytes:
    """The start of a PDF that names its author."""
    return b"%PDF-1.7\n1 0 obj\n<< /Author (CameraOfWang) >>\nendobj\n%%EOF\n"


def _picture(shade: int = 0) -> Image.Image:
    # A dark corner at the upper left, so that a turned picture shows it.
    picture = Image.new("RGB", SIZE, (230, 220, 210 - shade))
    ImageDraw.Draw(picture).rectangle((0, 0, 15, 15), fill=(10, 20, 30 + shade))
    return picture


def _moving(kind: str, **saved: Any) -> bytes:
    first, *rest = (_picture(shade) for shade in (0, 60, 120))
    return _written(
        first, kind, save_all=True, append_images=rest, duration=[100, 200, 300], loop=0, **saved
    )


def _exif(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[ExifTags.Base.Model] = "CameraOfWang"
    exif[ExifTags.IFD.GPSInfo] = {1: "N", 2: (25.0, 2.0, 17.0), 3: "E", 4: (121.0, 34.0, 9.0)}
    return exif


def _written(picture: Image.Image, kind: str, **saved: Any) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **saved)
    return out.getvalue()
