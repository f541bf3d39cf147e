"""How a refusal is told on the page whose form it answers, with what was wrong where."""

import re
from dataclasses import dataclass

from pydantic import ValidationError

from admin_api import errors
from admin_api.console import language, wording
from admin_api.console.entry_form import LABELS
from admin_api.console.forms import BadForm
from admin_api.console.language import CHINESE, ENGLISH, _
from faq.errors import AnswersWorse, BadEntry, BadWordList, UnfitForm

CAUGHT: tuple[type[Exception], ...] = (BadForm, *errors.PROBLEMS)
OTHER_PAGES = frozenset({401, 403, 404})  # there is nothing to show the form on
PLACE = re.compile(r"row (?P<row>\d+)(?:, (?P<cell>.+))?|column (?P<column>.+)")
OFFICE_LINE = re.compile(r"\boffice:(?P<line>\d+): ?")
BOTH = re.compile(r"(?P<zh>.+?) / (?P<en>[a-z][^:]*)(?P<rest>:.*)?", re.DOTALL)
WORSE = "會變差的是：{questions}。您輸入的內容還在下面。"
WRONG_AT = {CHINESE: "{place}：{problem}。", ENGLISH: "{place}: {problem}."}
COLON = {CHINESE: "：", ENGLISH: ": "}
SEMICOLON = {CHINESE: "；", ENGLISH: "; "}
GAP = {CHINESE: "", ENGLISH: " "}  # between two sentences
AT_LINE = "本所的第 {line} 行："
AT_ROW = "第 {row} 列 {cell}"
AT_COLUMN = "欄位 {column}"
OF_ENTRY = "{entry} 的{field}"
TAKEN = "{id} 已經有題目了"
# What the rooms below say in English, in the words of the desk.
PROBLEMS = {
    "may not be empty": "不能空白",
    "this day is gone": "這一天已經過了",
    "lies in the future": "不能晚於今天",
    "lies before valid_from": "早於生效日",
    "a wording without any letter": "有一行沒有任何文字",
    "the same wording twice": "有重複的問法",
    "a label and an answer for each": "每個情況都要有名稱和答案",
    "none, or 2 to 6": "要嘛不填，要填就填 2 到 6 個情況",
    "the same label twice": "情況名稱重複",
    "small letters, digits and hyphens, 2 to 32 of them": "請用小寫英文、數字、連字號，2 到 32 字",
    "no such field": "沒有這個欄位",
    "no such column": "沒有這個欄位",
    "is missing": "缺這一欄",
    "twice": "重複",
    "twice in this file": "在檔案裡重複",
    "more cells than columns": "格子比標題多",
    "a date is expected": "請填日期，例如 2026-11-26",
    "a date is expected, such as 2026-11-26 or 115/11/26": "請填日期，例如 2026-11-26 或 115/11/26",
    "a text is expected": "請填文字",
    "a list of texts is expected": "請填一行一項的清單",
    "a list of entries is expected": "不是題庫的檔案",
    "a list of mappings is expected": "請照匯出檔的寫法",
    "holds a character that cannot be kept": "有無法儲存的字元",
    "each variant begins with a line of its own: 〔label〕": "每個情況的第一行請寫〔情況名稱〕",
    "neither UTF-8 nor Big5": "不是文字檔，或文字編碼不對",
    "not UTF-8": "不是文字檔，或文字編碼不對",
    "no sheet": "檔案裡沒有工作表",
    "too large when unpacked": "展開後太大",
    "its name must end in .yaml, .csv, .ods, .yml": "請選 .ods、.csv 或 .yaml 的檔案",
}  # fmt: skip
STARTS = {
    "at most ": "太長或太多，上限 ",
    "more than ": "列或欄太多，上限 ",
    "entry ": "寫法不對，題次 ",
    "a label of at most ": "情況名稱太長，上限 ",
    "not CSV": "不是可讀的 CSV 檔",
    "not ODS": "不是可讀的 ODS 檔",
    "not YAML": "不是可讀的 YAML 檔",
}


@dataclass(frozen=True)
class Refusal:
    """What the page says, and the status it is sent with."""

    text: str
    status: int


def refusal(error: Exception) -> Refusal:
    """How the page that holds the form tells an error; raises it when that is another page's."""
    if isinstance(error, BadForm):
        return Refusal(wording.bad_fields(error.fields), 422)
    found = errors.describe(error)
    if found is None or found.status in OTHER_PAGES:
        raise error
    more = _more(error)
    gap = GAP[language.current()] if more else ""
    return Refusal(f"{_title(found)}{gap}{more}", found.status)


def in_one_line(error: Exception) -> Refusal:
    """A refusal in one line of the page's language, with what exactly is wrong."""
    found = errors.describe(error)
    assert found is not None
    more = SEMICOLON[language.current()].join(map(_half, errors.details(error)))
    return Refusal(f"{_title(found)} {more}".strip(), found.status)


def of_many(error: Exception) -> str:
    """Why something was not done to one case of several."""
    if not isinstance(error, ValidationError):
        return in_one_line(error).text
    fields = _(wording.AND).join(".".join(map(str, one["loc"])) for one in error.errors())
    return _(wording.BAD_CONTENT).format(fields=fields)


def _title(found: errors.Problem) -> str:
    return language.half(found.title)


def _half(text: str) -> str:
    """The part in the page's language of what is told as "… / …: what it is about"."""
    found = BOTH.fullmatch(text)
    if found is None:
        return text
    told: str = found[language.current()]
    rest = str(found["rest"] or "").removeprefix(": ")
    about = COLON[language.current()] + rest if rest else ""
    return f"{told[0].upper()}{told[1:]}{about}"


def _more(error: Exception) -> str:
    if isinstance(error, AnswersWorse):
        questions = SEMICOLON[language.current()].join(error.questions)
        return _(WORSE).format(questions=questions)
    if isinstance(error, BadEntry):
        told = WRONG_AT[language.current()]
        return told.format(place=_place(error.field), problem=_problem(error.problem))
    if isinstance(error, UnfitForm):
        return language.half(str(error))
    if isinstance(error, BadWordList):
        return OFFICE_LINE.sub(lambda at: _(AT_LINE).format(**at.groupdict()), str(error))
    return ""


def _place(field: str) -> str:
    """A field of the form, a cell of a sheet, or a field of an entry in a file."""
    if found := PLACE.fullmatch(field):
        if found["row"]:
            return _(AT_ROW).format(row=found["row"], cell=found["cell"] or "").strip()
        return _(AT_COLUMN).format(column=found["column"])
    entry, _dot, name = field.partition(".")
    label = _(LABELS.get(name or field, name or field))
    return _(OF_ENTRY).format(entry=entry, field=label) if name else label


def _problem(text: str) -> str:
    if text in PROBLEMS:
        return _(PROBLEMS[text])
    if text.endswith(" is taken"):
        return _(TAKEN).format(id=text.removesuffix(" is taken"))
    begun = next((start for start in STARTS if text.startswith(start)), None)
    if begun is None:
        return text
    rest = re.sub(r"\D*$", "", text.removeprefix(begun)) if STARTS[begun].endswith(" ") else ""
    return f"{_(STARTS[begun])}{rest}".strip()
