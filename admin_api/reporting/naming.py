"""What figures, headings and codes are called in the report."""

from admin_api.monthly import COLUMNS
from admin_api.reporting.cells import Form, readable
from admin_api.schemas.meetings import Line
from complaints.measuring.facts import CLOSED_CIRCLE
from complaints.measuring.periods import Period
from complaints.states import Fault, Kind
from complaints.wording.terms import FAULTS, KINDS, term

UNKNOWN, CIRCLE = "（不詳）", "密件"
STATES = {"done": "已完成", "open": "辦理中", "late": "逾期", "dropped": "停止列管"}
CRITERIA = {
    "right": "正確",
    "complete": "完整",
    "clear": "清楚",
    "answered": "逐點回應",
    "plain": "易懂",
    "courteous": "有禮",
}
ENDINGS = {
    "_rate": Form.SHARE,
    "_satisfied": Form.SHARE,
    "_days": Form.DAYS,
    "_mean": Form.GRADE,
}


def form_of(column: str) -> Form:
    """How a figure is shown."""
    return next((form for end, form in ENDINGS.items() if column.endswith(end)), Form.COUNT)


def name_of(column: str) -> str:
    """What a figure of petitions is called; what has no name here is told as it came."""
    return COLUMNS.get(column, column)


def heading(line: Line) -> str:
    """What the heading of a line is called: its name, 密件, or （不詳）."""
    return coded(line.code, line.name)


def coded(code: str, name: str) -> str:
    """What a heading of this code and name is called."""
    return CIRCLE if code == CLOSED_CIRCLE else readable(name or code) or UNKNOWN


def kind(code: str) -> str:
    """The name of a kind told by its code, or what was told instead."""
    return term(KINDS[Kind(code)], "zh") if code in set(Kind) else code


def fault(code: str) -> str:
    """The name of a reason of a low grade told by its code, or what was told instead."""
    return term(FAULTS[Fault(code)], "zh") if code in set(Fault) else code


def period(key: str) -> str:
    """The title of a period told by its key, or what was told instead: 115年10月."""
    try:
        return short(Period.read(key).title())
    except ValueError:
        return readable(key)


def short(title: str) -> str:
    """The title of a period without the name of the era."""
    return readable(title.removeprefix("民國"))
