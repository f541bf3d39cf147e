"""What the interface says of itself, which needs no database."""

import re
from collections.abc import Iterator
from typing import Any

from starlette.testclient import TestClient

METHODS = {"get", "post", "put", "delete", "patch"}
OUTSIDE = re.compile(r"https?://|[\"'(]//")


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in schema["paths"].items():
        for method in METHODS & item.keys():
            yield f"{method} {path}", item[method]


def test_every_operation_is_explained_with_its_refusals(gone: TestClient) -> None:
    schema = gone.get("/api/openapi.json").json()
    found = dict(operations(schema))
    assert schema["openapi"].startswith("3.")
    assert len(found) >= 130
    for name, operation in found.items():
        assert name.split()[1].startswith("/api/"), name
        assert operation["summary"], name
        assert operation["description"], name
        assert {"401", "403", "404", "409", "422", "503"} <= operation["responses"].keys(), name
    assert len({operation["operationId"] for operation in found.values()}) == len(found)


def test_every_reference_of_the_schema_leads_somewhere(gone: TestClient) -> None:
    answer = gone.get("/api/openapi.json")
    known = answer.json()["components"]["schemas"]
    used = set(re.findall(r'"#/components/schemas/([^"]+)"', answer.text))
    assert used
    assert used <= known.keys()


def test_the_page_of_the_interface_needs_nothing_from_outside(gone: TestClient) -> None:
    page = gone.get("/docs")
    assert page.status_code == 200
    assert not OUTSIDE.search(page.text)
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert any(path.endswith(".js") for path in loaded)
    assert any(path.endswith(".css") for path in loaded)
    for path in loaded:
        assert gone.get(path).status_code == 200, path
    assert "'/api/openapi.json'" in page.text
