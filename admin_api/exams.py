"""Routes: the monthly exam of the bot's answers and of the office's replies."""

import csv
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from typing import Annotated, Any

from fastapi import Path, Response
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session

from admin_api import policy
from admin_api.access import AsOfficer, AtDoor, Carried, IdempotencyKey, StaffDoor, perform
from admin_api.errors import MonthNotOver
from admin_api.monthly import safe_cell
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from admin_api.schemas import exams as schemas
from admin_api.statuses import a_file
from complaints.clock.workdays import office_date
from complaints.measuring import exams
from complaints.measuring.exams import CRITERIA, DrawnReply, PaperKind, Question
from complaints.measuring.periods import Period
from complaints.measuring.tables import Exam, Paper
from complaints.tables import Officer
from complaints.worklist import LARGEST_ID
from data.database import reading
from faq.keeping import sampling
from faq.keeping.sampling import Drawn

router = NarrowRouter(prefix="/api/v1/exams", tags=["exams"])
Month = Annotated[str, Path(pattern=schemas.MONTH, examples=["2026-10"], description="年-月")]
Number = Annotated[int, Path(ge=1, lt=LARGEST_ID)]
CSV = "text/csv; charset=utf-8"
MOST_LISTED = 24
NEWEST = "9999"  # later than every period
KINDS = {PaperKind.QUESTION: "問題", PaperKind.REPLY: "答復"}
COLUMNS = {
    "right": "對不對",
    "complete": "完整",
    "clear": "看得懂",
    "answered": "每點都答到",
    "plain": "用語白話",
    "courteous": "有禮貌",
}
HEADINGS = ("月份", "種子", "題號", "種類", "來源編號")


@dataclass(frozen=True)
class Draw:
    """What a seed draws of a month."""

    questions: list[Drawn]
    replies: list[DrawnReply]


@router.post(
    "",
    response_model=schemas.ExamOut,
    status_code=201,
    operation_id="set_exam",
    summary="抽題 / Set the exam of a month",
)
def set_exam(
    body: schemas.NewExam, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """Of a month that is over, once: the same seed would draw the same papers again."""
    return _done(keep(door, officer, key, body))


@router.get("", operation_id="read_exams", summary="歷次抽測 / The exams so far")
def read_exams(door: AtDoor, officer: AsOfficer) -> list[schemas.ExamOut]:
    """The last 24, the newest first."""
    return list_exams(door, officer)


@router.get("/papers", operation_id="read_papers", summary="我要評的題目 / What I am to score")
def read_papers(door: AtDoor, officer: AsOfficer) -> list[schemas.PaperOut]:
    """Papers of my section, scored by me or by nobody yet; nothing tells whose they are."""
    return mine(door, officer)


@router.post(
    "/papers/{number}/score",
    response_model=schemas.PaperOut,
    operation_id="score_paper",
    summary="評分 / Score a paper",
)
def score_paper(
    number: Number,
    body: schemas.Given,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """1 to 5 by each criterion; it may be scored again until the whole exam is scored."""
    return _done(give(door, officer, key, number, body))


@router.get("/{month}", operation_id="read_exam", summary="抽測結果 / The result of an exam")
def read_exam(month: Month, door: AtDoor, officer: AsOfficer) -> schemas.ResultOut:
    """Means by criterion, the share of good ones, and the trend up to this month."""
    return of_month(door, officer, month)


@router.get(
    "/{month}/csv",
    response_class=Response,
    responses=a_file([CSV]),
    operation_id="read_exam_csv",
    summary="抽測結果，CSV / The same as CSV",
)
def read_exam_csv(month: Month, door: AtDoor, officer: AsOfficer) -> Response:
    """One row a paper; with the seed anybody can draw again. Sources are told at the end only."""
    return csv_response(door, officer, month)


# --- what the console does, too -------------------------------------------------------------
def draw(tx: Session, month: str, seed: int, questions: int, replies: int) -> Draw:
    """What a seed draws of a month: the same each time, from the same rows."""
    period = Period.read(month)
    span = {"start": period.since(), "end": period.until()}
    return Draw(
        sampling.draw(tx, **span, seed=seed, number=questions),
        exams.draw_replies(tx, **span, seed=seed, number=replies),
    )


def as_question(one: Drawn) -> Question:
    """A drawn question as a paper shows it, with the section that answers for its entry."""
    answer = schemas.AnswerShown.model_validate(_plain(one)) if one.answer else None
    shown = schemas.QuestionShown(
        text=one.text, verdict=one.verdict, offered=list(one.offered), answer=answer
    )
    section = one.answer.section if one.answer else None
    return Question(one.id, shown.model_dump(mode="json"), section)


def keep(door: StaffDoor, officer: Officer, key: str | None, body: schemas.NewExam) -> Carried:
    """Draw and keep the exam of a month; raises MonthNotOver before its last day is over."""

    def act(tx: Session, now: datetime) -> Carried:
        if Period.read(body.month).end >= office_date(now):
            raise MonthNotOver(body.month)
        drawn = draw(tx, body.month, body.seed, body.questions, body.replies)
        asked = [as_question(one) for one in drawn.questions]
        exam = exams.set_exam(tx, body.month, body.seed, asked, drawn.replies, by=officer, now=now)
        return Carried(201, _exam_out(exams.result(tx, exam)).model_dump(mode="json"))

    request = ["exam", body.model_dump(mode="json")]
    return perform(door, officer, Verb.MEASURE, key, request, act)


def give(
    door: StaffDoor, officer: Officer, key: str | None, number: int, body: schemas.Given
) -> Carried:
    """Score a paper that is this officer's to score."""

    def act(tx: Session, now: datetime) -> Carried:
        paper = exams.score(tx, number, body.scores, body.remark, by=officer, now=now)
        return Carried(200, _paper_out(paper).model_dump(mode="json"))

    request = ["score", number, body.model_dump(mode="json")]
    return perform(door, officer, Verb.READ_CASES, key, request, act)


def mine(door: StaffDoor, officer: Officer) -> list[schemas.PaperOut]:
    """The papers an officer has to score or may score again."""
    policy.require(officer, Verb.READ_CASES)
    with reading(door.engine) as tx:
        return [_paper_out(paper) for paper in exams.papers_for(tx, officer)]


def list_exams(door: StaffDoor, officer: Officer) -> list[schemas.ExamOut]:
    """The last exams, the newest first."""
    policy.require(officer, Verb.READ_FIGURES)
    with reading(door.engine) as tx:
        return [_exam_out(one) for one in reversed(exams.trend(tx, NEWEST, MOST_LISTED))]


def of_month(door: StaffDoor, officer: Officer, month: str) -> schemas.ResultOut:
    """The result of a month's exam, and the trend up to it; raises NothingToDecide."""
    policy.require(officer, Verb.READ_FIGURES)
    with reading(door.engine) as tx:
        exam = exams.exam_of(tx, month)
        trend = [_exam_out(one) for one in exams.trend(tx, exam.period)]
    return schemas.ResultOut(exam=trend[-1], trend=trend)


def csv_response(door: StaffDoor, officer: Officer, month: str) -> Response:
    """The papers of a month's exam as a file; raises NothingToDecide."""
    policy.require(officer, Verb.READ_FIGURES)
    with reading(door.engine) as tx:
        text = as_csv(exams.exam_of(tx, month))
    headers = {"Content-Disposition": f'attachment; filename="civicline-exam-{month}.csv"'}
    return Response(text, media_type=CSV, headers=headers)


def as_csv(exam: Exam) -> str:
    """One row a paper, with a BOM so that a spreadsheet reads the Chinese.

    What a paper was made of is told when the exam is closed: before, it could tell a scorer whose
    it is.
    """
    closed = all(paper.scores is not None for paper in exam.papers)
    out = StringIO()
    table = csv.writer(out)
    table.writerow([*HEADINGS, *COLUMNS.values(), "評語"])
    for paper in exam.papers:
        scores = paper.scores or {}
        source = paper.source_id if closed else ""
        told = [exam.period, exam.seed, paper.number, KINDS[PaperKind(paper.kind)], source]
        table.writerow([*told, *(scores.get(one, "") for one in COLUMNS), safe_cell(paper.remark)])
    return "\ufeff" + out.getvalue()


# --- inside ---------------------------------------------------------------------------------
def _done(carried: Carried) -> JSONResponse:
    return JSONResponse(carried.body, carried.status)


def _plain(one: Drawn) -> dict[str, Any]:
    told = {name: getattr(one.answer, name) for name in schemas.AnswerShown.model_fields}
    variants = [{"label": each.label, "answer": each.answer} for each in told["variants"]]
    return told | {"documents": list(told["documents"]), "variants": variants}


def _paper_out(paper: Paper) -> schemas.PaperOut:
    kind = PaperKind(paper.kind)
    shape = schemas.QuestionShown if kind is PaperKind.QUESTION else schemas.ReplyShown
    return schemas.PaperOut(
        id=paper.id,
        month=paper.exam.period,
        number=paper.number,
        kind=kind,
        criteria=list(CRITERIA[kind]),
        shown=shape.model_validate(paper.shown),
        scores=paper.scores,
        remark=paper.remark,
    )


def _exam_out(found: exams.ExamResult) -> schemas.ExamOut:
    return schemas.ExamOut.model_validate(found)
