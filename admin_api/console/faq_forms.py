"""The staff's page of the forms the office hands out with its answers."""

from fastapi import Response

from admin_api import faq_forms, policy
from admin_api.access import AtDoor, StaffDoor
from admin_api.console import knowledge_words, refusing
from admin_api.console.entries import FAQ, Sheet, page, refused, went
from admin_api.console.filled import AsFilled
from admin_api.console.language import _
from admin_api.console.sessions import InSession, Session
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from data.database import reading
from faq.keeping import forms

HERE = f"{FAQ}/forms"
router = NarrowRouter(prefix=HERE, include_in_schema=False)


@router.get("")
def show_forms(door: AtDoor, session: InSession, done: str = "") -> Response:
    """The forms, who uses them, and those that entries name and nobody has uploaded."""
    policy.require(session.officer, Verb.READ_FAQ)
    return _page(door, session, Sheet(done=done))


@router.post("")
def act_on_forms(door: AtDoor, form: AsFilled) -> Response:
    """Upload a form, or remove one."""
    policy.require(form.officer, Verb.APPROVE_FAQ)
    name = form.text("name").strip()
    try:
        if form.text("do") == "remove":
            faq_forms.remove(door, form.officer, form.key, name)
            return went(HERE, "form_removed")
        if form.file is None or not form.file.filename:
            typed = {"name": name}
            return _page(door, form.session, Sheet(_(knowledge_words.NO_FILE), 422, typed))
        content = form.file.file.read(forms.MOST_BYTES + 1)
        faq_forms.upload(door, form.officer, form.key, name, content)
    except refusing.CAUGHT as error:
        return _page(door, form.session, refused(error, form))
    return went(HERE, "form")


# --- inside ---------------------------------------------------------------------------------
def _page(door: StaffDoor, session: Session, sheet: Sheet) -> Response:
    with reading(door.engine) as tx:
        known = forms.all_of(tx)
    return page("faq_forms.html", door, session, sheet, listed=known.forms, lacking=known.lacking)
