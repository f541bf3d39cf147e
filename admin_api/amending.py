"""What differs between a published report and the same period worked out again."""

from collections.abc import Iterator, Mapping

from admin_api.monthly import NAMES
from admin_api.schemas.meetings import Change, Line, Meeting, Number

ALL = "全所"
TABLES = ("sections", "kinds", "topics", "villages", "channels", "outcomes")


def differences(before: Meeting, now: Meeting) -> list[Change]:
    """Every figure of the whole office and of each heading that is not what was published."""
    found = [*_differ(ALL, before.totals.now, now.totals.now)]
    for table in TABLES:
        found += _lines(getattr(before, table), getattr(now, table))
    return found


def _lines(before: list[Line], now: list[Line]) -> Iterator[Change]:
    """Told apart by code: a section that was given another name is the same section."""
    old, new = ({one.code: one for one in lines} for lines in (before, now))
    for code in {**old, **new}:
        known = new.get(code) or old[code]
        yield from _differ(known.name, _figures(old.get(code)), _figures(new.get(code)))


def _figures(line: Line | None) -> Mapping[str, Number]:
    return line.figures if line else {}


def _differ(where: str, old: Mapping[str, Number], new: Mapping[str, Number]) -> Iterator[Change]:
    for name in NAMES:
        was, is_now = old.get(name) or 0, new.get(name) or 0
        if abs(was - is_now) > ROUNDING:
            yield Change(where=where, name=NAMES[name][0], was=old.get(name), now=new.get(name))


ROUNDING = 1e-9
