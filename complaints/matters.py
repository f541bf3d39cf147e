"""What reports tell, so that two of one place in different words are known to be about the same."""

from functools import cache
from importlib.resources import files

from data.collation import fold


def told(text: str) -> frozenset[str]:
    """The names of the matters (data/rules/matters.txt) that pieces of a text speak of."""
    plain = fold(text)
    return frozenset(name for piece, name in _pieces() if piece in plain)


@cache
def _pieces() -> tuple[tuple[str, str], ...]:
    shipped = (files("data") / "rules" / "matters.txt").read_text(encoding="utf-8")
    lines = (line for line in shipped.splitlines() if line and not line.startswith("#"))
    named = (line.split(":", 1) for line in lines)
    return tuple(
        (folded, name) for name, pieces in named for one in pieces.split() if (folded := fold(one))
    )
