"""What the columns of open data mean: the dictionary that goes with the files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from complaints.measuring.facts import ALL, CHANNEL, KIND, OUTCOME, SECTION, TOPIC, VILLAGE
from complaints.measuring.suppressing import FEW, HIDDEN, OPEN
from complaints.routing import Topic
from complaints.states import Kind, Outcome
from complaints.wording.terms import CHANNELS, KINDS, OUTCOMES, TOPICS

Pair = tuple[str, str]  # Chinese, English
NOT_TOLD = {HIDDEN: ("不公開", "not told")}
NOT_KNOWN = {"": ("不詳", "not known")}
STILL_OPEN = {OPEN: ("尚未結案", "not ended yet")}


class File(StrEnum):
    """The files of a period."""

    CASES = "cases"
    FIGURES = "figures"


class Cell(StrEnum):
    """What a column holds."""

    MONTH = "month"
    TEXT = "text"
    CODE = "code"
    NUMBER = "number"
    COUNT = "count"
    DATE = "date"
    LIST = "list"


@dataclass(frozen=True)
class Column:
    """A column of a file: its name, what it holds, and what that means (Chinese, English).

    `codes` are all its values, or those of a text that are no text but stand for something.
    """

    name: str
    cell: Cell
    meaning: Pair
    codes: Mapping[str, Pair] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """As the dictionary tells it to programs."""
        codes = {code: {"zh": zh, "en": en} for code, (zh, en) in self.codes.items()}
        zh, en = self.meaning
        told = {"name": self.name, "type": self.cell.value, "zh": zh, "en": en}
        return told | ({"codes": codes} if codes else {})


_REMAINDER = "（各分類不列不詳、密件、檢舉及「其他」結果，故相加不等於全所）"
KNOWN_KINDS = {kind.value: KINDS[kind] for kind in Kind if kind != Kind.MISCONDUCT_REPORT}
KNOWN_TOPICS = {topic.value: TOPICS[topic] for topic in Topic}
KNOWN_OUTCOMES = {outcome.value: OUTCOMES[outcome] for outcome in Outcome}
_ON_TIME = {
    "yes": ("如期", "on time"),
    "no": ("逾期", "late"),
    "none": ("未經答復而終結（移轉、不予處理、併案、撤案）", "ended without an answer"),
}
BREAKDOWNS = {
    ALL: ("全所", "the whole office"),
    SECTION: ("承辦課室", "section"),
    KIND: ("案件類別", "kind"),
    TOPIC: ("案件主題", "topic"),
    VILLAGE: ("里", "village"),
    CHANNEL: ("受理管道", "channel"),
    OUTCOME: ("處理結果", "outcome"),
}
COLUMNS: Mapping[File, tuple[Column, ...]] = {
    File.CASES: (
        Column("received_month", Cell.MONTH, ("受理年月（西元年-月）", "month of receipt")),
        Column("kind", Cell.CODE, ("案件類別", "kind of case"), KNOWN_KINDS | NOT_TOLD),
        Column("topic", Cell.CODE, ("案件主題", "topic"), KNOWN_TOPICS | NOT_KNOWN | NOT_TOLD),
        Column("village", Cell.TEXT, ("里的名稱", "name of the village"), NOT_KNOWN | NOT_TOLD),
        Column("channel", Cell.CODE, ("受理管道", "channel"), CHANNELS | NOT_KNOWN | NOT_TOLD),
        Column(
            "section",
            Cell.TEXT,
            ("承辦課室的名稱（製檔時）", "name of the section in charge when the file was made"),
            NOT_TOLD,
        ),
        Column(
            "outcome",
            Cell.CODE,
            ("處理結果（製檔時）", "outcome, as of the making of the file"),
            KNOWN_OUTCOMES | STILL_OPEN | NOT_TOLD,
        ),
        Column(
            "days_used",
            Cell.NUMBER,
            (
                "自受理（或再處理）至答復的工作天，進位為整數；未答復結案者空白",
                "working days from receipt to the answer, rounded up; empty unless closed",
            ),
        ),
        Column(
            "on_time",
            Cell.CODE,
            ("是否如期答復", "whether it was answered on time"),
            _ON_TIME | STILL_OPEN | NOT_TOLD,
        ),
    ),
    File.FIGURES: (
        Column("period", Cell.TEXT, ("期間，例如 2026-09", "period, such as 2026-09")),
        Column("breakdown", Cell.CODE, ("分類方式", "breakdown"), BREAKDOWNS),
        Column("code", Cell.TEXT, ("分類代碼", "code of the heading")),
        Column("name", Cell.TEXT, ("分類名稱", "name of the heading in Chinese")),
        Column("name_en", Cell.TEXT, ("分類英文名稱", "name in English, where it has one")),
        Column(
            "received",
            Cell.COUNT,
            (
                "期間內受理件數；只有全所、主題、里列出",
                "cases received; told for the whole office, topics and villages only",
            ),
        ),
        Column(
            "ended",
            Cell.COUNT,
            (
                f"期間內終結件數，含答復結案、移轉、不予處理、併案、撤案{_REMAINDER}",
                "cases ended in whatever way; headings leave out what is unknown, confidential, a "
                "report of misconduct, or ended as other, so they do not add up to the whole",
            ),
        ),
        Column(
            "on_time_rate",
            Cell.NUMBER,
            (
                "如期答復率，由四捨五入後之數字計算；答復結案未滿 20 件不列",
                "share answered on time, from rounded numbers; empty where under 20 were answered",
            ),
        ),
    ),
}
CELLS: Mapping[Cell, Pair] = {
    Cell.MONTH: ("西元年-月", "year-month"),
    Cell.TEXT: ("文字", "text"),
    Cell.CODE: ("代碼", "one of the codes"),
    Cell.NUMBER: ("數字", "number"),
    Cell.COUNT: (
        f"件數，取最接近之 5 的倍數；{FEW} 表示 0 至 4 件",
        f"count, the nearest multiple of 5; {FEW} is 0 to 4",
    ),
    Cell.DATE: ("西元年-月-日", "year-month-day"),
    Cell.LIST: ("清單（CSV 一行一項）", "list (in CSV one to a line)"),
}
