"""Places as people write them: two descriptions of one spot meet, two of different spots part.

Addresses (中山路二段25號 and 中山路2段二十五號前) and landmarks (成功國小, 福德宮) are read out of
what is written; no list of the district's roads is needed.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from complaints.villages import HOUSE, NUMBER, spell, value

LONGEST = 300  # characters that are read
HOUSES = 10  # numbers apart at most; some fifty metres
ROAD = re.compile(
    rf"(?P<road>[一-鿿]{{2}}(?:大道|路|街|巷))(?:(?P<section>{NUMBER})段)?"
    rf"(?:(?P<lane>{HOUSE})巷)?(?:(?P<alley>{HOUSE})弄)?(?:(?P<house>{NUMBER})(?:[之-]{NUMBER})?號)?"
)
# What ends before 路 or 街 and names no road: 馬路, 公路, 逛街, 這條路.
NO_ROAD = frozenset(
    "的條個這那邊整段走過上下騎開擋用占佔字在倒鐵公馬道逛沿到線壓出叉岔水管迷一半養築鋪讓問帶"
)
ON_IT = re.compile("[上口旁邊與和跟往]")
NAMED = re.compile(
    r"(?P<name>[一-鿿]{2})(?P<kind>國民小學|國小|國中|高中|高職|高工|大學|幼兒園|幼稚園|公園|綠地|廣場"
    r"|市場|夜市|火車站|車站|捷運站|郵局|宮|廟|寺|教堂|醫院|里?活動中心|運動中心|圖書館|天橋|陸橋|橋|地下道"
    r"|派出所|分局|消防隊|停車場|社區|大樓|大廈|國宅|里辦公處|步道|河堤|堤防|公墓|球場|游泳池|體育館)"
)
NO_NAME = re.compile(
    r"[的個這那旁邊附隔壁我們你到去有是很裡從街路]|對面|前面|後面|門口|社區|兒童|鄰里|共融|特色|市立|國立|私立|分館"
)
VILLAGE = re.compile(r"(?P<name>[一-鿿]{2})里(?![面頭程外拍])")
SAME_KIND = {"國民小學": "國小", "火車站": "車站", "里活動中心": "活動中心"}
# Of which a district has one, or says which.
SINGLE = {
    "戶政": re.compile("戶政|戶所"),
    "公所": re.compile("公所"),
    "火車站": re.compile("(?:火車站|臺鐵)(?!方向)"),
    "圖書館": re.compile("圖書館"),
    "運動中心": re.compile("運動中心"),
    "衛生所": re.compile("衛生所"),
    "轉運站": re.compile("轉運站|客運站"),
}


class Nearness(StrEnum):
    """How two places lie to each other."""

    SAME = "same"
    ROAD = "road"  # one road or village, and of one of them no more is known
    UNKNOWN = "unknown"
    APART = "apart"


class Address(NamedTuple):
    """The end of a road's name, its section, lane and alley as numbers, and the house number."""

    road: str
    section: int | None
    lane: tuple[int, ...]
    house: int | None


@dataclass(frozen=True)
class Spot:
    """What a description says of where it is."""

    addresses: frozenset[Address]
    landmarks: frozenset[tuple[str, str]]  # kind and name
    around: frozenset[str]  # names of villages, and of roads of which no more is said


def read(place: str, content: str = "") -> Spot:
    """The addresses that a description or the words of a report name, and the landmarks of the one.

    Landmarks are read out of a report's words only where nothing else tells its place.
    """
    named, told = _plain(place), _plain(content)
    where = named or told
    roads = [one for one in ROAD.finditer(named) if _is_numbered(one) or _is_name(one)]
    roads += [one for one in ROAD.finditer(told) if _is_road(one)]
    addresses = frozenset(map(_address, roads))
    marks = (match for match in NAMED.finditer(where) if not NO_NAME.search(match["name"]))
    landmarks = {(SAME_KIND.get(match["kind"], match["kind"]), match["name"]) for match in marks}
    landmarks |= {(name, "") for name, pattern in SINGLE.items() if pattern.search(where)}
    villages = (one["name"] for one in VILLAGE.finditer(where) if not NO_NAME.search(one["name"]))
    around = {one.road[:2] for one in addresses if not (one.section or one.lane or one.house)}
    return Spot(addresses, frozenset(landmarks), frozenset({*around, *villages}))


def compare(one: Spot, other: Spot) -> Nearness:
    """The nearest any place of the one lies to any of the other."""
    if one.landmarks & other.landmarks:
        return Nearness.SAME
    pairs = {_compare(a, b) for a in one.addresses for b in other.addresses}
    for nearness in (Nearness.SAME, Nearness.ROAD):
        if nearness in pairs:
            return nearness
    # Two parks are two places; a park and a school may lie side by side.
    kinds = {kind for kind, _ in one.landmarks} & {kind for kind, _ in other.landmarks}
    if pairs or kinds:
        return Nearness.APART
    if one.around & _names(other) or other.around & _names(one):
        return Nearness.ROAD
    return Nearness.UNKNOWN


def _is_road(match: re.Match[str]) -> bool:
    """Whether words of a report name a road, as they seldom do: 看不到路 names none."""
    bare = not match["road"].endswith("路") or ON_IT.match(match.string, match.end())
    return _is_numbered(match) or bool(bare and _is_name(match))


def _is_name(match: re.Match[str]) -> bool:
    return match["road"][1] not in NO_ROAD and not match["road"].endswith("巷")


def _is_numbered(match: re.Match[str]) -> bool:
    return any(match[part] for part in ("section", "lane", "house"))


def _plain(text: str) -> str:
    return spell(text[:LONGEST])


def _names(spot: Spot) -> frozenset[str]:
    """A road's or village's name is often also that of what lies there: 文化街, 文化夜市."""
    return spot.around | {name for _, name in spot.landmarks}


def _compare(one: Address, other: Address) -> Nearness:
    same_road = one.road == other.road and (
        one.section == other.section or None in (one.section, other.section)
    )
    if not same_road:
        return Nearness.APART
    if None in (one.house, other.house):
        if one.lane == other.lane:
            return Nearness.SAME if one.lane else Nearness.ROAD
        return Nearness.ROAD if not (one.lane and other.lane) else Nearness.APART
    close = abs((one.house or 0) - (other.house or 0)) <= HOUSES
    return Nearness.SAME if close and one.lane == other.lane else Nearness.APART


def _address(match: re.Match[str]) -> Address:
    lanes = (match[part] for part in ("lane", "alley"))
    numbers = tuple(value(re.split("[之-]", lane)[0]) for lane in lanes if lane)
    section, house = (value(match[part]) if match[part] else None for part in ("section", "house"))
    return Address(match["road"], section, numbers, house)
