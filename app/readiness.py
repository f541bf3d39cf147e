"""Whether the program can serve, and if not, why not."""

import shutil
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app import migrating
from app.office import Office
from complaints.clock.workdays import office_date
from complaints.tables import CalendarYear, Rule, Section
from data.database import reading
from faq.keeping.tables import Entry

LEAST_ROOM = 50 * 2**20  # bytes; with less, nothing more can be promised to be kept
LOOK_AHEAD = timedelta(days=45)  # a 30-day limit filed today must find its calendar


def problems(office: Office, telegram: str | None, least_room: int = LEAST_ROOM) -> list[str]:
    """What stands in the way of serving; empty when ready.

    `telegram` is that channel's problem; `least_room` is how many bytes must be free.
    """
    found = [f"telegram: {telegram}"] if telegram else []
    found += _room_problems(office, least_room)
    try:
        if not migrating.is_current(office.engine):
            return [*found, "database: the schema is not current; run: python -m app migrate"]
        return found + _content_problems(office)
    except SQLAlchemyError as error:
        return [*found, f"database: {type(error).__name__}"]


def _room_problems(office: Office, least: int) -> list[str]:
    folder = office.settings.data_dir
    try:
        free = shutil.disk_usage(folder if folder.exists() else ".").free
    except OSError as error:
        return [f"disk: {error.strerror}"]
    return [f"disk: {free // 2**20} MB left in DATA_DIR"] if free < least else []


def _content_problems(office: Office) -> list[str]:
    today = office_date(office.clock())
    with reading(office.engine) as tx:
        years = set(tx.scalars(select(CalendarYear.year)))
        rules = tx.scalar(select(Rule.kind).limit(1))
        intake = tx.scalar(select(Section.id).where(Section.intake, Section.active).limit(1))
        entries = tx.scalar(select(Entry.id).limit(1))
    needed = {today.year, (today + LOOK_AHEAD).year}
    found = [f"calendar: {year} is not loaded" for year in sorted(needed - years)]
    if rules is None:
        found.append("rules: none; run: python -m app seed")
    if intake is None:
        found.append("sections: none takes new cases; run: python -m app seed")
    if entries is None:
        found.append("faq: no entries; run: python -m app seed")
    return found
