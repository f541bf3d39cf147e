"""What the fuzzers and reading for them found wrong once, each as a plain test."""

from dataclasses import replace
from typing import Any

import pytest
import yaml
from telegram import Update

from admin_api.console import refusing
from bot import telegram
from bot.channel import Incoming
from bot.conversation.state import State
from bot.conversation.understanding import pressed
from bot.conversation.wants import Judge, Stale
from data import yaml_text
from faq.errors import BadEntry
from faq.keeping import files, sheets
from faq.keeping.editing import check
from tests.fakes.botapi import BotApi, SentMessage
from tests.fuzz import bombs
from tests.fuzz.faq_files import RICH
from tests.fuzz.test_web_chat import BOUNDARY, MULTIPART, part
from tests.fuzz.test_webhooks import all_kinds
from tests.journeys.world import Citizen, World
from tests.makers import NOON

BOT = "fake_telegram_bot"
USER = {"id": 7, "is_bot": False, "first_name": "明", "language_code": "zh-hant"}
SAID: dict[str, Any] = {
    "message_id": 1,
    "date": 1,
    "from": USER,
    "chat": {"id": 7, "type": "private"},
    "text": "您好",
}


def read(**given: Any) -> Incoming | None:
    """A message with these parts, as it is read."""
    return telegram.read({"update_id": 1, "message": SAID | given}, BOT)


# --- Telegram -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "given",
    [
        {"chat": {}},
        {"chat": {"id": [1], "type": "private"}},
        {"chat": {"id": True, "type": "private"}},
        {"chat": {"id": 10**30, "type": "private"}},
        {"chat": {"id": 7, "type": ["private"]}},
        {"from": USER | {"language_code": ["zh"]}},
        {"from": None},
        {"date": 10**18},
        {"text": ["您好"]},
        {"text": 5},
        {"photo": {"file_id": "a"}},
        {"photo": [{"file_id": "x" * 300, "file_unique_id": "x", "width": 1, "height": 1}]},
        {"document": {"file_id": "a\0", "file_unique_id": "x"}},
        {"location": {"latitude": float("nan"), "longitude": 121.5}},
        {"location": {"latitude": 25.0, "longitude": 1e308}},
        {"media_group_id": 5},
        {"entities": [{"type": "mention", "offset": {}, "length": 1}]},
        {"reply_to_message": SAID | {"text": 5}},
    ],
)
def test_an_update_with_a_part_of_another_type_is_none(given: dict[str, Any]) -> None:
    assert read() is not None
    assert read(**given) is None


@pytest.mark.parametrize(("offset", "length"), [(1, 1), (0, 1), (-1, 9), (10**15, 10**15)])
def test_an_entity_amid_a_character_names_nobody(offset: int, length: int) -> None:
    entities = [{"type": "mention", "offset": offset, "length": length}]
    group = {"id": -5, "type": "group"}
    assert read(chat=group, text=f"👍@{BOT}", entities=entities) is None


def test_half_a_character_is_left_out_and_a_whole_one_stays() -> None:
    found = read(text="路燈\ud800不亮\udc00👍")
    assert found and found.text == "路燈不亮👍"


def test_every_real_update_is_read_and_the_same_when_it_was_polled() -> None:
    with BotApi() as api:
        person = api.person(1001, started=True)
        buttons = {"inline_keyboard": [[{"text": "甲", "callback_data": "up:1"}]]}
        raw = {"message_id": 1, "from": api.bot_user, "chat": person.chat, "date": 1, "text": "好"}
        sent = SentMessage(1, 1001, "好", [("甲", "up:1")], raw | {"reply_markup": buttons})
        api.messages[1] = sent
        world = World(None, None, api, None)  # type: ignore[arg-type]
        for raw_update in all_kinds(Citizen(world, person)):
            found = telegram.read(raw_update, BOT)
            update = Update.de_json(raw_update, None)
            assert found == telegram.read(update.to_dict(), BOT)
            assert found or "new_chat_members" in raw_update["message"]


@pytest.mark.parametrize(
    "token",
    ["up:99999999999999999999999", "up:-1", "up:١", "pick:1:a\0", "var:1:a:99999999999", "up:1_0"],
)
def test_a_button_with_what_no_row_has_is_stale(token: str) -> None:
    assert pressed(State(), "up:12") == Judge(12, helpful=True)
    assert isinstance(pressed(State(), token), Stale)


# --- the web chat ---------------------------------------------------------------------------
@pytest.mark.parametrize("after", [2**31, 2**63, 10**40, -1])
def test_messages_after_a_number_no_message_has(world: World, after: int) -> None:
    world.browser.get("/chat")
    assert world.browser.get("/chat/messages", params={"after": after}).status_code == 422
    assert world.browser.get("/chat/messages", params={"after": 2**31 - 1}).json() == []


@pytest.mark.parametrize(
    "token", ["pick:99999999999999999999999:x", "show:WH-1151126-0001\0", "up:1\ud800"]
)
def test_a_forged_button_of_the_page(world: World, token: str) -> None:
    world.browser.get("/chat")
    form = part("token", token.encode("utf-8", "surrogatepass")) + b"--" + BOUNDARY + b"--\r\n"
    headers = {"Accept": "application/json", "Content-Type": MULTIPART}
    assert world.browser.post("/chat/messages", content=form, headers=headers).status_code == 202


# --- YAML -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "[" * 60 + "]" * 60,
        "- &a [x]\n- *a",
        "- &a {id: x}\n- {<<: *a}",
        "- &a x\n- &a [x]\n- *a",
        "- &a " + "x" * 60_000 + "\n- *a\n- *a",
        "1" + ":59" * 400,
        "!!int '1" + ":5" * 400 + "'",
        "!!bool maybe",
        "!!int ''",
        "!!timestamp soon",
        "1" + ":59" * 250 + ".5",
    ],
)
def test_yaml_that_unfolds_or_is_no_value_is_refused(text: str) -> None:
    with pytest.raises(yaml.YAMLError):
        yaml_text.load(text)
    with pytest.raises(yaml.YAMLError):
        yaml_text.load_all(text)


def test_yaml_may_name_a_value_twice() -> None:
    assert yaml_text.load("- &day 2026-11-26\n- *day\n- 8:30") == [NOON.date(), NOON.date(), 510]


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("answer: [a, b]", "test-entry.answer"),
        ("answer: {a: b}", "test-entry.answer"),
        ("answer: 0x" + "f" * 5000, "test-entry.answer"),
        ("aliases: [0x" + "f" * 5000 + "]", "test-entry.aliases"),
        ("variants: [{label: [a]}]", "test-entry.variants.label"),
        ("2: x\n  ~: y", "test-entry.2"),
    ],
)
def test_a_list_or_an_endless_number_is_no_text(line: str, field: str) -> None:
    text = f"- id: test-entry\n  checked_on: 2026-11-20\n  {line}\n"
    with pytest.raises(BadEntry) as caught:
        files.read("a.yaml", text.encode())
    assert caught.value.field == field


# --- sheets ---------------------------------------------------------------------------------
def test_half_a_character_in_a_cell_is_refused() -> None:
    head, row = sheets.to_rows([("test-entry", replace(RICH, source="內政部"))])
    row[row.index("內政部")] = "\\ud800"
    ((_, content),) = sheets.from_rows([head, row])
    with pytest.raises(BadEntry, match="cannot be kept"):
        check(content, NOON)


def test_no_more_rows_than_a_database_can_be_asked_about() -> None:
    with pytest.raises(BadEntry, match="more than 10000 rows"):
        sheets.from_csv(b"\n" * (sheets.MOST_ROWS + 1))
    many = bombs.ods_with(bombs.sheet(b"<table:table-row/>" * (sheets.MOST_ROWS + 1)))
    with pytest.raises(BadEntry, match="more than 10000 rows"):
        sheets.from_ods(many)


@pytest.mark.parametrize("packing", [12, 14])
def test_an_ods_packed_by_other_means_is_read_and_refused_when_damaged(packing: int) -> None:
    content = bombs.ods_with(bombs.sheet(bombs.row(b"y")), packing=packing)
    assert sheets.from_ods(content)[1] == ["y"]
    at = content.index(b"content.xml") + 40
    with pytest.raises(BadEntry):
        sheets.from_ods(content[:at] + b"\xff" * 200 + content[at + 200 :])


# --- words ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("problem", "words"),
    [
        ("more than 10000 rows", "上限 10000"),
        ("more than 100 columns", "上限 100"),
        ("entry 3 is not a mapping", "題次 3"),
        ("a list of mappings is expected", "匯出檔"),
        ("holds a character that cannot be kept", "無法儲存"),
        ("each variant begins with a line of its own: 〔label〕", "每個情況"),
    ],
)
def test_the_desk_says_it_in_chinese(problem: str, words: str) -> None:
    assert words in refusing.refusal(BadEntry("file", problem)).text


def test_a_refusal_does_not_repeat_a_cell_of_any_length() -> None:
    error = BadEntry("column " + "長" * 140_000, "no such " + "x" * 140_000)
    assert len(str(error)) < 500
