"""Histories that no office would have, but that the rules allow: events drawn by a dice.

They hold what the figures read of each event and nothing else, so that thousands are made at once.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

Row = dict[str, Any]  # case, id, kind, at, data

RUNNING, REPLIED, CLOSED, MERGED, LEFT, WITHDRAWN = [
    "running",
    "replied",
    "closed",
    "merged",
    "left",
    "gone",
]
SECTIONS = ("civil", "social", "intake")
KINDS = ("rights_protection", "reform_suggestion", "misconduct_report", "praise")
STEPS = (0, 0, 0, 1, 1, 2, 5, 12, 40)  # days until the next thing happens
EVERYWHERE = ("edited", "promise_settled")
MAY: dict[str, tuple[str, ...]] = {
    RUNNING: (
        *("assigned", "accepted", "handed_back", "owner_settled", "classified", "due_date_moved"),
        *("supplement_asked", "supplement_asked", "supplemented", "merged"),
        *("extended", "extended", "extension_undone"),
        *("replied", "replied", "replied", "replied", "transferred", "not_processed", "merged"),
        *("withdrawn", "closed"),
    ),
    REPLIED: (
        *("replied", "closed", "closed", "closed", "reopened", "withdrawn", "due_date_moved"),
        *("confirmed_improved", "satisfaction_rated", "promised"),
    ),
    CLOSED: (
        *("reopened", "confirmed_improved", "improvement_recorded"),
        *("satisfaction_rated", "satisfaction_rated"),
    ),
    MERGED: (
        *("split", "split", "replied", "supplemented", "confirmed_improved"),
        "satisfaction_rated",
    ),
    LEFT: ("reopened",),
    WITHDRAWN: (),
}
# What is worth trying after what: it is where a rule could be forgotten.
TRIES = {
    "supplement_asked": ("merged", "merged", "replied", "due_date_moved"),
    "merged": ("split", "split", "supplemented", "satisfaction_rated"),
    "extended": ("extension_undone", "replied", "extended"),
    "satisfaction_rated": ("satisfaction_rated", "reopened"),
    "handed_back": ("handed_back",),
}
LEADS_TO = {
    "replied": REPLIED,
    "closed": CLOSED,
    "merged": MERGED,
    "split": RUNNING,
    "reopened": RUNNING,
    "transferred": LEFT,
    "not_processed": LEFT,
    "withdrawn": WITHDRAWN,
}
SETS_DUE = frozenset(
    {
        *("classified", "supplement_asked", "supplemented", "extended", "extension_undone"),
        *("due_date_moved", "reopened", "split", "transferred", "not_processed", "merged"),
        *("withdrawn", "closed"),
    }
)


@dataclass
class Drawn:
    """One case as the dice tell it."""

    dice: random.Random
    case: int
    numbers: Callable[[], int]
    now: datetime
    state: str = RUNNING
    due: date = date.min
    bounces: int = 0
    rows: list[Row] = field(default_factory=list)
    under: dict[str, Any] = field(default_factory=dict)

    def live(self, events: int) -> list[Row]:
        """Receive the case and let so many things happen to it, as far as any may."""
        self.under = self._headings()
        self._move_due()
        self._record("received", {"due_on": self.due.isoformat()})
        for _ in range(events):
            self.now += timedelta(days=self.dice.choice(STEPS), hours=self.dice.randint(0, 9))
            if self.dice.random() < 0.03:
                self.now -= timedelta(days=3)  # somebody put the clock back
            self._happen(self._next())
        return self.rows

    def _next(self) -> str:
        tried = TRIES.get(self.rows[-1]["kind"], ())
        likely = [kind for kind in tried if kind in MAY[self.state]]
        if likely and self.dice.random() < 0.5:
            return self.dice.choice(likely)
        return self.dice.choice((*MAY[self.state] * 3, *EVERYWHERE))

    def _happen(self, kind: str) -> None:
        data: dict[str, Any] = {}
        if kind in {"assigned", "handed_back", "owner_settled", "classified", "edited"}:
            self.under = self._headings()
        if kind in SETS_DUE:
            self._move_due()
            data["due_on"] = self.due.isoformat()
        if kind in SAYS:
            data |= SAYS[kind](self)
        self._record(kind, data)
        copied = self.state == MERGED and kind == "replied"  # the answer of the main case
        self.state = self.state if copied else LEADS_TO.get(kind, self.state)

    def _record(self, kind: str, data: dict[str, Any]) -> None:
        row = {"case": self.case, "id": self.numbers(), "kind": kind, "at": self.now}
        self.rows.append(row | {"data": data | {"under": dict(self.under)}})

    def _headings(self) -> dict[str, Any]:
        kind = self.dice.choice(KINDS)
        return {
            "kind": kind,
            "channel": self.dice.choice(("telegram", "counter")),
            "circle": kind == "misconduct_report" or self.dice.random() < 0.1,
            "section": self.dice.choice(SECTIONS),
            "topic": self.dice.choice(("doorplate", None)),
            "village": self.dice.choice(("V-1", None)),
        }

    def _move_due(self) -> None:
        self.due = self.now.date() + timedelta(days=self.dice.randint(-2, 12))

    def stops_clock(self) -> dict[str, Any]:
        """A first reply stops it; one to an answered or merged case does not."""
        return {"stops_clock": self.state == RUNNING}

    def asks(self) -> dict[str, Any]:
        """By the practice of the office the clock stands or runs on."""
        return {"stops_clock": self.dice.random() < 0.6}

    def refuses(self) -> dict[str, Any]:
        """The times are counted."""
        self.bounces += 1
        return {"times": self.bounces}

    def closes(self) -> dict[str, Any]:
        """With an outcome, the days it took, and perhaps asked for a grade."""
        done = self.due + timedelta(days=self.dice.choice((-3, 0, 0, 1, 9)))
        return {
            "done_on": done.isoformat(),
            "days_used": self.dice.choice((0.5, 1, 2, 3, 5, 6, 7, 14)),
            "outcome": self.dice.choice(("resolved", "adopted", "not_adopted", "explained")),
            "asked": self.dice.random() < 0.8,
        }

    def rates(self) -> dict[str, Any]:
        """A grade of either aspect, or only why an earlier one was low."""
        if self.dice.random() < 0.1:
            return {"aspect": "reason", "reason_code": "slow", "said": ""}
        aspect = self.dice.choice(("process", "result"))
        return {"aspect": aspect, "grade": self.dice.randint(1, 5)}

    def settles(self) -> dict[str, Any]:
        """Kept or missed."""
        return {"promise": 1, "state": self.dice.choice(("kept", "missed"))}

    def promises(self) -> dict[str, Any]:
        """Its day is none of the case's."""
        return {"promise": 1, "due_on": "2020-01-01"}

    def transfers(self) -> dict[str, Any]:
        """In time or late."""
        late = self.dice.random() < 0.5
        return {"late": late, "outcome": "transferred_to_competent_agency"}

    def leaves(self) -> dict[str, Any]:
        """On a ground."""
        ground = self.dice.choice(("repeated_same_matter", "no_concrete_content"))
        return {"ground": ground, "outcome": "not_processed"}

    def withdraws(self) -> dict[str, Any]:
        """The citizen's wish is an outcome, too."""
        return {"outcome": "withdrawn"}


SAYS: dict[str, Callable[[Drawn], dict[str, Any]]] = {
    "replied": Drawn.stops_clock,
    "supplement_asked": Drawn.asks,
    "handed_back": Drawn.refuses,
    "closed": Drawn.closes,
    "satisfaction_rated": Drawn.rates,
    "promise_settled": Drawn.settles,
    "promised": Drawn.promises,
    "transferred": Drawn.transfers,
    "not_processed": Drawn.leaves,
    "withdrawn": Drawn.withdraws,
}


def draw(
    dice: random.Random, cases: Sequence[int], numbers: Callable[[], int], first: date
) -> list[Row]:
    """The events of such cases (by their numbers), received within four months of a day."""
    rows: list[Row] = []
    for case in cases:
        hours = dice.randrange(24 * 120)
        at = datetime(first.year, first.month, first.day, tzinfo=UTC) + timedelta(hours=hours)
        rows += Drawn(dice, case, numbers, at).live(dice.randint(0, 12))
    return rows
