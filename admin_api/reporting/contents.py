"""What stands in the report of a period, part by part, whatever it is written as."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from admin_api.reporting import charts, naming
from admin_api.reporting.cells import (
    CHANGE_OF,
    Cell,
    Column,
    Form,
    Part,
    Picture,
    Row,
    Table,
    in_full,
    printed,
    readable,
    text,
)
from admin_api.reporting.definitions import DEFINITIONS, OTHERS, QUESTIONS
from admin_api.reporting.naming import form_of, name_of
from admin_api.schemas.meetings import (
    Answered,
    Compared,
    ExamOut,
    ExamPart,
    Grades,
    Line,
    Meeting,
    OpenItem,
    Topped,
    YearsSurvey,
)
from complaints.measuring.facts import CHANNEL, CLOSED_CIRCLE, ENDS, KIND, SECTION
from complaints.wording.terms import ROC_OFFSET

NAME = "人民陳情案件辦理情形報告"
TOTAL = "合計"
# The figures of the whole office, by what they are about.
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "收結",
        (
            *("carried_over", "received", "reopened", "split", "closed", "transferred_out"),
            *("transferred_late", "not_processed", "repeats", "merged", "withdrawn", "open_end"),
        ),
    ),
    (
        "時效",
        (
            *("closed_on_time", "closed_late", "on_time_rate", "open_on_time", "open_overdue"),
            *("mean_days", "median_days", "p90_days"),
        ),
    ),
    (
        "展期與退回",
        (
            *("extensions", "extended", "closed_extended", "open_extended"),
            *("handed_back", "refused_twice"),
        ),
    ),
    (
        "答復後",
        (
            *("replied", "improved", "improvement_rate", "reopening_rate"),
            *("promises_made", "promises_kept", "promises_missed"),
            *("suggestions_closed", "suggestions_adopted", "adoption_rate"),
        ),
    ),
    (
        "滿意度",
        (
            *("asked", "rated", "response_rate", "process_mean", "process_satisfied"),
            *("result_mean", "result_satisfied"),
        ),
    ),
)
FLOW = (
    *("carried_over", "received", "reopened", "split", "closed", "transferred_out"),
    *("not_processed", "merged", "withdrawn", "open_end"),
)
PACE = (
    *("closed", "closed_on_time", "closed_late", "on_time_rate", "mean_days", "median_days"),
    *("p90_days", "open_end", "open_overdue"),
)
IN_SHORT = (
    *("carried_over", "received", "closed", "closed_on_time", "closed_late", "on_time_rate"),
    *("transferred_out", "not_processed", "open_end", "open_overdue"),
)
AFTERWARDS = (
    *("extensions", "extended", "handed_back", "refused_twice", "reopened", "reopening_rate"),
    *("repeats", "promises_made", "promises_kept", "promises_missed"),
    *("improved", "improvement_rate"),
)
HEADLINES = ("received", "closed", "on_time_rate", "mean_days", "open_end", "open_overdue")
# The table beside each chart.
BESIDE = {"by_month": "1-1", "by_section": "2-2", "opinions": "6-1"}
WHO = {SECTION: "課室", KIND: "種類", CHANNEL: "管道"}
TOO_FEW = "不列"
TOP = 10
SIGNERS = ("承辦", "課長", "秘書", "首長")


def title(meeting: Meeting) -> str:
    """What the report is called: 某區公所民國115年10月人民陳情案件辦理情形報告."""
    return readable(f"{meeting.office}{meeting.title}{NAME}")


def parts(meeting: Meeting) -> list[Part]:
    """The ten parts of the report, in order; the same tables in every format."""
    return [
        Part("一、摘要", _summary(meeting)),
        Part("二、各課室辦理情形", _sections(meeting)),
        Part("三、案件分類", _kinds(meeting)),
        Part("四、逾期案件之原因與對策", _late(meeting)),
        Part("五、展期、退回、再陳情與承諾", _afterwards(meeting)),
        Part("六、民眾滿意度", _opinions(meeting)),
        Part("七、線上問答", _questions(meeting)),
        Part("八、列管事項", (_items(meeting.items),)),
        Part("九、抽測與年度問卷", _exams(meeting)),
        Part("十、定義", (_definitions(),)),
    ]


def notices(meeting: Meeting) -> list[str]:
    """What a reader must know before any number: an unfinished period, and warnings."""
    found = []
    if not meeting.complete:
        until = in_full(meeting.until)
        found.append(f"本期尚未結束，統計至{until}止，數字仍會變動。")
    return [*found, *map(readable, meeting.warnings)]


def corrected(meeting: Meeting) -> Table | None:
    """What a correction changes: where, what it was and what it is now; None for a first issue."""
    if not meeting.issue:
        return None
    columns = (_words("位置", 8), _words("項目", 8), Column("原列", 8), Column("更正為", 8))
    rows = tuple(
        (
            text(one.where),
            text(name_of(one.name)),
            _changed(one.name, one.was),
            _changed(one.name, one.now),
        )
        for one in meeting.changes
    )
    reason = readable(f"更正理由：{meeting.reason}")
    return Table(
        "0", f"第 {meeting.issue} 次更正", columns, rows, note=reason, empty="數字無變動。"
    )


def headlines(meeting: Meeting) -> list[tuple[str, str, str, str]]:
    """The few figures to see first: name, value, change since the last period, since last year."""
    every = meeting.totals
    found = []
    for column in HEADLINES:
        now = Cell(every.now.get(column), form_of(column))
        last, year = (_since(column, every.now, one) for one in (every.previous, every.year_before))
        found.append((name_of(column), printed(now), last, year))
    return found


def beside(meeting: Meeting, chart: str) -> Table:
    """The table that holds what a chart (of charts.DRAWN) shows, to stand beside it."""
    return table(meeting, BESIDE[chart])


def table(meeting: Meeting, number: str) -> Table:
    """A table of the report by its number."""
    tables = (one for part in parts(meeting) for one in part.tables)
    return next(one for one in tables if one.number == number)


# --- the parts ------------------------------------------------------------------------------
def _summary(meeting: Meeting) -> tuple[str | Picture | Table, ...]:
    return (_in_words(meeting), charts.by_month(meeting), _trend(meeting), _compared(meeting))


def _in_words(meeting: Meeting) -> str:
    now = meeting.totals.now
    received, closed, is_open, late = (
        printed(Cell(now.get(column), Form.COUNT))
        for column in ("received", "closed", "open_end", "open_overdue")
    )
    rate = now.get("on_time_rate")
    pace = f"如期辦結率 {printed(Cell(rate, Form.SHARE))}" if rate is not None else "無從計算如期率"
    return (
        f"本期受理 {received} 件，辦結 {closed} 件，{pace}；"
        f"期末未結 {is_open} 件，其中已逾限 {late} 件。"
    )


def _trend(meeting: Meeting) -> Table:
    columns = (
        _words("月份", 7),
        *(Column(name_of(one)) for one in ("received", "closed", "open_end")),
        Column(name_of("on_time_rate")),
        Column(name_of("mean_days")),
    )
    rows = tuple(
        (
            text(one.title),
            Cell(one.received, Form.COUNT),
            Cell(one.closed, Form.COUNT),
            Cell(one.open_end, Form.COUNT),
            Cell(one.on_time_rate, Form.SHARE),
            Cell(one.mean_days, Form.DAYS),
        )
        for one in meeting.months
    )
    return Table("1-1", "各月趨勢", columns, rows, _define(("on_time_rate", "mean_days")))


def _compared(meeting: Meeting) -> Table:
    """Every figure of the office, now, before and a year ago, with its definition beside it."""
    every = meeting.totals
    columns = (
        _words("項目", 8),
        Column(f"本期\n{naming.short(every.title)}", 5),
        Column(f"上期\n{naming.short(every.previous_title)}", 5),
        Column("增減", 3.4),
        Column(f"去年同期\n{naming.short(every.year_before_title)}", 5),
        Column("增減", 3.4),
        _words("定義", 20),
    )
    rows: list[Row] = []
    for group, named in _grouped(every.now):
        rows.append((text(group),))
        rows += [_defined(column, every) for column in named]
    others = (("增減", OTHERS["增減"]), ("期別", OTHERS["期別"]))
    return Table("1-2", "本期、上期與去年同期", columns, tuple(rows), others)


def _defined(column: str, every: Compared) -> Row:
    numbers = _against(name_of(column), column, every.now, every.previous, every.year_before)
    return (*numbers, text(DEFINITIONS.get(column, ("",))[0]))


def _grouped(told: Mapping[str, Any]) -> list[tuple[str, Sequence[str]]]:
    """The groups with what is told of them, and a last one for what belongs to none."""
    placed = {column for _, columns in GROUPS for column in columns}
    rest = [column for column in told if column not in placed]
    return [*GROUPS, *([("其他", rest)] if rest else [])]


def _sections(meeting: Meeting) -> tuple[str | Picture | Table, ...]:
    flow = _lines("2-1", "各課室收結", "課室", meeting.sections, FLOW, meeting)
    pace = _lines("2-2", "各課室時效", "課室", meeting.sections, PACE, meeting)
    return (charts.by_section(meeting), flow, pace)


def _kinds(meeting: Meeting) -> tuple[Table, ...]:
    return (
        _lines("3-1", "案件種類", "種類", meeting.kinds, IN_SHORT, meeting),
        _lines("3-2", "主題", "主題", meeting.topics, IN_SHORT, meeting),
        _lines("3-3", "里別", "里", meeting.villages, IN_SHORT, meeting),
        _lines("3-4", "受理管道", "管道", meeting.channels, IN_SHORT, meeting),
        _outcomes(meeting),
    )


def _outcomes(meeting: Meeting) -> Table:
    columns = (_words("結果", 12), Column("件數"), Column("占比"))
    ended = [
        (one, sum(one.figures.get(name) or 0 for name in ENDS.values())) for one in meeting.outcomes
    ]
    whole = sum(number for _, number in ended)
    rows = [(text(naming.heading(one)), *_part_of(number, whole)) for one, number in ended]
    if rows:
        rows.append((text(TOTAL), *_part_of(whole, whole)))
    told = ("件數", "本期辦結、移轉、不予處理、併案或撤回的案件，依結果分列")
    return Table("3-5", "辦理結果", columns, tuple(rows), (told,), total=bool(rows))


def _late(meeting: Meeting) -> tuple[Table, ...]:
    columns = (
        *(_words("案號", 8.5), _words("種類", 3.2), _words("課室", 4.2)),
        *(Column("受理日", 5), Column("期限", 5), Column("答復日", 5), Column("逾期天數", 2.8)),
        *(_words("逾期原因", 10), _words("改善對策", 10)),
    )
    rows = tuple(
        (
            *(text(one.case_no), text(naming.kind(one.kind)), text(one.section)),
            *(Cell(one.received_on, Form.DATE), Cell(one.due_on, Form.DATE)),
            *(Cell(one.done_on, Form.DATE), Cell(one.days_late, Form.COUNT)),
            *(text(one.cause), text(one.measure)),
        )
        for one in meeting.late
    )
    left = meeting.late_left_out
    note = f"另有 {left:,} 件未列出，全部案件見逐案檔。" if left else ""
    told = (("逾期天數", OTHERS["逾期天數"]), ("答復日", "「–」為期末尚未答復"))
    empty = "本期無逾期案件。"
    return (Table("4-1", "逾期案件", columns, rows, told, empty=empty, note=note),)


def _afterwards(meeting: Meeting) -> tuple[Table, ...]:
    columns = (_words("案號", 8), Column("退回次數"), _words("目前課室", 8))
    rows = tuple(
        (text(one.case_no), Cell(one.times, Form.COUNT), text(one.section))
        for one in meeting.chains
    )
    return (
        _lines("5-1", "各課室展期退回與承諾", "課室", meeting.sections, AFTERWARDS, meeting),
        Table("5-2", "多次退回改分之案件", columns, rows),
    )


def _opinions(meeting: Meeting) -> tuple[str | Picture | Table, ...]:
    told = meeting.satisfaction
    rows = (_graded("辦理過程", told.process), _graded("處理結果", told.result))
    reasons = tuple(
        (text(naming.fault(code)), Cell(times, Form.COUNT)) for code, times in told.reasons.items()
    )
    return (
        f"本期收到表揚 {told.praise:,} 件。",
        charts.opinions(meeting),
        Table("6-1", "滿意度", _grade_columns("項目", 5), rows, _grade_terms(), note=_hidden(rows)),
        Table("6-2", "不滿意之原因", (_words("原因", 8), Column("次數")), reasons),
        _answered(told.who),
    )


def _answered(found: Sequence[Answered]) -> Table:
    """Who did not answer: how many were asked under each heading, and how many answered."""
    columns = (
        *(_words("名稱", 9), _words("分類", 3.4)),
        *(Column("詢問", 3), Column("填答", 3), Column("填答率", 3.4)),
    )
    rows = tuple(
        (
            *(text(naming.coded(one.code, one.name)), text(WHO.get(one.breakdown, one.breakdown))),
            *(Cell(one.asked, Form.COUNT), Cell(one.answered, Form.COUNT)),
            _rate_of(one),
        )
        for one in found
    )
    told = (("填答率", OTHERS["填答率"]),)
    return Table("6-3", "沒有回答的是誰", columns, rows, told)


def _rate_of(one: Answered) -> Cell:
    """The share that answered; where too few were asked it says so, where nobody was a dash."""
    few = one.asked and not one.shown
    return text(TOO_FEW) if few else Cell(one.rate, Form.SHARE)


def _questions(meeting: Meeting) -> tuple[Table, ...]:
    asked = meeting.questions
    columns = (
        _words("項目", 8),
        *(Column("本期"), Column("上期"), Column("增減"), Column("去年同期"), Column("增減")),
        _words("定義", 18),
    )
    rows = []
    for column in asked.now:
        name, told = QUESTIONS.get(column, (column, ""))
        numbers = _against(name, column, asked.now, asked.previous, asked.year_before)
        rows.append((*numbers, text(told)))
    return (
        Table("7-1", "線上問答", columns, tuple(rows), (("增減", OTHERS["增減"]),)),
        _channels(meeting),
        _topped("7-3", "最常問的題目", asked.top),
        _topped("7-4", "答不出的提問", asked.unanswered),
    )


def _channels(meeting: Meeting) -> Table:
    names = ("提問數", "上期提問數", "成案數", "上期成案數")
    rows = tuple(
        (
            text(one.name),
            *(
                Cell(number, Form.COUNT)
                for number in (one.questions, one.questions_before, one.cases, one.cases_before)
            ),
        )
        for one in meeting.questions.channels
    )
    return Table("7-2", "各管道使用情形", (_words("管道", 8), *map(Column, names)), rows)


def _topped(number: str, name: str, found: Sequence[Topped]) -> Table:
    columns = (Column("名次", 2.4), _words("題目", 27), _words("代碼", 8), Column("次數", 3))
    rows = tuple(
        (Cell(place, Form.COUNT), text(one.text), text(one.code), Cell(one.times, Form.COUNT))
        for place, one in enumerate(found[:TOP], 1)
    )
    return Table(number, f"{name}（前 {TOP} 名）", columns, rows)


def _items(found: Sequence[OpenItem]) -> Table:
    columns = (
        *(_words("列管事項", 12), _words("課室", 4), _words("決議會議", 5)),
        *(Column("期限", 4.2), _words("狀態", 3.6), Column("完成日", 4.2), Column("逾期天數", 2.6)),
        _words("最新進度", 10),
    )
    rows = tuple(
        (
            *(text(one.text), text(one.section), text(naming.period(one.decided))),
            *(Cell(one.due_on, Form.DATE), text(naming.STATES.get(one.state, one.state))),
            *(Cell(one.ended_on, Form.DATE), Cell(one.days_late, Form.COUNT)),
            text(one.news),
        )
        for one in found
    )
    return Table("8-1", "列管事項", columns, rows, empty="無列管事項。")


def _exams(meeting: Meeting) -> tuple[str | Picture | Table, ...]:
    exam = _exam(meeting.exam) if meeting.exam else ("本期未辦理抽測。",)
    survey = _survey(meeting.survey) if meeting.survey else ("本年度未辦理問卷。",)
    return (*exam, *survey)


def _exam(exam: ExamOut) -> tuple[str | Table, ...]:
    columns = (
        _words("項目", 6),
        Column("抽出"),
        Column("已評"),
        Column("良好率"),
        _words("各項平均", 20),
    )
    rows = (_scored("系統答案", exam.questions), _scored("書面答復", exam.replies))
    told = (("良好率", OTHERS["良好"]),)
    drawn = f"抽樣亂數種子：{exam.seed}（以同一種子重抽，所得相同）。"
    return (Table("9-1", "抽測", columns, rows, told, note=drawn), _exam_trend(exam))


def _scored(name: str, part: ExamPart) -> Row:
    means = "；".join(
        f"{naming.CRITERIA.get(key, key)} {printed(Cell(mean, Form.GRADE))}"
        for key, mean in part.means.items()
    )
    numbers = (Cell(part.papers, Form.COUNT), Cell(part.scored, Form.COUNT))
    return (text(name), *numbers, Cell(part.good, Form.SHARE), text(means))


def _exam_trend(exam: ExamOut) -> Table:
    columns = (_words("期別", 8), Column("系統答案良好率", 6), Column("書面答復良好率", 6))
    rows = tuple(
        (
            text(naming.period(str(one.get("period", "")))),
            *(
                Cell((one.get(kind) or {}).get("good"), Form.SHARE)
                for kind in ("questions", "replies")
            ),
        )
        for one in exam.trend
    )
    return Table("9-2", "歷次抽測", columns, rows, empty="無歷次資料。")


def _survey(survey: YearsSurvey) -> tuple[str | Table, ...]:
    year = survey.year - ROC_OFFSET
    share = f"{survey.finished:,} 份，目標 {survey.quota:,} 份"
    told = readable(f"民國{year}年「{survey.title}」截至期末完成 {share}。")
    rows = tuple(_graded(one.text, one.grades) for one in survey.questions)
    table = Table(
        "9-3", "年度問卷", _grade_columns("題目", 10), rows, _grade_terms(), note=_hidden(rows)
    )
    return (told, table)


def _definitions() -> Table:
    """Everything that is counted, by its name, as docs/figures.md defines it."""
    columns = (_words("名稱", 8), _words("定義", 32))
    rows: list[Row] = [(text("陳情案件"),)]
    rows += [(text(name_of(one)), text(told)) for one, (told, _) in DEFINITIONS.items()]
    rows.append((text("線上問答"),))
    rows += [(text(name), text(told)) for name, told in QUESTIONS.values()]
    rows.append((text("其他"),))
    rows += [(text(name), text(told)) for name, told in OTHERS.items()]
    return Table("10-1", "定義", columns, tuple(rows))


# --- cells ----------------------------------------------------------------------------------
def _words(name: str, width: float) -> Column:
    return Column(name, width, numeric=False)


def _lines(
    number: str,
    name: str,
    first: str,
    lines: Sequence[Line],
    columns: Sequence[str],
    meeting: Meeting,
) -> Table:
    """The chosen figures under each heading, and of the whole office at the end."""
    every = Line(code="", name=TOTAL, figures=meeting.totals.now)
    rows = [(text(naming.heading(one)), *_figures(one.figures, columns)) for one in lines]
    if rows:
        rows.append((text(TOTAL), *_figures(every.figures, columns)))
    heads = (_words(first, 5.6), *(Column(name_of(one), 3.5) for one in columns))
    circle = (("密件", OTHERS["密件"]),) if any(one.code == CLOSED_CIRCLE for one in lines) else ()
    return Table(number, name, heads, tuple(rows), (*_define(columns), *circle), total=bool(rows))


def _figures(figures: Mapping[str, Any], columns: Iterable[str]) -> Row:
    return tuple(Cell(figures.get(one), form_of(one)) for one in columns)


def _against(
    name: str,
    column: str,
    now: Mapping[str, Any],
    before: Mapping[str, Any],
    year: Mapping[str, Any],
) -> Row:
    form = form_of(column)
    return (
        text(name),
        Cell(now.get(column), form),
        Cell(before.get(column), form),
        _change(column, now, before),
        Cell(year.get(column), form),
        _change(column, now, year),
    )


def _since(column: str, now: Mapping[str, Any], before: Mapping[str, Any]) -> str:
    """A change in print, with its unit where that is not told by the figure."""
    cell = _change(column, now, before)
    unit = " 百分點" if cell.form is Form.SHARE_CHANGE and cell.value is not None else ""
    return f"{printed(cell)}{unit}"


def _change(column: str, now: Mapping[str, Any], before: Mapping[str, Any]) -> Cell:
    here, there = now.get(column), before.get(column)
    change = None if here is None or there is None else here - there
    return Cell(change, CHANGE_OF[form_of(column)])


def _part_of(number: float, whole: float) -> Row:
    share = Cell(number / whole if whole else None, Form.SHARE)
    return (Cell(number, Form.COUNT), share)


def _define(columns: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return tuple((name_of(one), DEFINITIONS[one][0]) for one in columns if one in DEFINITIONS)


def _changed(name: str, value: object) -> Cell:
    form = form_of(name)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Cell(value, form)
    return Cell(None) if value is None else text(str(value))


def _grade_columns(first: str, width: float) -> tuple[Column, ...]:
    grades = (Column(f"{grade} 分", 2) for grade in range(1, 6))
    spread = (
        Column("平均", 2.6),
        Column("滿意", 3),
        Column("信賴區間下限", 3),
        Column("信賴區間上限", 3),
    )
    asked = (Column("詢問", 2.6), Column("填答", 2.6), Column("填答率", 3))
    return (_words(first, width), *asked, *grades, *spread, Column("誤差", 2.8))


def _graded(name: str, one: Grades) -> Row:
    given = one.distribution if one.shown and one.distribution else {}
    numbers = (Cell(given.get(grade), Form.COUNT) for grade in range(1, 6))
    seen = (
        Cell(one.mean, Form.GRADE),
        *(Cell(each, Form.SHARE) for each in (one.share_satisfied, one.low, one.high, one.margin)),
    )
    return (
        text(name),
        *(Cell(one.asked, Form.COUNT), Cell(one.answers, Form.COUNT)),
        Cell(one.response_rate, Form.SHARE),
        *numbers,
        *(seen if one.shown else (Cell(None, cell.form) for cell in seen)),
    )


def _grade_terms() -> tuple[tuple[str, str], ...]:
    return tuple((name, OTHERS[name]) for name in ("滿意", "信賴區間"))


def _hidden(rows: Sequence[Row]) -> str:
    """Said where grades are not told for being too few."""
    return (
        "「–」：填答未滿 10 份，不列分布與平均。"
        if any(row[-1].value is None for row in rows)
        else ""
    )
