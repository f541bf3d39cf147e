"""Who may do what with a case: one table of roles and actions, and the closed circle."""

from enum import StrEnum

from complaints.states import Action


class Role(StrEnum):
    """The part an officer plays."""

    CLERK = "clerk"
    SECTION_CHIEF = "section_chief"
    CASE_CONTROLLER = "case_controller"
    SECRETARY = "secretary"
    DIRECTOR = "director"
    ETHICS = "ethics"
    FAQ_EDITOR = "faq_editor"
    ADMINISTRATOR = "administrator"


HANDLERS = frozenset(
    {
        Role.CLERK,
        Role.SECTION_CHIEF,
        Role.CASE_CONTROLLER,
        Role.SECRETARY,
        Role.DIRECTOR,
        Role.ETHICS,
    }
)
LEADING = HANDLERS - {Role.CLERK}
# Who may put their name under the content of an answer (分層負責).
APPROVERS = frozenset({Role.SECTION_CHIEF, Role.SECRETARY, Role.DIRECTOR, Role.ETHICS})
HEADS = frozenset({Role.SECRETARY, Role.DIRECTOR})
CLOSED_CIRCLE = frozenset({Role.ETHICS, Role.DIRECTOR})
OWN_SECTION = frozenset({Role.CLERK, Role.SECTION_CHIEF})
# From the lowest level of approval to the highest; a higher one may do what a lower one may.
LEVELS = (Role.SECTION_CHIEF, Role.SECRETARY, Role.DIRECTOR)

MAY: dict[Action, frozenset[Role]] = {
    **dict.fromkeys(Action, HANDLERS),
    Action.ASSIGN: LEADING | {Role.ADMINISTRATOR},
    Action.SETTLE_OWNER: HEADS,
    Action.CLASSIFY: LEADING,
    Action.DECIDE_EXTENSION: APPROVERS,
    Action.APPROVE: APPROVERS,
    Action.REPLY: APPROVERS | {Role.CASE_CONTROLLER},
    Action.CORRECT: APPROVERS,
    Action.TRANSFER: LEADING,
    Action.NOT_PROCESS: HEADS | {Role.ETHICS},
    Action.SPLIT: HANDLERS,
    Action.REOPEN: LEADING,
}


def rank(role: Role) -> int:
    """How high a role stands among the levels of approval; -1 when it approves nothing."""
    return LEVELS.index(role) if role in LEVELS else -1
