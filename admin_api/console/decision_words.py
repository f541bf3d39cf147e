"""What the pages of the meetings' decisions say."""

from admin_api import errors
from admin_api.console import language
from admin_api.console.forms import BadForm
from admin_api.console.language import _
from complaints.errors import IncompletePetition, NotPermitted
from complaints.measuring.following import State
from complaints.measuring.periods import Period

DONE = {
    "added": "已列管；到期當天會成為承辦課室的待辦工作。",
    "news": "已記下進度。",
    "finish": "已完成，不再列管。",
    "drop": "已解除列管。",
}
STATES = {
    State.LATE: "逾期",
    State.OPEN: "辦理中",
    State.DONE: "已完成",
    State.DROPPED: "已解除列管",
}
FIELDS = {
    "period": "哪一期會議",
    "text": "內容",
    "section": "課室",
    "due_on": "完成期限（不能早於今天）",
    "result": "辦理結果",
    "reason": "理由",
}
CHECK = "請檢查：{fields}。"
AND = "、"


def title(period: str) -> str:
    """The meeting's period in the page's language."""
    return Period.read(period).title(language.current())


def refusal(error: Exception) -> tuple[str, int] | None:
    """How a refusal is told on the page of its form, and its status; None: on a page of its own."""
    if isinstance(error, IncompletePetition):
        error = BadForm((error.field,))
    if isinstance(error, BadForm):
        told = _(AND).join(_(FIELDS.get(name, name)) for name in error.fields)
        return _(CHECK).format(fields=told), 422
    found = errors.describe(error)
    if found is None or found.status in {401, 404} or isinstance(error, NotPermitted):
        return None
    return language.half(found.title), found.status
