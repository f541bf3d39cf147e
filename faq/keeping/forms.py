"""Forms the office hands out, each a file under a name that entries mention."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from faq.errors import UnfitForm, UnknownForm
from faq.keeping.editing import LONGEST_FORM, UNKEPT, move_index
from faq.keeping.tables import Entry, Form

MOST_BYTES = 5 * 1024 * 1024
# What a form may be, told from the content itself and never from a name.
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
DOCX_HOLDS = "word/document.xml"
UNFIT = frozenset('/\\?#%&"<>:*|')  # what an address or a file name would trip over


@dataclass(frozen=True)
class Listed:
    """A form without its file, and the entries in service that name it."""

    name: str
    ending: str
    size: int
    by: str
    updated_at: datetime
    entries: tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """All forms, and by name those that lack a file, with the entries that name them."""

    forms: tuple[Listed, ...]
    lacking: Mapping[str, tuple[str, ...]]


def keep(tx: Session, name: str, content: bytes, *, by: str, now: datetime) -> Form:
    """Keep a form under a name; one that had it is replaced. Live with the next question.

    Raises UnfitForm: an unfit name, a file that is empty, over 5 MB, or no PDF, ODT, ODS or DOCX.
    """
    name = name.strip()
    if not 0 < len(name) <= LONGEST_FORM or UNFIT & {*name} or UNKEPT.search(name):
        raise UnfitForm(f"表單名稱要 1 到 {LONGEST_FORM} 個字，不能有 / ? # 等符號。 Unfit name.")
    ending = _ending(content)
    kept = tx.get(Form, name) or Form(name=name)
    kept.ending, kept.content = ending, content
    kept.digest = hashlib.sha256(content).hexdigest()
    kept.by, kept.updated_at = by, now
    tx.add(kept)
    tx.flush()
    move_index(tx)
    return kept


def remove(tx: Session, name: str) -> None:
    """Hand a form out no longer; raises UnknownForm, and UnfitForm while entries name it."""
    form = find(tx, name)
    if users := _users(tx).get(name):
        raise UnfitForm(f"還有題目用到這份表單：{'、'.join(users)}。 Entries still name it.")
    tx.delete(form)
    tx.flush()
    move_index(tx)


def find(tx: Session, name: str) -> Form:
    """The form of this name; raises UnknownForm."""
    form = tx.get(Form, name)
    if form is None:
        raise UnknownForm(name)
    return form


def all_of(tx: Session) -> Known:
    """The forms by name, and those that entries in service name and nobody has uploaded."""
    users = _users(tx)
    columns = (Form.name, Form.ending, func.length(Form.content), Form.by, Form.updated_at)
    rows = tx.execute(select(*columns).order_by(Form.name))
    there = tuple(
        Listed(name, ending, size, by, at, users.get(name, ()))
        for name, ending, size, by, at in rows
    )
    uploaded = {one.name for one in there}
    return Known(there, {name: users[name] for name in sorted(users.keys() - uploaded)})


def _users(tx: Session) -> dict[str, tuple[str, ...]]:
    """The entries in service that name each form."""
    rows = select(Entry.id, Entry.forms).where(Entry.retired.is_(False)).order_by(Entry.id)
    found: dict[str, tuple[str, ...]] = {}
    for entry_id, names in tx.execute(rows):
        for name in names:
            found[name] = (*found.get(name, ()), entry_id)
    return found


def _ending(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise UnfitForm("檔案太大，上限 5 MB。 The file is larger than 5 MB.")
    if content.startswith(b"%PDF-"):
        return "pdf"
    try:
        with ZipFile(BytesIO(content)) as packed:
            names = packed.namelist()
            told = packed.read("mimetype")[:100].decode() if "mimetype" in names else ""
    except (BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError):
        told, names = "", []
    kinds = {media: ending for ending, media in MEDIA_TYPES.items()}
    ending = kinds.get(told.strip()) or ("docx" if DOCX_HOLDS in names else "")
    if not ending:
        raise UnfitForm("要 PDF、ODT、ODS 或 DOCX 檔。 A PDF, ODT, ODS or DOCX is expected.")
    return ending
