"""The terms of a case in Chinese and English, and dates as an office writes them."""

from datetime import date

from complaints.states import Ground, Kind, Outcome, Status

WEEKDAYS = "一二三四五六日"
ROC_OFFSET = 1911

KINDS = {
    Kind.RIGHTS_PROTECTION: ("陳情", "Complaint"),
    Kind.REFORM_SUGGESTION: ("建議", "Suggestion"),
    Kind.REGULATION_INQUIRY: ("查詢", "Inquiry"),
    Kind.MISCONDUCT_REPORT: ("檢舉", "Report of misconduct"),
    Kind.PRAISE: ("表揚", "Praise"),
    Kind.GENERAL_INQUIRY: ("一般諮詢", "General inquiry"),
    Kind.DATA_ACCESS: ("查閱個人資料", "Access to personal data"),
    Kind.DATA_DELETION: ("更正、停止利用或刪除個人資料", "Correction or deletion of personal data"),
}
STATUSES = {
    Status.RECEIVED: ("已受理，待分派承辦", "received"),
    Status.ASSIGNED: ("承辦處理中", "being handled"),
    Status.IN_PROGRESS: ("承辦處理中", "being handled"),
    Status.AWAITING_SUPPLEMENT: ("等候您補充資料", "waiting for your particulars"),
    Status.REPLIED: ("已答復，待您確認", "answered, waiting for your word"),
    Status.CLOSED: ("已結案", "closed"),
    Status.WITHDRAWN: ("已撤回", "withdrawn"),
    Status.REOPENED: ("再次處理中", "reopened"),
    Status.TRANSFERRED: ("已移轉主管機關", "passed to the competent agency"),
    Status.NOT_PROCESSED: ("依法不予處理，已登記備查", "not processed under the law, on record"),
    Status.MERGED: ("併案辦理中", "handled together with another case"),
}
OUTCOMES = {
    Outcome.RESOLVED: ("獲致解決", "resolved"),
    Outcome.ADOPTED: ("採納", "adopted"),
    Outcome.PARTIALLY_ADOPTED: ("部分採納", "partially adopted"),
    Outcome.NOT_ADOPTED: ("未採納", "not adopted"),
    Outcome.EXPLAINED: ("婉復說明", "explained"),
    Outcome.EXPLAINED_ON_THE_SPOT: ("當場說明", "explained on the spot"),
    Outcome.NOT_FEASIBLE_UNDER_LAW: ("限於法令礙難辦理", "not feasible under the law"),
    Outcome.DIRECTED_TO_LEGAL_REMEDY: ("告知訴願、訴訟或國家賠償", "directed to legal remedy"),
    Outcome.DIRECTED_TO_MEDIATION: ("屬私權爭議，請向調解委員會或法院", "directed to mediation"),
    Outcome.TRANSFERRED_TO_COMPETENT_AGENCY: (
        "轉請權責機關處理",
        "transferred to the competent agency",
    ),
    Outcome.NOT_PROCESSED: ("不予處理", "not processed"),
    Outcome.WITHDRAWN: ("撤案", "withdrawn"),
    Outcome.MERGED: ("併案", "merged"),
    Outcome.NOTED: ("轉知同仁", "passed on to our staff"),
    Outcome.OTHER: ("其他", "other"),
}
GROUNDS = {
    Ground.NO_CONCRETE_CONTENT: ("無具體之內容", "there is no concrete content"),
    Ground.NO_REAL_NAME_OR_CONTACT: (
        "未具真實姓名或聯絡方式",
        "there is no real name or no way to reach you",
    ),
    Ground.REPEATED_SAME_MATTER: (
        "同一事由經予適當處理並已明確答復",
        "the same matter was duly handled and clearly answered",
    ),
    Ground.ALREADY_SENT_TO_COMPETENT_AGENCIES: (
        "非主管機關，且已分向各主管機關陳情",
        "we are not competent and it was sent to the competent agencies already",
    ),
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
