"""What some operations answer besides what every one may, as the schema tells it."""

from collections.abc import Collection
from typing import Any

from admin_api.schemas.base import ProblemOut

Answers = dict[int | str, dict[str, Any]]

TAG_HEADER = {
    "ETag": {"description": "版本與內容的標記 / for If-None-Match", "schema": {"type": "string"}}
}
TOLD_TAG: Answers = {
    200: {"headers": TAG_HEADER},
    304: {"description": "沒有變 / not changed", "headers": TAG_HEADER},
}
WAIT = {"Retry-After": {"description": "秒 / seconds", "schema": {"type": "string"}}}
TOO_OFTEN: Answers = {429: {"model": ProblemOut, "description": "太多次 / too many tries"}}


def a_file(kinds: Collection[str]) -> Answers:
    """The answer is a file of one of these media types."""
    binary = {"schema": {"type": "string", "format": "binary"}}
    content = {kind: {} if "yaml" in kind else binary for kind in kinds}  # YAML reads as a list
    return {200: {"content": content, "description": "檔案 / the file"}}
