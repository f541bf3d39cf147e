"""The pictures of the clerks' manual, taken from the program as it is served.

`python -m tests.browser.manual [--out docs/手冊/圖]`. The clock stands, the dice of the sample
history have a seed, and a random look-up code is written over: a second run gives the same.
"""

import argparse
import io
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import uvicorn
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from admin_api.accounts import enter_officer
from admin_api.logins import hash_password
from app import migrating, samples, seeding
from app import office as roof
from app.office import Office
from app.settings import Settings
from app.web import create_web
from complaints import handling, intake, law_changes, recount, staffing, templates
from complaints.clock.calendars import OwnDay
from complaints.handling import Pledge
from complaints.measuring import following, questionnaires
from complaints.measuring.questionnaires import Question
from complaints.roles import Role
from complaints.states import Kind
from complaints.tables import Case, Officer, Section
from data.database import transaction
from faq.keeping import answering, trials
from faq.keeping.index import Index
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.clock import FakeClock
from tests.makers import NOON, PASSWORD, make_petition

OUT = Path("docs/手冊/圖")
HOST = "line.example.gov.tw"  # what a citizen could reach, so that QR codes are drawn
OFFICE = "範例區公所"
PREFIX = "WH"
WIDE, NARROW = ViewportSize(width=1100, height=900), ViewportSize(width=360, height=740)
TALLEST = 1040  # pixels of a picture
AROUND, CLOSE = 12, 4  # pixels left around what is explained
COLOURS = 64
MOST_BYTES = 80 * 1024
CODE = "K7M2QX4D"
STARTS_WITHIN, ANSWERS_WITHIN = 20.0, 15.0  # seconds
MADE_WITHIN, EACH = 120.0, 1.0  # seconds a report may take, and between two looks at it
NAMES = {
    "controller": "林雅婷",
    "clerk": "陳淑芬",
    "chief": "李國華",
    "civil": "王志明",
    "social": "張美玲",
    "ethics": "吳建宏",
    "director": "黃文德",
    "editor": "許家豪",
    "secretary": "劉素貞",
    "admin": "周冠宇",
}
MORE = (
    ("secretary", "秘書", Role.SECRETARY, None),
    ("admin", "系統管理", Role.ADMINISTRATOR, None),
)
QUEUED = (
    "11 月 20 日上午在三號櫃檯等了快兩個小時。叫號螢幕也壞了，不知道輪到幾號。希望中午也有人輪班。"
)
DRAFT = (
    "您好：11 月 20 日上午因同仁請假少開一個櫃檯，造成您久候，謹致歉意，已調整支援名單。\n"
    "叫號螢幕將於 115 年 12 月 4 日前修復。\n聯絡電話：（02）2345-6789 登記課陳小姐"
)
ARCADE = "範例街 18 號前騎樓堆放雜物。輪椅過不去。"
OTHERS = {  # of six working days: late, due today, running
    "late": (16, "謄本上母親的出生日期登記錯了，來了三趟都沒有改好。"),
    "today": (18, "線上預約領身分證，到現場卻查不到預約。"),
    "added": (24, "櫃檯說可以代領，帶了委託書卻又不行。"),
}
ASKED = "哺乳室在哪裡"
TRIALS = ("印鑑證明要帶什麼", "身分證不見了怎麼辦", "戶口名簿遺失要怎麼補")
TEMPLATE = (
    "{主旨}一案，已收悉（案號 {案號}）。\n依戶籍法第 48 條規定，本所辦理情形如下：〔辦理情形〕。"
    "\n承辦課室：{課室}"
)
DECISIONS = (  # of which meeting, what, whose, until when, what was told of it
    (
        "2026-09",
        "登記課叫號螢幕一再故障，請汰換並訂出檢修週期。",
        "registration",
        date(2026, 11, 20),
        "已完成採購，12 月 2 日安裝，檢修週期訂為每季。",
    ),
    (
        "2026-10",
        "騎樓堆放雜物的案件重複發生，請與里辦公處排定每月巡查。",
        "civil",
        date(2026, 12, 18),
        "範例里已排定每月第一個星期三巡查。",
    ),
    ("2026-10", "中低收入戶申請進度改為主動通知。", "social", date(2026, 12, 31), ""),
)
SAID = "中午去辦事常常只有一個櫃檯，要等很久。"
DID = "自 12 月起，中午增開一個櫃檯，並在網站公布各時段的等候人數。"
SEED, FILLED = 20261031, 24  # of the exam and the questionnaire; questionnaires on paper
UNSTEADY = """code => document.querySelectorAll("dt").forEach(dt => {
  if (dt.textContent.trim() === "查詢碼") dt.nextElementSibling.textContent = code;
})"""


@dataclass
class Show:
    """The office as it is served, the browser before it, and where the pictures go."""

    office: Office
    address: str
    browser: Browser
    out: Path
    cases: dict[str, str]
    pages: dict[tuple[str, int], Page] = field(default_factory=dict)

    def staff(self, username: str, viewport: ViewportSize = WIDE) -> Page:
        """A browser in which this officer is logged in."""
        known = self.pages.get((username, viewport["width"]))
        if known is None:
            known = self.anybody(viewport)
            known.goto(f"{self.address}/staff/login")
            known.locator("#username").fill(username)
            known.locator("#password").fill(PASSWORD)
            known.locator("main button").click()
            known.locator("nav[aria-label=主選單]").wait_for()
            self.pages[username, viewport["width"]] = known
        return known

    def anybody(self, viewport: ViewportSize = WIDE) -> Page:
        """A browser of its own, as behind the office's proxy."""
        headers = {"X-Forwarded-Proto": "https"}
        context = self.browser.new_context(
            viewport=viewport, device_scale_factor=1, locale="zh-TW", extra_http_headers=headers
        )
        return context.new_page()

    def take(self, page: Page, name: str, *selectors: str, around: int = AROUND) -> None:
        """A picture of the named parts and what lies between them."""
        page.evaluate(UNSTEADY, CODE)
        boxes = [_box(page, one) for one in selectors]
        left = max(0.0, min(x for x, _y, _r, _b in boxes) - around)
        top = max(0.0, min(y for _x, y, _r, _b in boxes) - around)
        right = min(page.evaluate("innerWidth"), max(r for _x, _y, r, _b in boxes) + around)
        bottom = min(top + TALLEST, max(b for _x, _y, _r, b in boxes) + around)
        page.mouse.move(0, 0)
        raw = page.screenshot(
            full_page=True,
            clip={"x": left, "y": top, "width": right - left, "height": bottom - top},
            animations="disabled",
            caret="hide",
        )
        (self.out / f"{name}.png").write_bytes(_small(raw))


def main() -> None:
    """Take all pictures and tell their sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT)
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for name, size in take_all(out).items():
        print(f"{name:24} {size / 1024:5.0f} KB")


def take_all(out: Path) -> dict[str, int]:
    """Take all pictures into this folder; their sizes in bytes by name."""
    with tempfile.TemporaryDirectory() as folder, _show(Path(folder), out) as show:
        for picture in PICTURES:
            picture(show)
    return {one.name: one.stat().st_size for one in sorted(out.glob("*.png"))}


# --- the office -----------------------------------------------------------------------------


@contextmanager
def _show(folder: Path, out: Path) -> Iterator[Show]:
    clock = FakeClock()
    settings = Settings(
        office_name=OFFICE,
        office_code=PREFIX,
        office_phone="02-2345-6789",
        office_hours="08:00–17:00",
        database_url=f"sqlite:///{folder / 'manual.db'}",
        data_dir=folder,
        trusted_proxies="127.0.0.1",
    )
    office = roof.build(settings, clock)
    cases = _fill(office)
    app = create_web(office)
    with TestClient(app), _serving(app) as port, sync_playwright() as playwright:
        here = f"--host-resolver-rules=MAP {HOST}:80 127.0.0.1:{port}"
        flags = [*FLAGS, here, "--disable-features=HttpsUpgrades", "--lang=zh-TW"]
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=flags, env={"LANGUAGE": "zh_TW", "LC_ALL": "C.UTF-8"}
        )
        yield Show(office, f"http://{HOST}", browser, out, cases)
        browser.close()


@contextmanager
def _serving(app: object) -> Iterator[int]:
    """The program on a free port; its loops run already, in the client around this."""
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]
        port=0,
        lifespan="off",
        log_config=None,
        proxy_headers=False,
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    _wait(lambda: server.started, STARTS_WITHIN)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


def _fill(office: Office) -> dict[str, str]:
    """Sample content: staff, three months of history, and the cases the manual tells of."""
    migrating.upgrade(office.engine)
    with transaction(office.engine) as tx:
        seeding.seed(tx, now=NOON)
        _add_staff(tx)
        samples.add_villages(tx)
        index = office.shelf.current(tx)
    samples.add_history(office.engine, index, prefix=PREFIX, now=NOON)
    with transaction(office.engine) as tx:
        made = _tell_cases(tx)
        _arrange(tx)
        _ask(tx, index)
    office.rounds.once()
    return made


def _add_staff(tx: Session) -> None:
    """The sample's sections and posts, held by people, with the password of the tests."""
    known = set(tx.scalars(select(Section.code)))
    given = [Section(code=c, name=n, active=True) for c, n in samples.SECTIONS if c not in known]
    tx.add_all(given)
    tx.flush()
    hashed = hash_password(PASSWORD)
    for username, _post, role, section in (*samples.ACCOUNTS, *MORE):
        name = NAMES[username]
        enter_officer(tx, username=username, name=name, role=role, section=section, hashed=hashed)


def _tell_cases(tx: Session) -> dict[str, str]:
    """The case of the manual, answered in a draft, and one that two people report."""
    clerk, controller = _officer(tx, "clerk"), _officer(tx, "controller")
    one = _file(tx, "queue", QUEUED, datetime(2026, 11, 23, 2, 10, tzinfo=UTC), "登記課")
    at = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    handling.assign(
        tx, one.case_no, section="registration", handler=None, by=controller, version=1, now=at
    )
    handling.accept(tx, one.case_no, by=clerk, version=one.version, now=at)
    pledge = Pledge("修復叫號螢幕", date(2026, 12, 4))
    at = datetime(2026, 11, 25, 6, 30, tzinfo=UTC)
    handling.draft(tx, one.case_no, DRAFT, by=clerk, version=one.version, now=at, promises=[pledge])
    at = datetime(2026, 11, 25, 1, 20, tzinfo=UTC)
    arcade = _file(tx, "arcade", ARCADE, at, "民政課", place="範例街 18 號前")
    for origin, (day, text) in OTHERS.items():
        at = datetime(2026, 11, day, 2, 30, tzinfo=UTC)
        case = _file(tx, origin, text, at, "登記課")
        handling.assign(
            tx,
            case.case_no,
            section="registration",
            handler="clerk",
            by=controller,
            version=1,
            now=at,
        )
        if origin == "added":
            handling.add_information(tx, case.case_no, "補上當天的號碼牌 A032。", now=NOON)
    return {"queue": one.case_no, "arcade": arcade.case_no}


def _file(
    tx: Session, origin: str, text: str, at: datetime, section: str, place: str | None = None
) -> Case:
    petition = make_petition(
        origin=f"manual:{origin}",
        content=text,
        section=section,
        place=place,
        petitioner_name="王小明",
        reply_by="phone",
        contact="0912-345-678",
        notice_shown_at=at,
    )
    case = intake.file(tx, petition, prefix=PREFIX, now=at).case
    case.lookup_code = CODE
    return case


def _arrange(tx: Session) -> None:
    """A proposed closure, an absence, and a template that cites a law which changed."""
    director, controller = _officer(tx, "director"), _officer(tx, "controller")
    day = OwnDay(date(2026, 11, 30), "full", works=False, reason="颱風停班", source="縣府公告")
    recount.propose_day(tx, day, by=controller, now=NOON)
    civil, social = _officer(tx, "civil"), _officer(tx, "social")
    staffing.add_absence(tx, social, date(2026, 11, 26), date(2026, 11, 27), civil)
    section = tx.scalars(select(Section).where(Section.code == "registration")).one()
    templates.add(
        tx,
        name="戶籍登記逾期說明",
        text=TEMPLATE,
        section=section,
        kind=Kind.RIGHTS_PROTECTION,
        by=director,
        now=NOON,
    )
    law_changes.note(
        tx,
        law="戶籍法",
        article="第48條",
        effective_on=date(2026, 12, 1),
        words="申請期限的起算日修正（範例）。",
        by=controller,
        now=NOON,
    )


def _ask(tx: Session, index: Index) -> None:
    """Questions nobody can answer yet, and a test set of what is answered well."""
    for number in range(3):
        answering.answer(tx, ASKED, asker=f"manual:{number}", index=index, now=NOON)
    for text in TRIALS:
        found = answering.answer(tx, text, asker="manual:trials", index=index, now=NOON)
        if found.cards:
            trials.add(tx, text, found.cards[0].id, by="editor", now=NOON)


def _officer(tx: Session, username: str) -> Officer:
    return tx.scalars(select(Officer).where(Officer.username == username)).one()


# --- the pictures ---------------------------------------------------------------------------


def _show_today(show: Show) -> None:
    page = show.staff("clerk")
    page.goto(f"{show.address}/staff/today")
    show.take(page, "今日", "header", "section[aria-labelledby=pile-due_today]")


def _show_phone(show: Show) -> None:
    page = show.staff("clerk", NARROW)
    page.goto(f"{show.address}/staff/today")
    show.take(page, "手機", "html")


def _show_queue(show: Show) -> None:
    page = show.staff("controller")
    page.goto(f"{show.address}/staff")
    show.take(page, "案件清單", "main > nav", "tbody tr:last-child small")


def _show_case(show: Show) -> None:
    page = show.staff("clerk")
    page.goto(f"{show.address}/staff/cases/{show.cases['queue']}")
    show.take(page, "案件", "main h1", "section[aria-labelledby=said]")


def _show_count(show: Show) -> None:
    page = show.staff("clerk")
    page.goto(f"{show.address}/staff/cases/{show.cases['queue']}")
    page.locator("dd details summary").click()
    show.take(page, "期限", "main h1", "dd details[open]")


def _show_draft(show: Show) -> None:
    page = show.staff("chief")
    page.goto(f"{show.address}/staff/cases/{show.cases['queue']}")
    show.take(page, "核定", "section[aria-labelledby=drafts]")


def _show_closure(show: Show) -> None:
    page = show.staff("secretary")
    page.goto(f"{show.address}/staff/changes/1")
    show.take(page, "停班", "main h1", "main form[action$='/apply']")


def _show_read_back(show: Show) -> None:
    page = show.staff("civil")
    page.goto(f"{show.address}/staff/counter")
    page.locator("#p-content").fill("範例街 18 號前騎樓又堆了雜物。早上推嬰兒車過不去。")
    page.locator("#p-place").fill("範例街 18 號前")
    page.locator("#p-name").fill("李小華")
    page.locator("#p-contact").fill("0987-654-321")
    page.locator("#p-notice").check()
    page.locator("form[action$='/petition/check'] button").click()
    show.take(page, "念給民眾確認", "main h1", "section[aria-labelledby=confirm]")


def _show_slip(show: Show) -> None:
    page = show.staff("civil")
    page.locator("#read-back").check()
    page.locator("form[action$='/confirm'] button").click()
    show.take(page, "憑條", "main h1", "section.slip")


def _show_questions(show: Show) -> None:
    page = show.staff("controller")
    page.goto(f"{show.address}/staff/questions")
    show.take(page, "未答問題", "main h1", "main tbody tr:last-child")


def _show_trial(show: Show) -> None:
    page = show.staff("controller")
    page.locator("a[href$='#draft']").first.click()
    page.locator("#id").fill("nursing-room")
    page.locator("form[action$='/draft'] button").click()
    page.locator("[name=label]").fill("哺集乳室")
    page.locator("[name=answer]").fill("哺集乳室在本所一樓服務臺旁，上班時間都可以使用。")
    page.locator("[name=source]").fill("https://example.gov.tw/nursing")
    page.locator("[name=checked_on]").fill("2026-11-26")
    page.locator("[name=try1]").fill("公所有沒有哺乳室")
    page.locator("[name=try2]").fill("印鑑證明要帶什麼")
    page.locator("button[value=try]").click()
    show.take(page, "試試看", "main h1", "section[aria-labelledby=tried]")


def _show_template(show: Show) -> None:
    page = show.staff("chief")
    page.goto(f"{show.address}/staff/wordings")
    page.get_by_role("link", name="戶籍登記逾期說明").click()
    show.take(page, "範本", "main h1", "#name")


def _show_people(show: Show) -> None:
    page = show.staff("chief")
    page.goto(f"{show.address}/staff/people")
    show.take(page, "人員", "main h1", "main .wide tbody tr:nth-child(10)")


def _show_privacy(show: Show) -> None:
    number = show.cases["queue"]
    page = show.staff("clerk")
    page.goto(f"{show.address}/staff/cases/{number}/identity")
    page.locator("#reason").fill("約定說明時間")
    page.locator("form[action$='/identity'] button").click()
    chief = show.staff("director")
    chief.goto(f"{show.address}/staff/privacy")
    chief.locator("form[action$='/grant'] button").first.click()
    page.goto(f"{show.address}/staff/cases/{number}/identity")
    page.locator("form[action$='/identity/view'] button").click()
    show.take(page, "閱覽個資", "main h1", "main > ul")


def _show_figures(show: Show) -> None:
    page = show.staff("controller")
    page.goto(f"{show.address}/staff/figures?period=2026-10")
    show.take(page, "統計", "main h1", "main tbody tr:nth-child(18) a")
    charts = [f"main figure:nth-of-type({number}) img" for number in (1, 2)]
    show.take(page, "統計圖", *charts, around=CLOSE)


def _show_chat(show: Show) -> None:
    page = show.anybody()
    page.goto(f"{show.address}/chat")
    page.locator("#text").fill("戶口名簿遺失要怎麼補")
    page.locator("#say button[type=submit]").click()
    page.locator("#talk li.theirs").first.wait_for()
    show.take(page, "民眾對話", "header", "#text")


def _show_report(show: Show) -> None:
    page = _made(show, "2026-10")
    show.take(page, "報告", "main h1", "main form[action$='/publish']")


def _show_decisions(show: Show) -> None:
    with transaction(show.office.engine) as tx:
        _decide(tx)
    page = show.staff("controller")
    page.goto(f"{show.address}/staff/decisions")
    show.take(page, "列管事項", "main h1", "main .wide")


def _show_exam(show: Show) -> None:
    page = show.staff("controller")
    page.goto(f"{show.address}/staff/exams")
    page.locator("#month").fill("2026-10")
    page.locator("#seed").fill(str(SEED))
    page.locator("form[action$='/exams'] button").click()
    page = show.staff("civil")
    page.goto(f"{show.address}/staff/exams/papers")
    show.take(page, "抽測", "main h1", "main form")


def _show_questionnaire(show: Show) -> None:
    with transaction(show.office.engine) as tx:
        _fill_in(tx)
    page = show.staff("controller")
    page.goto(f"{show.address}/staff/questionnaires/2026")
    show.take(page, "問卷", "main h1", "main .wide")


def _show_item(show: Show) -> None:
    page = show.staff("clerk")
    page.goto(f"{show.address}/staff/public-items")
    page.locator("#said").fill(SAID)
    page.locator("#did").fill(DID)
    page.locator("main form.stack button").click()
    page = show.staff("director")
    page.goto(f"{show.address}/staff/public-items")
    show.take(page, "公開成果", "main h1", "main article")


def _show_open_data(show: Show) -> None:
    page = _made(show, "2026-09")
    page.locator("form[action$='/publish'] button").click()
    page.goto(f"{show.address}/staff/open-data?period=2026-09")
    show.take(page, "開放資料", "main h1", "section[aria-labelledby=file-figures]")


def _show_steps(show: Show) -> None:
    page = show.staff("civil")
    here = f"{show.address}/staff/cases/{show.cases['arcade']}/steps"
    page.goto(here)
    page.locator("form[action*='/steps/'] button").first.click()
    page.goto(here)
    show.take(page, "檢核清單", "main h1", "#steps", "main ul.cases")


PICTURES: Sequence[Callable[[Show], None]] = (
    _show_case,
    _show_count,
    _show_today,
    _show_phone,
    _show_queue,
    _show_draft,
    _show_closure,
    _show_read_back,
    _show_slip,
    _show_questions,
    _show_trial,
    _show_template,
    _show_people,
    _show_privacy,
    _show_figures,
    _show_chat,
    _show_report,
    _show_decisions,
    _show_exam,
    _show_questionnaire,
    _show_item,
    _show_open_data,
    _show_steps,
)


# --- what the last pictures need ------------------------------------------------------------


def _made(show: Show, period: str) -> Page:
    """The page of a report that was just made, ready to be published."""
    page = show.staff("controller")
    page.goto(f"{show.address}/staff/reports")
    page.locator("#period").select_option(period)
    page.locator("main form.stack button").click()
    here = page.url

    def made() -> bool:
        page.goto(here)
        return page.locator("form[action$='/publish']").count() > 0

    _wait(made, MADE_WITHIN, EACH)
    return page


def _decide(tx: Session) -> None:
    """What two meetings decided: one thing late, one on its way, one of which nothing was told."""
    controller = _officer(tx, "controller")
    at = datetime(2026, 11, 5, 6, 0, tzinfo=UTC)
    for period, text, section, due_on, news in DECISIONS:
        made = following.decide(
            tx, period=period, text=text, section=section, due_on=due_on, by=controller, now=at
        )
        if news:
            told = datetime(2026, 11, 19, 2, 0, tzinfo=UTC)
            following.tell_news(tx, made.id, news, by=controller, now=told)


def _fill_in(tx: Session) -> None:
    """The year's questionnaire, with enough of them from paper to be told of."""
    questions = questionnaires.default_questions()
    first, last = date(2026, 11, 1), date(2026, 12, 31)
    clerk, dice = _officer(tx, "clerk"), random.Random(SEED)
    opened = questionnaires.open_year(
        tx,
        2026,
        title="115年度服務滿意度問卷",
        questions=questions,
        opens_on=first,
        closes_on=last,
        by=_officer(tx, "controller"),
        now=NOON,
    )
    for number in range(FILLED):
        given = {one.key: _chosen(one, dice) for one in questions}
        mark = f"manual:{number}"
        questionnaires.enter(tx, opened, mark, given, channel="paper", by=clerk, now=NOON)


def _chosen(one: Question, dice: random.Random) -> str:
    if one.choices:
        return dice.choice(one.choices).code
    return str(dice.choice((3, 4, 4, 5, 5))) if one.kind == "grade" else ""


# --- how a picture is made ------------------------------------------------------------------


def _box(page: Page, selector: str) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of an element, in pixels of the whole page."""
    found = page.locator(selector).first.evaluate(
        "one => { const box = one.getBoundingClientRect(); return [box.left + scrollX,"
        " box.top + scrollY, box.right + scrollX, box.bottom + scrollY] }"
    )
    left, top, right, bottom = found
    return left, top, right, bottom


def _small(raw: bytes) -> bytes:
    """The picture with few colours, which for a page of text loses nothing one reads."""
    picture = Image.open(io.BytesIO(raw)).convert("RGB")
    flat = picture.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    written = io.BytesIO()
    flat.save(written, "PNG", optimize=True)
    return written.getvalue()


def _wait(reached: Callable[[], bool], seconds: float, each: float = 0.05) -> None:
    until = monotonic() + seconds
    while not reached():
        if monotonic() > until:
            raise TimeoutError(f"not reached within {seconds} s")
        sleep(each)


if __name__ == "__main__":
    main()
