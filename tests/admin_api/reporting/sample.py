"""A month of an office as a meeting sees it: believable, with everything that is hard to print."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from admin_api.schemas.meetings import (
    Answered,
    Chain,
    Change,
    Compared,
    ExamOut,
    ExamPart,
    Grades,
    LateCase,
    Line,
    Meeting,
    Number,
    OfChannel,
    OfMonth,
    OpenItem,
    Questions,
    Satisfaction,
    Topped,
    YearsQuestion,
    YearsSurvey,
)
from complaints.measuring.figures import Figures
from complaints.measuring.opinions import Opinion
from complaints.measuring.register import CaseRow

FORMULA = '=HYPERLINK("http://example.test","請按此")'
RARE = "𠀋㨂里"  # in the font, and in few others
UNDRAWN = "\ue001"  # an office's own character, in no font
LONG = "因路燈桿位於私有地，須先取得地主同意，並會同台電、公所工務課及里長現場會勘；" * 6


def figures(scale: float = 1.0, seed: int = 1, **given: Any) -> dict[str, Any]:
    """Columns that balance, the larger the scale."""

    def some(number: float) -> int:
        return round(number * scale) + seed % 3

    one = Figures(
        carried_over=some(31),
        received=some(128),
        reopened=some(4),
        split=some(1),
        closed_on_time=some(109),
        closed_late=some(6),
        transferred_out=some(5),
        not_processed=some(2),
        merged=some(3),
        withdrawn=some(2),
        extensions=some(7),
        closed_extended=some(5),
        repeats=some(1),
        replied=some(119),
        improved=some(40),
        promises_made=some(9),
        promises_kept=some(7),
        promises_missed=some(1),
        handed_back=some(6),
        refused_twice=some(1),
        suggestions_closed=some(11),
        suggestions_adopted=some(4),
        asked=some(96),
        rated=some(44),
    )
    one.closed = one.closed_on_time + one.closed_late
    went = one.closed + one.transferred_out + one.not_processed + one.merged + one.withdrawn
    came = one.carried_over + one.received + one.reopened + one.split
    one.open_end = came - went
    one.open_overdue = min(one.open_end, some(3))
    one.open_extended = min(one.open_end, some(2))
    one.days_used.update({0.5: some(30), 2.0: some(25), 4.0: some(40), 9.0: some(12)})
    one.process_grades.update({5: some(20), 4: some(14), 3: some(5), 2: some(3), 1: some(2)})
    one.result_grades.update({5: some(14), 4: some(12), 3: some(8), 2: some(6), 1: some(4)})
    for counted in (one.days_used, one.process_grades, one.result_grades):
        counted += Counter()  # leaves out what is nought
    assert one.balanced()
    return one.as_dict() | given


def line(code: str, name: str, scale: float, seed: int = 1) -> Line:
    return Line(code=code, name=name, figures=figures(scale, seed))


def grades(numbers: Mapping[int, int], asked: int) -> Grades:
    """As the domain tells them: below ten answers, only how many."""
    one = Opinion.of(numbers, asked)
    low, high = one.interval or (None, None)
    told = (one.mean, one.share_satisfied, low, high, one.margin)
    mean, share, low, high, margin = told if one.shown else (None,) * 5
    return Grades(
        asked=one.asked,
        answers=one.answers,
        shown=one.shown,
        response_rate=one.response_rate,
        distribution=dict(one.distribution) if one.shown else None,
        mean=mean,
        share_satisfied=share,
        low=low,
        high=high,
        margin=margin,
    )


def late_case(number: int, **given: Any) -> LateCase:
    received = date(2026, 9, 21) + timedelta(days=number % 9)
    usual: dict[str, Any] = {
        "case_no": f"WH-1150921-{number:04}",
        "kind": "rights_protection",
        "section": ("工務課", "民政課", "社會課")[number % 3],
        "received_on": received,
        "due_on": received + timedelta(days=9),
        "done_on": received + timedelta(days=16) if number % 4 else None,
        "days_late": 4 + number % 5,
        "cause": "會勘時程需配合台電，材料另行採購。",
        "measure": "與廠商簽訂開口契約，縮短採購時間。",
    }
    return LateCase(**(usual | given))


def months(last: int = 10) -> list[OfMonth]:
    """Thirteen months up to October, one of them without a closed case."""
    keys = [f"2025-{month:02}" for month in (10, 11, 12)]
    keys += [f"2026-{month:02}" for month in range(1, last + 1)]
    return [
        OfMonth(
            key=key,
            title=f"民國{int(key[:4]) - 1911}年{int(key[5:])}月",
            received=96 + 7 * (place % 5) + place,
            closed=0 if place == 4 else 92 + 6 * (place % 4) + place,
            open_end=24 + place,
            on_time_rate=None if place == 4 else 0.86 + 0.01 * place,
            mean_days=None if place == 4 else 4.4 - 0.1 * place,
        )
        for place, key in enumerate(keys)
    ]


def questions() -> Questions:
    now: dict[str, Number] = {
        "asked": 1843,
        "sure": 1320,
        "choose": 310,
        "unknown": 213,
        "chosen": 248,
        "none_of_these": 41,
        "filed": 96,
        "helpful": 402,
        "not_helpful": 57,
        "settled": 1511,
        "honest_rate": 1511 / 1843,
    }
    before: dict[str, Number] = {name: round((value or 0) * 0.9) for name, value in now.items()}
    before["honest_rate"] = 0.7964
    year: dict[str, Number] = dict.fromkeys(now, 0)
    year["honest_rate"] = None
    asked = (
        "戶籍謄本要帶什麼？",
        "路燈不亮要找誰？",
        "低收入戶怎麼申請？",
        "門牌整編查詢",
        "公所上班時間",
    )
    unknown = (
        "可以帶狗去區公所嗎？",
        FORMULA,
        "里民活動中心租借押金多久退？",
        "牽電話線要申請路權嗎？",
    )
    return Questions(
        now=now,
        previous=before,
        year_before=year,
        top=[Topped(code=f"hr-{n:02}", text=one, times=120 - 9 * n) for n, one in enumerate(asked)],
        unanswered=[Topped(code="", text=one, times=14 - n) for n, one in enumerate(unknown)],
        channels=[
            OfChannel(name=name, questions=q, questions_before=q - 40, cases=c, cases_before=c + 2)
            for name, q, c in (("Telegram", 903, 51), ("LINE", 640, 37), ("網頁聊天室", 300, 12))
        ],
    )


def exam() -> ExamOut:
    question = ExamPart(
        papers=20, scored=20, means={"right": 4.6, "complete": 4.15, "clear": 4.4}, good=0.85
    )
    reply = ExamPart(
        papers=15,
        scored=12,
        means={"answered": 4.1, "right": 4.5, "plain": 3.75, "courteous": 4.7},
        good=0.75,
    )
    past = [
        {"period": key, "questions": {"good": a}, "replies": {"good": b}}
        for key, a, b in (("2026-07", 0.7, 0.6), ("2026-08", 0.75, None), ("2026-09", 0.8, 0.7))
    ]
    return ExamOut(seed=20261031, questions=question, replies=reply, trend=past)


def survey() -> YearsSurvey:
    asked = (
        ("您對本所人員的服務態度滿意嗎？", {5: 120, 4: 80, 3: 20, 2: 4, 1: 2}),
        ("您對辦理的速度滿意嗎？", {5: 80, 4: 90, 3: 40, 2: 10, 1: 6}),
        ("您對網站上的資訊滿意嗎？", {5: 3, 4: 2}),
    )
    return YearsSurvey(
        year=2026,
        title="115年度為民服務滿意度問卷",
        finished=226,
        quota=360,
        questions=[YearsQuestion(text=text, grades=grades(told, 226)) for text, told in asked],
    )


def who() -> list[Answered]:
    """One heading with a rate, one of too few, one that only answered, one confidential."""

    def one(breakdown: str, code: str, name: str, asked: int, answered: int) -> Answered:
        shown = asked >= 10
        rate = answered / asked if shown else None
        return Answered(
            breakdown=breakdown,
            code=code,
            name=name,
            asked=asked,
            answered=answered,
            shown=shown,
            rate=rate,
        )

    return [
        one("section", "works", f"工務課（含{RARE}）", 60, 21),
        one("section", "*", "", 3, 1),
        one("kind", "praise", "表揚", 0, 1),
        one("channel", "counter", "臨櫃", 36, 4),
    ]


def items() -> list[OpenItem]:
    return [
        OpenItem(
            text="中山路二段騎樓違規占用，請工務課會同警察分局每週稽查。",
            section="工務課",
            decided="2026-08",
            due_on=date(2026, 9, 30),
            state="late",
            ended_on=None,
            days_late=20,
            news="已稽查 6 次，告發 14 件，餘待分局排班。",
        ),
        OpenItem(
            text="一樓服務台增設輪椅與放大鏡。",
            section="秘書室",
            decided="2026-09",
            due_on=date(2026, 10, 20),
            state="done",
            ended_on=date(2026, 10, 16),
            days_late=0,
            news="已採購驗收。",
        ),
    ]


def meeting(**given: Any) -> Meeting:
    """October 2026 of an office, whole and published for the first time, unless told otherwise."""
    sections = [
        line("civil", "民政課", 0.28),
        line("social", "社會課", 0.24, 2),
        line("works", f"工務課（含{RARE}）", 0.3),
        line("economy", "經建課", 0.1, 3),
        line("secretary", "秘書室", 0.05, 3),
        line("*", "", 0.03, 3),
    ]
    usual: dict[str, Any] = {
        "period": "2026-10",
        "title": "民國115年10月",
        "office": "某某市文化區公所",
        "start": date(2026, 10, 1),
        "end": date(2026, 10, 31),
        "until": date(2026, 10, 31),
        "complete": True,
        "made_at": datetime(2026, 11, 5, 2, 0, tzinfo=UTC),
        "totals": Compared(
            title="民國115年10月",
            previous_title="民國115年9月",
            year_before_title="民國114年10月",
            now=figures(),
            previous=figures(0.93, 2),
            year_before=figures(0, 0),
        ),
        "sections": sections,
        "kinds": [
            line("rights_protection", "陳情", 0.6),
            line("reform_suggestion", "建議", 0.2),
            line("praise", "表揚", 0.1, 3),
        ],
        "topics": [
            line("local_construction", "小型工程與水溝", 0.4),
            line("parking_obstruction", "占用與違規停車", 0.3),
            line("", "", 0.1, 3),
        ],
        "villages": [line("v1", RARE, 0.2), line("v2", "文化里", 0.3), line("", "", 0.3)],
        "channels": [line("telegram", "Telegram", 0.5), line("counter", "臨櫃", 0.2)],
        "outcomes": [
            line("resolved", "獲致解決", 0.5),
            line("explained", "婉復說明", 0.3),
            line("withdrawn", "撤案", 0.0, 3),
        ],
        "months": months(),
        "late": [
            late_case(1, cause=FORMULA, measure="=1+1"),
            late_case(2, cause=LONG, measure=LONG),
            late_case(3, cause=f'陳情人{RARE}{UNDRAWN}未到場會勘。#read("/etc/passwd") *不是粗體*'),
            *(late_case(number) for number in range(4, 10)),
        ],
        "late_left_out": 3,
        "chains": [Chain(case_no="WH-1151005-0007", times=3, section="工務課")],
        "satisfaction": Satisfaction(
            process=grades({5: 20, 4: 14, 3: 5, 2: 3, 1: 2}, 96),
            result=grades({5: 3, 4: 2, 1: 1}, 96),
            reasons={"slow": 4, "unsolved": 6, "unclear": 1},
            praise=7,
            who=who(),
        ),
        "questions": questions(),
        "items": items(),
        "exam": exam(),
        "survey": survey(),
        "warnings": [],
    }
    return Meeting(**(usual | given))


def corrected() -> Meeting:
    """The same with a warning, not over, and corrected for the second time."""
    return meeting(
        complete=False,
        until=date(2026, 10, 20),
        issue=2,
        reason="10月18日補登書面答復 2 件，結案日有誤。",
        changes=[
            Change(where="合計", name="closed", was=119, now=121),
            Change(where="工務課", name="on_time_rate", was=0.9412, now=None),
        ],
        warnings=["收結數不平衡：合計相差 1 件，請查對事件紀錄。", "2 件案件的課室已停用。"],
    )


def empty() -> Meeting:
    """A month in which nothing happened at all."""
    nothing = Figures().as_dict()
    no_questions: dict[str, Number] = {
        name: None if name.endswith("_rate") else 0 for name in questions().now
    }
    return meeting(
        totals=Compared(
            title="民國115年10月",
            previous_title="民國115年9月",
            year_before_title="民國114年10月",
            now=nothing,
            previous=nothing,
            year_before=nothing,
        ),
        **{name: [] for name in ("sections", "kinds", "topics", "villages", "channels")},
        **{name: [] for name in ("outcomes", "months", "late", "chains", "items")},
        late_left_out=0,
        satisfaction=Satisfaction(
            process=grades({}, 0), result=grades({}, 0), reasons={}, praise=0
        ),
        questions=Questions(
            now=no_questions,
            previous=no_questions,
            year_before=no_questions,
            top=[],
            unanswered=[],
            channels=[],
        ),
        exam=None,
        survey=None,
    )


def rows(number: int = 5) -> Iterator[CaseRow]:
    """So many rows of cases; the first closed in time, the second open and late, …"""
    for n in range(number):
        closed = n % 3 != 1
        yield CaseRow(
            case_no=f"WH-1151001-{n:04}",
            kind="rights_protection",
            topic="*" if n % 5 == 4 else "local_construction",
            channel="telegram",
            village="=1+1" if n == 0 else RARE,
            section="工務課",
            received_on=date(2026, 10, 1),
            due_on=date(2026, 10, 9),
            replied_on=date(2026, 10, 8) if closed else None,
            closed_on=date(2026, 10, 8) if closed else None,
            outcome=("resolved", "", "withdrawn")[n % 3],
            days_used=4.0 if n % 3 == 0 else None,
            on_time=closed if n % 3 != 2 else None,
            extensions=n % 2,
            reopened=0,
            process_grade=5 if closed else None,
            result_grade=None,
        )
