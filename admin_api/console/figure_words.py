"""What the pages of the figures and reports say."""

from complaints.errors import AlreadySet, NothingToDecide, TooLate
from complaints.measuring.reports import State

NOT_A_PERIOD = "期別要像 2026-10（月）、2026-B5（雙月）、2026-H2（半年）或 2026（年）。"
NO_CHART = "沒有這張圖。"
NEEDS_REASON = "這一期已經公布，再產製一份就是更正，請寫更正理由。"
FILES = {
    "-cases.csv": "案件清冊，一案一列",
    "-cases.xlsx": "案件清冊（Excel）",
    ".pdf": "印出來開會、歸檔",
    ".ods": "試算表，附定義",
    ".xlsx": "試算表（Excel），附定義",
    ".json": "給程式讀",
}
STATES = {
    State.WAITING: "等候產製",
    State.RUNNING: "產製中",
    State.DONE: "已產製",
    State.FAILED: "產製失敗",
}
DONE = {"published": "已公布。這份報告從現在起不會再變動。"}
REFUSED: dict[type[Exception], str] = {
    TooLate: "這一期還沒過完，或產製時還沒過完，請等過完後再產製、公布。",
    AlreadySet: "這份報告或另一份已經公布，請重新產製一份更正。",
    NothingToDecide: "這份報告還沒產製好。",
}
CHARTS = {
    "by_month": "各月受理、辦結與如期辦結率",
    "by_section": "各課室如期辦結、逾限辦結與期末未結",
    "opinions": "滿意度分布",
}
QUESTIONS = {
    "asked": "提問數",
    "sure": "直接答出",
    "choose": "請民眾選擇",
    "chosen": "選中",
    "none_of_these": "都不是",
    "unknown": "答不出",
    "filed": "轉為案件",
    "helpful": "有幫助",
    "not_helpful": "沒有幫助",
    "asked_again": "三天內又問同一題",
    "filed_after": "三天內陳情",
    "settled": "答得出",
    "honest_rate": "答得出率",
    "unknown_rate": "答不出率",
    "outside_hours": "非上班時間提問",
    "outside_rate": "非上班時間比率",
    "overdue_for_review": "逾期未複查題目",
}
ITEM_STATES = {"done": "完成", "open": "辦理中", "late": "逾期", "dropped": "解除列管"}
REASONS = {
    "slow": "太慢",
    "manner": "態度",
    "unsolved": "沒有解決",
    "unclear": "看不懂",
    "other": "其他",
}


def purpose(name: str) -> str:
    """What a file of a report is for, by its name."""
    return next((told for ending, told in FILES.items() if name.endswith(ending)), "")
