"""python -m app villages …: the villages (里) of the district, and which one a place lies in."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from app import settings as setting

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from complaints.tables import Village

villages = typer.Typer(no_args_is_help=True, help="里與門牌 / villages of the district")


@villages.command("import")
def import_villages(
    file: Annotated[Path, typer.Argument(help="GeoJSON（界線）或 CSV（路街門牌）/ file")],
) -> None:
    """匯入里的界線或路街門牌，全部成功或都不寫入 / Take in outlines or streets, all or nothing."""
    from complaints import gazetteer, villages
    from complaints.gazetteer import BadVillages
    from data.database import transaction

    try:
        listed = gazetteer.read(file.name, file.read_bytes())
        with _database() as engine, transaction(engine) as tx:
            taken = gazetteer.take_in(tx, listed)
            placed = villages.place_open(tx, now=datetime.now(UTC))
    except OSError as error:
        _stop(f"讀不到檔案 / cannot read {file}: {error.strerror}")
    except BadVillages as error:
        _stop(f"檔案有誤，什麼都沒有匯入 / nothing was imported, {file}:\n{error}")
    for words, names in (("新增 added", taken.added), ("更新 replaced", taken.replaced)):
        print(f"{words}: {len(names)}{'　' if names else ''}{'、'.join(names)}")
    print(f"界線 outlines: {taken.boundaries}，路段 streets: {taken.streets}")
    print(f"檔案沒有提到、照舊的里 / villages left as they are: {taken.left}")
    print(f"補上所屬里的未結案件 / open cases now placed: {placed}")


@villages.command("find")
def find_village(
    address: Annotated[str, typer.Argument(help="地址或地點 / address or place")] = "",
    at: Annotated[str, typer.Option(help="緯度,經度 / LAT,LON")] = "",
) -> None:
    """查一個地點屬於哪一里 / Tell which village a place lies in; status 1 where none is sure."""
    from complaints.villages import fitting
    from data.database import reading

    latitude, longitude = _pin(at)
    if not address and latitude is None:
        _stop("請給地址或 --at 緯度,經度 / give an address or --at LAT,LON")
    with _database() as engine, reading(engine) as tx:
        found = [_line(one) for one in fitting(tx, address or None, latitude, longitude)]
    if len(found) == 1:
        print(found[0])
        return
    print("符合不只一里，不猜 / more than one fits:" if found else "查無所屬的里 / no village fits")
    print("\n".join(found), end="\n" if found else "")
    raise SystemExit(1)


@villages.command("list")
def list_villages() -> None:
    """列出各里與其資料 / List the villages with what is known of them."""
    from sqlalchemy import func, select

    from complaints.tables import Village, VillageStreet
    from data.database import reading

    streets = select(func.count()).where(VillageStreet.village_id == Village.id).scalar_subquery()
    rows = select(Village, streets, Village.boundary.is_not(None)).order_by(Village.code)
    with _database() as engine, reading(engine) as tx:
        lines = [
            f"{_line(one)}　路段 streets: {count}　界線 outline: {'有 yes' if drawn else '無 no'}"
            for one, count, drawn in tx.execute(rows)
        ]
    print("\n".join([*lines, f"共 {len(lines)} 里 / villages"]))


def _line(village: "Village") -> str:
    section = f"　{village.section.name}" if village.section else ""
    return f"{village.code}　{village.name}{section}"


def _pin(at: str) -> tuple[float | None, float | None]:
    if not at:
        return None, None
    try:
        latitude, longitude = (float(one) for one in at.split(","))
    except ValueError:
        _stop(f"看不懂位置 {at}，須為 緯度,經度 / not LAT,LON")
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        _stop(f"位置 {at} 不在地球上，須為 緯度,經度 / not LAT,LON")
    return latitude, longitude


@contextmanager
def _database() -> "Iterator[Engine]":
    """The office's database, if its schema is the newest; closed at the end."""
    from app import migrating
    from data.database import engine_for

    read = setting.read()
    engine = engine_for(read.database_url, read.keyring)
    if not migrating.is_current(engine):
        _stop("資料庫結構不是最新，請先執行 / first run: python -m app migrate")
    try:
        yield engine
    finally:
        engine.dispose()


def _stop(why: str) -> NoReturn:
    import sys

    print(why, file=sys.stderr)
    raise SystemExit(2)
