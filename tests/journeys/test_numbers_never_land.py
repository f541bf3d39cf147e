"""N11 end to end: personal numbers typed anywhere are in no file the program leaves behind."""

import io
import random
import re
import unicodedata
from contextlib import redirect_stderr, redirect_stdout
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from bot.tables import Conversation
from data.database import reading
from data.outbox import Outbox
from faq.keeping.index import Shelf
from faq.keeping.tables import Asked
from tests.admin_api.staff import once
from tests.journeys.world import opened

COUNT = (
    120  # each through the whole program; 2,000 through the filter in tests/data/test_masking.py
)
CARRIERS = (
    "我叫王小明 {}，要查罰單",
    "身分證{}遺失怎麼辦",
    "{} 這是我的",
    "電話打不通\n{}\n請回覆",
)


LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"  # in the order of their values, from 10


def id_number(dice: random.Random) -> str:
    """A national ID number whose check digit is right."""
    letter, digits = (
        dice.choice(LETTERS),
        [dice.choice((1, 2)), *(dice.randrange(10) for _ in "1234567")],
    )
    value = LETTERS.index(letter) + 10
    weighed = (9 - n - 1 for n in range(8))
    total = value // 10 + value % 10 * 9 + sum(d * w for d, w in zip(digits, weighed, strict=True))
    return f"{letter}{''.join(map(str, digits))}{-total % 10}"


def plain(text: str) -> str:
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text)).upper()


@once
def test_numbers_are_in_no_database_log_or_file(
    database_url: str, tmp_path: Path, shelf: Shelf
) -> None:
    dice = random.Random(20261122)
    numbers = [id_number(dice) for _ in range(COUNT)]
    logged = io.StringIO()
    with (
        redirect_stdout(logged),
        redirect_stderr(logged),
        opened(database_url, tmp_path, shelf) as world,
    ):
        ming = world.citizen()
        for n, number in enumerate(numbers):
            shown = number if n % 2 else " ".join(number)
            text = CARRIERS[n % len(CARRIERS)].format(shown)
            assert world.deliver(ming.person.says(text)) == 200
            world.clock.pass_(timedelta(seconds=10))  # nobody types a flood
        ming.says("我要陳情", 2)
        ming.says(f"櫃檯把 {numbers[0]} 念給大家聽", 2)
        with reading(world.office.engine) as tx:  # what lies sealed must not hold them either
            sealed = [row.message.text for row in tx.scalars(select(Outbox))]
            sealed += [str(state) for state in tx.scalars(select(Conversation.state))]
            asked = tx.scalar(select(func.count()).select_from(Asked))
    left = [logged.getvalue(), *sealed]
    files = [Path(database_url.removeprefix("sqlite:///")), *tmp_path.rglob("*")]
    files += list(files[0].parent.glob(f"{files[0].name}*"))
    left += [path.read_bytes().decode("utf-8", "ignore") for path in files if path.is_file()]
    everything = [plain(text) for text in left]
    assert asked == COUNT
    assert any("念給大家聽" in text for text in everything)
    assert [number for number in numbers if any(number in text for text in everything)] == []
