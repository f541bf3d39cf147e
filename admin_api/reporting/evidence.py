"""The evidence of a year or half a year (年度考核佐證), as sheets of a spreadsheet."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from admin_api.reporting import contents, naming
from admin_api.reporting.cells import Cell, Column, Form, Row, Table, readable, text
from admin_api.reporting.definitions import DEFINITIONS, QUESTIONS
from admin_api.reporting.naming import form_of, name_of
from admin_api.reporting.sheets import Book, Sheet, definitions, heeded, of_table
from admin_api.schemas.meetings import Grades, Meeting, OpenItem
from complaints.measuring.blinding import CASE_NO
from complaints.measuring.periods import Period

NAME = "為民服務年度考核佐證"
ITEMS, TREND, LATE, DECISIONS, DEFINED = (
    *("項目總表", "各月趨勢", "逾期原因與改善對策"),
    *("列管事項", "定義"),
)
CASES = (
    *("received", "closed", "closed_on_time", "closed_late", "on_time_rate"),
    *("mean_days", "open_end", "open_overdue"),
)
ANSWERS = ("asked", "settled", "honest_rate", "unknown", "unknown_rate")
OF_ENTRIES = {
    "題庫數": "製表時提供中的題目",
    "如期複查題數": "題庫數減逾期未複查題數",
    "逾期未複查題數": "期末（未過完者至製表時）已過複查日、尚未複查的題目",
    "題庫複查率": "如期複查題數÷題庫數；無題目時以「–」表示",
}
OF_LOOKS = {
    "低分複查件數": "民眾評 1 或 2 分，本期交由承辦人以外同仁複查的案件",
    "低分已複查": "其中期末前已複查者",
    "低分如期複查": "其中 3 個工作天內複查者",
    "低分複查率": "低分已複查÷低分複查件數；無低分時以「–」表示",
}
OF_DECISIONS = {
    "列管件數": "期初未完成與本期決議的列管事項",
    "列管完成": "其中期末已完成者",
    "列管逾期": "其中期末已過期限、尚未完成者",
}
OPINION = {
    "滿意比率": "評 4 或 5 分之比率；填答未滿 10 份不列",
    "信賴區間下限": "滿意比率之 95% 信賴區間（Wilson 法）下限",
    "信賴區間上限": "同上，上限",
}
EXAMINED = {"questions": "系統答案良好率", "replies": "書面答復良好率"}
GOOD = "抽測各項評分皆 4 分以上之比率"
OWN = OF_ENTRIES | OF_LOOKS | OF_DECISIONS | OPINION


@dataclass(frozen=True)
class SecondLooks:
    """Second looks after a low grade: asked for in a period, and done by its end."""

    asked: int
    done: int
    in_time: int


@dataclass(frozen=True)
class Evidence:
    """What is shown of a period: its meeting, the entries in service, the second looks."""

    meeting: Meeting
    entries: int
    overdue: int  # of these, for review
    looks: SecondLooks


def book(told: Evidence) -> Book:
    """The spreadsheet: items, months, late cases with their numbers, decisions, definitions."""
    meeting = told.meeting
    found = (_items(told), _trend(meeting), _late(meeting), _decisions(meeting), _defined())
    return Book(title(meeting), meeting.office, meeting.made_at, found)


def title(meeting: Meeting) -> str:
    """What it is called: 某區公所民國115年為民服務年度考核佐證."""
    return readable(f"{meeting.office}{meeting.title}{NAME}")


# --- the sheets -----------------------------------------------------------------------------
def _items(told: Evidence) -> Sheet:
    columns = (
        *(Column("項目", 12, numeric=False), Column("本期", 5), Column("上期", 5)),
        Column("定義", 30, numeric=False),
    )
    rows: list[Row] = []
    for group, found in (
        ("題庫", _of_entries(told)),
        ("案件時效", _of_cases(told.meeting)),
        ("滿意度", _of_opinions(told)),
        ("線上問答", _of_answers(told.meeting)),
        ("抽測", _of_exams(told.meeting)),
        ("列管事項", _of_decisions(told.meeting)),
    ):
        rows += [(text(group),), *found]
    below = [f"{name.value}：{said.value}" for name, said in heeded(told.meeting)]
    return Sheet(ITEMS, columns, tuple(rows), tuple((text(one),) for one in below))


def _of_entries(told: Evidence) -> Iterator[Row]:
    in_time = told.entries - told.overdue
    rate = in_time / told.entries if told.entries else None
    return _rows(OF_ENTRIES, (told.entries, in_time, told.overdue, rate))


def _of_cases(meeting: Meeting) -> Iterator[Row]:
    return _totals(meeting, CASES)


def _totals(meeting: Meeting, columns: Iterable[str]) -> Iterator[Row]:
    """Figures of the whole office, in the period and in the one before."""
    now, before = meeting.totals.now, meeting.totals.previous
    for one in columns:
        form = form_of(one)
        numbers = (Cell(now.get(one), form), Cell(before.get(one), form))
        yield (text(name_of(one)), *numbers, text(DEFINITIONS[one][0]))


def _of_opinions(told: Evidence) -> Iterator[Row]:
    yield from _totals(told.meeting, ("asked", "rated", "response_rate"))
    satisfaction = told.meeting.satisfaction
    yield from _graded("辦理過程", satisfaction.process)
    yield from _graded("處理結果", satisfaction.result)
    looks = told.looks
    rate = looks.done / looks.asked if looks.asked else None
    yield from _rows(OF_LOOKS, (looks.asked, looks.done, looks.in_time, rate))


def _graded(aspect: str, one: Grades) -> Iterator[Row]:
    values = (one.share_satisfied, one.low, one.high)
    for (name, said), value in zip(OPINION.items(), values, strict=True):
        yield (text(f"{aspect}{name}"), Cell(value, Form.SHARE), text(""), text(said))


def _of_answers(meeting: Meeting) -> Iterator[Row]:
    now, before = meeting.questions.now, meeting.questions.previous
    for one in ANSWERS:
        (name, said), form = QUESTIONS[one], form_of(one)
        yield (text(name), Cell(now.get(one), form), Cell(before.get(one), form), text(said))


def _of_exams(meeting: Meeting) -> Iterator[Row]:
    """The exams of the period's months, the first one first."""
    months = {one.key for one in Period.read(meeting.period).every_month()}
    for one in meeting.exam.trend if meeting.exam else ():
        if one["period"] not in months:
            continue
        for kind, name in EXAMINED.items():
            named = f"{naming.period(one['period'])}{name}"
            yield (text(named), Cell(one[kind]["good"], Form.SHARE), text(""), text(GOOD))


def _of_decisions(meeting: Meeting) -> Iterator[Row]:
    states = [one.state for one in meeting.items]
    yield from _rows(OF_DECISIONS, (len(states), states.count("done"), states.count("late")))


def _rows(named: dict[str, str], values: tuple[float | None, ...]) -> Iterator[Row]:
    """A row a name with its value and its meaning; what ends in 率 is a share."""
    for (name, said), value in zip(named.items(), values, strict=True):
        form = Form.SHARE if name.endswith("率") else Form.COUNT
        yield (text(name), Cell(value, form), text(""), text(said))


def _trend(meeting: Meeting) -> Sheet:
    """The months of the period that have begun."""
    keys = {one.key for one in Period.read(meeting.period).every_month()}
    own = [one for one in meeting.months if one.key in keys]
    return _named(contents.table(meeting.model_copy(update={"months": own}), "1-1"), TREND)


def _late(meeting: Meeting) -> Sheet:
    return _named(contents.table(meeting, "4-1"), LATE)


def _decisions(meeting: Meeting) -> Sheet:
    """What was decided and how it stands, with the numbers of the cases it speaks of."""
    table = contents.table(meeting, "8-1")
    numbers = Column("連結案號", 9, numeric=False)
    rows = tuple(
        (*row, text(_numbers(one))) for row, one in zip(table.rows, meeting.items, strict=True)
    )
    return _named(replace(table, columns=(*table.columns, numbers), rows=rows), DECISIONS)


def _numbers(one: OpenItem) -> str:
    found = CASE_NO.findall(f"{one.text}\n{one.news}")
    return "、".join(dict.fromkeys(number.upper() for number in found))


def _defined() -> Sheet:
    columns = tuple(
        Column(name, width, numeric=False)
        for name, width in (("名稱", 10), ("定義", 40), ("English", 40))
    )
    rows = [(text(name), text(said)) for name, said in OWN.items()]
    return Sheet(DEFINED, columns, (*definitions(), *rows, (text("良好率"), text(GOOD))))


def _named(table: Table, name: str) -> Sheet:
    return replace(of_table(table), name=name)
