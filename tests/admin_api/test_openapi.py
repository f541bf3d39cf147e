"""What the interface says of itself, which needs no database."""

import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from starlette.testclient import TestClient

from admin_api import errors
from admin_api.schemas import (
    checklists,
    clockwork,
    decisions,
    desk,
    exams,
    knowledge,
    openness,
    people,
    pinned,
    questionnaires,
    reports,
    subscriptions,
    verbs,
)

METHODS = {"get", "post", "put", "delete", "patch"}
OUTSIDE = re.compile(r"https?://|[\"'(]//")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# What a person would want to see before writing the first call.
SHOWN: dict[str, type[BaseModel]] = {
    "LogIn": people.LogIn,
    "NewToken": people.NewToken,
    "NewAbsence": people.NewAbsence,
    "NewPetition": desk.NewPetition,
    "Key": desk.Key,
    "Person": desk.Person,
    "Following": desk.Following,
    "NewNotice": pinned.NewNotice,
    "Assign": verbs.Assign,
    "Reply": verbs.Reply,
    "ReplyAtOnce": verbs.ReplyAtOnce,
    "DraftId": verbs.DraftId,
    "Approve": verbs.Approve,
    "SendBack": verbs.SendBack,
    "Close": verbs.Close,
    "AskExtension": verbs.AskExtension,
    "NewEntry": knowledge.NewEntry,
    "NewEnglish": knowledge.NewEnglish,
    "NewDay": clockwork.NewDay,
    "Check": checklists.Check,
    "NewStep": checklists.NewStep,
    "NewSubscription": subscriptions.NewSubscription,
    "ChangedSubscription": subscriptions.ChangedSubscription,
    "NewExam": exams.NewExam,
    "NewReport": reports.NewReport,
    "Given": exams.Given,
    "NewDecision": decisions.NewDecision,
    "NewItem": openness.NewItem,
    "NewQuestionnaire": questionnaires.NewQuestionnaire,
    "Entered": questionnaires.Entered,
    "SaidGrade": verbs.SaidGrade,
    "SaidFault": verbs.SaidFault,
}


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
        chinese, _, english = operation["summary"].partition(" / ")
        assert CHINESE.search(chinese), name
        assert english and not CHINESE.search(english), name
        assert operation["description"], name
        assert {"401", "403", "404", "409", "422", "503"} <= operation["responses"].keys(), name


def test_every_operation_has_a_name_that_makes_a_method(gone: TestClient) -> None:
    names = [found["operationId"] for _, found in operations(gone.get("/api/openapi.json").json())]
    assert len(set(names)) == len(names)
    for name in names:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", name), name
        assert len(name) <= 32, name


def test_every_room_is_described_in_both_languages(gone: TestClient) -> None:
    schema = gone.get("/api/openapi.json").json()
    described = {one["name"]: one["description"] for one in schema["tags"]}
    used = {tag for _, operation in operations(schema) for tag in operation["tags"]}
    assert used == described.keys()
    for text in described.values():
        assert CHINESE.search(text) and " / " in text


def test_every_success_tells_what_it_holds(gone: TestClient) -> None:
    for name, operation in operations(gone.get("/api/openapi.json").json()):
        fine = {status: told for status, told in operation["responses"].items() if status < "300"}
        assert fine, name
        for status, told in fine.items():
            if status == "204":
                assert "content" not in told, name
                continue
            shapes = [one.get("schema") for one in told["content"].values()]
            assert shapes and (any(shapes) or "application/yaml" in told["content"]), name


def test_refusals_are_problems_and_name_every_kind(gone: TestClient) -> None:
    schema = gone.get("/api/openapi.json").json()
    refused = schema["components"]["responses"]
    for told in refused.values():
        assert set(told["content"]) == {"application/problem+json"}
    for one in errors.PROBLEMS.values():
        assert f"`{one.name}`" in refused[f"Refused{one.status}"]["description"]
    for name, operation in operations(schema):
        if "requestBody" in operation:
            assert "400" in operation["responses"], name
            if "multipart/form-data" in operation["requestBody"]["content"]:
                assert "413" in operation["responses"], name
        held = any(one["name"] == "If-Match" for one in operation.get("parameters", ()))
        assert held == ("412" in operation["responses"]), name
    for path in ("/api/v1/tokens", "/api/v1/desk/look-up"):
        assert "429" in schema["paths"][path]["post"]["responses"]


def test_the_examples_of_bodies_are_bodies(gone: TestClient) -> None:
    shapes = gone.get("/api/openapi.json").json()["components"]["schemas"]
    with_example = {
        name for name, one in shapes.items() if one["type"] == "object" and "examples" in one
    }
    assert with_example == SHOWN.keys()
    for name, model in SHOWN.items():
        for example in shapes[name]["examples"]:
            model.model_validate(example)


def test_every_reference_of_the_schema_leads_somewhere(gone: TestClient) -> None:
    answer = gone.get("/api/openapi.json")
    known = answer.json()["components"]
    used = set(re.findall(r'"#/components/(\w+)/([^"]+)"', answer.text))
    assert {kind for kind, _ in used} == {"schemas", "responses"}
    for kind, name in used:
        assert name in known[kind], name


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
