"""Messages written blind, with what each is; see tests/faq/messages/."""

import json
from pathlib import Path

HERE = Path(__file__).parent / "messages"


def read(name: str) -> list[tuple[str, str]]:
    """The texts of a file with their kinds."""
    rows = map(json.loads, (HERE / f"{name}.jsonl").read_text("utf-8").splitlines())
    return [(row["q"], row["kind"]) for row in rows]
