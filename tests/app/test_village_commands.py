"""The commands about villages: taking files in, with every fault named, and finding."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from typer.testing import CliRunner

from app import samples, village_commands
from complaints import handling
from complaints.gazetteer import LARGEST, SHOWN, BadVillages, read
from complaints.states import EventKind, Outcome
from complaints.tables import Case, Section, Village, VillageStreet
from complaints.villages import locate
from data.database import reading, transaction
from tests.makers import NOON, answer_case, make_case, make_officer, make_section

Done = Any  # a result of the command runner: exit_code, stdout, stderr
Run = Callable[..., Done]
HEAD = "里代碼,里名,路街,巷,起號,迄號,單雙,課室"
SQUARE = [[119.6, 24.0], [119.61, 24.0], [119.61, 24.01], [119.6, 24.01], [119.6, 24.0]]
GOOD = (
    "A1,甲里,中山路二段,,1,99,單,民政課",
    "A1,甲里,中山路二段,25,,,,民政課",
    "B2,乙里,中山路２段,,2,98,雙,",
    "C3,丙里,,,,,,civil",
)


@pytest.fixture
def run(engine: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `python -m app villages …` in an office with a section 民政課."""
    with transaction(engine) as tx:
        make_section(tx)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", database_url)
    return lambda *given: CliRunner().invoke(village_commands.villages, [str(one) for one in given])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def table(folder: Path, *rows: str, encoding: str = "utf-8") -> Path:
    path = folder / "villages.csv"
    path.write_bytes("\r\n".join([HEAD, *rows, ""]).encode(encoding))
    return path


def feature(code: Any = "A1", name: Any = "甲里", shape: Any = None, **more: Any) -> Any:
    shape = shape or {"type": "Polygon", "coordinates": [SQUARE]}
    told = {"code": code, "name": name} | more
    return {"type": "Feature", "properties": told, "geometry": shape}


def outlines(folder: Path, *features: Any) -> Path:
    path = folder / "villages.geojson"
    document = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


def ring(*positions: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [list(positions)]}


# --- what is taken in


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "big5"])
def test_streets_are_taken_in_and_found(run: Run, folder: Path, encoding: str) -> None:
    rows = [row.replace("２", "2") for row in GOOD]
    done = run("import", table(folder, *rows, encoding=encoding))
    assert (done.exit_code, done.stderr) == (0, "")
    assert "新增 added: 3　甲里、乙里、丙里" in done.stdout
    assert "路段 streets: 3" in done.stdout
    found = run("find", "中山路2段25巷3號")
    assert (found.exit_code, found.stdout) == (0, "A1　甲里　民政課\n")
    assert run("find", "中山路二段16號").stdout == "B2　乙里\n"
    assert run("find", "丙里").stdout == "C3　丙里　民政課\n"


def test_outlines_are_taken_in_and_found(run: Run, folder: Path) -> None:
    hole = [[x / 2 + 59.8025, y / 2 + 12.0025] for x, y in SQUARE]
    shape = {"type": "MultiPolygon", "coordinates": [[SQUARE, hole]]}
    path = outlines(folder, feature(shape=shape, section="civil"), feature("B2", "乙村"))
    assert run("import", path).exit_code == 0
    assert run("find", "--at", "24.001,119.601").exit_code == 1  # both were drawn there
    assert run("find", "乙村", "--at", "24.001,119.601").stdout == "B2　乙村\n"
    assert run("find", "--at", "24.005,119.605").stdout == "B2　乙村\n"  # in the hole of the other


def test_outlines_leave_the_streets_and_streets_the_outlines(run: Run, folder: Path) -> None:
    run("import", table(folder, *GOOD))
    done = run("import", outlines(folder, feature(name="新甲里")))
    assert (
        "新增 added: 0\n更新 replaced: 1　新甲里\n界線 outlines: 1，路段 streets: 0" in done.stdout
    )
    assert "照舊的里 / villages left as they are: 2" in done.stdout
    listed = run("list").stdout
    assert "A1　新甲里　民政課　路段 streets: 2　界線 outline: 有 yes" in listed
    assert "B2　乙里　路段 streets: 1　界線 outline: 無 no" in listed
    assert listed.endswith("共 3 里 / villages\n")
    run("import", table(folder, "A1,甲里,港口路,,,,,"))
    assert "A1　甲里　路段 streets: 1　界線 outline: 有 yes" in run("list").stdout
    assert run("find", "中山路二段25巷").exit_code == 1


def test_what_the_file_does_not_speak_of_stays(run: Run, folder: Path) -> None:
    run("import", table(folder, *GOOD))
    path = folder / "short.csv"
    path.write_text("里代碼,里名,路街,巷,起號,迄號,單雙\nA1,甲里,港口路,,,,\n", encoding="utf-8")
    assert run("import", path).exit_code == 0
    assert run("find", "港口路").stdout == "A1　甲里　民政課\n"
    assert run("import", outlines(folder, feature(section=None))).exit_code == 0
    assert run("find", "港口路").stdout == "A1　甲里\n"


def test_a_village_that_a_case_refers_to_is_replaced_and_never_deleted(
    run: Run, folder: Path, engine: Engine
) -> None:
    run("import", table(folder, *GOOD))
    with transaction(engine) as tx:
        case = make_case(tx, place="中山路二段16號")
        number = case.id
    run("import", table(folder, "B2,新乙里,港口路,,,,,"))
    run("import", table(folder, "D4,丁里,山邊路,,,,,"))
    with reading(engine) as tx:
        kept = tx.get_one(type(case), number).village
        assert kept
        assert (kept.code, kept.name) == ("B2", "新乙里")
        assert len(tx.scalars(select(Village)).all()) == 4


def test_open_cases_filed_before_are_placed_and_ended_ones_left(
    run: Run, folder: Path, engine: Engine
) -> None:
    with transaction(engine) as tx:
        clerk = make_officer(tx)
        cases = [make_case(tx, place=place) for place in ("中山路二段16號", "遠方路1號")]
        over = make_case(tx, place="中山路二段16號")
        answer_case(tx, over, clerk)
        outcome: dict[str, Any] = {
            "outcome": Outcome.RESOLVED,
            "reason": "好",
            "by": clerk,
            "version": 2,
        }
        handling.close(tx, over.case_no, **outcome, now=NOON)
        ids = [case.id for case in (*cases, over)]
    assert "open cases now placed: 1" in run("import", table(folder, *GOOD)).stdout
    assert "open cases now placed: 0" in run("import", table(folder, *GOOD)).stdout
    with reading(engine) as tx:
        found, lost, over = (tx.get_one(Case, number) for number in ids)
        assert (found.village and found.village.code, found.version) == ("B2", 2)
        assert (lost.village, over.village, lost.version) == (None, None, 1)
        last = found.events[-1]
        assert (last.kind, last.officer, last.data["text"]) == (EventKind.LOCATED, None, "乙里")
        assert last.data["under"]["village"] == "B2"


# --- what is refused


def refused(run: Run, path: Path, engine: Engine) -> str:
    """What a refused import says; nothing may have been written."""
    done = run("import", path)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert f"什麼都沒有匯入 / nothing was imported, {path}" in done.stderr
    with reading(engine) as tx:
        assert not tx.scalars(select(Village)).all()
        assert not tx.scalars(select(VillageStreet)).all()
    return str(done.stderr)


@pytest.mark.parametrize(
    ("row", "named"),
    [
        (",乙里,港口路,,,,,", "里代碼須為"),
        ("B 2,乙里,港口路,,,,,", "里代碼須為"),
        ("B2,,港口路,,,,,", "須以里或村結尾"),
        ("B2,港口路,乙里,,,,,", "須以里或村結尾"),
        ("A1,乙里,港口路,,,,,民政課", "code A1 is 甲里 on line 2"),
        ("A1,甲里,港口路,,,,,", "甲里的課室與第 2 行不同"),
        ("B2,乙里,,,1,9,,", "a lane or house numbers without a road"),
        ("B2,乙里,,3,,,,", "a lane or house numbers without a road"),
        ("B2,乙里,路,,,,,", "not a road"),
        ("B2,乙里,港%路,,,,,", "not a road"),
        ("B2,乙里,港口路,山邊,,,,", "not a lane"),
        ("B2,乙里,港口路,3號,,,,", "not a lane"),
        ("B2,乙里,港口路,,一號旁,9,,", "not a house number"),
        ("B2,乙里,港口路,,0,9,,", "not a house number"),
        ("B2,乙里,港口路,,-1,9,,", "not a house number"),
        ("B2,乙里,港口路,,1之3,9,,", "not a house number"),
        ("B2,乙里,港口路,,1,123456,,", "not a house number"),
        ("B2,乙里,港口路,,9,1,,", "起號 9 大於迄號 1"),
        ("B2,乙里,港口路,,1,9,左,", "not 單, 雙, 全 or blank"),
        ("B2,乙里,港口路,,,,,火星課", "沒有課室 火星課 / line 3: no section 火星課"),
        ("B2,乙里,中山路2段,,99,120,全,", "與第 2 行的 甲里 中山路二段 1–99 單 重疊"),
        ("B2,乙里,中山路二段,25巷,30,40,雙,", "overlap line 4"),
        ("B2,乙里,港口、路,,,,,", "not a road"),
        ('B2,乙里,"港口\n路,,,,,', "not CSV: unexpected end of data"),
    ],
)
def test_a_line_that_is_wrong_is_named(
    run: Run, folder: Path, engine: Engine, row: str, named: str
) -> None:
    second = "A1,甲里,中山路二段,25,,,,民政課"
    rows = [GOOD[0], row, *([second] if "25巷" in row else [])]
    told = refused(run, table(folder, *rows), engine)
    assert named in told
    line = 4 if "25巷" in row else 3
    assert f"第 {line} 行" in told or f"line {line}" in told


def test_house_numbers_of_other_villages_of_the_office_are_respected(
    run: Run, folder: Path
) -> None:
    run("import", table(folder, *GOOD))
    done = run("import", table(folder, "D4,丁里,中山路二段,,99,,,"))
    assert "門牌 中山路二段 99–99999 全 與現有的 甲里 中山路二段 1–99 單 重疊" in done.stderr
    moved = (
        "D4,丁里,中山路二段,,99,,,",
        "A1,甲里,中山路二段,,1,97,單,民政課",
        "D4,丁里,中山路二段,,98,98,單,",  # holds no number, so it is nobody else's
    )
    assert run("import", table(folder, *moved)).exit_code == 0
    assert run("find", "中山路二段99號").stdout == "D4　丁里\n"


def test_numbers_of_one_village_may_be_listed_twice(run: Run, folder: Path) -> None:
    twice = (GOOD[0], "A1,甲里,中山路二段,,50,60,,民政課", GOOD[0])
    assert run("import", table(folder, *twice)).exit_code == 0
    assert run("find", "中山路二段51號").stdout == "A1　甲里　民政課\n"


def test_every_fault_is_told_and_the_rest_counted(run: Run, folder: Path, engine: Engine) -> None:
    told = refused(run, table(folder, ",,,,,,,", "A1,甲里,港口路,,5,1,,", ",,,,,,,"), engine)
    assert [f"line {n}:" in told for n in (2, 3, 4)] == [True] * 3
    many = refused(run, table(folder, *[",,,,,,,"] * (SHOWN + 7)), engine)
    assert many.rstrip().endswith("…還有 7 處 / and 7 more")
    assert len(many.splitlines()) == 1 + SHOWN + 1


@pytest.mark.parametrize(
    ("shape", "named"),
    [
        (None, "neither Polygon nor MultiPolygon"),
        ({"type": "Point", "coordinates": [119.6, 24.0]}, "neither Polygon nor MultiPolygon"),
        ({"type": "Polygon"}, "no coordinates"),
        ({"type": "Polygon", "coordinates": []}, "no coordinates"),
        ({"type": "MultiPolygon", "coordinates": [[]]}, "no coordinates"),
        (ring(*SQUARE[:3], SQUARE[1]), "須至少 4 點且首尾相同"),
        (ring(*SQUARE[:2], SQUARE[0]), "須至少 4 點且首尾相同"),
        (ring(*SQUARE[:2], SQUARE[1], SQUARE[0]), "the ring has no area"),
        (ring(*SQUARE[:4], [119.6]), "a position is [longitude, latitude]"),
        (ring(*SQUARE[:4], "here"), "a position is [longitude, latitude]"),
        (ring(*SQUARE[:4], ["119.6", "24"]), "not of numbers"),
        (ring(*SQUARE[:4], [None, None]), "not of numbers"),
        (ring(*([y, x] for x, y in SQUARE)), "latitude and longitude are swapped"),
        (ring(*([x * 2500, y] for x, y in SQUARE)), "not degrees of Taiwan"),
        (ring(*SQUARE[:4], [float("nan"), 24.0]), "not degrees of Taiwan"),
        ({"type": "Polygon", "coordinates": [SQUARE, SQUARE[:3]]}, "ring 2"),
    ],
)
def test_an_outline_that_is_wrong_is_named(
    run: Run, folder: Path, engine: Engine, shape: Any, named: str
) -> None:
    wrong = feature("B2", "乙里", shape or {"type": None})
    told = refused(run, outlines(folder, feature(), wrong), engine)
    assert named in told
    assert "第 2 個圖徵（乙里）" in told
    assert "feature 2 (乙里)" in told


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (3, "no properties"),
        ({"properties": []}, "no properties"),
        (feature(code=None), "a code has"),
        (feature(code="\0"), "a code has"),
        (feature(code="B2", name=7), "ends in 里 or 村"),
        (feature(code="B2", name="\ud800里"), "ends in 里 or 村"),
        (feature(code="A1", name="乙里"), "code A1 stands twice"),
        (feature(code="B2", section=3), "a section is its code or name"),
        (feature(code="B2", section="火星課"), "no section 火星課"),
    ],
)
def test_a_feature_that_is_wrong_is_named(
    run: Run, folder: Path, engine: Engine, wrong: Any, named: str
) -> None:
    path = outlines(folder)
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature(), wrong]}))
    told = refused(run, path, engine)
    assert named in told
    assert "feature 2" in told


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        ("x.txt", b"", "not a GeoJSON or CSV file"),
        ("x.csv", b"", "columns missing: 里代碼, 里名"),
        ("x.csv", "里代碼,里名,路街,巷,起號,迄號".encode(), "columns missing: 單雙"),
        ("x.csv", HEAD.encode(), "holds no village"),
        ("x.csv", b"\xff\xff\xff", "neither UTF-8 nor Big5"),
        ("x.csv", f"{HEAD}\nA1,{'甲' * 140_000}".encode(), "line 2: not CSV"),
        ("x.csv", ("甲" * 140_000).encode(), "line 1: not CSV"),
        ("x.json", b"{\n[", "第 2 行不是 JSON"),
        ("x.json", b"[" * 100_000, "not GeoJSON"),
        ("x.json", b"9" * 5_000, "not GeoJSON"),
        ("x.json", b"[]", "not a FeatureCollection"),
        ("x.json", b'{"type": "Feature", "features": []}', "not a FeatureCollection"),
        ("x.json", b'{"type": "FeatureCollection", "features": []}', "holds no village"),
        ("x.json", b" " * (LARGEST + 1), "too large"),
    ],
)
def test_a_file_that_is_none_is_refused(name: str, content: bytes, named: str) -> None:
    with pytest.raises(BadVillages) as error:
        read(name, content)
    assert named in str(error.value)


def test_a_file_or_database_that_is_not_there_is_one_line(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = run("import", folder / "gone.csv")
    assert (gone.exit_code, "cannot read" in gone.stderr) == (2, True)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{folder}/new.db")
    for command in (("import", table(folder, *GOOD)), ("find", "甲里"), ("list",)):
        done = run(*command)
        assert (done.exit_code, "python -m app migrate" in done.stderr) == (2, True)


# --- find and list


def test_what_cannot_be_told_is_said(run: Run, folder: Path) -> None:
    assert run("list").stdout == "共 0 里 / villages\n"
    run("import", table(folder, *GOOD))
    none = run("find", "山邊路3號")
    assert (none.exit_code, none.stdout) == (1, "查無所屬的里 / no village fits\n")
    two = run("find", "中山路二段15、16號")
    assert two.exit_code == 1
    assert two.stdout.splitlines()[1:] == ["A1　甲里　民政課", "B2　乙里"]


@pytest.mark.parametrize("at", ["24", "x,y", "24,119,1", "95,10", "24,nan", ""])
def test_a_pin_that_is_none_is_refused(run: Run, at: str) -> None:
    done = run("find", "--at", at)
    assert done.exit_code == 2
    assert done.stdout == ""


# --- the sample district


def test_the_sample_district_holds_three_villages_that_its_cases_lie_in(engine: Engine) -> None:
    with transaction(engine) as tx:
        samples.add_staff(tx)
        samples.add_villages(tx)
        samples.add_villages(tx)  # a second time there is nothing to add
        assert len(tx.scalars(select(Village)).all()) == 3
        places = ("範例路 25 巷口", "範例街 18 號前", "範例里活動中心", "範例街 120 號")
        found = [locate(tx, place, None, None) for place in places]
        names = [one.name if one else None for one in found]
        assert names == ["樣本里", "範例里", "範例里", "虛構里"]
        assert locate(tx, None, 24.005, 119.625) is found[-1]
        civil = tx.scalars(select(Section).where(Section.code == "civil")).one()
        assert make_case(tx, place="範例街 18 號前").section is civil
