"""Who may do what: one table, checked on the object as well as on the route."""

from collections.abc import Collection, Iterable
from enum import StrEnum

from sqlalchemy import inspect

from complaints.roles import CLOSED_CIRCLE, OWN_SECTION, Role
from complaints.states import Kind
from complaints.tables import Case, Officer
from complaints.worklist import Sight


class Verb(StrEnum):
    """What one may want to do."""

    READ_CASES = "read_cases"
    READ_FAQ = "read_faq"
    EDIT_FAQ = "edit_faq"
    APPROVE_FAQ = "approve_faq"
    READ_FIGURES = "read_figures"
    READ_CLOCK = "read_clock"
    CHANGE_CLOCK = "change_clock"
    READ_PEOPLE = "read_people"
    ARRANGE = "arrange"
    MANAGE_ACCOUNTS = "manage_accounts"
    READ_AUDIT = "read_audit"
    MANAGE_SUBSCRIPTIONS = "manage_subscriptions"
    MEASURE = "measure"


class Scope(StrEnum):
    """What a token may be used for, in the plain groups of the verbs."""

    CASES_READ = "cases:read"
    CASES_WRITE = "cases:write"
    FAQ_READ = "faq:read"
    FAQ_WRITE = "faq:write"
    FIGURES_READ = "figures:read"
    CLOCK_READ = "clock:read"
    CLOCK_WRITE = "clock:write"


EVERYONE = frozenset(Role)
HANDLING = EVERYONE - {Role.FAQ_EDITOR}
MAY: dict[Verb, frozenset[Role]] = {
    Verb.READ_CASES: HANDLING,
    Verb.READ_FAQ: EVERYONE,
    Verb.EDIT_FAQ: frozenset({Role.FAQ_EDITOR, Role.CASE_CONTROLLER, Role.ADMINISTRATOR}),
    Verb.APPROVE_FAQ: HANDLING - {Role.CLERK, Role.ETHICS},
    Verb.READ_FIGURES: EVERYONE,
    Verb.READ_CLOCK: HANDLING,
    Verb.CHANGE_CLOCK: HANDLING - {Role.CLERK},
    Verb.READ_PEOPLE: HANDLING,
    Verb.ARRANGE: HANDLING,
    Verb.MANAGE_ACCOUNTS: frozenset({Role.ADMINISTRATOR}),
    Verb.READ_AUDIT: HANDLING - {Role.CLERK, Role.SECTION_CHIEF},
    Verb.MANAGE_SUBSCRIPTIONS: frozenset({Role.ADMINISTRATOR}),
    Verb.MEASURE: frozenset(
        {Role.CASE_CONTROLLER, Role.SECRETARY, Role.DIRECTOR, Role.ADMINISTRATOR}
    ),
}
# What a token needs to look and to change; a verb without a scope is closed to tokens.
LOOKING: dict[Verb, Scope] = {
    Verb.READ_CASES: Scope.CASES_READ,
    Verb.READ_FAQ: Scope.FAQ_READ,
    Verb.EDIT_FAQ: Scope.FAQ_WRITE,
    Verb.APPROVE_FAQ: Scope.FAQ_WRITE,
    Verb.READ_FIGURES: Scope.FIGURES_READ,
    Verb.READ_CLOCK: Scope.CLOCK_READ,
    Verb.CHANGE_CLOCK: Scope.CLOCK_WRITE,
    Verb.READ_PEOPLE: Scope.CASES_READ,
}
CHANGING: dict[Verb, Scope] = {
    Verb.READ_CASES: Scope.CASES_WRITE,
    Verb.READ_FAQ: Scope.FAQ_WRITE,
    Verb.EDIT_FAQ: Scope.FAQ_WRITE,
    Verb.APPROVE_FAQ: Scope.FAQ_WRITE,
    Verb.READ_CLOCK: Scope.CLOCK_WRITE,
    Verb.CHANGE_CLOCK: Scope.CLOCK_WRITE,
}
# What a room's operations (by their tag) have to do with; a tag that is not here has no token.
AREAS: dict[str, frozenset[str]] = {
    "cases": frozenset({"cases"}),
    "tasks": frozenset({"cases"}),
    "today": frozenset({"cases"}),
    "privacy": frozenset({"cases"}),
    "people": frozenset({"cases"}),  # to read: no token changes who works here
    "desk": frozenset({"cases", "faq"}),
    "wordings": frozenset({"cases", "faq"}),
    "checklists": frozenset({"cases"}),
    "faq": frozenset({"faq"}),
    "figures": frozenset({"figures"}),
    "reports": frozenset({"figures"}),
    "exams": frozenset({"figures", "cases"}),
    "decisions": frozenset({"figures"}),
    "questionnaires": frozenset({"figures", "cases"}),
    "openness": frozenset({"cases"}),
    "clock": frozenset({"clock"}),
}
NO_SECTION = 0


class Forbidden(Exception):
    """The officer's role does not allow this."""


class OutOfScope(Forbidden):
    """The token was not made for this."""


def require(officer: Officer, verb: Verb, *, changing: bool = False) -> None:
    """Raise Forbidden unless the officer's role and the token's scopes allow the verb."""
    if Role(officer.role) not in MAY[verb]:
        raise Forbidden(verb)
    scopes = scopes_of(officer)
    if scopes is not None and (CHANGING if changing else LOOKING).get(verb) not in scopes:
        raise OutOfScope(verb)


def require_scope(officer: Officer, scope: Scope) -> None:
    """Raise OutOfScope unless the token has the scope; for what every role may do."""
    scopes = scopes_of(officer)
    if scopes is not None and scope not in scopes:
        raise OutOfScope(scope)


def require_area(officer: Officer, tags: Iterable[str]) -> None:
    """Raise OutOfScope when the token has nothing to do with a room of these tags."""
    scopes = scopes_of(officer)
    areas = {area for tag in tags for area in AREAS.get(tag, ())}
    if scopes is not None and areas.isdisjoint(scope.split(":")[0] for scope in scopes):
        raise OutOfScope("area")


def limit(officer: Officer, scopes: Collection[str]) -> None:
    """Hold this officer object, which came by a token, to the token's scopes."""
    inspect(officer).info["scopes"] = frozenset(scopes)


def refuse_tokens(officer: Officer) -> None:
    """Raise OutOfScope for every token; for what only a log-in may do."""
    if scopes_of(officer) is not None:
        raise OutOfScope("log-in")


def scopes_of(officer: Officer) -> frozenset[str] | None:
    """What the officer's token is held to; None for a log-in, which may do all."""
    found: frozenset[str] | None = inspect(officer).info.get("scopes")
    return found


def sight(
    officer: Officer,
    covering: frozenset[int] = frozenset(),
    asked: frozenset[int] = frozenset(),
) -> Sight:
    """Which cases the officer may see; an officer without a section sees only what is theirs.

    `covering` are the officers whose work is this one's today, `asked` the cases on which the
    officer's section was asked for its view.
    """
    role = Role(officer.role)
    if role not in MAY[Verb.READ_CASES]:
        return Sight(section_id=NO_SECTION, misconduct=False)
    own_section = role in OWN_SECTION
    return Sight(
        section_id=(officer.section_id or NO_SECTION) if own_section else None,
        officer_ids=covering | {officer.id},
        asked=asked,
        misconduct=role in CLOSED_CIRCLE,
    )


def sees_identity(officer: Officer, case: Case) -> bool:
    """Whether name and contact are shown (行政程序法 §170 II): not to all when confidential."""
    closed = case.confidential or case.kind == Kind.MISCONDUCT_REPORT
    return not closed or case.handler_id == officer.id or Role(officer.role) in CLOSED_CIRCLE
