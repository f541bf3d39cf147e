"""What the pages of visits and checklists say."""

from fastapi import HTTPException

from admin_api import errors
from admin_api.console import language
from admin_api.console.forms import BadForm
from admin_api.console.language import _
from complaints.errors import IncompletePetition

DONE = {
    "saved": "檢核項目已儲存。",
    "moved": "順序已調整。",
    "retired": "檢核項目已停用；案件歷程裡勾選過的紀錄不受影響。",
}
FIELDS = {
    "text": "檢核項目",
    "kind": "類別",
    "topic": "主題",
    "section": "課室",
    "visited_at": "到場時間",
    "where": "會勘地點",
    "found": "現場情形",
    "present": "會同人員（最多 30 位，每位 60 字以內）",
    "next_step": "後續處理",
    "photos": "照片（最多 10 個）",
    "remark": "備註",
}
CHECK = "請檢查：{fields}。"
AND = "、"
NOT_THEN = "到場時間要在收件之後、現在之前。"


def refusal(error: Exception) -> tuple[str, int] | None:
    """How a refusal is told on the page of its form, and its status; None: on a page of its own."""
    if isinstance(error, HTTPException):
        return language.half(error.detail), error.status_code
    if isinstance(error, IncompletePetition):
        return _incomplete(error.field), 422
    if isinstance(error, BadForm):
        return _fields(error.fields), 422
    found = errors.describe(error)
    if found is None or found.status in {401, 403, 404}:
        return None
    return language.half(found.title), found.status


def _incomplete(field: str) -> str:
    return _(NOT_THEN) if field == "visited_at" else _fields((field,))


def _fields(names: tuple[str, ...]) -> str:
    return _(CHECK).format(fields=_(AND).join(_(FIELDS.get(name, name)) for name in names))
