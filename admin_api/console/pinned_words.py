"""What the page of pinned notices says."""

from admin_api import errors
from admin_api.console import language
from admin_api.console.forms import BadForm
from admin_api.console.language import _
from faq.errors import BadNotice

DONE = {
    "pinned": "已置頂，下一則訊息起民眾就會看到。",
    "ended": "公告已結束，民眾不會再看到。",
}
FIELDS = {
    "text": "公告內容（1,000 字以內）",
    "english": "英文（1,000 字以內）",
    "words": "關鍵詞（最多 20 個，每個 2 到 20 字）",
    "since": "開始時間",
    "until": "結束時間（要晚於開始和現在，最長 31 天）",
}
CHECK = "請檢查：{fields}。"
AND = "、"


def refusal(error: Exception) -> tuple[str, int] | None:
    """How a refusal is told on the page, and its status; None: on a page of its own."""
    if isinstance(error, BadNotice):
        error = BadForm((error.field,))
    if isinstance(error, BadForm):
        told = _(AND).join(_(FIELDS.get(name, name)) for name in error.fields)
        return _(CHECK).format(fields=told), 422
    found = errors.describe(error)
    if found is None or found.status in {401, 403, 404}:
        return None
    return language.half(found.title), found.status
