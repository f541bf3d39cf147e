"""Who may do what: one table, checked on the object as well as on the route."""

from enum import StrEnum

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
}
NO_SECTION = 0


class Forbidden(Exception):
    """The officer's role does not allow this."""


def require(officer: Officer, verb: Verb) -> None:
    """Raise Forbidden unless the officer's role allows the verb."""
    if Role(officer.role) not in MAY[verb]:
        raise Forbidden(verb)


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
