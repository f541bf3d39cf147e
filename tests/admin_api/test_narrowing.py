"""Routers that are passed over quickly find what they would have found."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient

from admin_api.narrowing import NarrowRouter


@pytest.fixture
def client() -> TestClient:
    """Two narrow routers, the second with a path that the first one's pattern would take."""
    app = FastAPI()
    cases, rest = NarrowRouter(prefix="/cases"), NarrowRouter()

    @cases.get("/{number}/{verb}")
    def act(number: str, verb: str) -> str:
        return f"{number} {verb}"

    @cases.get("")
    def list_all() -> str:
        return "all"

    @rest.get("/cases/seen")
    def seen() -> str:
        return "seen"

    @rest.post("/cases")
    def add() -> str:
        return "added"

    app.include_router(cases)
    app.include_router(rest)
    return TestClient(app)


@pytest.mark.parametrize(
    ("method", "path", "found"),
    [
        ("GET", "/cases", "all"),
        ("GET", "/cases/1/close", "1 close"),
        ("GET", "/cases/seen", "seen"),
        ("POST", "/cases", "added"),
    ],
)
def test_what_is_there_is_found(client: TestClient, method: str, path: str, found: str) -> None:
    assert client.request(method, path).json() == found


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("GET", "/case", 404), ("GET", "/cases/1", 404), ("PUT", "/cases", 405)],
)
def test_what_is_not_there_is_not(client: TestClient, method: str, path: str, status: int) -> None:
    assert client.request(method, path).status_code == status


def test_a_route_added_later_is_found(client: TestClient) -> None:
    late = NarrowRouter()
    app = FastAPI()
    app.include_router(late)
    assert TestClient(app).get("/late").status_code == 404
    late.get("/late")(lambda: "late")
    assert TestClient(app).get("/late").json() == "late"


def test_with_a_mount_every_path_is_compared(tmp_path: Path) -> None:
    router, app = NarrowRouter(), FastAPI()
    router.mount("/files", StaticFiles(directory=str(tmp_path)))
    app.include_router(router)
    assert TestClient(app).get("/files/none.txt").status_code == 404
    assert router._paths.may_hold("/anything")
