"""The program as one web application: citizens' faces, staff's faces, and health."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi_offline import FastAPIOffline
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from admin_api import (
    audit,
    cases,
    checklists,
    clockwork,
    decisions,
    desk,
    errors,
    evidence,
    exams,
    faq,
    faq_forms,
    figures,
    handling,
    learning,
    officers,
    openness,
    people,
    pinned,
    presence,
    privacy,
    questionnaires,
    reports,
    subscriptions,
    tasks,
    today,
    translations,
    wordings,
)
from admin_api.console import pages
from admin_api.console.language import Speaking
from app import interface, metrics
from app.headers import Headers
from app.loops import Running, running_beside
from app.office import Office
from app.readiness import problems
from bot import downloads, webchat
from bot import openness as for_everybody
from data import files, outbox
from data.database import reading

ROOMS = (
    officers,
    people,
    today,
    cases,
    handling,
    faq,
    learning,
    figures,
    evidence,
    reports,
    clockwork,
    tasks,
    privacy,
    desk,
    wordings,
    checklists,
    audit,
    subscriptions,
    presence,
    exams,
    decisions,
    openness,
    questionnaires,
    pinned,
    translations,
    faq_forms,
)


def create_web(office: Office, *, loops: bool = True) -> FastAPI:
    """The whole application of an office; unless told not to, the loops run while it serves."""
    running = Running()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with running_beside(office, running, loops=loops):
            yield

    app = FastAPIOffline(
        title="CivicLine 為民服務即時通",
        version="1",
        description=interface.DESCRIPTION,
        openapi_url=interface.PATH,
        openapi_tags=interface.TAGS,
        generate_unique_id_function=interface.name_of,
        redoc_url=None,
        redirect_slashes=False,  # such a redirect would lead to whatever host the caller named
        max_body_size=files.room_for(1),  # where more is taken the route says so
        lifespan=lifespan,
    )
    app.openapi = interface.describing(app)  # type: ignore[method-assign]
    app.add_middleware(Speaking)
    # Added last, so outermost: everything behind it sees who really calls.
    app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=office.settings.proxies)
    _attach(app, office)
    _add_health(app, office, running)
    metrics.install(app, office, running)
    _add_headers(app, secure=office.served_by_https)
    return app


def _attach(app: FastAPI, office: Office) -> None:
    files, secure = office.settings.files, office.served_by_https
    app.state.staff_door = office.staff_door
    app.state.case_prefix = office.settings.office_code  # of the cases filed at the counter
    app.state.web_door = webchat.Door(office.desk, files, secure)
    app.state.open_door = for_everybody.Door(office.desk, office.settings.open_data_licence)
    errors.install(app)
    if office.telegram and office.settings.public_url:
        from bot import webhook

        # First of all routes: it is asked for most, and each before it would be compared.
        app.routes.append(webhook.route(webhook.Door(office.desk, office.telegram)))
    app.include_router(webchat.router)
    pages.install(app)
    for room in ROOMS:
        app.include_router(room.router, responses=interface.ERRORS)
    app.include_router(for_everybody.router)
    app.include_router(downloads.router)

    @app.get("/", include_in_schema=False)
    def go_to_chat() -> Response:
        return RedirectResponse("/chat")


def _add_headers(app: FastAPI, *, secure: bool) -> None:
    """Around all of it: what answers an error nobody foresaw stands outside every middleware."""
    build = app.build_middleware_stack

    def build_with_headers() -> ASGIApp:
        return Headers(build(), secure=secure)

    app.build_middleware_stack = build_with_headers  # type: ignore[method-assign]


def _add_health(app: FastAPI, office: Office, running: Running) -> None:
    @app.get("/healthz", include_in_schema=False)
    def check_health(_request: Request) -> Response:
        polling = office.poller.problem if office.poller else None
        found = problems(office, running.telegram or polling)
        found += [f"loop: {name} stopped" for name in running.stopped]
        if found:
            return JSONResponse({"status": "not ready", "reasons": found}, 503)
        with reading(office.engine) as tx:
            backlog = outbox.backlog(tx)
        counts = {"waiting": backlog.waiting, "dead": backlog.dead}
        return JSONResponse({"status": "ready", "outbox": counts})
