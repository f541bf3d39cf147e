"""The journeys of citizens, message by message, over Telegram's protocol."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from complaints.tables import Case, Event, Village, VillageStreet
from data import deeplinks
from data.database import reading, transaction
from faq.keeping import editing, forms
from faq.keeping.tables import Asked, Entry
from tests.journeys.world import PHOTO, World, case_no, labels


def test_01_a_typo_is_understood_and_the_answer_is_judged(world: World) -> None:
    ming = world.citizen()
    answer = ming.says("護口名簿不見了要怎辦")
    assert "您要問「戶口名簿遺失補領」，對嗎？" in answer.text
    for part in ("應備文件", "規費", "30 元", "法令依據", "資料查核日 113/10/31"):
        assert part in answer.text
    assert labels(answer) == ["有幫助", "沒幫助", "不是這個"]
    assert "謝謝您告訴我" in ming.presses("有幫助").text
    with reading(world.office.engine) as tx:
        asked = tx.scalars(select(Asked)).one()
        assert (asked.verdict, asked.entry_id, asked.helpful) == (
            "sure",
            "household-book-lost",
            True,
        )


def test_01_what_did_not_help_can_become_a_case(world: World) -> None:
    ming = world.citizen()
    ming.says("身分證遺失要怎麼補領")
    ways = ["找相近題目", "請承辦回覆", "留電話"]
    reasons = ["答非所問", "看不懂", "資料不對", "沒寫到我的情況"]
    assert labels(ming.presses("沒幫助")) == [*reasons, *ways]
    assert labels(ming.presses("資料不對")) == ways
    with reading(world.office.engine) as tx:
        asked = tx.scalars(select(Asked)).one()
        assert (asked.helpful, asked.reason) == (False, "wrong")
    near = ming.presses("找相近題目")
    assert "都不是" in labels(near)
    assert "身分證遺失補領" not in labels(near)


def test_02_near_neighbours_are_asked_apart(world: World) -> None:
    ming = world.citizen()
    which = ming.says("我要遷戶口")
    assert labels(which)[:3] == ["遷進來本區", "遷到外縣市", "同區搬家"]
    assert "【遷進來本區】" in ming.says("遷進來").text


def test_02_a_number_chooses_too(world: World) -> None:
    ming = world.citizen()
    ming.says("我要遷戶口")
    assert "【遷到外縣市】" in ming.says("2").text


def test_04_what_is_not_known_is_said_and_becomes_a_case_in_one_tap(world: World) -> None:
    ming = world.citizen()
    honest = ming.says("為什麼我家那條巷子門牌跳號很久都沒人理")
    assert "不想亂答" in honest.text
    assert labels(honest) == ["找相近題目", "請承辦回覆", "留電話"]
    more = ming.says("請承辦回覆", 2)
    assert "① 為什麼我家那條巷子門牌跳號很久都沒人理" in more.text
    assert labels(more) == ["補地點", "補照片", "就這樣"]
    ming.presses("就這樣")
    for answer in ("王小明", "本聊天室", "一般"):
        ming.says(answer)
    number = case_no(ming.presses("送出"))
    with reading(world.office.engine) as tx:
        assert tx.scalars(select(Asked.fate)).one() == "filed"
        assert tx.scalars(select(Case.case_no)).one() == number


def test_04_somebody_who_wants_a_call_leaves_a_number(world: World) -> None:
    ming = world.citizen()
    ming.says("為什麼我家那條巷子門牌跳號很久都沒人理")
    ming.presses("留電話", 2)
    ming.presses("就這樣")
    assert "電話號碼" in ming.says("王小明").text
    assert "不像電話號碼" in ming.says("不知道").text
    ming.says("0912-345678")
    assert "電話 0912-345678" in ming.presses("一般").text


def test_05_photos_first(world: World) -> None:
    ming = world.citizen()
    album = [ming.person.sends_photo(PHOTO, media_group_id="g1") for _ in range(3)]
    ask = ming.does(album[0], 2)
    assert "照片收到了" in ask.text
    assert labels(ask) == ["路面", "環境", "服務態度", "其他"]
    for update in album[1:]:
        world.deliver(update)  # the rest of an album is taken without a word
    where = ming.says("騎樓被佔")
    assert "在哪裡" in where.text
    photos = ming.does(ming.person.sends_location(25.0375, 121.4998))
    assert "目前 3 張" in photos.text
    ming.presses("照片傳完了")
    ming.says("王小明")
    ming.presses("本聊天室")
    readback = ming.presses("一般")
    assert "位置 25.03750, 121.49980" in readback.text
    assert "照片：3 張" in readback.text
    number = case_no(ming.presses("送出"))
    controller = world.log_in("controller")

    def fetched() -> object:
        shown = world.browser.get(f"/api/v1/cases/{number}", headers=controller).json()
        files = shown["attachments"]
        return len(files) == 3 and all(one["state"] == "stored" for one in files) and files

    files = world.telegram.wait_for(fetched)
    assert isinstance(files, list)
    address = f"/api/v1/cases/{number}/attachments/{files[0]['id']}"
    assert world.browser.get(address, headers=controller).content == PHOTO


def test_06_and_07_read_back_correct_and_receipt(world: World) -> None:
    ming = world.citizen()
    notice = ming.says("我要陳情", 2)
    assert "個人資料蒐集告知" in ming.heard()[-2].text
    assert "發生了什麼事" in notice.text
    ming.says("騎樓堆放雜物。輪椅過不去。上月打過電話沒有下文。")
    ming.says("範例街 25 號前")
    ming.presses("沒有照片")
    ming.says("王小明")
    ming.presses("本聊天室")
    readback = ming.presses("請保密")
    for part in ("類別：陳情", "① 騎樓堆放雜物", "② 輪椅過不去", "身分：請保密", "姓名：王小明"):
        assert part in readback.text
    corrected = ming.says("③不是上月是上上週")
    assert "③ 上上週打過電話沒有下文" in corrected.text
    receipt = ming.presses("送出")
    assert "案號：WH-1151126-0001" in receipt.text
    assert "查詢碼：" in receipt.text
    assert "115/12/04（五）" in receipt.text
    assert "6 個工作天，自次一工作天起算" in receipt.text
    assert "承辦：研考（收案窗口）" in receipt.text
    count = ming.presses("看怎麼算的")
    assert "115/11/27（五） 第 1 天" in count.text
    assert "115/11/28（六） 週六，不計" in count.text
    assert "115/12/04（五） 第 6 天" in count.text


def test_06_one_answer_can_be_changed(world: World) -> None:
    ming = world.citizen()
    ming.says("我要陳情", 2)
    for answer in ("騎樓堆放雜物", "範例街 25 號前", "沒有照片", "王小明", "本聊天室", "一般"):
        ming.says(answer)
    assert "要改哪一項" in ming.presses("再改").text
    assert "在哪裡" in ming.presses("地點").text
    assert "地點：範例路 1 號" in ming.says("範例路 1 號").text


def test_07_elsewhere_by_number_and_code(world: World) -> None:
    ming, hua = world.citizen(), world.citizen(2002)
    number = ming.files()
    code = ming.heard()[-1].text.split("查詢碼：")[1][:6]
    assert "查不到" in hua.says(number).text
    shown = hua.says(f"/status {number} {code}")
    assert "已受理" in shown.text
    assert "騎樓" not in shown.text
    page = world.browser.post("/case", data={"case_no": number, "code": code})
    assert "已受理" in page.text
    assert "騎樓" not in page.text
    for _ in range(5):
        hua.says(f"/status {number} AAAAAA")
    assert "15 分鐘" in hua.says(f"/status {number} {code}").text


def test_09_my_cases_without_a_password(world: World) -> None:
    ming = world.citizen()
    first, second = ming.files(), ming.files("路燈不亮。")
    listed = ming.says("我的案件")
    assert f"1）{second}" in listed.text
    assert f"2）{first}" in listed.text
    assert "剩 6 個工作天" in listed.text
    shown = ming.says("2")
    assert first in shown.text
    assert "115/11/26（四） 受理" in shown.text


def test_09_nobody_sees_another_persons_cases(world: World) -> None:
    ming, hua = world.citizen(), world.citizen(2002)
    number = ming.files()
    assert "還沒有案件" in hua.says("我的案件").text
    for verb in ("show", "why", "add", "fixed", "unhappy", "withdraw", "yeswithdraw"):
        assert "查不到" in hua.does(hua.person.presses_forged(f"{verb}:{number}")).text
    with reading(world.office.engine) as tx:
        assert tx.scalar(select(func.count()).select_from(Event)) == 2  # received, delivered


def test_additions_and_withdrawal_are_kept_as_history(world: World) -> None:
    ming = world.citizen()
    number = ming.files()
    ming.presses("補充資料")
    assert "已補充" in ming.says("昨天又多了一堆").text
    ming.presses("補充資料")
    assert "已補充" in ming.does(ming.person.sends_photo(PHOTO)).text
    ming.says("我的案件")
    ming.says("1")
    ming.presses("撤回")
    assert "已依您的意思撤回" in ming.presses("確定撤回").text
    controller = world.log_in("controller")
    shown = world.browser.get(f"/api/v1/cases/{number}", headers=controller).json()
    story = [event["kind"] for event in shown["history"] if event["kind"] != "delivered"]
    assert story == ["received", "information_added", "information_added", "withdrawn"]
    assert shown["history"][2]["data"]["text"] == "昨天又多了一堆"


def test_cancel_and_go_on_at_every_step(world: World) -> None:
    ming = world.citizen()
    ming.says("我要陳情", 2)
    answers = ["騎樓堆放雜物", "範例街 25 號前", "沒有照片", "王小明", "本聊天室", "一般"]
    for answer in answers:
        before = ming.heard()[-1].text.split("\n\n")[-1]
        paused = ming.says("取消")
        assert labels(paused) == ["繼續填寫", "刪除草稿"]
        assert "身分證遺失" in ming.says("身分證遺失要怎麼補領").text  # a question in between
        resumed = ming.says("繼續填寫")
        assert before in resumed.text
        ming.says(answer)
    assert "案號" in ming.presses("送出").text


def test_a_draft_can_be_thrown_away(world: World) -> None:
    ming = world.citizen()
    ming.says("我要陳情", 2)
    ming.says("騎樓堆放雜物")
    ming.says("/cancel")
    assert "草稿已刪除" in ming.presses("刪除草稿").text
    assert "沒有填到一半" in ming.says("繼續填寫").text


def test_23_pressed_twice_and_sent_again_is_one_case(world: World) -> None:
    ming = world.citizen()
    ming.says("我要陳情", 2)
    for answer in ("騎樓堆放雜物", "範例街 25 號前", "沒有照片", "王小明", "本聊天室", "一般"):
        ming.says(answer)
    readback = ming.heard()[-1]
    first = ming.person.presses(readback, "送出")
    number = case_no(ming.does(first))
    for _ in range(9):
        assert world.deliver(first) == 200  # Telegram resends the same update
    again = ming.does(ming.person.presses(readback, "送出"))
    assert again.text == f"已立案〔{number}〕，沒有重複。"
    with reading(world.office.engine) as tx:
        assert tx.scalar(select(func.count()).select_from(Case)) == 1


def test_24_a_blocked_bot_makes_the_case_show_it(world: World) -> None:
    ming = world.citizen()
    number = ming.files()
    ming.person.blocks()
    controller = world.log_in("controller")
    reply = {"text": "已清除。", "version": 1}
    sent = world.browser.post(f"/api/v1/cases/{number}/reply", json=reply, headers=controller)
    assert sent.status_code == 201

    def unreached() -> object:
        found = world.browser.get("/api/v1/cases?pile=unreached", headers=controller).json()
        return [case["case_no"] for case in found["cases"]] == [number]

    world.telegram.wait_for(unreached)
    world.telegram.violations.clear()  # the refused message is what was wanted here


def test_01_a_follow_up_leans_on_the_answer_before(world: World) -> None:
    ming = world.citizen()
    ming.says("護口名簿不見了要怎辦")
    answer = ming.says("那可以叫我媽去嗎").text
    assert "【戶口名簿遺失補領】" in answer and "委託" in answer
    assert "規費" not in answer
    assert "承辦課室：登記課" in ming.says("電話多少").text
    assert "法令依據：戶籍法" in ming.says("法律依據是什麼").text
    assert "在哪裡辦：任一戶政事務所" in ming.says("在哪裡辦").text
    world.clock.pass_(timedelta(hours=1))
    assert "【戶口名簿遺失補領】" not in ming.says("那可以叫我媽去嗎").text  # too long ago


def test_01_a_form_is_downloaded_by_a_button_where_we_are_on_the_web(world: World) -> None:
    with transaction(world.office.engine) as tx:
        forms.keep(tx, "委託書", b"%PDF-1.7", by="amy", now=world.clock())
    ming = world.citizen()
    answer = ming.says("戶口名簿不見了怎麼補領")
    assert "表單：委託書" in answer.text
    label, url = answer.buttons[-1]
    assert label == "下載委託書"
    path = url.removeprefix("https://office.example")
    assert path.startswith("/forms/")
    assert world.browser.get(path).content == b"%PDF-1.7"


def test_03_several_questions_are_answered_one_by_one(world: World) -> None:
    ming = world.citizen()
    answer = ming.says("戶口名簿不見了怎麼補領，順便問禮拜六有開嗎").text
    assert "① 【戶口名簿遺失補領】" in answer
    assert "②" in answer and "未上班（週六）" in answer


def test_03_what_is_not_sure_of_several_questions_is_asked_back_or_passed_on(world: World) -> None:
    ming = world.citizen()
    answer = ming.says("我要遷戶口要帶什麼？戶口名簿不見了怎麼補領？你們門口那隻石獅子幾歲？")
    assert "①「我要遷戶口要帶什麼」請問您要問的是哪一項" in answer.text.replace("① ", "①")
    assert "② 【戶口名簿遺失補領】" in answer.text
    assert "③ 「你們門口那隻石獅子幾歲」我沒有可靠的答案" in answer.text
    assert labels(answer) == ["遷進來本區", "遷到外縣市", "同區搬家", "請承辦回覆③"]
    assert "【遷進來本區】" in ming.presses("遷進來本區").text
    ming.presses("請承辦回覆③", 2)
    assert "石獅子" in ming.heard()[-1].text  # the words go into the form


def test_03_what_leans_on_the_question_before_is_told_with_its_answer(world: World) -> None:
    answer = world.citizen().says("戶口名簿不見了怎麼補領？要帶什麼？多少錢？")
    assert "①" not in answer.text
    assert all(word in answer.text for word in ("【戶口名簿遺失補領】", "應備文件", "規費：30 元"))


def test_a_crisis_among_questions_is_heard_first(world: World) -> None:
    ming = world.citizen()
    for text in (
        "我不想活了。身分證遺失了要怎麼補領？戶口名簿遺失要怎麼補領？",
        "我不想活了，順便問禮拜六有開嗎",
    ):
        answer = ming.says(text).text
        assert "1925" in answer
        assert "①" not in answer


def test_a_complaint_among_questions_is_not_lost(world: World) -> None:
    ming = world.citizen()
    text = "路燈壞了三個月都沒人處理。戶口名簿遺失要怎麼補領？戶籍謄本怎麼申請？"
    ming.says(text)
    with reading(world.office.engine) as tx:
        assert [asked.text for asked in tx.scalars(select(Asked))] == [text]


def test_the_same_question_many_times_over_is_one(world: World) -> None:
    answer = world.citizen().says("戶口名簿遺失補領？" * 22).text
    assert "戶口名簿遺失補領" in answer
    assert "②" not in answer


def test_a_follow_up_of_two_questions_leans_too(world: World) -> None:
    ming = world.citizen()
    ming.says("戶口名簿遺失要怎麼補領")
    answer = ming.says("那要帶什麼東西？要多久才會好？").text
    assert "【戶口名簿遺失補領】" in answer and "應備文件" in answer


def test_what_has_expired_is_offered_nowhere(world: World) -> None:
    ming = world.citizen()
    ming.says("身分證")
    with transaction(world.office.engine) as tx:
        entry = tx.get_one(Entry, "id-card-lost")
        content = replace(editing.content_of(entry), valid_until=world.clock().date())
        editing.change(tx, entry.id, content, version=entry.version, by="x", now=world.clock())
    world.clock.pass_(timedelta(days=3))
    for said in ("常見問題", "身分證遺失要怎麼補領", "身分證"):
        shown = ming.says(said)
        assert "身分證遺失補領" not in f"{shown.text}{labels(shown)}"


def test_32_opening_is_answered_from_the_calendar(world: World) -> None:
    ming = world.citizen()
    assert "正常上班" in ming.says("今天有上班嗎").text
    assert "未上班" in ming.says("元旦有開嗎").text


def test_32_a_closure_of_the_county_is_told_by_the_part_of_the_day(world: World) -> None:
    ming = world.citizen()
    assert "正常上班" in ming.says("明天有上班嗎").text
    close(world, "2026-11-27", "afternoon", "颱風停班")
    said = ming.says("明天有上班嗎").text
    assert "11/27" in said
    assert "部分時間停止服務：颱風停班（下午）。" in said
    assert "not all day" in world.citizen(2002, language="en").says("are you open tomorrow?").text
    close(world, "2026-11-27", "full", "颱風停班全日")
    said = ming.says("明天有上班嗎").text
    assert "未上班（颱風停班全日）" in said
    assert "最近的上班日是 115/11/30" in said


def close(world: World, day: str, part: str, reason: str) -> None:
    """The office enters a closure, and another person puts it into force."""
    changes = "/api/v1/clock-changes"
    body = {"day": day, "part": part, "reason": reason}
    proposed = world.browser.post(f"{changes}/day", json=body, headers=world.log_in("controller"))
    number = proposed.json()["id"]
    applied = world.browser.post(f"{changes}/{number}/apply", headers=world.log_in("director"))
    assert applied.is_success, applied.text


def test_27_english(world: World) -> None:
    ming = world.citizen()
    assert "I will use English" in ming.says("English please").text
    assert "no cases" in ming.says("my cases").text
    answer = ming.says("身分證遺失要怎麼補領").text
    assert "Lost ID card" in answer
    assert "exists in Chinese only" not in answer
    john = world.citizen(3003, language="en")
    assert "Hello" in john.says("/start").text


def test_a_crisis_comes_before_any_form_and_keeps_no_words(world: World) -> None:
    ming = world.citizen()
    ming.says("我要陳情", 2)
    assert "1925" in ming.says("我不想活了，補助又被退件").text
    hua = world.citizen(2002)
    assert "1925" in hua.says("我不想活了").text
    assert "1925" not in hua.says("等到快死了還沒叫到號").text
    with reading(world.office.engine) as tx:
        kept = [asked.text for asked in tx.scalars(select(Asked).where(Asked.cue == "crisis"))]
        assert kept == [""]


def test_a_late_answer_is_seen_by_the_citizen(world: World) -> None:
    ming = world.citizen()
    ming.files()
    world.clock.pass_(timedelta(days=20))
    assert "已超過期限" in ming.says("我的案件").text


def test_14_an_insult_is_met_with_patience(world: World) -> None:
    answer = world.citizen().says("你們都是廢物")
    assert "聽得出您很生氣" in answer.text
    assert "立案" in labels(answer)


def test_15_another_agencys_matter_is_named_and_can_be_passed_on(world: World) -> None:
    ming = world.citizen()
    answer = ming.says("健保卡鎖卡了怎麼辦")
    assert "健保署" in answer.text and "0800-030-598" in answer.text
    assert "請本所協助轉達" in labels(answer)
    assert "健保卡鎖卡了怎麼辦" in ming.presses("請本所協助轉達", answers=2).text


def test_17_who_only_sounds_tired_is_answered_with_the_help_lines_first(world: World) -> None:
    answer = world.citizen().says("照顧媽媽好累快撐不下去了，低收入戶要怎麼申請")
    assert answer.text.startswith("聽起來您很辛苦") and "1925" in answer.text
    assert "低收入戶" in answer.text or any("低收入" in label for label in labels(answer))


def test_17_an_idiom_brings_no_help_line(world: World) -> None:
    assert "1925" not in world.citizen().says("等到快死了還沒叫到號").text


@pytest.mark.parametrize(
    ("text", "answer"),
    [("櫃台小姐超親切的，謝謝你們", "謝謝您的鼓勵"), ("你會唱歌嗎", "為民服務小幫手")],
)
def test_praise_and_small_talk_get_their_own_words(world: World, text: str, answer: str) -> None:
    assert answer in world.citizen().says(text).text


def test_13_an_id_number_is_not_kept(world: World) -> None:
    answer = world.citizen().says("我叫王小明A123456789要查有沒有罰單")
    assert "沒有保存您的證號" in answer.text
    with reading(world.office.engine) as tx:
        assert all("A123456789" not in asked.text for asked in tx.scalars(select(Asked)))


def test_17_who_is_in_distress_can_ask_to_be_called(world: World) -> None:
    ming = world.citizen()
    answer = ming.says("我不想活了，補助又被退件")
    assert labels(answer) == ["留電話", "先不用"]
    assert "照顧自己" in ming.presses("先不用").text
    ming.says("我不想活了")
    assert "希望以電話說明" in ming.presses("留電話", answers=2).text


def test_27_a_language_without_answers_gets_the_interpreters(world: World) -> None:
    for text in ("Tôi muốn hỏi", "saya mau tanya", "ทำบัตรประชาชน"):
        assert "1990" in world.citizen().says(text).text


def test_27_a_foreign_name_in_a_chinese_question_is_no_other_language(world: World) -> None:
    answer = world.citizen().says("我太太Nguyễn Thị Hoa的身分證遺失了要怎麼補領？")
    assert "1990" not in answer.text
    assert "身分證" in answer.text or any("身分證" in label for label in labels(answer))


def test_28_one_step_at_a_time_by_number(world: World) -> None:
    ming = world.citizen()
    answer = ming.says("看不清楚")
    assert "1　問事情" in answer.text and len(labels(answer)) == 4
    assert ming.says("3").text == "您在這裡還沒有案件。"


def test_01_a_situation_named_in_the_question_is_answered_at_once(world: World) -> None:
    ming = world.citizen()
    answer = ming.says("遷戶口可以請戶長代辦嗎")
    assert "】戶長代辦" in answer.text
    assert "其他人代辦" in labels(answer)  # the other situation is one press away
    assert "】其他人代辦" in ming.presses("其他人代辦").text


def test_the_read_back_names_the_village(world: World) -> None:
    with transaction(world.office.engine) as tx:
        street = VillageStreet(road="範例街", low=1, high=99, side="all")
        tx.add(Village(code="B2", name="青山里", streets=[street]))
    ming = world.citizen()
    ming.says("我要陳情", 2)
    for answer in ("騎樓堆放雜物。", "範例街 25 號前", "沒有照片", "王小明", "本聊天室"):
        ming.says(answer)
    assert "地點：範例街 25 號前（青山里）" in ming.says("一般").text


def test_a_scanned_poster_asks_its_question_or_begins_a_report_at_its_place(world: World) -> None:
    ming = world.citizen()
    assert "【身分證遺失補領】" in ming.says(f"/start {deeplinks.to_entry('id-card-lost')}").text
    begun = ming.says(f"/start {deeplinks.to_place('範例里活動中心')}", 2)
    assert "地點：範例里活動中心" in begun.text and "發生了什麼事" in begun.text
    assert "照片" in ming.says("門口的路燈不亮").text  # where is not asked again
    for answer in ("沒有照片", "王小明", "本聊天室", "一般"):
        ming.says(answer)
    assert "範例里活動中心" in ming.heard()[-1].text
    ming.presses("送出")
    with reading(world.office.engine) as tx:
        assert tx.scalars(select(Case.place)).one() == "範例里活動中心"


@pytest.mark.parametrize("place", ["A123456789", "里" * 15 + "\n"])
def test_a_forged_link_is_a_plain_start(world: World, place: str) -> None:
    ming = world.citizen()
    hello = ming.says("/start").text
    payload = deeplinks.to_place(place) or "p-x"
    assert ming.says(f"/start {payload}").text == hello
    assert ming.says("/start t-no-such-entry").text == hello
