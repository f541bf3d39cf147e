"""The console's terms, as staff know them."""

from datetime import datetime

from complaints import wording as notices
from complaints.states import EventKind, Kind, Status
from complaints.workdays import TAIPEI
from complaints.worklist import Pile

WRONG = "帳號或密碼不對。"
LOCKED = "錯誤太多次，請 15 分鐘後再試。"
BAD_PROOF = "這個表單已經過期，請回上一頁重新整理後再送一次。"

PILES = {
    Pile.OPEN: "未結",
    Pile.OVERDUE: "逾限",
    Pile.DUE_TODAY: "今日到期",
    Pile.UNREACHED: "通知未送達",
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
}
STATUSES = {
    Status.RECEIVED: "已受理",
    Status.ASSIGNED: "已分案",
    Status.REPLIED: "已回復（待結案）",
    Status.CLOSED: "已結案",
    Status.WITHDRAWN: "撤案",
    Status.REOPENED: "再處理",
}
VERDICTS = {"sure": "已答", "choose": "請選", "unknown": "不會答"}
REPLY_BY = {"chat": "聊天室", "phone": "電話", "email": "電子郵件"}


def kind(name: str) -> str:
    """A kind of petition."""
    return notices.KINDS[Kind(name)][0]


def status(name: str) -> str:
    """A status."""
    return STATUSES[Status(name)]


def event(name: str) -> str:
    """A kind of event."""
    return EVENTS[EventKind(name)]


def outcome(name: str) -> str:
    """An outcome."""
    return next(pair[0] for one, pair in notices.OUTCOMES.items() if one.value == name)


def moment(at: datetime) -> str:
    """A moment as the office writes it."""
    local = at.astimezone(TAIPEI)
    return f"{notices.roc_date(local.date())} {local:%H:%M}"
