"""Routes: templates for answers, and what a changed law touches."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Response
from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_api import policy
from admin_api.access import AsOfficer, AtDoor, Carried, IdempotencyKey, perform
from admin_api.cases import CaseNo, sight, visible
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from admin_api.schemas import wordings as schemas
from complaints import law_changes, templates
from complaints.errors import NothingToDecide, TemplateLocked
from complaints.handling.cases import section_of
from complaints.law_changes import Texts
from complaints.states import Kind
from complaints.tables import Case, LawChange, Officer, ReplyDraft, Section, Template
from complaints.worklist import Sight
from data.database import reading
from faq.keeping import citing
from faq.keeping.tables import Entry

router = NarrowRouter(prefix="/api/v1", tags=["wordings"])
Number = Annotated[int, Path(ge=1, lt=2**31)]
Decide = Callable[..., Template]


@router.get("/templates", summary="答復範本 / Templates")
def read_templates(door: AtDoor, officer: AsOfficer) -> list[schemas.TemplateOut]:
    """All templates in use, by name; a locked one names the law that changed."""
    policy.require(officer, Verb.READ_CASES)
    with reading(door.engine) as tx:
        return [_template_out(row) for row in templates.in_use(tx)]


@router.post(
    "/templates",
    response_model=schemas.TemplateOut,
    status_code=201,
    summary="新增範本 / Add a template",
)
def add_template(
    body: schemas.NewTemplate, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """For all sections or one's own; a place in braces that no case has is refused."""

    def act(tx: Session, now: datetime) -> Carried:
        row = templates.add(tx, **_given(tx, body), by=officer, now=now)
        return Carried(201, _template_out(row).model_dump(mode="json"))

    request = ["template", body.model_dump(mode="json")]
    return _done(perform(door, officer, Verb.READ_CASES, key, request, act))


@router.post("/templates/preview", summary="試填範本 / Try a text")
def try_template(
    body: schemas.TemplateText, door: AtDoor, officer: AsOfficer
) -> schemas.TriedTemplate:
    """What a text becomes for a case in sight, or for a sample one; keeps nothing."""
    policy.require(officer, Verb.READ_CASES)
    with reading(door.engine) as tx:
        case = visible(tx, body.case_no, officer, door.clock()) if body.case_no else None
        text = templates.preview(body.text, case)
    return schemas.TriedTemplate(text=text, blanks=list(templates.blanks(text)))


@router.put(
    "/templates/{number}",
    response_model=schemas.TemplateOut,
    summary="修改範本 / Change a template",
)
def change_template(
    number: Number,
    body: schemas.ChangedTemplate,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """A locked template was looked at by this and may be used again."""

    def act(tx: Session, now: datetime) -> Carried:
        given = _given(tx, body) | {"version": body.version}
        row = templates.change(tx, number, **given, by=officer, now=now)
        return Carried(200, _template_out(row).model_dump(mode="json"))

    request = ["template", number, body.model_dump(mode="json")]
    return _done(perform(door, officer, Verb.READ_CASES, key, request, act))


@router.post(
    "/templates/{number}/confirm",
    response_model=schemas.TemplateOut,
    summary="檢視後仍適用 / It still holds",
)
def confirm_template(
    number: Number,
    body: schemas.OfVersion,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """Unlock a template without changing it."""
    return _decide(templates.confirm, "confirm", number, body, door, officer, key)


@router.post(
    "/templates/{number}/retire",
    response_model=schemas.TemplateOut,
    summary="停用範本 / Take it out of use",
)
def retire_template(
    number: Number,
    body: schemas.OfVersion,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """What was sent from it stays as it is."""
    return _decide(templates.retire, "retire", number, body, door, officer, key)


@router.get(
    "/cases/{case_no}/templates",
    operation_id="read_filled_templates",
    summary="本案可用範本 / Templates for a case",
)
def read_filled(case_no: CaseNo, door: AtDoor, officer: AsOfficer) -> list[schemas.FilledTemplate]:
    """The templates that fit, filled in; send `template_id` with the draft made from one."""
    policy.require(officer, Verb.READ_CASES)
    with reading(door.engine) as tx:
        case = visible(tx, case_no, officer, door.clock())
        return [filled(row, case) for row in templates.offered(tx, case)]


@router.get("/law-changes", operation_id="read_law_changes", summary="法規變動 / Changed laws")
def read_changes(door: AtDoor, officer: AsOfficer) -> list[schemas.LawChangeOut]:
    """The changes noted, newest first, with what rests on them now."""
    policy.require(officer, Verb.READ_FAQ)
    with reading(door.engine) as tx:
        resting = look(tx, officer, door.clock())
        return [_change_out(row, resting.reach(row)) for row in law_changes.noted(tx)]


@router.post(
    "/law-changes",
    response_model=schemas.LawChangeOut,
    operation_id="note_law_change",
    status_code=201,
    summary="登錄法規變動 / Note a changed law",
)
def note_change(
    body: schemas.NewLawChange, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """Lists every entry, template, draft and open case that cites it; templates are locked."""

    def act(tx: Session, now: datetime) -> Carried:
        row = law_changes.note(
            tx,
            law=body.law,
            article=body.article,
            effective_on=body.effective_on,
            words=body.note,
            by=officer,
            now=now,
        )
        return Carried(201, change_out(tx, row, officer, now).model_dump(mode="json"))

    request = ["law-change", body.model_dump(mode="json")]
    return _done(perform(door, officer, Verb.READ_FAQ, key, request, act))


@router.post(
    "/law-changes/preview",
    operation_id="preview_law_change",
    summary="試查影響範圍 / What a change would touch",
)
def look_at_change(body: schemas.NewLawChange, door: AtDoor, officer: AsOfficer) -> schemas.Touched:
    """What noting this change would list; nothing is kept and nothing locked."""
    policy.require(officer, Verb.READ_FAQ)
    now = door.clock()
    with reading(door.engine) as tx:
        row = begun(body, officer, now)
        return schemas.Touched(**touched(tx, row, officer, now).numbers())


@router.get(
    "/law-changes/{number}",
    operation_id="read_law_change",
    summary="一則法規變動 / One changed law",
)
def read_change(number: Number, door: AtDoor, officer: AsOfficer) -> schemas.LawChangeOut:
    """A change with what rests on it now."""
    policy.require(officer, Verb.READ_FAQ)
    with reading(door.engine) as tx:
        return change_out(tx, change_of(tx, number), officer, door.clock())


def change_of(tx: Session, number: int) -> LawChange:
    """The change of this number; raises NothingToDecide."""
    row = tx.get(LawChange, number)
    if row is None:
        raise NothingToDecide(f"law change {number}")
    return row


@dataclass(frozen=True)
class Reach:
    """What rests on a law, as far as a reader may know of the cases."""

    entries: tuple[Entry, ...]
    templates: tuple[Template, ...]
    drafts: tuple[tuple[ReplyDraft, Case], ...]
    cases: tuple[Case, ...]

    def numbers(self) -> dict[str, Any]:
        """The same by numbers, as it goes over the wire."""
        return {
            "entries": [one.id for one in self.entries],
            "templates": [one.id for one in self.templates],
            "drafts": [
                schemas.CitingDraft(id=one.id, case_no=case.case_no) for one, case in self.drafts
            ],
            "cases": [case.case_no for case in self.cases],
        }


@dataclass(frozen=True)
class Resting:
    """Everything that may rest on a law, as far as a reader may know: read once for all laws."""

    entries: citing.Written
    texts: Texts
    of_drafts: Mapping[int, Case]
    seen: Sight

    def reach(self, row: LawChange) -> Reach:
        """What of it rests on a change."""
        found = self.texts.citing(row)
        drafts = ((one, self.of_drafts[one.case_id]) for one in found.drafts)
        return Reach(
            tuple(citing.citing(self.entries, row.law, row.article)),
            found.templates,
            tuple((one, case) for one, case in drafts if self.seen.allows(case)),
            tuple(case for case in found.cases if self.seen.allows(case)),
        )


def look(tx: Session, officer: Officer, now: datetime) -> Resting:
    """What may rest on any law now; as many statements, however much it is."""
    texts = law_changes.texts(tx)
    wanted = select(Case).where(Case.id.in_({one.case_id for one in texts.drafts}))
    of_drafts = {case.id: case for case in tx.scalars(wanted)}
    return Resting(citing.written(tx), texts, of_drafts, sight(tx, officer, now))


def touched(tx: Session, row: LawChange, officer: Officer, now: datetime) -> Reach:
    """What rests on a change now; as many statements, however much it is."""
    return look(tx, officer, now).reach(row)


def filled(row: Template, case: Case) -> schemas.FilledTemplate:
    """A template as it is offered for a case; a locked one without its text."""
    try:
        text = templates.fill(row, case)
    except TemplateLocked as error:
        return schemas.FilledTemplate(
            id=row.id, name=row.name, text=None, blanks=[], locked_by=error.law
        )
    blanks = list(templates.blanks(text))
    return schemas.FilledTemplate(
        id=row.id, name=row.name, text=text, blanks=blanks, locked_by=None
    )


def change_out(
    tx: Session, row: LawChange, officer: Officer, now: datetime
) -> schemas.LawChangeOut:
    """A change with what rests on it, as far as this officer may know of the cases."""
    return _change_out(row, touched(tx, row, officer, now))


def _change_out(row: LawChange, reach: Reach) -> schemas.LawChangeOut:
    return schemas.LawChangeOut(
        id=row.id,
        law=row.law,
        article=row.article,
        effective_on=row.effective_on,
        note=row.note,
        by=row.by,
        at=row.at,
        **reach.numbers(),
    )


def begun(body: schemas.NewLawChange, officer: Officer, now: datetime) -> LawChange:
    """The change of a body, not kept yet; raises as `law_changes.begun`."""
    return law_changes.begun(
        law=body.law,
        article=body.article,
        effective_on=body.effective_on,
        words=body.note,
        by=officer,
        now=now,
    )


def _given(tx: Session, body: schemas.NewTemplate) -> dict[str, Any]:
    section: Section | None = section_of(tx, body.section) if body.section else None
    kind: Kind | None = body.kind
    return {"name": body.name, "text": body.text, "section": section, "kind": kind}


def _decide(
    decide: Decide,
    what: str,
    number: int,
    body: schemas.OfVersion,
    door: AtDoor,
    officer: Officer,
    key: str | None,
) -> Response:
    def act(tx: Session, now: datetime) -> Carried:
        row = decide(tx, number, by=officer, version=body.version, now=now)
        return Carried(200, _template_out(row).model_dump(mode="json"))

    request = [what, "template", number, body.version]
    return _done(perform(door, officer, Verb.READ_CASES, key, request, act))


def _template_out(row: Template) -> schemas.TemplateOut:
    return schemas.TemplateOut(
        id=row.id,
        name=row.name,
        text=row.text,
        section=row.section.code if row.section else None,
        kind=Kind(row.kind) if row.kind else None,
        version=row.version,
        locked_by=law_changes.in_words(row.locked_by) if row.locked_by else None,
        by=row.by,
        at=row.at,
    )


def _done(carried: Carried) -> JSONResponse:
    return JSONResponse(carried.body, carried.status)
