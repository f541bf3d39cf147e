"""What the pages of the monthly exam say."""

from admin_api import errors
from admin_api.console import language
from admin_api.console.forms import BadForm
from admin_api.console.language import _
from complaints.errors import AlreadySet, NotPermitted, TooLate
from complaints.measuring.exams import PaperKind
from complaints.measuring.periods import Period

NOTHING = "–"
DONE = {"set": "已抽題，各課室可以開始評分。", "scored": "已存檔。"}
KINDS = {PaperKind.QUESTION: "機器人的回答", PaperKind.REPLY: "本所的答復"}
CRITERIA = {
    PaperKind.QUESTION: {"right": "對不對", "complete": "完不完整", "clear": "看不看得懂"},
    PaperKind.REPLY: {
        "answered": "每一點都有回答",
        "right": "內容正確",
        "plain": "用語白話",
        "courteous": "有禮貌",
    },
}
VERDICTS = {
    "sure": "機器人直接回答",
    "choose": "機器人請民眾從下列題目選",
    "unknown": "機器人說不會答，轉請同仁協助",
}
MARKS = {
    5: "5（很好）",
    4: "4（好）",
    3: "3（普通）",
    2: "2（不好）",
    1: "1（很不好）",
}
FIELDS = {
    "month": "月份",
    "seed": "種子",
    "questions": "抽幾題問題",
    "replies": "抽幾件答復",
    "remark": "評語",
}
CHECK = "請檢查：{fields}。"
AND = "、"
ALREADY_SET = "這個月已經抽過題，不能重抽。"
BY_A_COLLEAGUE = "這一題已經由同課室的同仁評過，請評下一題。"
CLOSED = "這次抽測已經全部評完，不能再改。"


def title(month: str) -> str:
    """The month in the page's language."""
    return Period.read(month).title(language.current())


def grade(value: float | None) -> str:
    """A mean as printed; a dash where nothing is scored."""
    return NOTHING if value is None else f"{value:.2f}"


def share(value: float | None) -> str:
    """A share as printed; a dash where nothing is scored."""
    return NOTHING if value is None else f"{value:.0%}"


def refusal(error: Exception) -> tuple[str, int] | None:
    """How a refusal is told on the page of its form, and its status; None: on a page of its own."""
    if isinstance(error, BadForm):
        told = _(AND).join(_(_label(name)) for name in error.fields)
        return _(CHECK).format(fields=told), 422
    found = errors.describe(error)
    if found is None or found.status in {401, 404} or isinstance(error, NotPermitted):
        return None
    return language.half(found.title), found.status


def of_scoring(error: Exception) -> tuple[str, int] | None:
    """The same of a score; who was too late is told by what."""
    if isinstance(error, AlreadySet):
        return _(BY_A_COLLEAGUE), 409
    return (_(CLOSED), 409) if isinstance(error, TooLate) else refusal(error)


def of_setting(error: Exception) -> tuple[str, int] | None:
    """The same of drawing."""
    return (_(ALREADY_SET), 409) if isinstance(error, AlreadySet) else refusal(error)


def _label(name: str) -> str:
    criteria = CRITERIA[PaperKind.QUESTION] | CRITERIA[PaperKind.REPLY]
    return FIELDS.get(name) or criteria.get(name, name)
