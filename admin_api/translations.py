"""Routes: entries in English."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from fastapi import Response
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session

from admin_api import policy
from admin_api.access import AsOfficer, AtDoor, Carried, IdempotencyKey, StaffDoor, perform
from admin_api.faq import EntryId
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from admin_api.schemas import knowledge as schemas
from complaints.tables import Officer
from data.database import reading
from faq.keeping import translating
from faq.keeping.index import Translated
from faq.keeping.tables import Entry, Translation

router = NarrowRouter(prefix="/api/v1/faq/entries/{entry_id}/english", tags=["faq"])


@router.get("", summary="英文版 / An entry in English")
def read_english(entry_id: EntryId, door: AtDoor, officer: AsOfficer) -> schemas.EnglishOut:
    """Its English text, the version of the entry that is of, and whether it is outdated."""
    policy.require(officer, Verb.READ_FAQ)
    with reading(door.engine) as tx:
        kept = translating.find(tx, entry_id)
        return out(kept, tx.get_one(Entry, entry_id))


@router.put("", response_model=schemas.EnglishOut, summary="寫英文版 / Write the English text")
def write_english(
    entry_id: EntryId,
    body: schemas.NewEnglish,
    door: AtDoor,
    officer: AsOfficer,
    key: IdempotencyKey = None,
) -> Response:
    """Live with the next question, unless the test set would be answered worse.

    By somebody who may approve entries; refused where the entry has another version by now.
    """
    return _done(write(door, officer, key, entry_id, body))


@router.delete(
    "", response_model=schemas.RemovedEnglish, summary="刪除英文版 / Remove the English text"
)
def remove_english(
    entry_id: EntryId, door: AtDoor, officer: AsOfficer, key: IdempotencyKey = None
) -> Response:
    """From then on the entry is answered in Chinese, with a note."""
    return _done(remove(door, officer, key, entry_id))


def write(
    door: StaffDoor, officer: Officer, key: str | None, entry_id: str, body: schemas.NewEnglish
) -> Carried:
    """Put an English text into service, tried on the test set first."""
    policy.require(officer, Verb.APPROVE_FAQ)
    text = _text(body)
    with reading(door.engine) as tx:
        rehearsal = translating.try_out(tx, entry_id, text, door.shelf.current(tx))

    def act(tx: Session, now: datetime) -> Carried:
        version, by = body.of_version, officer.username
        kept = translating.write(tx, entry_id, text, rehearsal, of_version=version, by=by, now=now)
        return Carried(200, out(kept, tx.get_one(Entry, entry_id)).model_dump(mode="json"))

    request = ["english", entry_id, body.model_dump(mode="json")]
    return perform(door, officer, Verb.APPROVE_FAQ, key, request, act)


def remove(door: StaffDoor, officer: Officer, key: str | None, entry_id: str) -> Carried:
    """Take an English text out of service."""

    def act(tx: Session, _now: datetime) -> Carried:
        translating.remove(tx, entry_id)
        return Carried(200, {"entry_id": entry_id})

    return perform(door, officer, Verb.APPROVE_FAQ, key, ["remove-english", entry_id], act)


def out(kept: Translation, entry: Entry) -> schemas.EnglishOut:
    """An English text as the interface tells it."""
    told = asdict(translating.content_of(kept)) | {
        "entry_id": kept.entry_id,
        "of_version": kept.of_version,
        "is_outdated": translating.is_outdated(kept, entry),
        "by": kept.by,
        "updated_at": kept.updated_at,
    }
    return schemas.EnglishOut.model_validate(told)


def _text(body: schemas.EnglishFields) -> Translated:
    """The text without blank lines and the blanks around it."""
    given: dict[str, Any] = {
        name: _tidy(getattr(body, name)) for name in schemas.EnglishFields.model_fields
    }
    return Translated(**given)


def _tidy(value: str | list[str]) -> str | tuple[str, ...]:
    if isinstance(value, str):
        return value.strip()
    return tuple(one.strip() for one in value if one.strip())


def _done(carried: Carried) -> JSONResponse:
    return JSONResponse(carried.body, carried.status)
