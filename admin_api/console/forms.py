"""The forms of a case's page: one for each verb of the API, from one table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from admin_api.handling import DEEDS, Deed
from admin_api.schemas.base import Strict
from complaints.states import Action

TEXT, AREA, NUMBER, DAY, YES, PICK, PLEDGE = (
    "text",
    "area",
    "number",
    "day",
    "yes",
    "pick",
    "pledge",
)


@dataclass(frozen=True)
class Field:
    """One field: its name in the API's body, its label, and how it is filled in."""

    name: str
    label: str
    kind: str = AREA
    options: str = ""
    required: bool = True


@dataclass(frozen=True)
class Form:
    """One form: the verb's path, the action that must be allowed, and what it asks for."""

    path: str
    action: Action
    title: str
    button: str
    fields: tuple[Field, ...] = ()
    main: bool = False  # shown open: what the case is there for


class BadForm(ValueError):
    """A form was filled in wrongly; `fields` are the labels of what is wrong."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        super().__init__("、".join(fields))
        self.fields = fields


SECTION = Field("section", "課室", PICK, "sections")
HANDLER = Field("handler", "承辦人", PICK, "officers", required=False)
REASON = Field("reason", "理由")
TOLD = Field("reason", "理由（會告訴民眾）")
ANSWER = Field("text", "答復內容（會原樣送給民眾）")
PLEDGES = Field("promises", "承諾", PLEDGE, required=False)
SOURCE = Field("source", "來源", PICK, "sources")

FORMS = (
    Form("reply", Action.REPLY, "答復民眾", "送出答復", (ANSWER, PLEDGES), main=True),
    Form("draft", Action.DRAFT, "擬答復稿送核", "送核", (ANSWER, PLEDGES), main=True),
    Form("assign", Action.ASSIGN, "分案", "分案", (SECTION, HANDLER), main=True),
    Form("accept", Action.ACCEPT, "接辦", "由我承辦"),
    Form("hand-back", Action.HAND_BACK, "退回改分", "退回改分", (REASON,)),
    Form(
        "settle-owner",
        Action.SETTLE_OWNER,
        "秘書裁決承辦課室",
        "裁決",
        (SECTION, HANDLER, REASON),
    ),
    Form(
        "close",
        Action.CLOSE,
        "結案",
        "結案",
        (
            Field("outcome", "結果", PICK, "outcomes"),
            Field("reason", "說明（會告訴民眾）"),
            Field("cause", "發生原因（供月會檢討）", TEXT, required=False),
            Field("measure", "改善對策（供月會檢討）", TEXT, required=False),
        ),
        main=True,
    ),
    Form("acknowledge", Action.ACKNOWLEDGE, "表揚轉知", "轉知並結案"),
    Form(
        "ask-extension",
        Action.ASK_EXTENSION,
        "申請展期",
        "送核",
        (Field("days", "延幾個工作天", NUMBER), TOLD),
    ),
    Form("explain-delay", Action.EXPLAIN_DELAY, "說明逾期原因", "儲存", (TOLD,)),
    Form("interim", Action.SEND_INTERIM, "初步回復", "送出", (Field("text", "目前進度"),)),
    Form(
        "ask-supplement",
        Action.ASK_SUPPLEMENT,
        "請民眾補充",
        "送出",
        (Field("what", "需要補充什麼"),),
    ),
    Form("go-on-without", Action.SUPPLEMENT, "未補件仍續辦", "續辦", (REASON,)),
    Form(
        "consult",
        Action.CONSULT,
        "會辦",
        "送會",
        (SECTION, Field("question", "請該課室回答什麼")),
    ),
    Form("note", Action.NOTE, "內部註記（民眾看不到）", "儲存", (Field("text", "註記"),)),
    Form(
        "classify",
        Action.CLASSIFY,
        "更正類別、速別",
        "更正",
        (
            Field("kind", "類別", PICK, "kinds", required=False),
            Field("priority", "速別", PICK, "priorities", required=False),
        ),
    ),
    Form(
        "transfer",
        Action.TRANSFER,
        "移轉他機關",
        "移轉",
        (
            Field("agency", "主管機關", TEXT),
            Field("phone", "該機關電話", TEXT, required=False),
            REASON,
            Field("with_identity", "民眾同意一併移轉姓名與聯絡方式", YES, required=False),
        ),
    ),
    Form(
        "not-process",
        Action.NOT_PROCESS,
        "不予處理（行政程序法第 173 條）",
        "不予處理",
        (
            Field("ground", "法定事由", PICK, "grounds"),
            Field("earlier", "前案案號（同一事由時必填）", TEXT, required=False),
            Field("why", "說明（會告訴民眾）"),
        ),
    ),
    Form("merge", Action.MERGE, "併案", "併入", (Field("into", "主案案號", TEXT),)),
    Form("split", Action.SPLIT, "拆出單獨辦理", "拆出"),
    Form(
        "correct",
        Action.CORRECT,
        "更正已送出的答復",
        "送出更正",
        (Field("text", "更正後的答復"), Field("reason", "更正原因（會告訴民眾）")),
    ),
    Form(
        "record-improvement",
        Action.RECORD_IMPROVEMENT,
        "登錄改善佐證",
        "登錄",
        (
            Field("attachment_id", "佐證的附件", PICK, "files"),
            Field("evidence", "改善情形（會告訴民眾）"),
        ),
    ),
    Form("reopen", Action.REOPEN, "重新處理", "重新處理", (REASON,)),
    Form(
        "said-more",
        Action.ADD_INFORMATION,
        "代民眾補充",
        "儲存",
        (SOURCE, Field("text", "民眾補充的內容")),
    ),
    Form("said-solved", Action.GIVE_FEEDBACK, "代填：民眾表示已改善", "儲存", (SOURCE,)),
    Form("said-not-solved", Action.GIVE_FEEDBACK, "代填：民眾表示尚未改善", "儲存", (SOURCE,)),
    Form(
        "said-dissatisfied",
        Action.REOPEN,
        "代填：民眾不滿意",
        "重新處理",
        (SOURCE, Field("reason", "民眾的理由")),
    ),
    Form("said-withdrawn", Action.WITHDRAW, "代填：民眾撤回", "撤回", (SOURCE,)),
    Form(
        "said-grade",
        Action.GIVE_FEEDBACK,
        "代填：滿意度",
        "儲存",
        (
            SOURCE,
            Field("aspect", "評什麼", PICK, "aspects"),
            Field("grade", "分數（5 很滿意，1 很不滿意）", NUMBER),
        ),
    ),
    Form(
        "said-why",
        Action.GIVE_FEEDBACK,
        "代填：評分低的原因",
        "儲存",
        (
            SOURCE,
            Field("fault", "哪裡不好", PICK, "faults"),
            Field("said", "民眾的話", required=False),
        ),
    ),
)
# Forms that stand beside what they decide: a draft, a request, a promise.
BESIDE = (
    Form(
        "approve",
        Action.APPROVE,
        "核定",
        "核定並送出",
        (Field("override", "放行理由（檢查有不符而仍要送出時）", TEXT, required=False),),
        main=True,
    ),
    Form(
        "send-back",
        Action.APPROVE,
        "退回草稿",
        "退回草稿",
        (Field("reason", "退回的理由（會告訴擬稿的人）"),),
    ),
    Form("send", Action.SEND, "發送", "送出"),
    Form(
        "answer-consultation",
        Action.ANSWER_CONSULTATION,
        "回復會辦",
        "回復",
        (Field("text", "本課室的意見（民眾看不到）"),),
    ),
    Form("approve-extension", Action.DECIDE_EXTENSION, "核准展期", "核准"),
    Form("refuse-extension", Action.DECIDE_EXTENSION, "不准展期", "不准", (REASON,)),
    Form("undo-extension", Action.DECIDE_EXTENSION, "取消展期", "取消", (REASON,)),
    Form(
        "settle-promise",
        Action.SETTLE_PROMISE,
        "承諾兌現",
        "登錄",
        (
            Field("kept", "已做到", YES, required=False),
            Field("evidence", "佐證或未做到的原因（會告訴民眾）"),
        ),
    ),
)
BY_PATH = {form.path: form for form in (*FORMS, *BESIDE)}
DEED_OF = {deed.path: deed for deed in DEEDS}
NUMBERS = frozenset(
    {"draft_id", "promise_id", "attachment_id", "task_id", "template_id", "version"}
)


def offered(may: Iterable[str], *, praise: bool, files: bool) -> list[Form]:
    """The forms for what may be done now, in their order.

    Only praise is passed on; only a case with a file has a proof to record.
    """
    allowed = set(may)
    allowed -= set() if praise else {Action.ACKNOWLEDGE}
    allowed -= set() if files else {Action.RECORD_IMPROVEMENT}
    forms = [form for form in FORMS if form.action in allowed]
    if Action.REPLY in allowed:  # who may answer at once needs no approval of a draft
        forms = [form for form in forms if form.path != "draft"]
    return forms


def read(path: str, given: Mapping[str, str]) -> tuple[Deed, Strict]:
    """The deed and body a filled-in form stands for; raises BadForm or KeyError."""
    form, deed = BY_PATH[path], DEED_OF[path]
    body: dict[str, Any] = {}
    for field in form.fields:
        _take(body, field, given)
    for name in NUMBERS & set(given) & set(deed.body.model_fields):
        body[name] = _number(given[name])
    try:
        return deed, deed.body.model_validate(body)
    except ValidationError as error:
        raise BadForm(_labels(form, error)) from None


def _take(body: dict[str, Any], field: Field, given: Mapping[str, str]) -> None:
    value = given.get(field.name, "").replace("\r\n", "\n").strip()  # as browsers end lines
    if field.kind == PLEDGE:
        if given.get("pledge", "").strip() or given.get("pledge_day", ""):
            pledge = {"text": given.get("pledge", ""), "due_on": given.get("pledge_day", "")}
            body[field.name] = [pledge]
    elif field.kind == YES:
        body[field.name] = bool(value)
    elif field.kind == NUMBER:
        body[field.name] = _number(value)
    elif value or field.required:
        body[field.name] = value


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else text


def _labels(form: Form, error: ValidationError) -> tuple[str, ...]:
    named = {field.name: field.label for field in form.fields}
    wrong = dict.fromkeys(str(one["loc"][0]) for one in error.errors())
    return tuple(named.get(name, name) for name in wrong)
