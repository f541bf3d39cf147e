"""The headers of every answer, of one to an error nobody foresaw too."""

from datetime import datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app import office as roof
from app.settings import Settings
from faq.keeping.index import Shelf
from tests.served import create_web

PAGE, PLAIN = "text/html", "application/problem+json"


class BrokenClock:
    """A part of the program with a defect."""

    def __call__(self) -> datetime:
        raise ZeroDivisionError("name of a citizen")


@pytest.mark.parametrize(("accept", "kind"), [(PAGE, "text/plain"), ("*/*", PLAIN)])
@pytest.mark.parametrize("path", ["/api/v1/cases", "/staff"])
def test_an_error_nobody_foresaw_is_told_and_tells_nothing(
    database_url: str, tmp_path: Path, shelf: Shelf, path: str, accept: str, kind: str
) -> None:
    settings = Settings(database_url=database_url, data_dir=tmp_path)
    web = create_web(roof.build(settings, BrokenClock(), shelf), loops=False)
    with TestClient(web, raise_server_exceptions=False) as client:
        headers = {"Authorization": "Bearer cl_unknown", "Accept": accept}
        client.cookies.set("civicline_staff", "x")
        answer = client.get(path, headers=headers)
    assert answer.status_code == 500
    assert answer.headers["content-type"].startswith(kind)
    assert "系統發生錯誤" in answer.text
    assert "citizen" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "camera=()" in answer.headers["permissions-policy"]
