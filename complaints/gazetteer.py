"""Taking in the office's villages: their outlines from GeoJSON, their streets from CSV.

A file is taken as a whole or not at all, and every fault in it is named with its place.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from io import StringIO
from itertools import pairwise
from pathlib import PurePath
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.errors import ComplaintError
from complaints.tables import Section, Village, VillageStreet
from complaints.villages import ALL, EVEN, FIRST, LAST, NUMBER, ODD, spell, spell_lane, value
from data.collation import normalize

ENCODINGS = ("utf-8-sig", "big5", "cp950")
LARGEST = 20_000_000  # bytes; the outlines of a whole city have about as many
SHOWN = 50  # faults that are named
NORTH, EAST = (21.0, 27.0), (118.0, 123.0)  # degrees between which Taiwan lies
CODE, NAME, ROAD, LANE, LOW, HIGH, SIDE, SECTION = (
    *("里代碼", "里名", "路街", "巷", "起號", "迄號", "單雙"),
    "課室",
)
NEEDED = (CODE, NAME, ROAD, LANE, LOW, HIGH, SIDE)
SIDES = {"": ALL, "全": ALL, "全部": ALL, "單": ODD, "單號": ODD, "雙": EVEN, "雙號": EVEN}
IN_WORDS = {ALL: "全", ODD: "單", EVEN: "雙"}
CODES = re.compile(r"[\w.-]{1,30}")
VILLAGE = re.compile(r"[^\s\x00-\x1f\ud800-\udfff]{1,59}[里村]")
ROADS = re.compile(r"[^\W_]{2,60}")
LANES = re.compile(rf"(?:{NUMBER}(?:[之-]{NUMBER})?巷)?(?:{NUMBER}(?:[之-]{NUMBER})?弄)?")
HOUSE = re.compile(rf"({NUMBER})號?")


class BadVillages(ComplaintError):
    """The file cannot be taken; `faults` says what is wrong, and where."""

    def __init__(self, *faults: str) -> None:
        more = len(faults) - SHOWN
        rest = (f"…還有 {more} 處 / and {more} more",) if more > 0 else ()
        self.faults = (*faults[:SHOWN], *rest)
        super().__init__("\n".join(self.faults))


@dataclass(frozen=True)
class Place:
    """Where in a file something stands, in Chinese and in English."""

    zh: str
    en: str

    def fault(self, zh: str, en: str) -> "_Fault":
        """A fault here."""
        return _Fault(f"{self.zh}{zh} / {self.en}: {en}")


class _Fault(ValueError):
    """One thing wrong in a file."""


@dataclass(frozen=True)
class Street:
    """House numbers of a road or lane, and where the file says so (None: the database does)."""

    code: str
    village: str
    road: str
    lane: str | None
    low: int
    high: int
    side: str
    at: Place | None = None

    def __str__(self) -> str:
        return f"{self.road}{self.lane or ''} {self.low}–{self.high} {IN_WORDS[self.side]}"

    def meets(self, other: "Street") -> bool:
        """Whether a house number may be of both; their road and lane are the same."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        sides = {self.side, other.side} - {ALL}
        if len(sides) == 1:
            low += (low % 2 == 1) != (ODD in sides)
        return len(sides) < 2 and low <= high


@dataclass
class Listed:
    """A village as a file has it; what is None the file does not speak of."""

    code: str
    name: str
    at: Place
    section: str | None = None  # "" is nobody's
    boundary: list[Any] | None = None
    streets: list[Street] | None = None


@dataclass
class Taken:
    """What was done with a file."""

    added: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    left: int = 0  # villages the file does not name
    streets: int = 0
    boundaries: int = 0


def read(name: str, content: bytes) -> list[Listed]:
    """Read a GeoJSON or CSV file (UTF-8 or Big5), told apart by its name; raises BadVillages.

    GeoJSON: a FeatureCollection of Polygon and MultiPolygon (degrees, WGS84) with the properties
    code, name and, if need be, section. CSV: 里代碼,里名,路街,巷,起號,迄號,單雙[,課室]; without
    numbers a road or lane belongs to the village as a whole.
    """
    readers = {".geojson": _features, ".json": _features, ".csv": _rows}
    reader = readers.get(PurePath(name).suffix.lower())
    if reader is None:
        raise BadVillages("檔名須以 .geojson、.json 或 .csv 結尾 / not a GeoJSON or CSV file")
    if len(content) > LARGEST:
        raise BadVillages(f"檔案有 {len(content)} 位元組，太大 / too large")
    listed, faults = reader(_decoded(content))
    if faults or not listed:
        raise BadVillages(*(faults or ["檔案裡沒有任何里 / the file holds no village"]))
    return listed


def take_in(tx: Session, listed: list[Listed]) -> Taken:
    """Add villages and replace those of the same code; raises BadVillages, and nothing is done.

    Outlines leave the streets as they are, and the other way round. Villages the file does not
    name stay: cases may refer to them.
    """
    sections = _sections(tx)
    known = {village.code: village for village in tx.scalars(select(Village))}
    faults = [*_unknown_sections(listed, sections), *_overlaps(tx, listed)]
    if faults:
        raise BadVillages(*faults)
    taken = Taken(left=len(known.keys() - {one.code for one in listed}))
    for one in listed:
        (taken.replaced if one.code in known else taken.added).append(one.name)
        village = known.get(one.code) or Village(code=one.code)
        tx.add(village)
        _fill(village, one, sections, taken)
    tx.flush()
    return taken


def _fill(village: Village, one: Listed, sections: dict[str, Section], taken: Taken) -> None:
    village.name = one.name
    if one.section is not None:
        village.section = sections.get(one.section)
    if one.boundary is not None:
        village.boundary = one.boundary
        taken.boundaries += 1
    if one.streets is not None:
        village.streets = [
            VillageStreet(road=row.road, lane=row.lane, low=row.low, high=row.high, side=row.side)
            for row in one.streets
        ]
        taken.streets += len(one.streets)


# --- against what the office has ------------------------------------------------------------
def _sections(tx: Session) -> dict[str, Section]:
    rows = tx.scalars(select(Section).where(Section.active)).all()
    return {row.name: row for row in rows} | {row.code: row for row in rows}


def _unknown_sections(listed: list[Listed], sections: dict[str, Section]) -> Iterator[str]:
    for one in listed:
        if one.section and one.section not in sections:
            yield str(one.at.fault(f"沒有課室 {one.section}", f"no section {one.section}"))


def _overlaps(tx: Session, listed: list[Listed]) -> Iterator[str]:
    """Faults of house numbers that would be of two villages."""
    groups: dict[tuple[str, str | None], list[Street]] = {}
    for street in (*_kept(tx, listed), *(row for one in listed for row in one.streets or ())):
        groups.setdefault((street.road, street.lane), []).append(street)
    for group in groups.values():
        before: list[Street] = []
        for street in sorted(group, key=lambda one: one.low):
            before = [one for one in before if one.high >= street.low]
            others = [one for one in before if one.code != street.code]
            yield from (_overlap(one, street) for one in others if one.meets(street))
            before.append(street)


def _kept(tx: Session, listed: list[Listed]) -> Iterator[Street]:
    replaced = [one.code for one in listed if one.streets is not None]
    rows = select(Village.code, Village.name, VillageStreet).join(VillageStreet)
    for code, name, row in tx.execute(rows.where(Village.code.not_in(replaced))):
        yield Street(code, name, row.road, row.lane, row.low, row.high, row.side)


def _overlap(one: Street, other: Street) -> str:
    first, second = (one, other) if other.at else (other, one)
    at = second.at
    assert at is not None  # what the database holds was checked when it came
    where = f"{first.at.zh}的 {first.village}" if first.at else f"現有的 {first.village}"
    other_place = first.at.en if first.at else first.village
    return str(
        at.fault(f"門牌 {second} 與{where} {first} 重疊", f"house numbers overlap {other_place}")
    )


# --- GeoJSON --------------------------------------------------------------------------------
def _features(text: str) -> tuple[list[Listed], list[str]]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        at = Place(f"第 {error.lineno} 行", f"line {error.lineno}")
        return [], [str(at.fault(f"不是 JSON：{error.msg}", "not JSON"))]
    except (ValueError, RecursionError):
        return [], ["檔案不是 GeoJSON / the file is not GeoJSON"]
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or document.get("type") != "FeatureCollection":
        return [], ["檔案不是 FeatureCollection / the file is not a FeatureCollection"]
    seen: dict[str, Place] = {}
    places = (Place(f"第 {n} 個圖徵", f"feature {n}") for n in range(1, len(features) + 1))
    return _each(zip(places, features, strict=True), lambda at, one: _feature(at, one, seen))


def _feature(at: Place, feature: Any, seen: dict[str, Place]) -> Listed:
    told = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(told, dict):
        raise at.fault("沒有 properties", "no properties")
    code, name = _code(at, told.get("code")), _name(at, told.get("name"))
    at = Place(f"{at.zh}（{name}）", f"{at.en} ({name})")
    if code in seen:
        raise at.fault(f"里代碼 {code} 與{seen[code].zh}相同", f"code {code} stands twice")
    seen[code] = at
    section = _section(at, told["section"]) if "section" in told else None
    return Listed(code, name, at, section, boundary=_boundary(at, feature.get("geometry")))


def _boundary(at: Place, geometry: Any) -> list[Any]:
    """The coordinates of a MultiPolygon, also of a Polygon."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in {"Polygon", "MultiPolygon"}:
        raise at.fault("須為 Polygon 或 MultiPolygon", "neither Polygon nor MultiPolygon")
    found = geometry.get("coordinates")
    polygons = [found] if kind == "Polygon" else found
    for polygon in _filled(at, polygons):
        for n, ring in enumerate(_filled(at, polygon), 1):
            _check_ring(Place(f"{at.zh}第 {n} 環", f"{at.en} ring {n}"), ring)
    return list(polygons)


def _filled(at: Place, found: Any) -> list[Any]:
    if not isinstance(found, list) or not found:
        raise at.fault("沒有座標", "no coordinates")
    return found


def _check_ring(at: Place, ring: Any) -> None:
    for position in _filled(at, ring):
        _check_position(at, position)
    if len(ring) < 4 or ring[0] != ring[-1]:
        raise at.fault(
            "須至少 4 點且首尾相同", "a ring has 4 positions or more, the last like the first"
        )
    if not sum(ax * by - bx * ay for (ax, ay, *_), (bx, by, *_) in pairwise(_at_origin(ring))):
        raise at.fault("沒有面積", "the ring has no area")


def _at_origin(ring: list[list[float]]) -> list[list[float]]:
    x, y = ring[0][:2]
    return [[one[0] - x, one[1] - y] for one in ring]


def _check_position(at: Place, position: Any) -> None:
    if not isinstance(position, list) or len(position) < 2:
        raise at.fault("座標須為 [經度, 緯度]", "a position is [longitude, latitude]")
    if not all(isinstance(one, int | float) for one in position[:2]):
        raise at.fault("座標不是數字", "a position is not of numbers")
    x, y = position[:2]
    if _in_taiwan(x, y):
        return
    swapped = "，經緯度可能寫反" if _in_taiwan(y, x) else "（須為經緯度 WGS84）"
    reason = "latitude and longitude are swapped" if _in_taiwan(y, x) else "not degrees of Taiwan"
    raise at.fault(f"座標 {x}, {y} 不在臺灣{swapped}", f"{x}, {y} is not in Taiwan: {reason}")


def _in_taiwan(x: float, y: float) -> bool:
    return EAST[0] <= x <= EAST[1] and NORTH[0] <= y <= NORTH[1]


# --- CSV ------------------------------------------------------------------------------------
def _rows(text: str) -> tuple[list[Listed], list[str]]:
    rows = csv.DictReader(StringIO(text, newline=""), strict=True)
    try:
        rows.fieldnames = [(name or "").strip() for name in rows.fieldnames or ()]
        missing = [name for name in NEEDED if name not in rows.fieldnames]
        if missing:
            return [], [f"欄位不足 / columns missing: {', '.join(missing)}"]
        numbered = [(rows.line_num, row) for row in rows]
    except csv.Error as error:
        line = rows.line_num + 1  # the line it stopped in is not counted yet
        return [], [f"第 {line} 行不是 CSV / line {line}: not CSV: {error}"]
    villages: dict[str, Listed] = {}
    places = ((Place(f"第 {line} 行", f"line {line}"), row) for line, row in numbered)
    _, faults = _each(places, lambda at, row: _row(at, row, villages))
    return list(villages.values()), faults


def _row(at: Place, row: dict[str, str | None], villages: dict[str, Listed]) -> Listed:
    cells = {name: (cell or "").strip() for name, cell in row.items() if isinstance(name, str)}
    code, name = _code(at, cells[CODE]), _name(at, cells[NAME])
    section = _section(at, cells[SECTION]) if SECTION in cells else None
    street = _street(at, code, name, cells)
    one = villages.setdefault(code, Listed(code, name, at, section, streets=[]))
    if one.name != name:
        raise at.fault(
            f"里代碼 {code} 在{one.at.zh}是 {one.name}", f"code {code} is {one.name} on {one.at.en}"
        )
    if one.section != section:
        raise at.fault(
            f"{name}的課室與{one.at.zh}不同", f"{name} has another section on {one.at.en}"
        )
    if street and one.streets is not None:
        one.streets.append(street)
    return one


def _street(at: Place, code: str, name: str, cells: dict[str, str]) -> Street | None:
    if not cells[ROAD]:
        if any(cells[one] for one in (LANE, LOW, HIGH, SIDE)):
            raise at.fault("有巷或門牌，沒有路街", "a lane or house numbers without a road")
        return None
    road, lane = spell(re.sub(r"\s", "", cells[ROAD])), spell_lane(cells[LANE])
    if lane and lane[-1].isdigit():
        lane = f"{lane}巷"
    if not LANES.fullmatch(lane) or len(lane) > 30:
        raise at.fault(f"巷 {cells[LANE]} 看不懂", "not a lane")
    if not ROADS.fullmatch(road):
        raise at.fault(f"路街 {cells[ROAD][:60]} 看不懂", "not a road")
    low, high = _house(at, cells[LOW], FIRST), _house(at, cells[HIGH], LAST)
    side = SIDES.get(cells[SIDE])
    if side is None:
        raise at.fault("單雙須為單、雙、全或空白", "not 單, 雙, 全 or blank")
    if not FIRST <= low <= high:
        raise at.fault(f"起號 {low} 大於迄號 {high}", "the first number is above the last")
    return Street(code, name, road, lane or None, low, high, side, at)


def _house(at: Place, written: str, otherwise: int) -> int:
    if not written:
        return otherwise
    found = HOUSE.fullmatch(normalize(written).replace("号", "號"))
    if found is None or not value(found[1]):
        raise at.fault(f"門牌號碼 {written} 看不懂", "not a house number")
    return value(found[1])


# --- both -----------------------------------------------------------------------------------
def _each(
    found: Iterable[tuple[Place, Any]], take: Callable[[Place, Any], Listed]
) -> tuple[list[Listed], list[str]]:
    listed, faults = [], []
    for at, one in found:
        try:
            listed.append(take(at, one))
        except _Fault as fault:
            faults.append(str(fault))
    return listed, faults


def _code(at: Place, given: Any) -> str:
    code = str(given).strip() if isinstance(given, str | int) else ""
    if not CODES.fullmatch(code):
        raise at.fault("里代碼須為 1 至 30 個字母或數字", "a code has 1 to 30 letters or digits")
    return code


def _name(at: Place, given: Any) -> str:
    name = given.strip() if isinstance(given, str) else ""
    if not VILLAGE.fullmatch(name):
        raise at.fault(
            f"里名 {name[:60]!r} 須以里或村結尾", "the name of a village ends in 里 or 村"
        )
    return name


def _section(at: Place, given: Any) -> str:
    if given is not None and not isinstance(given, str):
        raise at.fault("課室須為代碼或名稱", "a section is its code or name")
    return (given or "").strip()


def _decoded(content: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadVillages("檔案不是 UTF-8 也不是 Big5 / the file is neither UTF-8 nor Big5")
