"""A mark of how a row stands, for what carries no version: the second of two is told."""

import hashlib
from collections.abc import Mapping

from complaints.errors import StaleRow
from complaints.tables import Absence, Officer, Section

Marked = Section | Officer | Absence
# What is entered by people; counters and times that the program writes are none of it.
ENTERED: Mapping[type[Marked], tuple[str, ...]] = {
    Section: ("name", "intake", "active"),
    Officer: (
        *("name", "role", "active", "section_id", "deputy_id"),
        *("alert_channel", "alert_name"),
    ),
    Absence: ("first_day", "last_day", "deputy_id"),
}
LENGTH = 12


def mark(row: Marked) -> str:
    """Twelve letters and figures that are others when somebody has changed the row."""
    told = [str(getattr(row, name)) for name in ENTERED[type(row)]]
    return hashlib.sha256("\0".join(told).encode()).hexdigest()[:LENGTH]


def require_unchanged(row: Marked, seen: str | None) -> None:
    """Raise StaleRow unless the row stands as it was seen; None: whoever asks does not mind.

    The row is one that is held.
    """
    if seen is not None and seen != mark(row):
        raise StaleRow(row.__tablename__)
