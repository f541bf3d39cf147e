"""Entering what the program ships: calendars, rules, intake section, checklists, starter FAQ."""

from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.clock import calendars
from complaints.tables import ApprovalLevel, CalendarYear, CheckStep, Rule, Section
from faq.keeping import exchange

BY = "starter"


@dataclass(frozen=True)
class Seeded:
    """How much was entered; nothing where the office already has its own."""

    years: int
    rules: int
    sections: int
    steps: int
    entries: int


def seed(tx: Session, *, now: datetime) -> Seeded:
    """Enter what is missing and leave everything the office has as it is."""
    done = Seeded(
        years=_calendars(tx, now),
        rules=_rules(tx),
        sections=_sections(tx),
        steps=_steps(tx, now),
        entries=exchange.enter(tx, exchange.shipped(), by=BY, now=now),
    )
    if done.entries:
        exchange.translate(tx, exchange.shipped_translations(), by=BY, now=now)
    return done


def _calendars(tx: Session, now: datetime) -> int:
    loaded = set(tx.scalars(select(CalendarYear.year)))
    missing = [table for table in calendars.shipped() if table.year not in loaded]
    if missing:
        calendars.store(tx, missing, now=now)
    return len(missing)


def _rules(tx: Session) -> int:
    known = {(kind, priority) for kind, priority in tx.execute(select(Rule.kind, Rule.priority))}
    shipped = _shipped("rules.yaml")
    rows = [Rule(**row) for row in shipped if (row["kind"], row["priority"]) not in known]
    tx.add_all(rows)
    if tx.scalar(select(ApprovalLevel.role).limit(1)) is None:
        tx.add_all(ApprovalLevel(**row) for row in _shipped("levels.yaml"))
    return len(rows)


def _sections(tx: Session) -> int:
    if tx.scalar(select(Section.id).limit(1)) is not None:
        return 0
    rows = [Section(**row, active=True) for row in _shipped("sections.yaml")]
    tx.add_all(rows)
    return len(rows)


def _steps(tx: Session, now: datetime) -> int:
    """Only where there never was one: what the office retired stays so."""
    if tx.scalar(select(CheckStep.id).limit(1)) is not None:
        return 0
    shipped = enumerate(_shipped("checklists.yaml"), 1)
    rows = [CheckStep(**row, place=place, active=True, by=BY, at=now) for place, row in shipped]
    tx.add_all(rows)
    return len(rows)


def _shipped(name: str) -> list[dict[str, object]]:
    text = (files("data") / "rules" / name).read_text(encoding="utf-8")
    return list(yaml.safe_load(text))
