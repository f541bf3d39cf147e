"""Forms over the interface, and how everybody gets them."""

from urllib.parse import quote

from starlette.testclient import TestClient

from tests.admin_api.staff import Headers, LogIn, once, problem
from tests.faq.keeping.test_forms import DOCX, ODT, PDF

FORMS = "/api/v1/faq/forms"
LETTER = f"{FORMS}/{quote('委託書')}"
PUBLIC = f"/forms/{quote('委託書')}"
EVERYWHERE = f"attachment; filename*=UTF-8''{quote('委託書')}"


def test_a_form_is_uploaded_replaced_fetched_and_removed(
    client: TestClient, staff: Headers
) -> None:
    assert "委託書" in client.get(FORMS, headers=staff).json()["lacking"]
    put = client.put(LETTER, headers=staff, files={"file": ("舊.pdf", PDF)})
    assert (put.status_code, put.json()) == (200, {"name": "委託書"}), put.text
    assert client.put(LETTER, headers=staff, files={"file": ("新.odt", ODT)}).is_success
    told = client.get(FORMS, headers=staff).json()
    assert "委託書" not in told["lacking"]
    (kept,) = told["forms"]
    assert (kept["name"], kept["ending"], kept["size"]) == ("委託書", "odt", len(ODT))
    assert "household-book-lost" in kept["entries"]
    got = client.get(PUBLIC)
    assert got.content == ODT
    assert got.headers["content-disposition"] == f"{EVERYWHERE}.odt"
    assert problem(client.delete(LETTER, headers=staff)) == (422, "unfit-form")  # entries name it
    other = f"{FORMS}/{quote('場地申請')}"
    assert client.put(other, headers=staff, files={"file": ("a.docx", DOCX)}).is_success
    assert client.delete(other, headers=staff).json() == {"name": "場地申請"}
    assert problem(client.delete(other, headers=staff)) == (404, "unknown-form")


def test_everybody_may_download_a_form(client: TestClient, staff: Headers) -> None:
    missing = client.get(PUBLIC)
    assert (missing.status_code, "查無此表單" in missing.text) == (404, True)
    client.put(LETTER, headers=staff, files={"file": ("a.pdf", PDF)})
    got = client.get(PUBLIC)
    assert (got.status_code, got.content) == (200, PDF)
    assert got.headers["content-type"] == "application/pdf"
    assert got.headers["content-disposition"] == f"{EVERYWHERE}.pdf"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert client.get(PUBLIC, headers={"If-None-Match": got.headers["etag"]}).status_code == 304
    assert client.get("/forms/" + "x" * 101).status_code == 422


@once
def test_what_is_wrong_is_refused(client: TestClient, staff: Headers, log_in: LogIn) -> None:
    for content in (b"", b"MZ\x90", b"<html>"):
        refused = client.put(LETTER, headers=staff, files={"file": ("a.pdf", content)})
        assert problem(refused) == (422, "unfit-form")
    large = client.put(LETTER, headers=staff, files={"file": ("a.pdf", PDF + bytes(5 * 2**20))})
    assert large.status_code == 413
    assert client.put(LETTER, headers=staff).status_code == 422
    editor = log_in("editor", role="faq_editor")
    assert client.get(FORMS, headers=editor).is_success
    assert client.put(LETTER, headers=editor, files={"file": ("a.pdf", PDF)}).status_code == 403
    assert client.delete(LETTER, headers=editor).status_code == 403
