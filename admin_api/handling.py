"""Routes: everything that may be done to a case, one table of verbs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import Response
from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_api import cases
from admin_api.access import AsOfficer, AtDoor, Carried, IdempotencyKey, StaffDoor, perform
from admin_api.cases import CaseNo
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from admin_api.preconditions import IfMatch, held_to
from admin_api.schemas import verbs as schemas
from admin_api.schemas.base import Strict
from admin_api.schemas.cases import CaseDetail
from complaints import handling
from complaints.tables import Case, Officer

router = NarrowRouter(prefix="/api/v1/cases", tags=["cases"])


@dataclass(frozen=True)
class Deed:
    """A verb of the desk: its path, its words, its body, and the domain's function."""

    path: str
    summary: str
    body: type[Strict]
    act: Callable[..., object]
    status: int = 200


DEEDS = (
    Deed("assign", "分案 / Assign", schemas.Assign, handling.assign),
    Deed("accept", "接辦 / Accept", schemas.Verb, handling.accept),
    Deed("hand-back", "退回改分 / Hand back", schemas.Because, handling.hand_back),
    Deed(
        "settle-owner", "秘書裁決 / Settle whose it is", schemas.SettleOwner, handling.settle_owner
    ),
    Deed("classify", "更正類別、速別、保密 / Classify", schemas.Classify, handling.classify),
    Deed("note", "內部註記 / Internal note", schemas.Words, handling.note),
    Deed("consult", "會辦 / Consult a section", schemas.Consult, handling.consult),
    Deed(
        "answer-consultation",
        "回復會辦 / Answer a consultation",
        schemas.AnswerConsultation,
        handling.answer_consultation,
    ),
    Deed(
        "ask-supplement",
        "請民眾補充 / Ask for particulars",
        schemas.AskSupplement,
        handling.ask_supplement,
    ),
    Deed("go-on-without", "未補件仍續辦 / Go on without", schemas.Because, handling.go_on_without),
    Deed(
        "ask-extension",
        "申請展期 / Ask for more time",
        schemas.AskExtension,
        handling.ask_extension,
    ),
    Deed("approve-extension", "核准展期 / Grant it", schemas.Verb, handling.approve_extension),
    Deed("refuse-extension", "不准展期 / Refuse it", schemas.Because, handling.refuse_extension),
    Deed("undo-extension", "取消展期 / Take it back", schemas.Because, handling.undo_extension),
    Deed("explain-delay", "逾期原因 / Why it is late", schemas.Because, handling.explain_delay),
    Deed("interim", "初步回復 / Interim reply", schemas.Words, handling.send_interim, 201),
    Deed("draft", "擬答復稿 / Draft the answer", schemas.Reply, handling.draft, 201),
    Deed("send-back", "退回草稿 / Return a draft", schemas.SendBack, handling.send_back),
    Deed("approve", "核定 / Approve a draft", schemas.Approve, handling.approve),
    Deed("send", "發送核定稿 / Send an approved draft", schemas.DraftId, handling.send, 201),
    Deed("reply", "答復民眾 / Reply at once", schemas.ReplyAtOnce, handling.reply, 201),
    Deed("correct", "更正答復 / Correct a reply", schemas.Correct, handling.correct, 201),
    Deed(
        "settle-promise",
        "承諾兌現或未兌現 / Settle a promise",
        schemas.SettlePromise,
        handling.settle_promise,
    ),
    Deed(
        "record-improvement",
        "登錄改善佐證 / Record an improvement",
        schemas.RecordImprovement,
        handling.record_improvement,
    ),
    Deed("transfer", "移轉他機關 / Transfer", schemas.Transfer, handling.transfer),
    Deed("not-process", "不予處理 / Leave unprocessed", schemas.NotProcess, handling.not_process),
    Deed("merge", "併案 / Merge", schemas.Merge, handling.merge),
    Deed("split", "拆出 / Split", schemas.Verb, handling.split),
    Deed("close", "結案 / Close", schemas.Close, handling.close),
    Deed("acknowledge", "表揚轉知 / Pass praise on", schemas.Verb, handling.acknowledge),
    Deed("reopen", "重新處理 / Reopen", schemas.Because, handling.reopen),
    # What a citizen can do in the chat, taken down by an officer (counter parity).
    Deed("said-more", "代為補充 / Information added", schemas.SaidMore, handling.add_information),
    Deed("said-solved", "代填已改善 / Confirmed solved", schemas.Said, handling.confirm_improved),
    Deed(
        "said-not-solved",
        "代填尚未改善 / Not improved",
        schemas.Said,
        handling.note_not_improved,
    ),
    Deed(
        "said-dissatisfied",
        "代填不滿意 / Not satisfied",
        schemas.SaidWhy,
        handling.reopen_dissatisfied,
    ),
    Deed("said-withdrawn", "代填撤回 / Withdrawn", schemas.Said, handling.withdraw),
    Deed("said-grade", "代填滿意度 / Rated", schemas.SaidGrade, handling.rate),
    Deed("said-why", "代填評分低的原因 / Why it was low", schemas.SaidFault, handling.say_why),
)


def carry_out(
    door: StaffDoor,
    officer: Officer,
    key: str | None,
    case_no: str,
    deed: Deed,
    body: Strict,
) -> Carried:
    """Do a deed to a case the officer can see, once for a request key; answers with the case."""
    given = body.given() if isinstance(body, GIVING) else {}

    def carry(tx: Session, now: datetime) -> Carried:
        cases.visible(tx, case_no, officer, now)
        deed.act(tx, case_no, **given, by=officer, now=now)
        tx.flush()
        tx.expire_all()
        # After an assignment the case may have left the officer's sight; the answer is theirs.
        case = tx.scalars(select(Case).where(Case.case_no == case_no)).one()
        return Carried(deed.status, cases.detail(tx, case, officer, now).model_dump(mode="json"))

    request = [deed.path, case_no, body.model_dump(mode="json")]
    return perform(door, officer, Verb.READ_CASES, key, request, carry)


GIVING = (schemas.Verb, schemas.Said, schemas.AnswerConsultation)


def _add(deed: Deed) -> None:
    def endpoint(
        case_no: CaseNo,
        body: Any,
        door: AtDoor,
        officer: AsOfficer,
        key: IdempotencyKey = None,
        held: IfMatch = None,
    ) -> Response:
        with held_to(held, getattr(body, "version", None)):
            carried = carry_out(door, officer, key, case_no, deed, body)
        return JSONResponse(carried.body, carried.status)

    # The body's schema is the table's, which no annotation in the source can name.
    endpoint.__annotations__["body"] = deed.body
    router.add_api_route(
        f"/{{case_no}}/{deed.path}",
        endpoint,
        methods=["POST"],
        summary=deed.summary,
        description=(deed.act.__doc__ or "").strip(),
        operation_id=deed.path.replace("-", "_"),
        status_code=deed.status,
        response_model=CaseDetail,
    )


for _deed in DEEDS:
    _add(_deed)
