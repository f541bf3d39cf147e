"""Reading YAML: safely, and with the quick reader where the platform has it."""

from typing import Any

import yaml

# The C loader is ten times quicker and as safe; a platform whose wheel lacks it still works.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load(text: str) -> Any:
    """What a YAML text says; raises yaml.YAMLError naming line and column of what is wrong."""
    return yaml.load(text, LOADER)  # noqa: S506 - both loaders are the safe ones


def load_all(text: str) -> list[Any]:
    """What each document of a YAML text says; raises like `load`."""
    return [*yaml.load_all(text, LOADER)]
