"""The pages of the day's work: today, tasks, and the same done to several cases."""

import secrets
from typing import Annotated, Any
from urllib.parse import urlencode

from anyio import to_thread
from fastapi import Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from sqlalchemy.orm import Session as Transaction

from admin_api import errors, policy, tasks, today
from admin_api.access import AtDoor, Carried, StaffDoor, perform
from admin_api.console import refusing, shell, wording
from admin_api.console.language import _
from admin_api.console.sessions import InSession, Proven, Session, proven
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from admin_api.schemas import today as schemas
from admin_api.schemas.tasks import Settled
from complaints import reminders
from complaints.clock.workdays import office_date
from data.database import reading

router = NarrowRouter(prefix=shell.HOME, include_in_schema=False)
YES = "yes"


@router.get("/today")
def show_today(
    door: AtDoor, session: InSession, mine: Annotated[str, Query(max_length=3)] = ""
) -> Response:
    """What waits today, the most urgent of each heap with the way to the rest."""
    policy.require(session.officer, Verb.READ_CASES)
    shown = today.of_today(door, session.officer, mine=mine == YES)
    day = office_date(door.clock())
    return shell.page("today.html", door, session, shown=shown, today=day)


@router.post("/today/seen")
def mark_seen(door: AtDoor, session: Proven) -> Response:
    """Note that the reminders shown were seen."""

    def act(tx: Transaction, now: Any) -> Carried:
        return Carried(200, {"read": reminders.mark_read(tx, session.officer, now=now)})

    perform(door, session.officer, Verb.READ_CASES, None, None, act)
    return RedirectResponse(f"{shell.HOME}/today", status_code=303)


@router.get("/tasks")
def show_tasks(door: AtDoor, session: InSession) -> Response:
    """My section's and my role's work, the most urgent first."""
    policy.require(session.officer, Verb.READ_CASES)
    return _tasks_page(door, session)


@router.post("/tasks/{number}")
def settle_task(
    number: tasks.TaskId,
    door: AtDoor,
    session: Proven,
    result: Annotated[str, Form(max_length=2000)] = "",
    missed: Annotated[str, Form(max_length=3)] = "",
    words: Annotated[str, Form(max_length=2000)] = "",
    key: Annotated[str, Form(max_length=60)] = "",
) -> Response:
    """Note what came of a piece of work; a refusal keeps what was typed."""
    typed = {number: {"result": result, "words": words}}
    try:
        body = Settled(result=result, reached=missed != YES, words=words)
        tasks.settle(door, session.officer, key or None, number, body)
    except ValidationError:
        return _tasks_page(door, session, wording.bad_fields([wording.RESULT]), 422, typed)
    except tuple(errors.PROBLEMS) as error:
        told = refusing.in_one_line(error)
        return _tasks_page(door, session, told.text, told.status, typed)
    return RedirectResponse(f"{shell.HOME}/tasks", status_code=303)


@router.post("/together")
async def act_on_many(request: Request, door: AtDoor, session: InSession) -> Response:
    """Do the same to the cases that were ticked, and tell what became of each."""
    form = await request.form(max_files=0, max_fields=schemas.MOST_AT_ONCE + 20)
    ticked = [str(one) for one in form.getlist("case")]
    given = {name: str(value) for name, value in form.items() if isinstance(value, str)}
    proven(session, given.get("proof", ""))
    return await to_thread.run_sync(_together, ticked, given, door, session)


@router.post("/views")
def save_view(
    door: AtDoor,
    session: Proven,
    name: Annotated[str, Form(max_length=200)] = "",
    query: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Save the queue's filter under a name; an empty name is told."""
    if not name.strip():
        return shell.plain(wording.bad_fields([wording.VIEW_NAME]), 422)

    def act(tx: Transaction, _now: Any) -> Carried:
        row = today.keep_view(tx, session.officer, name, query)
        return Carried(200, {"query": row.query})

    kept = perform(door, session.officer, Verb.READ_CASES, None, None, act).body["query"]
    return RedirectResponse(f"{shell.HOME}?{kept}", status_code=303)


@router.post("/views/forget")
def forget_view(
    door: AtDoor, session: Proven, name: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """Forget a saved filter."""

    def act(tx: Transaction, _now: Any) -> Carried:
        today.drop_view(tx, session.officer, name)
        return Carried(204, {})

    perform(door, session.officer, Verb.READ_CASES, None, None, act)
    return RedirectResponse(shell.HOME, status_code=303)


def _together(
    ticked: list[str], given: dict[str, str], door: StaffDoor, session: Session
) -> Response:
    policy.require(session.officer, Verb.READ_CASES)
    found = []
    for one in ticked:
        case_no, _at, version = one.rpartition("@")
        if version.isdigit():
            found.append({"case_no": case_no, "version": int(version)})
    fields = wording.TOGETHER_TAKES.get(given.get("verb", ""), ())
    body = {name: given[name] for name in fields if given.get(name)}
    try:
        many = schemas.Many.model_validate(
            {"verb": given.get("verb", ""), "cases": found, "body": body}
        )
    except ValidationError:
        return shell.plain(_(wording.NOTHING_TICKED).format(most=schemas.MOST_AT_ONCE), 422)
    key = given.get("key") or None
    done = list(today.do_to_each(door, session.officer, key, many, tell=refusing.of_many))
    back = urlencode({"pile": given.get("pile", "open")})
    return shell.page(
        "together.html", door, session, done=done, verb=wording.TOGETHER[many.verb], back=back
    )


def _tasks_page(
    door: StaffDoor,
    session: Session,
    problem: str = "",
    status: int = 200,
    typed: dict[int, dict[str, str]] | None = None,
) -> Response:
    with reading(door.engine) as tx:
        rows = tasks.theirs(tx, session.officer, door.clock())
    return shell.page(
        "tasks.html",
        door,
        session,
        status=status,
        rows=rows,
        problem=problem,
        typed=typed or {},
        key=secrets.token_hex(8),
    )
