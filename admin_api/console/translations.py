"""The staff's page of an entry in English, beside its Chinese."""

from fastapi import Response
from sqlalchemy.orm import Session as Tx

from admin_api import faq, policy, translations
from admin_api.access import AtDoor, StaffDoor
from admin_api.console import entry_form, refusing
from admin_api.console.entries import FAQ, Sheet, page, refused, went
from admin_api.console.filled import AsFilled
from admin_api.console.sessions import InSession, Session
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from data.database import reading
from faq.errors import NoTranslation, UnknownEntry
from faq.keeping import editing, translating
from faq.keeping.tables import Entry, Translation

router = NarrowRouter(prefix=FAQ, include_in_schema=False)


@router.get("/{entry_id}/english")
def show_english(
    entry_id: faq.EntryId, door: AtDoor, session: InSession, done: str = ""
) -> Response:
    """The English text of an entry, with the form to write it."""
    policy.require(session.officer, Verb.READ_FAQ)
    return _page(entry_id, door, session, Sheet(done=done))


@router.post("/{entry_id}/english")
def act_on_english(entry_id: faq.EntryId, door: AtDoor, form: AsFilled) -> Response:
    """Put an English text into service, or take it out."""
    policy.require(form.officer, Verb.APPROVE_FAQ)
    try:
        if form.text("do") == "remove":
            translations.remove(door, form.officer, form.key, entry_id)
            return went(f"{FAQ}/{entry_id}/english", "english_removed")
        body = entry_form.read_english(form.given, of_version=form.number("version"))
        translations.write(door, form.officer, form.key, entry_id, body)
    except refusing.CAUGHT as error:
        return _page(entry_id, door, form.session, refused(error, form))
    return went(f"{FAQ}/{entry_id}/english", "english")


# --- inside ---------------------------------------------------------------------------------
def _page(entry_id: str, door: StaffDoor, session: Session, sheet: Sheet) -> Response:
    with reading(door.engine) as tx:
        entry = tx.get(Entry, entry_id)
        if entry is None:
            raise UnknownEntry(entry_id)
        kept = _kept(tx, entry_id)
        text = entry_form.written_in_english(translating.content_of(kept)) if kept else {}
        typed = {**text, "version": str(entry.version), **sheet.typed}
        shown = entry_form.shown(editing.content_of(entry))
        is_outdated = kept is not None and translating.is_outdated(kept, entry)
    sheet = Sheet(sheet.problem, sheet.status, typed, done=sheet.done)
    values = {"entry": entry, "kept": kept, "shown": shown, "is_outdated": is_outdated}
    return page("faq_english.html", door, session, sheet, fields=entry_form.IN_ENGLISH, **values)


def _kept(tx: Tx, entry_id: str) -> Translation | None:
    try:
        return translating.find(tx, entry_id)
    except NoTranslation:
        return None
