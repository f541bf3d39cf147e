"""The terms of a case in Chinese and English, and dates as an office writes them."""

from datetime import date

from complaints.routing import Topic
from complaints.states import Aspect, Fault, Ground, Kind, Outcome, Status

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
TOPICS = {
    Topic.SERVICE_ATTITUDE: ("服務態度", "Manner of service"),
    Topic.WAITING_TIME: ("等候時間", "Waiting time"),
    Topic.PROCEDURE_OR_DOCUMENTS: ("作業程序與應備文件", "Procedure and documents"),
    Topic.REGISTRATION_DISPUTE: ("登記爭議", "Dispute over a registration"),
    Topic.ID_CARD: ("國民身分證", "Identity card"),
    Topic.TRANSCRIPT_AND_CERTIFICATE: ("謄本與證明", "Transcripts and certificates"),
    Topic.MOVE_REGISTRATION: ("遷徙登記", "Registration of moves"),
    Topic.DOORPLATE: ("門牌", "House numbers"),
    Topic.NATIONALITY: ("國籍", "Nationality"),
    Topic.FACILITIES_ENVIRONMENT: ("洽公環境設施", "Facilities of the office"),
    Topic.ONLINE_SERVICE: ("網路服務", "Online service"),
    Topic.PERSONAL_DATA: ("個人資料", "Personal data"),
    Topic.REGULATION: ("法令", "Law"),
    Topic.MILITARY_SERVICE: ("兵役", "Military service"),
    Topic.SOCIAL_ASSISTANCE: ("社會救助與津貼", "Social assistance"),
    Topic.DISASTER_RELIEF: ("災害救助", "Disaster relief"),
    Topic.VILLAGE_CHIEF_AFFAIRS: ("里鄰與里長", "Villages and their chiefs"),
    Topic.COMMUNITY_CENTRE: ("活動中心", "Community centres"),
    Topic.MEDIATION: ("調解", "Mediation"),
    Topic.PARTICIPATORY_BUDGET: ("參與式預算", "Participatory budget"),
    Topic.LOCAL_CONSTRUCTION: ("小型工程與水溝", "Small works and drains"),
    Topic.ENVIRONMENT_NOISE: ("環境與噪音", "Environment and noise"),
    Topic.PARKING_OBSTRUCTION: ("占用與違規停車", "Obstruction and parking"),
    Topic.CULTURE_RELIGION: ("人文與宗教", "Culture and religion"),
    Topic.OTHER: ("其他", "Other"),
}
CHANNELS = {
    "telegram": ("Telegram", "Telegram"),
    "line": ("LINE", "LINE"),
    "web": ("網頁聊天室", "Web chat"),
    "counter": ("臨櫃", "Counter"),
    "phone": ("電話", "Telephone"),
    "letter": ("書面", "Letter"),
    "email": ("電子郵件", "E-mail"),
    "web_form": ("網頁表單", "Web form"),
    "suggestion_box": ("意見箱", "Suggestion box"),
    "director_mailbox": ("首長信箱", "Director's mailbox"),
    "hotline_1999": ("1999", "Hotline 1999"),
    "city_petition_system": ("市府陳情系統", "City petition system"),
    "village": ("里鄰反映", "Through the village"),
    "survey_comment": ("問卷意見", "Survey comment"),
    "media": ("媒體輿情", "Media"),
    "sample": ("範例", "Sample"),
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

ASPECTS = {
    Aspect.PROCESS: ("辦理過程", "how it was handled"),
    Aspect.RESULT: ("處理結果", "the result"),
}
FAULTS = {
    Fault.SLOW: ("太慢", "too slow"),
    Fault.MANNER: ("態度", "manner"),
    Fault.UNSOLVED: ("沒有解決", "not solved"),
    Fault.UNCLEAR: ("看不懂", "hard to understand"),
    Fault.OTHER: ("其他", "something else"),
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
