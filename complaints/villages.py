"""The village (里) a place lies in: told by its pin, else its address, else the village it names.

Nothing is guessed: where two villages fit, none is found.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain, pairwise
from math import hypot
from typing import NamedTuple

from sqlalchemy import Text, bindparam, select
from sqlalchemy.orm import Session

from complaints.states import EventKind
from complaints.tables import STILL_OPEN, Case, Village, VillageStreet, record
from data import numerals
from data.collation import normalize
from data.numerals import DIGITS, NOUGHTS

Ring = list[list[float]]
Polygon = list[Ring]

TOUCH = 1e-7  # degrees, about a centimetre: a pin this near an edge is on it
LONGEST = 300  # characters of a place that are read; an address has some thirty
FIRST, LAST = 1, 99_999  # house numbers of a road that belongs to a village as a whole
ALL, ODD, EVEN = "all", "odd", "even"

PLAIN = NOUGHTS + DIGITS  # read one by one: 一五號 is 15號
NUMBER = rf"(?:\d{{1,5}}|[{PLAIN}十百廿]+)"
HOUSE = rf"{NUMBER}(?:[之-]{NUMBER})?"
AFTER = re.compile(
    rf"(?P<section>{NUMBER}段)?(?P<lane>{HOUSE}巷)?(?P<alley>{HOUSE}弄)?"
    rf"(?P<numbers>{HOUSE}(?:號?(?:之{NUMBER})?[、及和與或到至~]{HOUSE})*號)?"
)
OF_A_ROAD = re.compile(rf"{NUMBER}(?=段|路|街|大道)")
OF_A_HOUSE = re.compile(rf"號?[之-]{NUMBER}")  # 15號之3 and 15之3號 belong to 15
PARTS = rf"[路街道段巷弄號之\d{PLAIN}十百廿]"
GAP = re.compile(rf"(?<={PARTS})\s+(?={PARTS})")
ACROSS = ("對面", "對街")  # the other side of a street may be another village
HAN = re.compile(r"[一-鿿]")

NAMED = select(VillageStreet).where(bindparam("place", type_=Text).contains(VillageStreet.road))
NAMES = select(Village.id, Village.name)
# What may stand before a name: 三民里 is not in 新三民里, but it is in 萬華區三民里.
BEFORE = frozenset("市縣區鄉鎮里村鄰路街段巷弄口號樓於在到住往從去過經沿的是和與跟及或至近家本")


class Address(NamedTuple):
    """A road with its lanes, the most exact first, and the house numbers that are named."""

    road: str
    lanes: tuple[str | None, ...]
    numbers: tuple[int, ...]


def locate(
    tx: Session, place: str | None, latitude: float | None, longitude: float | None
) -> Village | None:
    """The one village a place lies in; None where none fits, or more than one.

    A pin (degrees, WGS84) inside a boundary decides; else an address in a street's numbers; else
    a village of the office that is named. What comes later only settles what an earlier one left
    open, as a pin on the border of two does.
    """
    found = fitting(tx, place, latitude, longitude)
    return found[0] if len(found) == 1 else None


def name_of(
    tx: Session, place: str | None, latitude: float | None, longitude: float | None
) -> str | None:
    """The name of the village a place lies in, where `locate` is sure of one."""
    village = locate(tx, place, latitude, longitude)
    return village.name if village else None


def fitting(
    tx: Session, place: str | None, latitude: float | None, longitude: float | None
) -> list[Village]:
    """The villages a place may lie in, by code; more than one where it cannot be told."""
    left: set[int] = set()
    for found in _readings(tx, place, latitude, longitude):
        left = (left & found or left) if left else found
        if len(left) == 1:
            break
    if not left:
        return []
    return list(tx.scalars(select(Village).where(Village.id.in_(left)).order_by(Village.code)))


def relocate(tx: Session, case: Case) -> None:
    """Find the village of a case again, after its place was changed."""
    case.village = locate(tx, case.place, case.latitude, case.longitude)


def place_open(tx: Session, *, now: datetime) -> int:
    """Find the village of open cases filed before it was known, an event each; how many there were.

    From that day on they count under it; ended cases stay as they were reported.
    """
    lost = select(Case).where(STILL_OPEN, Case.village_id.is_(None)).order_by(Case.id)
    placed = 0
    for case in tx.scalars(lost.with_for_update(of=Case)).all():
        relocate(tx, case)
        if case.village is not None:
            case.version += 1
            record(tx, case, EventKind.LOCATED, now=now, text=case.village.name)
            placed += 1
    return placed


def covers(boundary: Iterable[Polygon], latitude: float, longitude: float) -> bool:
    """Whether a pin lies in one of the polygons and in none of its holes; an edge is inside."""
    return any(_in_polygon(polygon, longitude, latitude) for polygon in boundary)


def spell(text: str) -> str:
    """Bring a road or an address to the one form that is stored and looked for."""
    plain = GAP.sub("", normalize(text).replace("号", "號"))
    return OF_A_ROAD.sub(lambda found: _in_words(value(found[0])), plain)


def spell_lane(text: str) -> str:
    """Bring a lane to the one form that is stored: 25巷, 15之1巷, 25巷3弄."""
    return re.sub(NUMBER, lambda found: str(value(found[0])), spell(text)).replace("-", "之")


def value(written: str) -> int:
    """The value of digits or Chinese numerals, also of such as are read one by one."""
    if written.isdigit():
        return int(written)
    if set(written) <= set(PLAIN):
        return int("".join(str(DIGITS.find(sign) + 1) for sign in written))
    return numerals.value(written)


def holds(street: VillageStreet, house: int) -> bool:
    """Whether a house number is one of the street's."""
    if not street.low <= house <= street.high:
        return False
    return street.side == ALL or (street.side == ODD) == bool(house % 2)


def _readings(
    tx: Session, place: str | None, latitude: float | None, longitude: float | None
) -> Iterator[set[int]]:
    if latitude is not None and longitude is not None:
        yield _by_pin(tx, latitude, longitude)
    if place and place.strip():
        text = spell(place[:LONGEST])
        yield _by_address(tx, text)
        yield _by_name(tx, text)


def _by_pin(tx: Session, latitude: float, longitude: float) -> set[int]:
    drawn = select(Village.id, Village.boundary).where(Village.boundary.is_not(None))
    return {one for one, shape in tx.execute(drawn) if covers(shape, latitude, longitude)}


def _in_polygon(polygon: Polygon, x: float, y: float) -> bool:
    outer, *holes = polygon
    return _side(outer, x, y) >= 0 and all(_side(hole, x, y) <= 0 for hole in holes)


def _side(ring: Ring, x: float, y: float) -> int:
    """1 inside a ring, 0 on it, -1 outside: a ray from inside crosses it an odd number of times."""
    inside = False
    for (ax, ay, *_), (bx, by, *_) in pairwise(ring):
        turn = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        if abs(turn) <= TOUCH * hypot(bx - ax, by - ay) and _between(x, ax, bx, y, ay, by):
            return 0
        if (ay > y) != (by > y) and (turn > 0) == (by > ay):
            inside = not inside
    return 1 if inside else -1


def _between(x: float, ax: float, bx: float, y: float, ay: float, by: float) -> bool:
    across = min(ax, bx) - TOUCH <= x <= max(ax, bx) + TOUCH
    return across and min(ay, by) - TOUCH <= y <= max(ay, by) + TOUCH


def _by_address(tx: Session, text: str) -> set[int]:
    if any(word in text for word in ACROSS):
        return set()
    rows = tx.scalars(NAMED, {"place": text})
    streets: dict[str, list[VillageStreet]] = {}
    for row in rows:
        streets.setdefault(row.road, []).append(row)
    found = (_of_address(one, streets[one.road]) for one in _addresses(text, streets))
    return set(chain.from_iterable(found))


def _addresses(text: str, roads: Iterable[str]) -> Iterator[Address]:
    for road, end in _named(text, roads):
        after = AFTER.match(text, end)
        if after is None or after["section"]:  # 中山路二段 is not 中山路
            continue
        lane, alley = (spell_lane(after[one] or "") for one in ("lane", "alley"))
        lanes = tuple(dict.fromkeys((lane + alley or None, lane or None, None)))
        numbers = re.findall(NUMBER, OF_A_HOUSE.sub("", after["numbers"] or ""))
        yield Address(road, lanes, tuple(map(value, numbers)))


def _of_address(address: Address, streets: list[VillageStreet]) -> set[int]:
    """The villages an address may lie in: the most exact listing of its lane speaks alone.

    A lane that is not listed belongs where its road does as a whole.
    """
    for lane in address.lanes:
        listed = [street for street in streets if street.lane == lane]
        if listed and lane == address.lanes[0] and address.numbers:
            houses = [{one.village_id for one in listed if holds(one, n)} for n in address.numbers]
            return set(chain.from_iterable(houses)) if all(houses) else set()
        if listed:
            return {one.village_id for one in listed if _is_whole(one)}
    return set()


def _is_whole(street: VillageStreet) -> bool:
    return (street.low, street.high, street.side) == (FIRST, LAST, ALL)


def _by_name(tx: Session, text: str) -> set[int]:
    names: dict[str, set[int]] = {}
    for village_id, name in tx.execute(NAMES):
        names.setdefault(normalize(name), set()).add(village_id)
    return set(chain.from_iterable(names[name] for name, _ in _named(text, names)))


def _named(text: str, names: Iterable[str]) -> list[tuple[str, int]]:
    """The names that a text holds as such, each with where it ends; never a part of a longer."""
    spans = [
        (found.start(), found.end(), name)
        for name in names
        if name in text
        for found in re.finditer(re.escape(name), text)
    ]
    return [
        (name, end)
        for start, end, name in spans
        if _begins(text, start)
        and not any(a <= start and end <= b and (a, b) != (start, end) for a, b, _ in spans)
    ]


def _begins(text: str, start: int) -> bool:
    return start == 0 or text[start - 1] in BEFORE or not HAN.match(text[start - 1])


def _in_words(amount: int) -> str:
    if not 0 < amount < 100:
        return str(amount)
    tens, ones = divmod(amount, 10)
    lead = f"{DIGITS[tens - 1] if tens > 1 else ''}十" if tens else ""
    return lead + (DIGITS[ones - 1] if ones else "")
