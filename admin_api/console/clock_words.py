"""The terms of the pages of calendar and time limits, and how a refusal is told on them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from admin_api import errors
from admin_api.console import language
from admin_api.console.forms import BadForm
from admin_api.console.language import _
from admin_api.policy import Forbidden
from admin_api.tokens import NotLoggedIn
from complaints import errors as complaints
from complaints.limits import Unit

CAUGHT: tuple[type[Exception], ...] = (BadForm, *errors.PROBLEMS)
OTHER_PAGES = (Forbidden, complaints.NotPermitted, NotLoggedIn)  # no form to show it on
BOTH = " / "  # between the two languages of a fault in a file
MISSING_COLUMNS = "columns missing: "
NO_SUCH_DAY = "there is no such day"

DONE = {
    "proposed": "已提出，等待核定。期限還沒有變動。",
    "dropped": "已註記不採用，什麼都沒有變動。",
    "deleted": "已刪除這條規定。",
    "levels": "已更改展期核定權限，之後的展期照新的權限核定。",
}
APPLIED = "已套用，調整了 {moved} 件的期限。"
OFF, MAKE_UP, WORKS = "放假", "補行上班", "works"
DAYS = {
    "full": "停班或放假（全日）",
    "morning": "停班（上午）",
    "afternoon": "停班（下午）",
    "evening": "停班（晚間）",
    WORKS: "上班（全日）",
}
CHANGES = {
    "year": "年度行事曆",
    "day": "停班或上班日",
    "revoke": "撤回停班或上班日",
    "rule": "處理期限規定",
    "practice": "本機關的選擇",
}
UNITS = {Unit.WORKING.value: "工作天", Unit.CALENDAR.value: "日曆天"}
SPANS = {Unit.WORKING.value: "{n} 個工作天", Unit.CALENDAR.value: "{n} 個日曆天"}
ROLES = {"section_chief": "課長", "secretary": "秘書", "director": "首長"}
RULE = "{days}；重新處理 {again}；含展期最長 {most}；最多展期 {times} 次"  # one line of the table
YEAR = "{roc} 年（{year}）"
NO_YEAR = "沒有這個年度。行事曆只能看 {first} 年到 {last} 年。"
NO_FILE = "請選擇檔案。"
FILE_TOO_LARGE = "檔案太大，上限 1 MB。一年的行事曆大約 10 KB，請確認選對檔案。"
# What a form got wrong, field by field.
WRONG = {
    "day": "日期要像 2026-11-30 這樣填。",
    "part": "請選停班、放假或上班。",
    "reason": "請填事由，100 字以內。",
    "area": "縣市最多 30 字。",
    "source": "請填公告出處，200 字以內。",
    "day_id": "請從表格裡選要撤回的日子。",
    "file": NO_FILE,
    "file_size": FILE_TOO_LARGE,
    "received": "收文日要像 2026-11-26 這樣填，從 2017 年到 2099 年。",
    "kind": "請選案件類別。",
    "priority": "請選速別。",
    "days": "期限請填 1 到 366 的數字。",
    "unit": "期限請選工作天或日曆天。",
    "reopened_days": "重新處理的天數請填 1 到 366 的數字。",
    "ceiling_days": "最長天數請填 1 到 366 的數字。",
    "ceiling_unit": "最長天數請選工作天或日曆天。",
    "max_extensions": "展期次數請填 0 到 20 的數字。",
    "basis": "請填依據。",
    "levels": "每一層請填 1 到 366 的天數，或勾選不限天數。",
    "name": "請從表格裡選要改的項目。",
    "value": "請照欄位的說明填。",
}
RULE_FAULTS = {
    "a limit has 1 to 366 days": "期限和重新處理都要在 1 到 366 天之間。",
    "a ceiling has 1 to 366 days, with at most 20 extensions": (
        "最長要在 1 到 366 天之間，展期最多 20 次。"
    ),
    "the limit is longer than its ceiling": "期限比含展期的最長天數還長，請檢查單位和天數。",
    "a rule needs its ground": "請填依據。",
}
COLUMNS_MISSING = "檔案缺少欄位：{columns}。請用人事行政總處公布的 CSV 檔。"
DAY_GONE = "這一天已經撤回，或沒有這一天。"
IN_USE = "還有 {cases} 件未結案件照這條規定計算，現在不能刪除。請改用「提出修改」。"
RULE_GONE = "沒有這條規定，可能已經刪除。"
YEAR_MISSING = "算到 {year} 年，但那一年的行事曆還沒有匯入。請先匯入 {year} 年的行事曆。"
DECIDED = "這項變更已經有人決定了，或沒有這一項。"
OWN = "不能核定自己提出的變更，請另一位同仁核定。"
BAD_VALUE = "這個值不能用，請照欄位的說明填。"


@dataclass(frozen=True)
class Choice:
    """One of the office's choices: its name, what it means, and its values or their unit."""

    title: str
    meaning: str
    values: Mapping[str, str] = field(default_factory=dict)
    unit: str = "{n}"
    most: int = 3660


YES_NO = {"yes": "是", "no": "否"}
DAY_UNIT, WORKING_UNIT = "{n} 天", SPANS[Unit.WORKING.value]
CHOICES = {
    "supplement_stops_clock": Choice(
        "等民眾補件時停止計算期限",
        "「是」：等待的日子不算進期限，補來後接著算。「否」：照常計算。"
        "沒有找到陳情可以停止計算的規定，所以預設為「否」。",
        YES_NO,
    ),
    "half_day_closure_counts": Choice(
        "停班半天的日子仍算一個工作天",
        "「是」：上午或下午停班的日子照算。「否」：那一天不算。",
        YES_NO,
    ),
    "after_hours": Choice(
        "下班後或放假日收到的陳情",
        "從哪一天起算；起算日是第 0 天。",
        {"keep": "以實際收到的那天起算", "next_working_day": "視為下一個工作天收到"},
    ),
    "office_opens": Choice("上班時間", "提醒同仁的訊息從這時起送出。"),
    "office_closes": Choice(
        "下班時間", "提醒同仁的訊息送到這時為止；到期日下班前一小時還沒答復，會告知民眾。"
    ),
    "quiet_from": Choice("夜間不打擾民眾：開始", "從這時起不主動通知，等到早上再送。"),
    "quiet_until": Choice(
        "夜間不打擾民眾：結束", "到這時再送出等著的通知。和開始同一時間表示整天都送。"
    ),
    "reply_needs_approval": Choice(
        "答復要先經主管核定",
        "「是」：承辦人擬稿，主管核定後才送出。「否」：承辦人可以直接答復。",
        YES_NO,
    ),
    "identity_needs_approval": Choice(
        "查看姓名和聯絡方式要主管同意",
        "「是」：寫明理由並經主管同意，才能看一天。「否」：寫明理由就能看一天。",
        YES_NO,
    ),
    "reopen_within_days": Choice(
        "答復後多久內可以重新處理", "過了就請民眾另提一件。0 表示不限。", unit=DAY_UNIT
    ),
    "due_soon_days": Choice("到期前多久第一次提醒", "用工作天計算。", unit=WORKING_UNIT, most=60),
    "reported_within_days": Choice(
        "「已有人反映」看多久以內的案件", "同一地點的未結案件，在這段期間內才算。", unit=DAY_UNIT
    ),
    "supplement_days": Choice("請民眾補件的期限", "用日曆天計算。", unit=DAY_UNIT),
    "chat_kept_days": Choice("沒有成案的對話保存多久", "過了就刪除。0 表示不刪除。", unit=DAY_UNIT),
    "retention_years": Choice(
        "結案後保存幾年", "過了就依規定銷毀個人資料。", unit="{n} 年", most=100
    ),
    "county": Choice(
        "本機關所在的縣市",
        "停班公告寫了縣市時，要和這裡一樣才適用本機關。空白：只適用沒有寫縣市的公告。",
    ),
}
NO_COUNTY = "（沒有設定）"
TIMES = ("office_opens", "office_closes", "quiet_from", "quiet_until")


def done(code: str, moved: str = "") -> str:
    """What a page says was done; empty for a code that is none of ours."""
    if code == "applied" and moved.isascii() and moved.isdecimal() and len(moved) < 10:
        return _(APPLIED).format(moved=int(moved))
    return _(DONE[code]) if code in DONE else ""


def span(n: int, unit: str) -> str:
    """So many days of a unit."""
    return _(SPANS[unit]).format(n=n)


def year(number: int) -> str:
    """A year as the office writes it."""
    return _(YEAR).format(roc=number - 1911, year=number)


def day_kind(part: str, *, works: bool) -> str:
    """What a closure or an own day is."""
    return _(DAYS[WORKS if works else part])


def value(name: str, text: str) -> str:
    """The value of one of the office's choices."""
    choice = CHOICES[name]
    if choice.values:
        return _(choice.values[text])
    if name == "county" and not text:
        return _(NO_COUNTY)
    return _(choice.unit).format(n=text)


def refusal(error: Exception) -> tuple[str, int]:
    """What the page of the form says of an error, and its status; raises other pages' errors."""
    if isinstance(error, BadForm):
        return _in_a_row([_(WRONG[name]) for name in error.fields]), 422
    found = errors.describe(error)
    if found is None or isinstance(error, OTHER_PAGES):
        raise error
    return _exactly(error) or language.half(found.title), found.status


def _exactly(error: Exception) -> str:
    told = {
        complaints.NothingToDecide: DECIDED,
        complaints.OwnWork: OWN,
        complaints.BadPractice: BAD_VALUE,
        complaints.RuleMissing: RULE_GONE,
    }
    if isinstance(error, complaints.BadCalendar):
        return _fault_of_calendar(str(error))
    if isinstance(error, complaints.BadRule):
        return _(RULE_FAULTS[str(error)]) if str(error) in RULE_FAULTS else ""
    if isinstance(error, complaints.RuleInUse):
        return _(IN_USE).format(cases=error.cases)
    if isinstance(error, complaints.CalendarMissing):
        return _(YEAR_MISSING).format(year=error.year)
    return _(told[type(error)]) if type(error) in told else ""


def _fault_of_calendar(text: str) -> str:
    """A fault in a file, with its row, in the language of the page."""
    if text.startswith(NO_SUCH_DAY):
        return _(DAY_GONE)
    chinese, _between, english = text.partition(BOTH)
    if english.startswith(MISSING_COLUMNS):
        return _(COLUMNS_MISSING).format(columns=english.removeprefix(MISSING_COLUMNS))
    if not english:
        return ""
    return f"{chinese}。" if language.current() == language.CHINESE else f"{english}."


def _in_a_row(sentences: list[str]) -> str:
    return ("" if language.current() == language.CHINESE else " ").join(sentences)
