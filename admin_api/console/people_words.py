"""What the pages of people say: roles, notices, and what is in the way of a change."""

from admin_api import errors
from admin_api.console import language
from admin_api.console.forms import BadForm
from admin_api.console.language import _
from complaints.errors import IncompletePetition, StaleRow, UnknownOfficer
from complaints.roles import Role
from complaints.roster import BadRoster, HoldsCases, SectionInUse
from complaints.staffing import AbsencesOverlap, OwnDeputy
from complaints.wording.terms import plain_date

ROLES = {
    Role.CLERK: "承辦人",
    Role.SECTION_CHIEF: "課長",
    Role.CASE_CONTROLLER: "研考",
    Role.SECRETARY: "秘書",
    Role.DIRECTOR: "首長",
    Role.ETHICS: "政風",
    Role.FAQ_EDITOR: "題庫編輯",
    Role.ADMINISTRATOR: "系統管理",
}
DONE = {
    "section-added": "課室已新增。",
    "section-changed": "課室已更新。",
    "officer-changed": "人員資料已更新。",
    "left": "帳號已停用，未結案件已移交。",
    "noted": "請假已登錄，這幾天的工作由代理人辦理。",
    "changed": "請假已更新。",
    "removed": "請假已取消。",
    "deputy": "代理人已更新。",
    "alert": "提醒發送已更新。",
}
FIELDS = {
    "username": "帳號",
    "name": "姓名或名稱",
    "code": "課室代碼",
    "role": "角色",
    "section": "課室",
    "deputy": "代理人",
    "alert": "提醒的 Telegram 聊天室代號",
    "address": "提醒的 Telegram 聊天室代號",
    "successor": "接辦人",
    "first_day": "請假首日",
    "last_day": "請假末日（不能早於首日）",
}
CHECK = "請檢查：{fields}。"
IN_USE = "課室裡還有未結案件 {cases} 件、人員 {officers} 位、待辦 {tasks} 項，請先改分或調整。"
HOLDS = "這位同仁還有未結案件 {cases} 件，改成不辦案的角色前，請指定接辦人。"
OVERLAP = "{first} 到 {last} 已經登錄過請假，請改那一筆。"
NOBODY = "請選一位還在職、會辦案件的同仁，而且不是本人。"
STALE = "有人在您之後改了這筆資料，所以還沒有儲存。下面是您輸入的內容；再按一次，就會以您的為準。"
NO_SUCCESSOR = "請指定接辦人：這位同仁沒有在職的代理人。"


def refusal(error: Exception) -> tuple[str, int] | None:
    """How a refusal is told on the page of its form, and its status; None: on a page of its own."""
    if isinstance(error, BadForm):
        fields = _("、").join(_(FIELDS.get(name, name)) for name in error.fields)
        return _(CHECK).format(fields=fields), 422
    found = errors.describe(error)
    if found is None or found.status in {401, 404}:
        return None
    return _told(error) or language.half(found.title), found.status


def _told(error: Exception) -> str:
    """What exactly is in the way, where more can be said than the table of errors says."""
    if isinstance(error, BadRoster):
        return language.half(str(error))
    if isinstance(error, SectionInUse):
        counts = {"cases": error.cases, "officers": error.officers, "tasks": error.tasks}
        return _(IN_USE).format(**counts)
    if isinstance(error, HoldsCases):
        return _(HOLDS).format(cases=error.cases)
    if isinstance(error, AbsencesOverlap):
        spoken = language.current()
        first, last = (plain_date(day, spoken) for day in (error.first, error.last))
        return _(OVERLAP).format(first=first, last=last)
    return _about_people(error)


def _about_people(error: Exception) -> str:
    if isinstance(error, StaleRow):
        return _(STALE)
    if isinstance(error, UnknownOfficer):
        return _(NOBODY)
    if isinstance(error, IncompletePetition) and not isinstance(error, OwnDeputy):
        return _(NO_SUCCESSOR)
    return ""
