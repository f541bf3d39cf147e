"""Official notices to citizens, in Chinese and English, and dates as an office writes them.

Buttons carry tokens of the form `verb:case_no`; the face that shows them reads them back.
"""

from datetime import date

from complaints.deadlines import Explanation, Unit
from complaints.states import Kind, Outcome, Status
from complaints.tables import Case
from data.outbox import Choice, Message

WEEKDAYS = "一二三四五六日"
ROC_OFFSET = 1911

KINDS = {
    Kind.RIGHTS_PROTECTION: ("陳情", "Complaint"),
    Kind.REFORM_SUGGESTION: ("建議", "Suggestion"),
    Kind.REGULATION_INQUIRY: ("查詢", "Inquiry"),
    Kind.MISCONDUCT_REPORT: ("檢舉", "Report of misconduct"),
}
STATUSES = {
    Status.RECEIVED: ("已受理，待分派承辦", "received"),
    Status.ASSIGNED: ("承辦處理中", "being handled"),
    Status.REPLIED: ("已答復，待您確認", "answered, waiting for your word"),
    Status.CLOSED: ("已結案", "closed"),
    Status.WITHDRAWN: ("已撤回", "withdrawn"),
    Status.REOPENED: ("再次處理中", "reopened"),
}
OUTCOMES = {
    Outcome.RESOLVED: ("獲致解決", "resolved"),
    Outcome.ADOPTED: ("採納", "adopted"),
    Outcome.PARTIALLY_ADOPTED: ("部分採納", "partially adopted"),
    Outcome.EXPLAINED: ("婉復說明", "explained"),
    Outcome.EXPLAINED_ON_THE_SPOT: ("當場說明", "explained on the spot"),
    Outcome.NOT_FEASIBLE_UNDER_LAW: ("限於法令礙難辦理", "not feasible under the law"),
    Outcome.DIRECTED_TO_LEGAL_REMEDY: ("告知訴願、訴訟或國家賠償", "directed to legal remedy"),
    Outcome.DIRECTED_TO_MEDIATION: ("屬私權爭議，請向調解委員會或法院", "directed to mediation"),
    Outcome.WITHDRAWN: ("撤案", "withdrawn"),
    Outcome.OTHER: ("其他", "other"),
}


def roc_date(day: date) -> str:
    """A date as the office writes it: 115/12/04（五）."""
    year = day.year - ROC_OFFSET
    return f"{year}/{day.month:02}/{day.day:02}（{WEEKDAYS[day.weekday()]}）"


def plain_date(day: date, language: str) -> str:
    """A date in the reader's language."""
    return roc_date(day) if language == "zh" else f"{day:%a} {day.day} {day:%b %Y}"


def term(pair: tuple[str, str], language: str) -> str:
    """The term of a pair (Chinese, English) in the reader's language."""
    return pair[0] if language == "zh" else pair[1]


def acknowledgement(case: Case, why: Explanation) -> Message:
    """The receipt: number, code, section, due date, and how to ask."""
    language = case.citizen.language
    due = plain_date(case.due_on, language)
    if language == "zh":
        text = (
            f"已立案，謝謝您告訴我們。\n案號：{case.case_no}\n查詢碼：{case.lookup_code}\n"
            f"承辦：{case.section.name}\n最晚 {due} 答復（{limit_in_words(why, 'zh')}）。\n\n"
            "在這裡隨時可以補充；輸入「我的案件」就能查進度。"
            "在別的地方查詢，請用案號加查詢碼。"
        )
        if why.provisional:
            text += "\n（跨入尚未公告的年度行事曆，日期以公告後重新計算為準。）"
    else:
        text = (
            f"Your case is filed. Thank you for telling us.\nCase number: {case.case_no}\n"
            f"Look-up code: {case.lookup_code}\nSection: {case.section.name}\n"
            f"We answer by {due} ({limit_in_words(why, 'en')}).\n\n"
            'You can add information here at any time; type "my cases" to see progress. '
            "Elsewhere, use the number with the code."
        )
        if why.provisional:
            text += "\n(The date reaches into a year whose calendar is not announced yet.)"
    return Message(
        text,
        (
            Choice("看怎麼算的" if language == "zh" else "How is it counted?", _token("why", case)),
            Choice("補充資料" if language == "zh" else "Add information", _token("add", case)),
        ),
    )


def limit_in_words(why: Explanation, language: str) -> str:
    """The limit in one phrase, with where counting starts."""
    if why.unit is Unit.WORKING:
        zh, en = (
            f"{why.limit} 個工作天，自次一工作天起算",
            f"{why.limit} working days, from the next",
        )
    else:
        zh, en = f"{why.limit} 日，自次日起算", f"{why.limit} calendar days, from the next day"
    return zh if language == "zh" else en


def explanation(case: Case, why: Explanation, language: str) -> str:
    """How the due date was counted, day by day, short enough for a chat."""
    lines = []
    for counted in why.days:
        if counted.number and why.unit is Unit.WORKING:
            mark = f"第 {counted.number} 天" if language == "zh" else f"day {counted.number}"
        elif counted.number is None:
            reason = counted.reason
            mark = f"{reason}，不計" if language == "zh" else f"off ({reason})"
        else:
            continue
        lines.append(f"{plain_date(counted.day, language)} {mark}")
    start, due = plain_date(why.start, language), plain_date(why.due_on, language)
    if why.unit is Unit.CALENDAR:
        lines = [line for line in lines if line.startswith(due)]
    if language == "zh":
        head = f"{case.case_no} 的期限：\n{start} 收件（當日不計）"
        foot = f"所以最晚 {due} 答復。\n依據：政府行政機關辦公日曆表（版本 {why.calendar_version}）"
    else:
        head = f"Time limit of {case.case_no}:\n{start} received (not counted)"
        foot = f"So we answer by {due}.\nSource: official office calendar ({why.calendar_version})"
    return "\n".join([head, *lines, foot])


def reply(case: Case, text: str) -> Message:
    """The office's answer, with the three ways the citizen can take it."""
    if case.citizen.language == "zh":
        body = f"{case.section.name}答復您的案件 {case.case_no}：\n\n{text}\n\n問題解決了嗎？"
        labels = ("解決了", "只回覆、還沒改善", "不滿意")
    else:
        body = f"{case.section.name} answers your case {case.case_no}:\n\n{text}\n\nIs it solved?"
        labels = ("Solved", "Answered, not fixed yet", "Not satisfied")
    verbs = ("fixed", "unfixed", "unhappy")
    choices = (Choice(name, _token(verb, case)) for name, verb in zip(labels, verbs, strict=True))
    return Message(body, tuple(choices))


def closed(case: Case, reason: str) -> Message:
    """Closing notice with the outcome and its reason (行政程序法 §171), and a rating."""
    language = case.citizen.language
    outcome = term(OUTCOMES[Outcome(case.outcome or Outcome.OTHER)], language)
    if language == "zh":
        text = f"您的案件 {case.case_no} 已結案。\n結果：{outcome}\n說明：{reason}\n\n"
        text += "這次辦理過程，您給幾分？（5 很滿意，1 很不滿意）"
    else:
        text = f"Your case {case.case_no} is closed.\nOutcome: {outcome}\nReason: {reason}\n\n"
        text += "How was the handling? (5 very satisfied, 1 very dissatisfied)"
    return Message(text, rating(case))


def rating(case: Case) -> tuple[Choice, ...]:
    """The five grades of satisfaction as buttons."""
    return tuple(Choice(str(grade), f"rate:{case.case_no}:{grade}") for grade in range(1, 6))


def reopened(case: Case) -> Message:
    """Notice that the case is taken up again, with its new date."""
    language = case.citizen.language
    due = plain_date(case.due_on, language)
    if language == "zh":
        text = f"對不起，沒有把您的事情辦好。案件 {case.case_no} 已請主管重新處理，最晚 {due} 再答復您。"
    else:
        text = f"We are sorry. Case {case.case_no} is taken up again; we answer by {due}."
    return Message(text)


def withdrawn(case: Case) -> Message:
    """Notice that the case was withdrawn; the record stays."""
    if case.citizen.language == "zh":
        return Message(f"案件 {case.case_no} 已依您的意思撤回，紀錄仍依規定保存。")
    return Message(f"Case {case.case_no} is withdrawn as you asked. The record is kept by law.")


def _token(verb: str, case: Case) -> str:
    return f"{verb}:{case.case_no}"
