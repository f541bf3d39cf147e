"""Which village a place lies in: by pin, by address, by name; and never by guessing."""

from math import cos, pi, sin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import intake, routing, villages, worklist
from complaints.clock.workdays import office_date
from complaints.gazetteer import Listed, Place, Street, take_in
from complaints.routing import FEWEST, Topic
from complaints.states import EventKind, Kind
from complaints.tables import Section, Village, VillageStreet, record
from complaints.villages import LAST, Ring, covers, fitting, holds, locate
from complaints.worklist import Sight, Wanted
from tests.makers import NOON, PREFIX, make_case, make_officer, make_petition, make_section

Span = tuple[str, str | None, int, int, str]
HERE = Place("第 1 行", "line 1")
SEA = (24.0, 119.6)  # nobody lives there
STEP = 0.01


def square(column: int, size: float = STEP) -> Ring:
    """A square of the sea, so many columns to the east."""
    south, west = SEA[0], SEA[1] + column * STEP
    corners = [(west, south), (west + size, south), (west + size, south + size)]
    return [[x, y] for x, y in (*corners, (west, south + size), (west, south))]


def make_village(
    tx: Session,
    name: str,
    *streets: Span,
    boundary: list[list[Ring]] | None = None,
    section: str | None = None,
) -> Village:
    """A village whose code is its name."""
    rows = [Street(name, name, *street, HERE) for street in streets]
    take_in(tx, [Listed(name, name, HERE, section, boundary, rows or None)])
    return tx.scalars(select(Village).where(Village.code == name)).one()


def name_of(tx: Session, place: str | None, pin: tuple[float, float] | None = None) -> str | None:
    """The name of the village a place is located in."""
    found = locate(tx, place, *(pin or (None, None)))
    return found.name if found else None


def road(name: str, low: int = 1, high: int = LAST, side: str = "all") -> Span:
    """House numbers of a road."""
    return name, None, low, high, side


def lane(name: str, of: str, low: int = 1, high: int = LAST) -> Span:
    """House numbers of a lane."""
    return name, of, low, high, "all"


# --- pins


@given(
    corners=st.lists(st.floats(0, 2 * pi), min_size=3, max_size=12, unique=True),
    weights=st.lists(st.floats(0.05, 1), min_size=12, max_size=12),
    reach=st.floats(0.001, 0.05),
)
def test_a_pin_within_a_convex_boundary_is_found_and_one_far_off_never(
    corners: list[float], weights: list[float], reach: float
) -> None:
    ring = [[SEA[1] + reach * cos(turn), SEA[0] + reach * sin(turn)] for turn in sorted(corners)]
    share = [one / sum(weights[: len(ring)]) for one in weights]
    x = sum(part * at[0] for part, at in zip(share, ring, strict=False))
    y = sum(part * at[1] for part, at in zip(share, ring, strict=False))
    ring.append(ring[0])
    assert covers([[ring]], y, x)
    assert covers([[ring[::-1]]], y, x)  # whichever way it was drawn
    for off in (2.1, 3, 50):
        assert not covers([[ring]], SEA[0], SEA[1] + off * reach)
        assert not covers([[ring]], SEA[0] - off * reach, SEA[1])


@pytest.mark.parametrize(
    ("up", "right", "inside"),
    [
        (0.5, 0.5, False),  # in the hole
        (0.1, 0.1, True),
        (0.2, 0.5, True),  # on the edge of the hole
        (0.0, 0.5, True),  # on an edge
        (1.0, 1.0, True),  # at a corner
        (0.5, 1.0, True),
        (0.5, 1.000_1, False),
        (-0.000_1, 0.0, False),
        (0.5, 3.5, True),  # in the other part
        (0.5, 2.5, False),  # between the parts
    ],
)
def test_holes_parts_and_edges(up: float, right: float, inside: bool) -> None:
    hole = [[119.602, 24.002], [119.608, 24.002], [119.608, 24.008], [119.602, 24.008]]
    boundary = [[square(0), [*hole, hole[0]]], [square(3)]]
    assert covers(boundary, SEA[0] + up * STEP, SEA[1] + right * STEP) is inside


def test_a_corner_at_the_height_of_the_pin_is_crossed_once() -> None:
    diamond = [[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [1.0, 2.0], [0.0, 1.0]]
    assert covers([[diamond]], 1.0, 1.0)
    assert not covers([[diamond]], 1.0, -1.0)
    assert not covers([[diamond]], 2.0, 0.0)
    assert not covers([[diamond]], 0.0, 0.0)


def test_a_pin_decides_before_address_and_name(tx: Session) -> None:
    make_village(tx, "甲里", road("港口路"), boundary=[[square(0)]])
    make_village(tx, "乙里", road("山邊路"), boundary=[[square(1)]])
    pin = (SEA[0] + STEP / 2, SEA[1] + STEP / 2)
    assert name_of(tx, None, pin) == "甲里"
    assert name_of(tx, "乙里山邊路3號", pin) == "甲里"
    assert name_of(tx, "乙里", (SEA[0] - 1, SEA[1])) == "乙里"  # the pin is nowhere of ours
    assert name_of(tx, None, (SEA[0] - 1, SEA[1])) is None


def test_a_pin_on_a_border_is_settled_by_what_else_is_said_or_not_at_all(tx: Session) -> None:
    make_village(tx, "甲里", road("港口路"), boundary=[[square(0)]])
    make_village(tx, "乙里", boundary=[[square(1)]])
    make_village(tx, "丙里")
    border = (SEA[0] + STEP / 2, SEA[1] + STEP)
    assert name_of(tx, None, border) is None
    assert [one.name for one in fitting(tx, None, *border)] == ["乙里", "甲里"]
    assert name_of(tx, "港口路3號", border) == "甲里"
    assert name_of(tx, "乙里", border) == "乙里"
    assert name_of(tx, "丙里", border) is None


def test_half_a_pin_is_none(tx: Session) -> None:
    make_village(tx, "甲里", boundary=[[square(0)]])
    assert locate(tx, None, SEA[0], None) is None
    assert locate(tx, "  ", None, SEA[1]) is None


# --- addresses


@pytest.fixture
def district(tx: Session) -> None:
    """Three villages that share a road."""
    make_village(tx, "甲里", road("中山路二段", 1, 99, "odd"), lane("中山路二段", "25巷"))
    make_village(
        tx,
        "乙里",
        road("中山路二段", 2, 98, "even"),
        lane("中山路二段", "25巷3弄"),
        lane("中山路二段", "30巷", 1, 40),
        road("中山一路"),
    )
    make_village(tx, "丙里", road("中山路二段", 100), road("中山路"), road("三民巷"))


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("中山路二段15號", "甲里"),
        ("中山路2段15號", "甲里"),
        ("中山路２段１５號", "甲里"),
        ("中山路二段十五號", "甲里"),
        ("中山路二段一五號", "甲里"),
        ("中山路 2 段 15 號", "甲里"),
        ("中山路二段15号前", "甲里"),
        ("中山路二段15號之4", "甲里"),
        ("中山路二段15之4號三樓", "甲里"),
        ("中山路二段15-4號", "甲里"),
        ("臺北市範例區中山路二段16號", "乙里"),
        ("每天晚上在中山路二段16號", "乙里"),
        ("丙里3鄰中山路二段16號", "乙里"),
        ("中山路二段一百零一號", "丙里"),
        ("中山路二段100號", "丙里"),
        ("中山路二段一二〇號", "丙里"),
        ("中山路二段15、17號", "甲里"),
        ("中山路二段25巷8號", "甲里"),
        ("中山路二段25巷口", "甲里"),
        ("中山路二段25巷7弄8號", "甲里"),
        ("中山路二段25巷3弄8號", "乙里"),
        ("中山路二段廿五巷三弄8號", "乙里"),
        ("中山路二段30巷40號", "乙里"),
        ("中山路8號", "丙里"),
        ("中山路", "丙里"),
        ("中山路7巷8號", "丙里"),
        ("中山1路8號", "乙里"),
        ("中山一路8號", "乙里"),
        ("三民巷8號", "丙里"),
        ("中山路三民巷", "丙里"),
    ],
)
@pytest.mark.usefixtures("district")
def test_an_address_lies_where_its_road_lane_and_number_do(
    tx: Session, place: str, name: str
) -> None:
    assert name_of(tx, place) == name


@pytest.mark.parametrize(
    "place",
    [
        "",
        "中山路二段",  # in three
        "中山路二段15號到16號",
        "中山路二段15號和16號之間",
        "中山路二段15號對面",  # the other side of the street
        "中山路二段30巷41號",  # the lane is listed, this number is not
        "中山路二段30巷40、41號",
        "中山路二段30巷",
        "中山路二段31巷8號",  # not listed, and the road is no village's as a whole
        "中山路三段15號",
        "中山北路二段15號",
        "新中山路8號",
        "第15號櫃檯",
        "中山二路8號",
        "山路二段15號",
    ],
)
@pytest.mark.usefixtures("district")
def test_what_an_address_does_not_tell_is_not_guessed(tx: Session, place: str) -> None:
    assert name_of(tx, place) is None


@given(house=st.integers(1, 200), low=st.integers(1, 200), high=st.integers(1, 200))
def test_a_number_is_of_one_side_and_of_all(house: int, low: int, high: int) -> None:
    sides = {side: VillageStreet(low=low, high=high, side=side) for side in ("all", "odd", "even")}
    held = {side for side, street in sides.items() if holds(street, house)}
    side = "odd" if house in range(1, 201, 2) else "even"
    assert held == ({"all", side} if house in range(low, high + 1) else set())


SPANS = st.tuples(st.integers(1, 12), st.integers(1, 12), st.sampled_from(["all", "odd", "even"]))


@given(one=SPANS, other=SPANS)
def test_two_spans_meet_where_a_number_is_of_both(
    one: tuple[int, int, str], other: tuple[int, int, str]
) -> None:
    spans = [Street("A1", "甲里", "中山路", None, *span) for span in (one, other)]
    rows = [VillageStreet(low=low, high=high, side=side) for low, high, side in (one, other)]
    both = any(all(holds(row, house) for row in rows) for house in range(1, 13))
    assert spans[0].meets(spans[1]) == spans[1].meets(spans[0]) == both


@pytest.mark.parametrize(
    ("written", "number"),
    [("015", 15), ("十", 10), ("廿五", 25), ("一百零五", 105), ("一二〇", 120), ("二○八", 208)],
)
def test_a_number_is_read_as_it_is_written(written: str, number: int) -> None:
    assert villages.value(written) == number


@given(st.integers(1, 99))
def test_a_street_is_spelt_in_one_way(number: int) -> None:
    spelt = {villages.spell(f"復興{form}街") for form in (number, f"{number:03}")}
    assert spelt == {villages.spell(next(iter(spelt)))}
    (one,) = spelt
    assert villages.value(one[2:-1]) == number
    assert not any(sign.isdigit() for sign in one)


# --- names


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("三民里", "三民里"),
        ("範例區三民里5鄰", "三民里"),
        ("我住三民里", "三民里"),
        ("108三民里活動中心", "三民里"),
        ("新三民里", "新三民里"),
        ("三民里民活動中心", "三民里"),
        ("台前里公園", "臺前里"),
        ("三民里和新三民里交界", None),
        ("大三民里", None),
        ("里民活動中心", None),
        ("離這裡三公里", None),
        ("5鄰", None),
        ("民里", None),
    ],
)
def test_a_village_of_the_office_that_is_named(tx: Session, place: str, name: str | None) -> None:
    for one in ("三民里", "新三民里", "臺前里", "公里里"):
        make_village(tx, one)
    assert name_of(tx, place) == name


def test_an_office_without_villages_locates_nothing(tx: Session) -> None:
    assert name_of(tx, "三民里中山路15號", SEA) is None


def test_two_villages_of_one_name_are_not_told_apart(tx: Session) -> None:
    take_in(tx, [Listed(code, "三民里", HERE) for code in ("1", "2")])
    assert [one.code for one in fitting(tx, "三民里", None, None)] == ["1", "2"]
    assert name_of(tx, "三民里") is None


# --- cases


def test_a_case_knows_its_village_from_the_start(tx: Session) -> None:
    village = make_village(tx, "甲里", road("中山路"), boundary=[[square(0)]])
    assert make_case(tx, place="中山路15號").village is village
    assert make_case(tx, latitude=SEA[0], longitude=SEA[1]).village is village
    assert make_case(tx, place="公園").village is None
    assert make_case(tx).village is None


def test_a_changed_place_is_located_again(tx: Session) -> None:
    village = make_village(tx, "甲里", road("中山路"))
    case = make_case(tx, place="中正路15號")
    case.place = "中山路15號"
    villages.relocate(tx, case)
    assert case.village is village
    case.place = "公園"
    villages.relocate(tx, case)
    tx.flush()
    assert case.village_id is None


def test_the_villages_section_takes_what_nobody_else_is_named_for(tx: Session) -> None:
    civil, works = make_section(tx), make_section(tx, "works", "經建課")
    make_village(tx, "甲里", road("中山路"), section="civil")
    assert make_case(tx, place="中山路15號").section is civil
    assert make_case(tx, place="中山路15號", section="經建課").section is works
    assert make_case(tx, place="公園").section.intake
    civil.active = False
    assert make_case(tx, place="中山路15號").section.intake


def test_a_report_of_misconduct_does_not_go_to_the_villages_section(tx: Session) -> None:
    make_section(tx)
    make_village(tx, "甲里", section="civil")
    case = make_case(tx, place="甲里", kind=Kind.MISCONDUCT_REPORT)
    assert case.section.intake
    assert case.village


def test_what_the_office_learnt_goes_before_the_village(tx: Session) -> None:
    make_section(tx)
    works, officer = make_section(tx, "works", "經建課"), make_officer(tx)
    make_village(tx, "甲里", section="civil")
    for n in range(3 * FEWEST):
        case = make_case(tx, content=f"路燈壞了{n}", section="經建課")
        case.topic = Topic.LOCAL_CONSTRUCTION
        record(tx, case, EventKind.ASSIGNED, now=NOON, by=officer)
    petition = make_petition(content="路燈壞了一個月都沒人修", place="甲里")
    assert routing.suggest(tx, petition.content).section is works
    assert intake.file(tx, petition, prefix=PREFIX, now=NOON).case.section is works


def test_the_queue_can_be_that_of_one_village(tx: Session) -> None:
    make_village(tx, "甲里")
    make_village(tx, "乙里")
    case, _, _ = make_case(tx, place="甲里"), make_case(tx, place="乙里"), make_case(tx)
    wanted = Wanted(village="甲里")
    today = office_date(NOON)
    found = worklist.page(tx, wanted, Sight(), today=today, cursor=None, limit=9)
    assert [one.case_no for one in found.cases] == [case.case_no]


def test_a_closed_section_can_be_a_villages_no_more(tx: Session) -> None:
    section = make_section(tx)
    village = make_village(tx, "甲里", section="civil")
    assert village.section is tx.get(Section, section.id)
    take_in(tx, [Listed("甲里", "甲里", HERE, section="")])
    assert village.section is None
