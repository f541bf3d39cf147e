"""The journeys of clerks and directors, through the admin API, to the citizen and the figures."""

from datetime import timedelta
from time import sleep

from sqlalchemy import select

from data.database import reading
from data.outbox import Outbox
from tests.journeys.world import World, case_no, labels


def api(world: World, method: str, path: str, who: str = "controller", **given: object) -> dict:  # type: ignore[type-arg]
    """One call of the API; its JSON."""
    headers = world.log_in(who)
    answer = world.browser.request(method, f"/api/v1{path}", headers=headers, **given)  # type: ignore[arg-type]
    assert answer.status_code < 300, answer.text
    return answer.json()  # type: ignore[no-any-return]


def test_the_whole_path_once(world: World) -> None:
    ming = world.citizen()
    assert "【身分證遺失補領】" in ming.says("身分證遺失要怎麼補領").text
    number = ming.files()

    queue = api(world, "GET", "/cases")
    assert [case["case_no"] for case in queue["cases"]] == [number]
    assert queue["cases"][0]["days_left"] == 6
    before = len(ming.heard())
    case = api(
        world,
        "POST",
        f"/cases/{number}/assign",
        json={"section": "civil", "handler": "controller", "version": 1},
    )
    assert (case["status"], case["section"]) == ("assigned", "民政課")
    assert "由民政課承辦" in ming.waits(before + 1).text

    world.clock.pass_(timedelta(days=1))
    before = len(ming.heard())
    text = "①已清除雜物。\n②已加設淨空標線，預計 115/12/20 完工。"
    case = api(
        world,
        "POST",
        f"/cases/{number}/reply",
        json={"text": text, "version": case["version"]},
    )
    assert case["status"] == "replied"
    answer = ming.waits(before + 1)
    assert text in answer.text
    assert number in answer.text
    assert labels(answer) == ["解決了", "只回覆、還沒改善", "不滿意"]
    world.telegram.wait_for(
        lambda: api(world, "GET", f"/cases/{number}")["history"][-1]["kind"] == "delivered"
    )

    ming.presses("解決了")
    assert "辦理過程 5 分" in ming.says("5").text
    assert "已記下 5 分" in ming.says("5").text
    before = len(ming.heard())
    case = api(world, "GET", f"/cases/{number}")
    api(
        world,
        "POST",
        f"/cases/{number}/close",
        json={"outcome": "resolved", "reason": "已清除並複查", "version": case["version"]},
    )
    assert "獲致解決" in ming.waits(before + 1).text

    month = api(world, "GET", "/figures/2026-11", "director")
    total = month["total"]
    assert (total["received"], total["closed"], total["closed_on_time"]) == (1, 1, 1)
    assert (total["mean_days"], total["result_mean"]) == (1.0, None)  # one grade is nobody's
    assert month["title"] == "民國115年11月"
    assert month["questions"]["sure"] == 1


def test_12_not_improved_and_not_satisfied(world: World) -> None:
    ming = world.citizen()
    number = ming.files()
    before = len(ming.heard())
    case = api(world, "POST", f"/cases/{number}/reply", json={"text": "已派員。", "version": 1})
    ming.waits(before + 1)
    assert labels(ming.presses("只回覆、還沒改善")) == ["1", "2", "3", "4", "5"]
    ming.says("2")
    assert labels(ming.says("2"))[0] == "太慢"
    ming.says("太慢")
    assert "哪裡不好" in ming.presses("不滿意").text
    again = ming.says("根本沒有人來")
    assert "重新處理" in again.text
    assert "115/12/01（二）" in again.text  # three working days after Thursday 26 November
    case = api(world, "GET", f"/cases/{number}")
    assert (case["status"], case["due_on"], case["satisfaction"]) == ("reopened", "2026-12-01", 2)
    assert case["process_grade"] == 2
    kinds = [event["kind"] for event in case["history"]]
    assert [kind for kind in kinds if kind != "delivered"] == [
        "received",
        "replied",
        "not_improved",
        "satisfaction_rated",
        "satisfaction_rated",
        "satisfaction_rated",
        "dissatisfied",
        "reopened",
    ]


def test_35_a_reply_is_kept_as_sent_and_shows_whether_it_arrived(world: World) -> None:
    ming = world.citizen()
    number = ming.files()
    before = len(ming.heard())
    long_reply = "\n\n".join(f"第 {n} 點：" + "說明文字" * 60 for n in range(40))
    api(world, "POST", f"/cases/{number}/reply", json={"text": long_reply, "version": 1})
    ming.waits(before + 3)
    parts = ming.heard()[before:]
    assert all(len(part.text) <= 4096 for part in parts)
    assert labels(parts[-1]) == ["解決了", "只回覆、還沒改善", "不滿意"]
    assert all(not labels(part) for part in parts[:-1])
    heard = "".join("".join(part.text.split()) for part in parts)
    assert "".join(long_reply.split()) in heard
    world.telegram.wait_for(
        lambda: api(world, "GET", f"/cases/{number}")["history"][-1]["kind"] == "delivered"
    )
    history = api(world, "GET", f"/cases/{number}")["history"]
    replied = next(event for event in history if event["kind"] == "replied")
    assert replied["data"]["text"] == long_reply
    assert replied["by"] == "controller先生"


def test_telegrams_wish_to_wait_is_respected(world: World) -> None:
    ming = world.citizen()
    world.telegram.fail_next(
        "sendMessage", 429, "Too Many Requests: retry after 30", retry_after=30, times=1
    )
    world.deliver(ming.person.says("身分證遺失要怎麼補領"))

    def put_off() -> object:
        with reading(world.office.engine) as tx:
            row = tx.scalars(select(Outbox)).one()
            return row.due > world.clock() and row

    row = world.telegram.wait_for(put_off)
    assert isinstance(row, Outbox)
    assert (row.due - world.clock(), row.attempts) == (timedelta(seconds=30), 0)
    world.clock.pass_(timedelta(seconds=29))
    sleep(1.5)  # the relay looks every second
    assert ming.heard() == []
    world.clock.pass_(timedelta(seconds=2))
    assert "【身分證遺失補領】" in ming.waits(1).text


def test_a_lost_connection_is_tried_again_and_nothing_is_lost(world: World) -> None:
    ming = world.citizen()
    world.telegram.drop_next("sendMessage", times=1)
    world.deliver(ming.person.says("身分證遺失要怎麼補領"))
    world.telegram.wait_for(lambda: world.telegram.calls[-1][0] == "sendMessage")

    def comes() -> object:
        world.clock.pass_(timedelta(seconds=10))
        return ming.heard()

    world.telegram.wait_for(comes)
    assert len(ming.heard()) == 1


def test_what_nobody_could_answer_is_listed(world: World) -> None:
    ming, hua = world.citizen(), world.citizen(2002)
    ming.says("可以幫我查樂透號碼嗎")
    hua.says("可以幫我查樂透號碼嗎？")
    found = world.browser.get("/api/v1/faq/unanswered", headers=world.log_in("controller")).json()
    assert [(one["text"], one["times"]) for one in found] == [("可以幫我查樂透號碼嗎？", 2)]


def test_a_changed_entry_answers_at_once(world: World) -> None:
    ming = world.citizen()
    ming.says("身分證遺失要怎麼補領")
    entry = api(world, "GET", "/faq/entries/id-card-lost")
    fields = {k: v for k, v in entry.items() if k not in {"id", "retired", "updated_at"}}
    fields["answer"] = "請帶戶口名簿到本所三樓。"
    api(world, "PUT", "/faq/entries/id-card-lost", json=fields)
    assert "本所三樓" in ming.says("身分證遺失要怎麼補領").text


def test_the_case_number_in_a_receipt_is_the_one_in_the_queue(world: World) -> None:
    ming = world.citizen()
    ming.files()
    number = case_no(ming.heard()[-1])
    page = world.browser.get(
        "/api/v1/cases", params={"q": number}, headers=world.log_in("director")
    )
    assert page.json()["cases"][0]["case_no"] == number
