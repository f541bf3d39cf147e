"""Attachments kept by the digest of their content."""

import hashlib
import os
import tempfile
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


class UnacceptableFile(Exception):
    """The file is empty, too large, or of a kind that is not taken."""


def media_type(content: bytes) -> str | None:
    """Tell the kind of a file from its first bytes; None when it is not one we take."""
    for signature, kind in SIGNATURES:
        if content.startswith(signature):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return None


def keep(folder: Path, content: bytes) -> tuple[str, str]:
    """Store a file once and return its digest and kind; raises UnacceptableFile."""
    kind = media_type(content)
    if kind is None or not 0 < len(content) <= MAX_BYTES:
        raise UnacceptableFile(f"{len(content)} bytes, kind {kind}")
    digest = hashlib.sha256(content).hexdigest()
    target = path_of(folder, digest)
    if not target.exists():
        _write(target, content)
    return digest, kind


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
