"""The forms the office hands out: kept, named by entries, offered to citizens."""

from dataclasses import replace
from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy.orm import Session

from faq.errors import BadEntry, UnfitForm, UnknownForm
from faq.keeping import editing, forms
from faq.keeping.editing import MOST_FORMS
from faq.keeping.index import Index, Shelf
from faq.keeping.tables import Entry
from tests.makers import NOON

PDF = b"%PDF-1.7\n%\xe2\xe3\n"


def packed(**files: bytes) -> bytes:
    """A ZIP with these files; `mimetype` first, as ODF wants it."""
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), text)
    return content.getvalue()


ODT = packed(mimetype=forms.MEDIA_TYPES["odt"].encode(), content_xml=b"<x/>")
ODS = packed(mimetype=forms.MEDIA_TYPES["ods"].encode(), content_xml=b"<x/>")
DOCX = packed(word__document_xml=b"<x/>")


def name_it(tx: Session, entry_id: str, *names: str) -> None:
    entry = tx.get_one(Entry, entry_id)
    content = replace(editing.content_of(entry), forms=names)
    editing.change(tx, entry_id, content, version=entry.version, by="amy", now=NOON)


@pytest.mark.parametrize(
    ("content", "ending"), [(PDF, "pdf"), (ODT, "odt"), (ODS, "ods"), (DOCX, "docx")]
)
def test_a_form_is_kept_and_replaced(tx: Session, content: bytes, ending: str) -> None:
    forms.keep(tx, " 印鑑申請書 ", PDF, by="amy", now=NOON)
    forms.keep(tx, "印鑑申請書", content, by="bob", now=NOON)
    kept = forms.find(tx, "印鑑申請書")
    assert (kept.ending, kept.content, kept.by) == (ending, content, "bob")
    (one,) = forms.all_of(tx).forms
    assert (one.name, one.ending, one.size) == ("印鑑申請書", ending, len(content))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"PK\x03\x04 cut off",
        packed(mimetype=b"image/png"),
        packed(evil_exe=b"MZ"),
        packed(mimetype=b"\xff\xfe"),
        b"<html>%PDF-</html>",
    ],
)
def test_other_files_are_refused(tx: Session, content: bytes) -> None:
    with pytest.raises(UnfitForm, match="PDF"):
        forms.keep(tx, "委託書", content, by="amy", now=NOON)
    assert forms.all_of(tx).forms == ()


def test_a_file_may_be_so_large_and_no_larger(tx: Session) -> None:
    forms.keep(tx, "大", PDF.ljust(forms.MOST_BYTES, b"x"), by="amy", now=NOON)
    with pytest.raises(UnfitForm, match="5 MB"):
        forms.keep(tx, "更大", PDF.ljust(forms.MOST_BYTES + 1, b"x"), by="amy", now=NOON)


@pytest.mark.parametrize(
    "name", ["", "  ", "字" * 21, "a/b", "..\\x", "問?", "半#", "\0", "\ud800"]
)
def test_names_that_do_not_fit_a_button_or_an_address_are_refused(tx: Session, name: str) -> None:
    with pytest.raises(UnfitForm):
        forms.keep(tx, name, PDF, by="amy", now=NOON)


def test_a_card_offers_what_can_be_downloaded(tx: Session, shelf: Shelf) -> None:
    name_it(tx, "id-card-lost", "委託書", "申請書")
    assert forms.all_of(tx).lacking["申請書"] == ("id-card-lost",)
    assert shelf.current(tx).cards["id-card-lost"].forms == ()
    forms.keep(tx, "申請書", PDF, by="amy", now=NOON)
    assert shelf.current(tx).cards["id-card-lost"].forms == ("申請書",)
    assert "申請書" not in forms.all_of(tx).lacking
    assert forms.all_of(tx).forms[0].entries == ("id-card-lost",)


def test_a_form_in_use_is_not_removed(tx: Session) -> None:
    forms.keep(tx, "申請書", PDF, by="amy", now=NOON)
    name_it(tx, "id-card-lost", "申請書")
    with pytest.raises(UnfitForm, match="id-card-lost"):
        forms.remove(tx, "申請書")
    name_it(tx, "id-card-lost")
    forms.remove(tx, "申請書")
    with pytest.raises(UnknownForm):
        forms.remove(tx, "申請書")


@pytest.mark.parametrize(
    "names", [("",), ("字" * 21,), ("甲", "甲"), tuple("甲乙丙丁戊己"[: MOST_FORMS + 1])]
)
def test_an_entry_names_a_few_forms_once_each(tx: Session, names: tuple[str, ...]) -> None:
    with pytest.raises(BadEntry, match="forms"):
        name_it(tx, "id-card-lost", *names)


def test_shipped_entries_name_the_letter_of_a_proxy(index: Index, tx: Session) -> None:
    assert "household-book-lost" in forms.all_of(tx).lacking["委託書"]
    assert index.cards["household-book-lost"].forms == ()
