"""The console's terms, as staff know them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from admin_api.console import language
from admin_api.console.language import _
from complaints.clock.workdays import TAIPEI
from complaints.states import Aspect, EventKind, Kind, Status
from complaints.wording import terms as notices
from complaints.worklist import Pile
from faq.keeping.answering import Unhelpful

WRONG = "帳號或密碼不對。"
LOCKED = "錯誤太多次，請 15 分鐘後再試。"
TOO_MANY_TRIES = "這個網路位址登入失敗太多次，請 15 分鐘後再試。"
WRONG_CODE = "驗證碼不對，或已經用過。請等下一組。"
BEGIN_AGAIN = "登入逾時，請重新輸入帳號密碼。"
WRONG_OLD_ONE = "目前的密碼不對。"
BAD_NEW_ONE = "新密碼要 10 到 200 個字，而且不能和目前的一樣。"
NOT_THE_SAME = "兩次輸入的新密碼不一樣。"
NOTICES = {
    "password": "密碼已更改，其他裝置都已登出。",
    "ended": "已結束。",
    "all-ended": "其他裝置都已登出。",
    "off": "兩步驟驗證已停用。",
    "reset": "已停用這位同仁的兩步驟驗證，並結束其登入。",
}
SCOPES = {
    "cases:read": "讀案件",
    "cases:write": "辦案件",
    "faq:read": "讀題庫",
    "faq:write": "改題庫",
    "figures:read": "讀統計",
    "clock:read": "讀行事曆與時限",
    "clock:write": "改行事曆與時限",
}
DEEDS = {
    "closed": "停用帳號",
    "locked": "錯誤太多次，鎖定",
    "password_changed": "更改密碼",
    "second_factor_on": "啟用兩步驟驗證",
    "second_factor_off": "停用兩步驟驗證",
    "recovery_code_used": "使用一組備用碼",
    "session_ended": "結束一個登入",
    "sessions_ended": "結束所有登入",
    "token_made": "新增權杖",
    "token_ended": "結束權杖",
    "made": "新增帳號",
    "renamed": "更改姓名",
    "role_changed": "更改角色",
    "section_changed": "調整課室",
    "deputy_changed": "更改代理人",
    "alert_changed": "更改提醒發送",
    "reopened": "重新啟用帳號",
}
LOG_INS = {"session": "網頁", "bearer": "API"}
NO_SUCH_FORM = "沒有這個表單。"
BAD_FIELDS = "請檢查：{fields}。"
BAD_PROOF = "這個表單已經過期，請回上一頁重新整理後再送一次。"

PILES = {
    Pile.OPEN: "未結",
    Pile.OVERDUE: "逾限",
    Pile.DUE_TODAY: "今日到期",
    Pile.UNREACHED: "通知未送達",
    Pile.WITH_SECRETARY: "秘書裁決中",
    Pile.TO_APPROVE: "待核定",
    Pile.PROMISED: "待兌現",
    Pile.NEW: "待分派承辦",
    Pile.ADDED: "民眾有補充",
    Pile.PROMISE_DUE: "承諾到期",
    Pile.CLOSED: "已結",
    Pile.ALL: "全部",
}
EVENTS = {
    EventKind.RECEIVED: "受理",
    EventKind.ASSIGNED: "分案",
    EventKind.REPLIED: "答復",
    EventKind.CLOSED: "結案",
    EventKind.INFORMATION_ADDED: "民眾補充",
    EventKind.WITHDRAWN: "民眾撤回",
    EventKind.REOPENED: "再處理",
    EventKind.DELIVERED: "通知已送達聊天室",
    EventKind.UNDELIVERABLE: "通知送不出去",
    EventKind.CONFIRMED_IMPROVED: "民眾確認解決",
    EventKind.NOT_IMPROVED: "民眾表示還沒改善",
    EventKind.DISSATISFIED: "民眾不滿意",
    EventKind.SATISFACTION_RATED: "民眾評分",
    EventKind.ACCEPTED: "接辦",
    EventKind.HANDED_BACK: "退回改分",
    EventKind.OWNER_SETTLED: "秘書裁決",
    EventKind.CLASSIFIED: "更正類別",
    EventKind.NOTED: "內部註記",
    EventKind.CONSULTED: "會辦",
    EventKind.CONSULTATION_ANSWERED: "會辦回復",
    EventKind.SUPPLEMENT_ASKED: "請民眾補充",
    EventKind.SUPPLEMENTED: "續辦",
    EventKind.EXTENSION_ASKED: "申請展期",
    EventKind.EXTENSION_REFUSED: "不准展期",
    EventKind.EXTENDED: "核准展期",
    EventKind.EXTENSION_UNDONE: "取消展期",
    EventKind.DUE_DATE_MOVED: "期限調整",
    EventKind.DRAFTED: "擬稿送核",
    EventKind.RETURNED: "退回草稿",
    EventKind.APPROVED: "核定",
    EventKind.INTERIM_SENT: "初步回復",
    EventKind.CORRECTED: "更正答復",
    EventKind.PROMISED: "承諾列管",
    EventKind.PROMISE_SETTLED: "承諾結果",
    EventKind.TRANSFERRED: "移轉他機關",
    EventKind.NOT_PROCESSED: "不予處理",
    EventKind.MERGED: "併案",
    EventKind.SPLIT: "拆出",
    EventKind.EDITED: "民眾修改訊息",
    EventKind.FOLLOWED: "有民眾追蹤",
    EventKind.DELAY_EXPLAINED: "逾期原因",
    EventKind.TOLD_LATE: "已告知民眾逾期",
    EventKind.TOLD_OTHERWISE: "已另行通知民眾",
    EventKind.IMPROVEMENT_RECORDED: "登錄改善佐證",
    EventKind.SITE_VISITED: "現場會勘",
    EventKind.STEP_CHECKED: "檢核項目",
    EventKind.LOCATED: "補登所屬的里",
    EventKind.IDENTITY_VIEWED: "查看個資",
    EventKind.ANONYMIZED: "依保存年限銷毀",
}
STATUSES = {
    Status.RECEIVED: "已受理",
    Status.ASSIGNED: "已分案",
    Status.REPLIED: "已回復（待結案）",
    Status.CLOSED: "已結案",
    Status.WITHDRAWN: "撤案",
    Status.REOPENED: "再處理",
    Status.IN_PROGRESS: "處理中",
    Status.AWAITING_SUPPLEMENT: "待補陳",
    Status.TRANSFERRED: "已移轉他機關",
    Status.NOT_PROCESSED: "不予處理（存查）",
    Status.MERGED: "併案",
}
PRIORITIES = {"ordinary": "普通件", "urgent": "速件", "most_urgent": "最速件"}
SOURCES = {
    "counter": "臨櫃",
    "phone": "電話",
    "letter": "書面",
    "email": "電子郵件",
    "suggestion_box": "意見箱",
    "director_mailbox": "首長信箱",
    "hotline_1999": "1999",
    "city_petition_system": "市府陳情系統",
}
DRAFTS = {
    "submitted": "待核定",
    "returned": "已退回",
    "approved": "已核定，待送出",
    "sent": "已送出",
    "superseded": "已換新稿",
}
EXTENSIONS = {"asked": "待核", "approved": "已核准", "refused": "不准"}
PROMISES = {"open": "待兌現", "kept": "已兌現", "missed": "未兌現"}
UNHELPFUL = {
    Unhelpful.OFF_TOPIC: "答非所問",
    Unhelpful.UNCLEAR: "看不懂答案",
    Unhelpful.WRONG: "資料不對",
    Unhelpful.NOT_MY_CASE: "沒寫到民眾的情況",
}
GRADE = "{aspect}：{grade} 分"
FAULT = "原因：{fault}"
VERDICTS = {"sure": "已答", "choose": "請選", "unknown": "不會答"}
REPLY_BY = {"chat": "聊天室", "phone": "電話", "email": "電子郵件", "letter": "書面"}


TASKS = {
    "call": "請致電民眾",
    "letter": "請書面通知民眾",
    "email": "請寄電子郵件給民眾",
    "settle_owner": "請裁決承辦課室",
    "consultation": "請回復會辦",
    "promise": "承諾到期，請確認",
    "news": "請告知民眾進度",
    "review": "請檢視",
    "second_review": "民眾評分低，請複查",
    "call_back": "民眾請您回電",
    "urgent_on_site": "緊急：請立即查看服務場所",
    "decision": "列管事項到期，請到「列管事項」回報",
}
TOLD_BY_HAND = ("call", "letter", "email")
OWN_VERB_TASKS = ("consultation", "settle_owner", "promise", "decision")
TOGETHER = {
    "assign": "分案",
    "accept": "由我承辦",
    "reply": "以同一內容答復",
    "interim": "初步回復",
    "note": "內部註記",
}
TOGETHER_TAKES = {
    "assign": ("section", "handler"),
    "reply": ("text",),
    "interim": ("text",),
    "note": ("text",),
}
NOTHING_TICKED = "請先勾選案件（一次最多 {most} 件），再選要做什麼。"
RESULT = "辦理結果"
VIEW_NAME = "清單名稱"
ATTACHMENT = "附件 {number}"
NOT_OURS = "網址或欄位的內容不對，請回上一頁重試。"
BAD_CONTENT = "內容有誤：{fields}"
# What the count of a deadline says of a day; the names of holidays are the calendar's own.
NOT_COUNTED = ("週六", "週日", "等候補件", "期限末日請補件，此日保留")
AND = "、"


def listed(names: Iterable[str]) -> str:
    """Terms of the console one after another, in the language of the page."""
    return _(AND).join(_(name) for name in names)


def bad_fields(labels: Iterable[str]) -> str:
    """Which fields of a form are wrong."""
    return _(BAD_FIELDS).format(fields=listed(labels))


def kind(name: str) -> str:
    """A kind of petition."""
    return notices.term(notices.KINDS[Kind(name)], language.current())


def status(name: str) -> str:
    """A status."""
    return _(STATUSES[Status(name)])


def event(name: str) -> str:
    """A kind of event."""
    return _(EVENTS[EventKind(name)])


def outcome(name: str) -> str:
    """An outcome."""
    found = next(pair for one, pair in notices.OUTCOMES.items() if one.value == name)
    return notices.term(found, language.current())


def rated(data: Mapping[str, Any]) -> str:
    """What a citizen's grade was of, or why it was low."""
    spoken = language.current()
    if data.get("aspect") == "reason":
        return _(FAULT).format(fault=notices.term(notices.FAULTS[data["reason_code"]], spoken))
    aspect = notices.term(notices.ASPECTS[data.get("aspect", Aspect.PROCESS)], spoken)
    return _(GRADE).format(aspect=f"{aspect[0].upper()}{aspect[1:]}", grade=data["grade"])


def moment(at: datetime | str) -> str:
    """A moment as the office writes it, in the language of the page; one of an event is written."""
    local = (datetime.fromisoformat(at) if isinstance(at, str) else at).astimezone(TAIPEI)
    return f"{notices.plain_date(local.date(), language.current())} {local:%H:%M}"
