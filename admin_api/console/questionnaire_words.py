"""What the pages of the yearly questionnaire say."""

from admin_api import errors
from admin_api.console import language
from admin_api.console.forms import BadForm
from admin_api.console.language import _
from admin_api.schemas.questionnaires import Taken
from complaints.errors import NotPermitted
from complaints.measuring.questionnaires import BadAnswer, BadQuestionnaire
from complaints.wording.terms import ROC_OFFSET

DONE = {
    "opened": "問卷已開辦。",
    "entered": "已登錄一份，可以接著登錄下一份。",
}
TAKEN = {Taken.PAPER: "紙本", Taken.PHONE: "電話", Taken.COUNTER: "臨櫃"}
# Of the chat's channels; another one is shown by its own name.
CHANNELS = {one.value: name for one, name in TAKEN.items()} | {
    "telegram": "Telegram",
    "web": "網頁聊天室",
}
GRADES = {1: "很不滿意", 2: "不滿意", 3: "普通", 4: "滿意", 5: "很滿意"}
FIELDS = {
    "year": "年度（西元）",
    "title": "名稱",
    "opens_on": "開始日（要在當年，且不與其他年度重疊）",
    "closes_on": "截止日（不能早於開始日）",
    "quota": "目標份數",
    "questions": "題目",
    "channel": "來源",
}
HIDDEN = "填答未滿 10 份，不公開"
UNANSWERED = "請檢查這一題的答案：{question}"
CHECK = "請檢查：{fields}。"
AND = "、"
NONE = "–"


def refusal(error: Exception, questions: dict[str, str]) -> tuple[str, int] | None:
    """How a refusal is told on the page of its form, and its status; None: on a page of its own.

    `questions` are the texts of the questionnaire in hand by their keys.
    """
    if isinstance(error, BadAnswer):
        return _(UNANSWERED).format(question=questions.get(error.key, error.key)), 422
    if isinstance(error, BadQuestionnaire):
        error = BadForm((error.field,))
    if isinstance(error, BadForm):
        told = _(AND).join(_(FIELDS.get(name, name)) for name in error.fields)
        return _(CHECK).format(fields=told), 422
    found = errors.describe(error)
    if found is None or found.status in {401, 404} or isinstance(error, NotPermitted):
        return None
    return language.half(found.title), found.status


def percent(share: float | None) -> str:
    """A share of 0 to 1 in percent."""
    return NONE if share is None else f"{share:.1%}"


def mean(value: float | None) -> str:
    """A mean grade."""
    return NONE if value is None else f"{value:.2f}"


def change(value: float | None) -> str:
    """How much a mean rose or fell."""
    return NONE if value is None else f"{value:+.2f}"


def text_of(one: object) -> str:
    """A question or an answer to choose in the language of the page."""
    return str(getattr(one, language.current()))


def year(number: int) -> str:
    """A year as the office says it, in the language of the page."""
    return f"{number - ROC_OFFSET}" if language.current() == language.CHINESE else f"{number}"
