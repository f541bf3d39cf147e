"""python -m app exam MONTH --seed N: draw the exam of a month again, and compare."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from app import settings as setting

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

Ids = Sequence[int]


def draw_exam(
    month: Annotated[str, typer.Argument(help="月份 / month, e.g. 2026-10")],
    seed: Annotated[int, typer.Option(min=0, help="結果頁或 CSV 上的種子 / as it is published")],
) -> None:
    """重抽某月的抽測核對，不符時結束碼 1 / Draw an exam again; exit status 1 if it differs."""
    from complaints.errors import NothingToDecide
    from data.database import engine_for, reading

    read = setting.read()
    engine = engine_for(read.database_url, read.keyring)
    try:
        with reading(engine) as tx:
            questions, replies, same = _draw_again(tx, month, seed)
    except NothingToDecide:
        _stop(f"{month} 還沒有抽題（先抽題，才能重抽核對）/ no exam of this month was set")
    finally:
        engine.dispose()
    _print("問題 questions", questions)
    _print("答復 replies", replies)
    if not same:
        print("與當時抽到的不同：種子不對，或紀錄已有增減 / not what was drawn", file=sys.stderr)
        raise SystemExit(1)
    print("與當時抽到的相同 / the same as was drawn")


def _draw_again(tx: "Session", month: str, seed: int) -> tuple[Ids, Ids, bool]:
    """What the seed draws now, and whether that is what was drawn; raises NothingToDecide."""
    from admin_api.exams import draw
    from complaints.measuring import exams
    from complaints.measuring.exams import PaperKind

    kept = exams.sources(exams.exam_of(tx, month))
    asked, sent = kept[PaperKind.QUESTION], kept[PaperKind.REPLY]
    again = draw(tx, month, seed, len(asked), len(sent))
    questions, replies = [one.id for one in again.questions], [one.id for one in again.replies]
    return questions, replies, (sorted(questions), sorted(replies)) == (asked, sent)


def _print(name: str, ids: Ids) -> None:
    print(f"{name}（{len(ids)}）：{' '.join(map(str, ids))}")


def _stop(why: str) -> NoReturn:
    print(why, file=sys.stderr)
    raise SystemExit(2)
