"""Routes: the yearly questionnaire, opened, entered from paper, counted and analysed."""

import csv
import secrets
from datetime import date, datetime
from io import StringIO
from typing import Annotated

from fastapi import Path, Response
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session

from admin_api import policy
from admin_api.access import AsOfficer, AtDoor, Carried, IdempotencyKey, StaffDoor, perform
from admin_api.monthly import safe_cell, shown
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from admin_api.schemas import questionnaires as schemas
from admin_api.statuses import a_file
from complaints.clock.workdays import office_date
from complaints.measuring import questionnaires
from complaints.measuring.opinions import GRADES
from complaints.measuring.questionnaires import (
    FIRST_YEAR,
    LAST_YEAR,
    Answered,
    BadQuestionnaire,
    Counted,
    Question,
)
from complaints.measuring.tables import Questionnaire
from complaints.roles import Role
from complaints.tables import Officer
from data.database import reading
from data.outbox import Address

router = NarrowRouter(prefix="/api/v1/questionnaires", tags=["questionnaires"])
CSV = "text/csv; charset=utf-8"
Year = Annotated[int, Path(ge=FIRST_YEAR, le=LAST_YEAR, examples=[2026], description="西元年 / AD")]
COLUMNS = {
    "answers": "填答數",
    **{str(grade): f"{grade} 分" for grade in reversed(GRADES)},
    "mean": "平均",
    "share_satisfied": "4、5 分比例",
    "low": "95% 下限",
    "high": "95% 上限",
    "mean_before": "上一年平均",
    "share_before": "上一年 4、5 分比例",
    "change": "平均與上一年之差",
}


@router.get("", operation_id="read_questionnaires", summary="各年度問卷 / The questionnaires")
def read_questionnaires(door: AtDoor, officer: AsOfficer) -> list[schemas.QuestionnaireOut]:
    """Every year's, the newest first, with how many are filled in."""
    policy.require(officer, Verb.READ_FIGURES)
    return look(door)


@router.post(
    "",
    response_model=schemas.QuestionnaireOut,
    status_code=201,
    operation_id="open_questionnaire",
    summary="開辦年度問卷 / Open a year's questionnaire",
)
def open_questionnaire(
    body: schemas.NewQuestionnaire, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """Its questions do not change from then on; a year has one."""
    return _done(open_year(door, officer, key, body))


@router.get("/{year}", operation_id="read_questionnaire", summary="一年的問卷 / One year's")
def read_questionnaire(year: Year, door: AtDoor, officer: AsOfficer) -> schemas.QuestionnaireOut:
    """Its questions, and how many are filled in against the quota."""
    policy.require(officer, Verb.READ_FIGURES)
    return look_at(door, year)


@router.post(
    "/{year}/filled",
    response_model=schemas.EnteredOut,
    status_code=201,
    operation_id="enter_questionnaire",
    summary="登錄一份紙本或電話問卷 / Enter one from paper or telephone",
)
def enter_questionnaire(
    year: Year,
    body: schemas.Entered,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """While it runs and for 30 days after; nothing tells whose it is."""
    return _done(enter(door, officer, key, year, body))


@router.get(
    "/{year}/analysis",
    operation_id="read_questionnaire_analysis",
    summary="問卷分析 / What it says",
)
def read_analysis(year: Year, door: AtDoor, officer: AsOfficer) -> schemas.AnalysisOut:
    """Question by question, beside the year before; under ten answers only their number."""
    policy.require(officer, Verb.READ_FIGURES)
    return analysis(door, officer, year)


@router.get(
    "/{year}/analysis/csv",
    response_class=Response,
    responses=a_file([CSV]),
    operation_id="read_questionnaire_csv",
    summary="問卷分析，CSV / The same as CSV",
)
def read_csv(year: Year, door: AtDoor, officer: AsOfficer) -> Response:
    """The graded questions in one row each, and the choices in one row for each answer."""
    policy.require(officer, Verb.READ_FIGURES)
    return csv_file(door, year)


# --- what the console does, too -------------------------------------------------------------
def look(door: StaffDoor) -> list[schemas.QuestionnaireOut]:
    """Every questionnaire as it stands today."""
    with reading(door.engine) as tx:
        today = office_date(door.clock())
        rows = questionnaires.opened(tx)
        counts = questionnaires.counts(tx, rows)
        return [_out(one, counts[one.id], today) for one in rows]


def look_at(door: StaffDoor, year: int) -> schemas.QuestionnaireOut:
    """One of them; raises UnknownQuestionnaire."""
    with reading(door.engine) as tx:
        row = questionnaires.of_year(tx, year)
        return _out(row, questionnaires.count(tx, row), office_date(door.clock()))


def open_year(
    door: StaffDoor, officer: Officer, key: str | None, body: schemas.NewQuestionnaire
) -> Carried:
    """Open the questionnaire of a year."""

    def act(tx: Session, now: datetime) -> Carried:
        row = questionnaires.open_year(
            tx,
            body.year,
            title=body.title,
            questions=_questions(body),
            quota=body.quota,
            opens_on=body.opens_on,
            closes_on=body.closes_on,
            by=officer,
            now=now,
        )
        made = _out(row, questionnaires.count(tx, row), office_date(now))
        return Carried(201, made.model_dump(mode="json"))

    request = ["open", body.model_dump(mode="json")]
    return perform(door, officer, Verb.MEASURE, key, request, act)


def enter(
    door: StaffDoor, officer: Officer, key: str | None, year: int, body: schemas.Entered
) -> Carried:
    """Keep a questionnaire from paper or the telephone, which is everybody's only once."""

    def act(tx: Session, now: datetime) -> Carried:
        row = questionnaires.of_year(tx, year)
        who = Address(body.channel, secrets.token_hex(16))
        mark = questionnaires.mark_of(tx, row, who)
        questionnaires.enter(tx, row, mark, body.answers, channel=body.channel, by=officer, now=now)
        return Carried(201, {"finished": questionnaires.count(tx, row).finished})

    request = ["enter", year, body.model_dump(mode="json")]
    return perform(door, officer, Verb.READ_CASES, key, request, act)


def analysis(door: StaffDoor, officer: Officer, year: int) -> schemas.AnalysisOut:
    """What a year's questionnaire says; people's own words only for those who measure."""
    own_words = Role(officer.role) in policy.MAY[Verb.MEASURE] and policy.scopes_of(officer) is None
    with reading(door.engine) as tx:
        row = questionnaires.of_year(tx, year)
        finished = questionnaires.count(tx, row).finished
        found = questionnaires.analyse(tx, row)
    return schemas.AnalysisOut(
        year=row.year,
        title=row.title,
        finished=finished,
        quota=row.quota,
        questions=[_answered(one, own_words=own_words) for one in found],
    )


def csv_file(door: StaffDoor, year: int) -> Response:
    """The analysis as CSV, with a BOM so that a spreadsheet reads the Chinese."""
    with reading(door.engine) as tx:
        found = questionnaires.analyse(tx, questionnaires.of_year(tx, year))
    out = StringIO()
    table = csv.writer(out)
    table.writerow(["題目", "選項", *COLUMNS.values(), "說明"])
    for one in found:
        table.writerow([safe_cell(one.question.zh), "", *_cells(one), one.hidden])
        for option in one.question.choices if one.chosen else ():
            number = (one.chosen or {})[option.code]
            row = [number, *[""] * (len(COLUMNS) - 1), ""]
            table.writerow([safe_cell(one.question.zh), safe_cell(option.zh), *row])
    headers = {"Content-Disposition": f'attachment; filename="questionnaire-{year}.csv"'}
    return Response("\ufeff" + out.getvalue(), media_type=CSV, headers=headers)


# --- inside ---------------------------------------------------------------------------------
def _done(carried: Carried) -> JSONResponse:
    return JSONResponse(carried.body, carried.status)


def _questions(body: schemas.NewQuestionnaire) -> list[Question]:
    if body.questions is None:
        return questionnaires.default_questions()
    try:
        return [Question.from_json(one.model_dump()) for one in body.questions]
    except ValueError:
        raise BadQuestionnaire("questions") from None


def _out(row: Questionnaire, counted: Counted, today: date) -> schemas.QuestionnaireOut:
    return schemas.QuestionnaireOut(
        year=row.year,
        title=row.title,
        opens_on=row.opens_on,
        closes_on=row.closes_on,
        running=row.opens_on <= today <= row.closes_on,
        quota=row.quota,
        finished=counted.finished,
        begun=counted.begun,
        by_channel=dict(counted.by_channel),
        questions=[
            schemas.QuestionOut.model_validate(one) for one in questionnaires.questions_of(row)
        ],
    )


def _answered(one: Answered, *, own_words: bool) -> schemas.AnsweredOut:
    told = one.opinion.as_dict() if one.opinion else {}
    names = ("distribution", "mean", "share_satisfied", "interval", "margin")
    return schemas.AnsweredOut(
        key=one.question.key,
        zh=one.question.zh,
        en=one.question.en,
        kind=one.question.kind,
        answers=one.answers,
        hidden=one.hidden,
        **{name: told.get(name) for name in names},
        chosen=dict(one.chosen) if one.chosen else None,
        texts=list(one.texts) if own_words else [],
        mean_before=one.before.mean if one.before else None,
        share_before=one.before.share_satisfied if one.before else None,
        change=one.change,
    )


def _cells(one: Answered) -> list[str]:
    told = _answered(one, own_words=False)
    low, high = told.interval or (None, None)
    plain = told.model_dump() | (told.distribution or {}) | {"low": low, "high": high}
    return [shown(plain.get(column)) for column in COLUMNS]
