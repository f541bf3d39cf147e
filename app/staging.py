"""Where made-up stories happen: the office, the moment, and what an act of a story may do."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from typing import Any

import yaml
from sqlalchemy.orm import Session

from complaints import handling
from complaints.clock.workdays import TAIPEI
from complaints.errors import ComplaintError
from complaints.roles import CLOSED_CIRCLE, HANDLERS, MAY, OWN_SECTION, Role
from complaints.states import ALLOWED, OPEN, Action, Kind, Outcome, Status
from complaints.tables import Case, Officer, Section

Given = dict[str, Any]  # what a verb is given, by name


@dataclass(frozen=True)
class Matter:
    """What a made-up petition is about, and how it is answered."""

    kind: Kind
    text: str
    place: str | None
    section: str | None
    reply: str
    outcome: Outcome


@dataclass
class Scene:
    """What all stories share: the office, the moment, and the cases there are."""

    officers: Sequence[Officer]
    sections: Sequence[Section]
    seed: int
    prefix: str
    citizens: int
    answered: list[tuple[str, str, Matter]] = field(default_factory=list)
    filed: list[str] = field(default_factory=list)
    now: datetime = field(init=False)
    tx: Session = field(init=False)


class Stage:
    """One story's place on the scene: its case, its dice, and who may act in it."""

    _id: int
    _no: str

    def __init__(self, scene: Scene, n: int) -> None:
        self._scene = scene
        self._n = n

    def _throw_own_dice(self) -> None:
        """Not before the story begins: very many may wait for their day."""
        self._dice = random.Random(f"{self._scene.seed}:{self._n}")  # noqa: S311

    def _do(
        self,
        action: Action,
        verb: Callable[..., object],
        *,
        by: Officer | None = None,
        but: Officer | None = None,
        **given: Any,
    ) -> bool:
        """Let somebody do it who may, if the case is so that it can be done."""
        case = self._case()
        officer = by or self._one_of(action, but=but)
        if officer is None or case.state not in ALLOWED[action]:
            return False
        return self._try(verb, by=officer, version=case.version, **given)

    def _hear_from_citizen(self, verb: Callable[..., object], **given: Any) -> bool:
        return self._try(verb, **given)

    def _hear(self, text: str) -> None:
        self._hear_from_citizen(handling.add_information, text=text)

    def _withdraw(self) -> None:
        if self._status() in OPEN:
            self._hear_from_citizen(handling.withdraw)

    def _try(self, verb: Callable[..., object], **given: Any) -> bool:
        try:
            with self._scene.tx.begin_nested():
                verb(self._scene.tx, self._no, now=self._scene.now, **given)
        except ComplaintError:
            return False
        return True

    def _case(self) -> Case:
        return self._scene.tx.get_one(Case, self._id)

    def _status(self) -> Status:
        return self._case().state

    def _handler_of(self, section: Section) -> Officer | None:
        able = self._able(HANDLERS, self._case())
        own = [officer for officer in able if officer.section_id == section.id]
        anywhere = [officer for officer in able if Role(officer.role) not in OWN_SECTION]
        return self._dice.choice(own or anywhere) if own or anywhere else None

    def _one_of(self, action: Action, but: Officer | None = None) -> Officer | None:
        """Somebody who may do this with the case as it is now."""
        case = self._case()
        here = [
            officer
            for officer in self._able(MAY[action] & HANDLERS, case)
            if Role(officer.role) not in OWN_SECTION or officer.section_id == case.section_id
        ]
        others = [officer for officer in here if officer is not but]
        return self._dice.choice(others) if others else None

    def _able(self, roles: frozenset[Role], case: Case) -> list[Officer]:
        closed = case.kind == Kind.MISCONDUCT_REPORT
        allowed = roles & CLOSED_CIRCLE if closed else roles - {Role.ETHICS}
        return [officer for officer in self._scene.officers if Role(officer.role) in allowed]

    def _chance(self, of_hundred: int) -> bool:
        return self._dice.randrange(100) < of_hundred

    def _hours(self, least: int, most: int) -> datetime:
        """Some hours later, in office hours, never earlier than now."""
        later = self._scene.now + timedelta(hours=self._dice.randint(least, most))
        local = later.astimezone(TAIPEI)
        if local.weekday() > 4:
            local += timedelta(days=7 - local.weekday())
        clock = time(self._dice.randint(8, 16), self._dice.randint(0, 59), tzinfo=TAIPEI)
        return max(datetime.combine(local.date(), clock), self._scene.now)

    def _in_office(self, day: date) -> datetime:
        return datetime.combine(day, time(self._dice.randint(9, 16)), TAIPEI)


def matters() -> list[Matter]:
    """The matters citizens bring."""
    return [
        Matter(
            kind=Kind(row["kind"]),
            text=row["text"],
            place=row.get("place"),
            section=row.get("section"),
            reply=row["reply"],
            outcome=Outcome(row["outcome"]),
        )
        for row in texts()["matters"]
    ]


def texts() -> dict[str, list[Any]]:
    """The texts of samples/history.yaml."""
    source = (files("data") / "samples" / "history.yaml").read_text(encoding="utf-8")
    loaded: dict[str, list[Any]] = yaml.safe_load(source)
    return loaded
