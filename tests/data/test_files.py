from pathlib import Path

import pytest

from data import files

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


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
