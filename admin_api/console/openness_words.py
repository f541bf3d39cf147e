"""What the pages of open data and of public outcomes say."""

from admin_api import errors
from admin_api.console import language
from admin_api.console.forms import BadForm
from admin_api.console.language import CHINESE, ENGLISH, _
from complaints.errors import IncompletePetition, LeaksIdentity, NotPermitted, UnknownCase
from complaints.measuring.columns import File
from complaints.measuring.opening import NotYet, Why
from complaints.measuring.outcomes import State
from complaints.measuring.periods import Period
from complaints.privacy.leaks import SecretKind

DONE = {
    "proposed": "已提出，請另一位同仁核准。",
    "approve": "已公開，民眾現在看得到。",
    "withdraw": "已撤下，民眾看不到了。",
    "made": "已製作並公開，民眾現在可以下載。",
}
STATES = {
    State.DRAFT: "待核准",
    State.APPROVED: "已公開",
    State.WITHDRAWN: "已撤下",
}
FILES = {File.CASES: "案件明細（去識別）", File.FIGURES: "案件統計"}
WHY = {
    Why.NOT_A_MONTH: "案件明細以一個月為一檔，請選一個月。",
    Why.TOO_EARLY: "期間結束後要再過一整個月才能製作。",
    Why.NO_REPORT: "這一期的報告還沒有公布。",
    Why.OVERLAPS: "已公開的統計檔中，有與這一期重疊的期間；兩檔相減會看出個案，所以不能製作。",
}
COLUMNS = {
    "village": "里",
    "topic": "主題",
    "channel": "管道",
    "section": "課室",
    "kind": "類別",
    "outcome": "結果",
}
FIELDS = {
    "period": "期間",
    "said": "民眾說了什麼",
    "did": "本所做了什麼",
    "case_no": "案號",
    "sure": "請先勾選「我知道公開後不能重做，也不能收回」",
}
FOUND = {
    SecretKind.NAME: "姓名",
    SecretKind.PHONE: "電話",
    SecretKind.EMAIL: "電子郵件",
    SecretKind.ADDRESS: "門牌",
    SecretKind.ID_NUMBER: "證號",
    SecretKind.OTHER: "案號或號碼",
}
CHECK = "請檢查：{fields}。"
AND = "、"
TELLS = "內容看得出是誰，請改寫後再送：{found}。"
ONE_FOUND = {CHINESE: "{kind}「{text}」", ENGLISH: "{kind} “{text}”"}
NO_CASE = "查無此案件，或您看不到這個案件。"


def title(period: str) -> str:
    """A period in the page's language."""
    return Period.read(period).title(language.current())


def refusal(error: Exception) -> tuple[str, int] | None:
    """How a refusal is told on the page of its form, and its status; None: on a page of its own."""
    if isinstance(error, IncompletePetition):
        error = BadForm((error.field,))
    if isinstance(error, BadForm):
        told = _(AND).join(_(FIELDS.get(name, name)) for name in error.fields)
        return _(CHECK).format(fields=told), 422
    if isinstance(error, NotYet):
        return _(WHY[error.why]), 409
    if isinstance(error, LeaksIdentity):
        return _(TELLS).format(found=_(AND).join(map(_one, error.found))), 422
    if isinstance(error, UnknownCase):
        return _(NO_CASE), 422
    found = errors.describe(error)
    if found is None or found.status in {401, 404} or isinstance(error, NotPermitted):
        return None
    return language.half(found.title), found.status


def _one(found: str) -> str:
    """What was found in a text, with what it is."""
    kind, _colon, text = found.partition(": ")
    told = ONE_FOUND[language.current()]
    return told.format(kind=_(FOUND[SecretKind(kind)]), text=text)
