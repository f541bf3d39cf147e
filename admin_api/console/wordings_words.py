"""What the pages of templates and changed laws say."""

from admin_api import errors
from admin_api.console import language
from admin_api.console.forms import BadForm
from admin_api.console.language import CHINESE, _
from complaints import templates
from complaints.errors import BadTemplate, IncompletePetition, StaleCase

DONE = {
    "saved": "範本已儲存。",
    "confirmed": "已確認仍適用，範本可以繼續使用。",
    "retired": "範本已停用；已送出的答復不受影響。",
    "noted": "已登錄。引用這項法規的範本已鎖定，請逐一檢視。",
    "settled": "這次檢視已完成。",
}
FIELDS = {
    "name": "範本名稱",
    "text": "內容",
    "section": "課室",
    "kind": "類別",
    "case_no": "案號",
    "law": "法規名稱",
    "article": "條號",
    "effective_on": "生效日期",
    "note": "變動內容",
    "result": "檢視結果",
}
# In the order of `templates.PLACES`.
EXPLAINED = (
    "這一件的案號",
    "收件的日期",
    "目前的辦理期限",
    "承辦課室的名稱",
    "承辦人的姓名",
    "案件主旨",
    "反映的地點；沒有填地點時是「您反映的地點」",
)
PLACES = dict(zip(templates.PLACES, EXPLAINED, strict=True))
CHECK = "請檢查：{fields}。"
STALE = "有人先改了這則範本。下面是您輸入的內容，請先看目前的內容再儲存。"
NO_LAW = "請寫法規名稱。"
NO_ARTICLE = "看不懂這個條號，請寫成「第48條之2」或「48-2」。"


def refusal(error: Exception) -> tuple[str, int] | None:
    """How a refusal is told on the page of its form, and its status; None: on a page of its own."""
    if isinstance(error, BadForm):
        fields = _("、").join(_(FIELDS.get(name, name)) for name in error.fields)
        return _(CHECK).format(fields=fields), 422
    found = errors.describe(error)
    if found is None or (found.status in {401, 404} and found.name != "unknown-case"):
        return None
    return _told(error) or language.half(found.title), found.status


def _told(error: Exception) -> str:
    if isinstance(error, BadTemplate):
        chinese, _slash, english = str(error).rpartition(" / ")
        return chinese if language.current() == CHINESE else english.capitalize()
    if isinstance(error, StaleCase):
        return _(STALE)
    if isinstance(error, IncompletePetition):
        return _(NO_ARTICLE if error.field == "article" else NO_LAW)
    return ""
