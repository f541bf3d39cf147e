"""The program as it is served, without working out every route anew for each test."""

from fastapi import FastAPI
from starlette.routing import BaseRoute

from app import web
from app.office import Office

# FastAPI works a router's routes out at its first request and keeps them with the application:
# a second of work, the same for every application of ours.
_worked_out: dict[int, BaseRoute] = {}


def create_web(office: Office, *, loops: bool = True) -> FastAPI:
    """The application of an office; its rooms' routes are those of the first one."""
    app = web.create_web(office, loops=loops)
    for n, route in enumerate(app.router.routes):
        room = getattr(route, "original_router", None)
        if room is not None:
            app.router.routes[n] = _worked_out.setdefault(id(room), route)
    return app
