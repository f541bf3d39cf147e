"""The command that plays a day on which everybody writes at once."""

import asyncio
import sys
import tempfile
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Annotated

import typer

from app import settings as setting

if TYPE_CHECKING:
    from app.drill import Plan, Played, Stage
    from app.office import Office

P95 = 2.0  # seconds
DAYS = ("typhoon", "id-card")


def play_drill(
    day: Annotated[str, typer.Argument(help="演練哪一天 / typhoon 或 id-card")] = "typhoon",
    messages: Annotated[int, typer.Option(min=1, max=1_000_000)] = 20_000,
    minutes: Annotated[
        float, typer.Option(min=0.1, max=24 * 60, help="當天的幾分鐘內 / minutes of that day")
    ] = 60.0,
    speed: Annotated[
        float, typer.Option(min=0.1, max=100, help="以幾倍速演練 / so many times as fast")
    ] = 1.0,
    seed: Annotated[int, typer.Option(min=0)] = 1,
    copy: Annotated[
        bool,
        typer.Option(
            "--copy", help="用本所的人員、規則、題庫（不含民眾與案件） / the office's own"
        ),
    ] = False,
    serve: Annotated[
        bool, typer.Option("--serve", help="開同仁頁面供演練，按 Ctrl-C 結束 / with the console")
    ] = False,
) -> None:
    """演練大家同時來訊的一天，不會寄給任何人 / Everybody writes at once; nothing leaves.

    Ends with status 1 where something was lost, double or late.
    """
    if day not in DAYS:
        raise typer.BadParameter(f"請選 {' 或 '.join(DAYS)} / choose one of them")
    from app.drill import Day, Plan

    plan = Plan(Day(day), messages, minutes, seed, speed)
    with tempfile.TemporaryDirectory(prefix="civicline-drill-") as folder:
        office, stage = _office(Path(folder), plan, copied=copy)
        try:
            good = _serve(office, stage, plan) if serve else _run(office, stage, plan)
        finally:
            office.engine.dispose()
    if not good:
        raise SystemExit(1)


def _office(folder: Path, plan: "Plan", *, copied: bool) -> "tuple[Office, Stage]":
    from app import drill, logs, migrating, samples, seeding
    from app import office as roof
    from data.database import transaction

    logs.set_up()
    settings = setting.read()
    if copied:
        real = roof.build(settings)
        alone = drill.build(settings, folder, settings.keyring)
        drill.copy(real, alone)
        real.engine.dispose()
    else:
        alone = drill.build(settings, folder)
        migrating.upgrade(alone.engine)
    with transaction(alone.engine) as tx:
        seeding.seed(tx, now=alone.clock())
        made = samples.add_staff(tx)
        samples.add_villages(tx)
    if made:
        print(f"  演練帳號 accounts: {', '.join(made.usernames)}")
        print(f"  共用密碼 password: {made.password}")
    return drill.on_stage(alone, plan)


def _run(office: "Office", stage: "Stage", plan: "Plan") -> bool:
    from app.drill import play
    from app.loops import Running, running_beside

    async def run() -> "Played":
        async with running_beside(office, Running(), loops=True):
            return await play(office, stage, plan)

    _tell_plan(plan)
    return _tell(asyncio.run(run()), plan)


def _serve(office: "Office", stage: "Stage", plan: "Plan") -> bool:
    """With the console open; the citizens write meanwhile, in a thread."""
    from app.drill import play
    from app.serving import addresses, serve_office

    def act() -> None:
        _tell(asyncio.run(play(office, stage, plan)), plan)
        print("  演練訊息已寫完，可以繼續辦理；按 Ctrl-C 結束 / go on, or end with Ctrl-C")
        sys.stdout.flush()

    def tell(office: "Office") -> None:
        addresses(office)
        _tell_plan(plan)
        Thread(target=act, daemon=True).start()

    serve_office(office, tell)
    return True


def _tell_plan(plan: "Plan") -> None:
    print(
        f"  演練 {plan.day}：當天 {plan.minutes:g} 分鐘、{plan.messages:,} 則訊息，"
        f"{plan.speed:g} 倍速，亂數種子 {plan.seed}"
        f" / {plan.messages:,} messages in {plan.seconds / 60:g} minutes"
    )
    sys.stdout.flush()


def _tell(played: "Played", plan: "Plan") -> bool:
    """Print what came of it; whether every promise was kept."""
    rate = played.written / played.seconds * 3600
    late = played.wait(0.95) > P95
    print(f"  寫入 written {played.written:,}（每小時 {rate:,.0f} 則 / an hour）")
    print(f"  收下 taken in once {played.taken:,}，立案 cases {played.cases:,}")
    print(
        "  第一則回答 first answer: "
        + "，".join(f"p{share} {played.wait(share / 100):.2f} s" for share in (50, 95, 99))
        + f"，最久 longest {played.wait(1):.2f} s"
    )
    print(f"  通道要求稍候 told to wait {played.told_to_wait:,} 次 / times")
    for problem in played.problems:
        print(f"  ✗ {problem}")
    if late:
        print(f"  ✗ p95 > {P95:g} s")
    good = not played.problems and not late
    print("  ✓ 沒有遺失、重複或亂序 / nothing lost, double or out of order" if good else "")
    return good
