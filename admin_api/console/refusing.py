"""How a refusal is told on the page whose form it answers, with what was wrong where."""

import re
from dataclasses import dataclass

from admin_api import errors
from admin_api.console import wording
from admin_api.console.entry_form import LABELS
from admin_api.console.forms import BadForm
from faq.errors import AnswersWorse, BadEntry, BadWordList

CAUGHT: tuple[type[Exception], ...] = (BadForm, *errors.PROBLEMS)
OTHER_PAGES = frozenset({401, 403, 404})  # there is nothing to show the form on
PLACE = re.compile(r"row (?P<row>\d+)(?:, (?P<cell>.+))?|column (?P<column>.+)")
OFFICE_LINE = re.compile(r"\boffice:(\d+): ?")
# What the rooms below say in English, in the words of the desk.
PROBLEMS = {
    "may not be empty": "不能空白",
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
    "neither UTF-8 nor Big5": "不是文字檔，或文字編碼不對",
    "not UTF-8": "不是文字檔，或文字編碼不對",
    "no sheet": "檔案裡沒有工作表",
    "too large when unpacked": "展開後太大",
    "its name must end in .yaml, .csv, .ods, .yml": "請選 .ods、.csv 或 .yaml 的檔案",
}  # fmt: skip
STARTS = {
    "at most ": "太長或太多，上限 ",
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
        return Refusal(wording.BAD_FIELDS.format(fields="、".join(error.fields)), 422)
    found = errors.describe(error)
    if found is None or found.status in OTHER_PAGES:
        raise error
    title = re.split(r" (?=[A-Z])", found.title)[0]
    return Refusal(f"{title}{_more(error)}", found.status)


def _more(error: Exception) -> str:
    if isinstance(error, AnswersWorse):
        return f"會變差的是：{'；'.join(error.questions)}。您輸入的內容還在下面。"
    if isinstance(error, BadEntry):
        return f"{_place(error.field)}：{_problem(error.problem)}。"
    if isinstance(error, BadWordList):
        return OFFICE_LINE.sub(r"本所的第 \1 行：", str(error))
    return ""


def _place(field: str) -> str:
    """A field of the form, a cell of a sheet, or a field of an entry in a file."""
    if found := PLACE.fullmatch(field):
        row = f"第 {found['row']} 列 " if found["row"] else "欄位 "
        return f"{row}{found['cell'] or found['column'] or ''}".strip()
    entry, _, name = field.partition(".")
    return f"{entry} 的{LABELS.get(name, name)}" if name else LABELS.get(field, field)


def _problem(text: str) -> str:
    if text in PROBLEMS:
        return PROBLEMS[text]
    if text.endswith(" is taken"):
        return f"{text.removesuffix(' is taken')} 已經有題目了"
    begun = next((start for start in STARTS if text.startswith(start)), None)
    if begun is None:
        return text
    rest = re.sub(r"\D*$", "", text.removeprefix(begun)) if STARTS[begun].endswith(" ") else ""
    return f"{STARTS[begun]}{rest}".strip()
