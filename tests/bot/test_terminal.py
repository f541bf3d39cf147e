import asyncio
from pathlib import Path

from sqlalchemy import Engine

from bot.conversation.moment import Office
from bot.counter import Desk
from bot.relay import Relay
from bot.terminal import Terminal, converse
from faq.keeping.index import Shelf
from tests import pictures
from tests.clock import FakeClock


def test_the_same_conversation_in_a_terminal(engine: Engine, shelf: Shelf, tmp_path: Path) -> None:
    shown: list[str] = []
    photo = tmp_path / "a.png"
    photo.write_bytes(pictures.png())
    typed = iter(
        [
            "我要遷戶口",
            "1",
            "",
            "我要陳情",
            f"/photo {photo}",
            "路面有洞",
            "略",
            "照片傳完了",
            "王小明",
        ]
    )
    desk = Desk(engine, shelf, FakeClock(), Office("公所"), "WH", lambda: None)
    terminal = Terminal(shown.append)
    relay = Relay(engine, {terminal.name: terminal}, FakeClock())
    asyncio.run(converse(desk, relay, "local", tmp_path, lambda: next(typed, None)))
    assert "[1] 遷進來本區" in shown[0]
    assert "【遷進來本區】" in shown[1]
    assert "希望怎麼收到答復" in shown[-1]
