"""Reading YAML: safely, and with the quick reader where the platform has it."""

import re
from collections.abc import Callable
from typing import Any

import yaml

# The C loader is ten times quicker and as safe; a platform whose wheel lacks it still works.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DEEPEST = 50  # lists in lists; at some ten thousand the quick reader takes the whole program down
MOST_PARTS = 500_000  # lists, mappings and values; each takes half a kilobyte while it is read
MOST_REPEATED = 100_000  # characters that stand there by aliases
# 1:30:00 is a number to YAML, to the base of sixty; of thousands of parts it takes hours.
SIXTIES = re.compile(r"(?>(?:[\s\d_+-]*+:){300,})[\s\d_+-]*+")
# What the readers raise at a value that is not what its tag or its look says.
MISREAD = (ValueError, ArithmeticError, LookupError, AttributeError, TypeError)


def load(text: str) -> Any:
    """What a YAML text says; raises yaml.YAMLError naming line and column of what is wrong."""
    return _read(text, yaml.load)


def load_all(text: str) -> list[Any]:
    """What each document of a YAML text says; raises like `load`."""
    read: list[Any] = _read(text, lambda text, loader: [*yaml.load_all(text, loader)])
    return read


def _read(text: str, read: Callable[[str, Any], Any]) -> Any:
    _refuse_bombs(text)
    try:
        return read(text, LOADER)  # both loaders are the safe ones
    except MISREAD as error:
        raise yaml.YAMLError(str(error)) from error


def _refuse_bombs(text: str) -> None:
    """Refuse what would take the memory or the stack of the whole program.

    An alias may repeat a value; of a list or a mapping a few lines of them become gigabytes.
    """
    parts = depth = repeated = 0
    sizes: dict[str | None, int] = {}
    for one in yaml.parse(text, LOADER):
        parts += 1
        if isinstance(one, yaml.ScalarEvent):
            sizes[one.anchor] = len(one.value)
            parts += MOST_PARTS if SIXTIES.fullmatch(one.value) else 0
        elif isinstance(one, yaml.AliasEvent):
            repeated += sizes.get(one.anchor, MOST_REPEATED + 1)
        elif isinstance(one, yaml.CollectionStartEvent):
            sizes[one.anchor] = MOST_REPEATED + 1
            depth += 1
        depth -= isinstance(one, yaml.CollectionEndEvent)
        if depth > DEEPEST or repeated > MOST_REPEATED or parts > MOST_PARTS:
            where: Any = one.start_mark
            problem = "nested too deep, or too much of it, or repeated (*)"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=where)
