"""Routers that are passed over quickly.

A request is compared with the routes of every router in turn: with four hundred routes that took
as long as most answers.
"""

from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope


@dataclass(frozen=True)
class _Paths:
    """The paths of so many routes: those without parameters, and what the others begin with."""

    routes: int
    whole: frozenset[str]
    begun: tuple[str, ...]

    def may_hold(self, path: str) -> bool:
        return path in self.whole or path.startswith(self.begun)


class NarrowRouter(APIRouter):
    """A router whose routes are compared only with a path that may be one of theirs."""

    _paths = _Paths(0, frozenset(), ())

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As every router's, without looking at each route where the beginning tells enough."""
        if self._paths.routes != len(self.routes):
            self._paths = _paths(self)
        if not self._paths.may_hold(scope["path"].removeprefix(scope.get("root_path", ""))):
            return Match.NONE, {}
        return super().matches(scope)


def _paths(router: APIRouter) -> _Paths:
    paths = [route.path for route in router.routes if isinstance(route, APIRoute)]
    if len(paths) < len(router.routes):  # a mount, say: everything may be its own
        return _Paths(len(router.routes), frozenset(), ("",))
    begun = {path.partition("{")[0] for path in paths if "{" in path}
    return _Paths(
        len(paths), frozenset(path for path in paths if "{" not in path), tuple(sorted(begun))
    )
