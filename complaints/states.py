"""What may happen to a case in which status: one table, nothing else decides it."""

from enum import StrEnum

from complaints.errors import NotAllowed


class Kind(StrEnum):
    """The four statutory kinds (行政程序法 §168)."""

    REFORM_SUGGESTION = "reform_suggestion"
    REGULATION_INQUIRY = "regulation_inquiry"
    MISCONDUCT_REPORT = "misconduct_report"
    RIGHTS_PROTECTION = "rights_protection"


class Status(StrEnum):
    """Where a case stands."""

    RECEIVED = "received"
    ASSIGNED = "assigned"
    REPLIED = "replied"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    REOPENED = "reopened"


class Action(StrEnum):
    """What somebody may want to do with a case."""

    ASSIGN = "assign"
    REPLY = "reply"
    CLOSE = "close"
    ADD_INFORMATION = "add_information"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    GIVE_FEEDBACK = "give_feedback"


class Outcome(StrEnum):
    """How a case ended; compulsory on closing (行政程序法 §171)."""

    RESOLVED = "resolved"
    ADOPTED = "adopted"
    PARTIALLY_ADOPTED = "partially_adopted"
    EXPLAINED = "explained"
    EXPLAINED_ON_THE_SPOT = "explained_on_the_spot"
    NOT_FEASIBLE_UNDER_LAW = "not_feasible_under_law"
    DIRECTED_TO_LEGAL_REMEDY = "directed_to_legal_remedy"
    DIRECTED_TO_MEDIATION = "directed_to_mediation"
    WITHDRAWN = "withdrawn"
    OTHER = "other"


class EventKind(StrEnum):
    """What the history of a case may record."""

    RECEIVED = "received"
    ASSIGNED = "assigned"
    REPLIED = "replied"
    CLOSED = "closed"
    INFORMATION_ADDED = "information_added"
    WITHDRAWN = "withdrawn"
    REOPENED = "reopened"
    DELIVERED = "delivered"
    UNDELIVERABLE = "undeliverable"
    CONFIRMED_IMPROVED = "confirmed_improved"
    NOT_IMPROVED = "not_improved"
    DISSATISFIED = "dissatisfied"
    SATISFACTION_RATED = "satisfaction_rated"


OPEN = frozenset({Status.RECEIVED, Status.ASSIGNED, Status.REPLIED, Status.REOPENED})
# The clock of these runs; a reply stops it (docs/decisions/0003).
RUNNING = OPEN - {Status.REPLIED}

_same = {status: status for status in Status}
ALLOWED: dict[Action, dict[Status, Status]] = {
    Action.ASSIGN: dict.fromkeys(RUNNING, Status.ASSIGNED),
    Action.REPLY: dict.fromkeys(OPEN, Status.REPLIED),
    Action.CLOSE: {Status.REPLIED: Status.CLOSED},
    Action.ADD_INFORMATION: {**_same},
    Action.WITHDRAW: dict.fromkeys(OPEN, Status.WITHDRAWN),
    Action.REOPEN: dict.fromkeys((Status.REPLIED, Status.CLOSED), Status.REOPENED),
    Action.GIVE_FEEDBACK: {Status.REPLIED: Status.REPLIED, Status.CLOSED: Status.CLOSED},
}


def after(status: Status, action: Action) -> Status:
    """The status an action leads to; raises NotAllowed when it does not fit."""
    try:
        return ALLOWED[action][status]
    except KeyError:
        raise NotAllowed(action, status) from None
