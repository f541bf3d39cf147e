"""What the interface says of itself: its rooms, its refusals, and the names of its operations."""

from collections.abc import Callable, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from admin_api import errors
from admin_api.schemas.base import ProblemOut
from admin_api.statuses import WAIT

PATH = "/api/openapi.json"
PROBLEM = "application/problem+json"
DESCRIPTION = """
為民服務即時通的管理介面：案件、題庫、統計。先以 `POST /api/v1/tokens` 登入取得 token。

The staff side of CivicLine: cases, FAQ and figures. Log in with `POST /api/v1/tokens`, then send
`Authorization: Bearer <token>`. Errors are `application/problem+json` (RFC 9457). A guide for
whoever connects another system is docs/integrating.md.
"""
TAGS = [
    {"name": name, "description": text}
    for name, text in (
        ("access", "登入、權杖與我是誰 / Log-in, tokens, and who one is"),
        ("people", "人員、課室、請假與代理 / The roster, sections, absences and leaving"),
        ("today", "今日工作、清單與多案同辦 / The day's work, saved views, several cases at once"),
        ("cases", "案件與其動作 / Cases and everything that is done to them"),
        ("faq", "題庫、草稿、測試題組與詞表 / Entries, drafts, the test set and lists of words"),
        ("figures", "統計與數字裡的案件 / The figures of a period, and the cases behind them"),
        ("reports", "會議報告 / Reports for the meeting, made, published and corrected"),
        ("exams", "抽測 / The monthly exam of answers and replies"),
        ("decisions", "列管事項 / What meetings decided, followed until it is done"),
        ("questionnaires", "年度問卷 / The yearly satisfaction questionnaire"),
        ("openness", "開放資料與公開成果 / Open data, and what was said and done about it"),
        ("clock", "行事曆、期限規定與其變更 / Calendars, rules of time limits, and changing them"),
        ("tasks", "待辦與提醒 / Work for people, and reminders"),
        ("privacy", "閱覽個資與銷毀 / Seeing who brought a case, and destroying contents"),
        ("desk", "臨櫃與電話 / What the chat does, for somebody at the counter or on the phone"),
        ("checklists", "會勘與檢核清單 / Visits to the place, and checklists of steps"),
        ("wordings", "答復範本與法規變動 / Templates for answers, and laws that change"),
        ("audit", "稽核 / What was done to accounts, and whether the histories are whole"),
        ("subscriptions", "介接系統（webhook） / Other systems that are told (webhooks)"),
    )
]
REFUSALS = {
    400: "無法讀取 / the body cannot be read",
    401: "沒有登入 / not logged in",
    403: "角色不允許 / not allowed for this role",
    404: "查無資料 / unknown",
    409: "版本過期或狀態不符 / stale version or status",
    412: "讀取後已被更改 / changed since it was read",
    413: "檔案太大 / the file is too large",
    422: "內容有誤 / not right",
    429: "太多次 / too many tries",
    503: "資料庫暫時無法使用 / database unavailable",
}
EVERYWHERE = (401, 403, 404, 409, 422, 429, 503)
BESIDES = {
    401: ["not-logged-in"],
    422: ["invalid-request"],
    503: ["database-unavailable"],
}
RETRIED = (429, 503)  # with when to come back
WITH_BODY, WITH_FILE, WITH_IF_MATCH = 400, 413, 412
ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemOut, "description": REFUSALS[status]} for status in EVERYWHERE
}


def name_of(route: APIRoute) -> str:
    """The operation's name in a client that is made from the schema."""
    return route.name


def describing(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """How the application tells its schema: once worked out, with every refusal in it."""
    plain = app.openapi

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _finished(plain())
        return app.openapi_schema

    return describe


def problems(status: int) -> list[str]:
    """The names a refusal of this status may have, beside the plain `http-<status>`."""
    named = {one.name for one in errors.PROBLEMS.values() if one.status == status}
    return sorted(named.union(BESIDES.get(status, [])))


def _finished(schema: dict[str, Any]) -> dict[str, Any]:
    """Refusals are told once, and referred to by each operation that may give them."""
    schema["components"]["responses"] = {f"Refused{one}": _refusal(one) for one in REFUSALS}
    for operation in _operations(schema):
        answers = operation["responses"]
        refused = [int(status) for status in answers if int(status) in REFUSALS]
        for status in (*refused, *_more_of(operation)):
            answers[str(status)] = {"$ref": f"#/components/responses/Refused{status}"}
    return schema


def _operations(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in schema["paths"].values():
        yield from item.values()


def _more_of(operation: dict[str, Any]) -> Iterator[int]:
    """What only some operations refuse: by what they take."""
    taken = operation.get("requestBody", {}).get("content", {})
    if taken:
        yield WITH_BODY
    if "multipart/form-data" in taken:
        yield WITH_FILE
    if any(one["name"] == "If-Match" for one in operation.get("parameters", ())):
        yield WITH_IF_MATCH


def _refusal(status: int) -> dict[str, Any]:
    names = "、".join(f"`{name}`" for name in problems(status))
    told: dict[str, Any] = {
        "description": f"{REFUSALS[status]}：{names}" if names else REFUSALS[status],
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/ProblemOut"}}},
    }
    return told | {"headers": WAIT} if status in RETRIED else told
