"""What may happen to a case in which status: one table, nothing else decides it."""

from enum import StrEnum

from complaints.errors import NotAllowed


class Kind(StrEnum):
    """The four statutory kinds (行政程序法 §168), and what arrives by the same door."""

    REFORM_SUGGESTION = "reform_suggestion"
    REGULATION_INQUIRY = "regulation_inquiry"
    MISCONDUCT_REPORT = "misconduct_report"
    RIGHTS_PROTECTION = "rights_protection"
    PRAISE = "praise"
    GENERAL_INQUIRY = "general_inquiry"
    DATA_ACCESS = "data_access"
    DATA_DELETION = "data_deletion"


STATUTORY = frozenset(
    {
        Kind.REFORM_SUGGESTION,
        Kind.REGULATION_INQUIRY,
        Kind.MISCONDUCT_REPORT,
        Kind.RIGHTS_PROTECTION,
    }
)


class Status(StrEnum):
    """Where a case stands."""

    RECEIVED = "received"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    AWAITING_SUPPLEMENT = "awaiting_supplement"
    REPLIED = "replied"
    CLOSED = "closed"
    TRANSFERRED = "transferred"
    NOT_PROCESSED = "not_processed"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"
    REOPENED = "reopened"


class Action(StrEnum):
    """What somebody may want to do with a case."""

    ASSIGN = "assign"
    ACCEPT = "accept"
    HAND_BACK = "hand_back"
    SETTLE_OWNER = "settle_owner"
    CLASSIFY = "classify"
    NOTE = "note"
    CONSULT = "consult"
    ANSWER_CONSULTATION = "answer_consultation"
    ASK_SUPPLEMENT = "ask_supplement"
    SUPPLEMENT = "supplement"
    ASK_EXTENSION = "ask_extension"
    DECIDE_EXTENSION = "decide_extension"
    DRAFT = "draft"
    APPROVE = "approve"
    SEND = "send"
    SEND_INTERIM = "send_interim"
    EXPLAIN_DELAY = "explain_delay"
    REPLY = "reply"
    CORRECT = "correct"
    SETTLE_PROMISE = "settle_promise"
    RECORD_IMPROVEMENT = "record_improvement"
    RECORD_VISIT = "record_visit"
    CHECK_STEP = "check_step"
    TRANSFER = "transfer"
    NOT_PROCESS = "not_process"
    MERGE = "merge"
    SPLIT = "split"
    CLOSE = "close"
    ACKNOWLEDGE = "acknowledge"
    ADD_INFORMATION = "add_information"
    FOLLOW = "follow"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    GIVE_FEEDBACK = "give_feedback"


class Outcome(StrEnum):
    """How a case ended; compulsory on closing (行政程序法 §171)."""

    RESOLVED = "resolved"
    ADOPTED = "adopted"
    PARTIALLY_ADOPTED = "partially_adopted"
    NOT_ADOPTED = "not_adopted"
    EXPLAINED = "explained"
    EXPLAINED_ON_THE_SPOT = "explained_on_the_spot"
    NOT_FEASIBLE_UNDER_LAW = "not_feasible_under_law"
    TRANSFERRED_TO_COMPETENT_AGENCY = "transferred_to_competent_agency"
    DIRECTED_TO_LEGAL_REMEDY = "directed_to_legal_remedy"
    DIRECTED_TO_MEDIATION = "directed_to_mediation"
    NOT_PROCESSED = "not_processed"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"
    NOTED = "noted"
    OTHER = "other"


class Aspect(StrEnum):
    """What a grade is of: how a case was handled, or what came of it."""

    PROCESS = "process"
    RESULT = "result"


class Fault(StrEnum):
    """What somebody who gave a low grade found wrong."""

    SLOW = "slow"
    MANNER = "manner"
    UNSOLVED = "unsolved"
    UNCLEAR = "unclear"
    OTHER = "other"


# How a suggestion may end; the adoption rate counts these (adopted and partly / all three).
OF_SUGGESTIONS = (Outcome.ADOPTED, Outcome.PARTIALLY_ADOPTED, Outcome.NOT_ADOPTED)
# What a person may choose on closing; the others follow from a verb of their own.
BY_OWN_VERB = frozenset(
    {
        Outcome.TRANSFERRED_TO_COMPETENT_AGENCY,
        Outcome.NOT_PROCESSED,
        Outcome.WITHDRAWN,
        Outcome.MERGED,
    }
)


class Ground(StrEnum):
    """Why a petition may be left unprocessed: these, and no other (行政程序法 §173)."""

    NO_CONCRETE_CONTENT = "no_concrete_content"
    NO_REAL_NAME_OR_CONTACT = "no_real_name_or_contact"
    REPEATED_SAME_MATTER = "repeated_same_matter"
    ALREADY_SENT_TO_COMPETENT_AGENCIES = "already_sent_to_competent_agencies"


class EventKind(StrEnum):
    """What the history of a case may record."""

    RECEIVED = "received"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    HANDED_BACK = "handed_back"
    OWNER_SETTLED = "owner_settled"
    CLASSIFIED = "classified"
    LOCATED = "located"
    NOTED = "noted"
    CONSULTED = "consulted"
    CONSULTATION_ANSWERED = "consultation_answered"
    SUPPLEMENT_ASKED = "supplement_asked"
    SUPPLEMENTED = "supplemented"
    EXTENSION_ASKED = "extension_asked"
    EXTENSION_REFUSED = "extension_refused"
    EXTENDED = "extended"
    EXTENSION_UNDONE = "extension_undone"
    DUE_DATE_MOVED = "due_date_moved"
    DRAFTED = "drafted"
    RETURNED = "returned"
    APPROVED = "approved"
    INTERIM_SENT = "interim_sent"
    REPLIED = "replied"
    CORRECTED = "corrected"
    PROMISED = "promised"
    PROMISE_SETTLED = "promise_settled"
    TRANSFERRED = "transferred"
    NOT_PROCESSED = "not_processed"
    MERGED = "merged"
    SPLIT = "split"
    CLOSED = "closed"
    INFORMATION_ADDED = "information_added"
    EDITED = "edited"
    FOLLOWED = "followed"
    WITHDRAWN = "withdrawn"
    REOPENED = "reopened"
    DELAY_EXPLAINED = "delay_explained"
    TOLD_LATE = "told_late"
    DELIVERED = "delivered"
    UNDELIVERABLE = "undeliverable"
    TOLD_OTHERWISE = "told_otherwise"
    CONFIRMED_IMPROVED = "confirmed_improved"
    IMPROVEMENT_RECORDED = "improvement_recorded"
    NOT_IMPROVED = "not_improved"
    DISSATISFIED = "dissatisfied"
    SATISFACTION_RATED = "satisfaction_rated"
    SITE_VISITED = "site_visited"
    STEP_CHECKED = "step_checked"
    IDENTITY_VIEWED = "identity_viewed"
    ANONYMIZED = "anonymized"


# What a citizen may say after filing that somebody should read.
BY_CITIZEN = frozenset(
    {
        EventKind.INFORMATION_ADDED,
        EventKind.EDITED,
        EventKind.DISSATISFIED,
        EventKind.NOT_IMPROVED,
    }
)
# What the figures are worked out from; each of these tells under which headings it counts.
MEASURED = frozenset(
    {
        EventKind.RECEIVED,
        EventKind.ASSIGNED,
        EventKind.ACCEPTED,
        EventKind.HANDED_BACK,
        EventKind.OWNER_SETTLED,
        EventKind.CLASSIFIED,
        EventKind.LOCATED,
        EventKind.EDITED,
        EventKind.SUPPLEMENT_ASKED,
        EventKind.SUPPLEMENTED,
        EventKind.EXTENDED,
        EventKind.EXTENSION_UNDONE,
        EventKind.DUE_DATE_MOVED,
        EventKind.REPLIED,
        EventKind.PROMISED,
        EventKind.PROMISE_SETTLED,
        EventKind.TRANSFERRED,
        EventKind.NOT_PROCESSED,
        EventKind.MERGED,
        EventKind.SPLIT,
        EventKind.CLOSED,
        EventKind.WITHDRAWN,
        EventKind.REOPENED,
        EventKind.CONFIRMED_IMPROVED,
        EventKind.IMPROVEMENT_RECORDED,
        EventKind.SATISFACTION_RATED,
    }
)

HANDLED = frozenset(
    {Status.RECEIVED, Status.ASSIGNED, Status.IN_PROGRESS, Status.AWAITING_SUPPLEMENT}
)
# The clock of these runs; a reply stops it (docs/decisions/0003).
RUNNING = HANDLED | {Status.REOPENED}
OPEN = RUNNING | {Status.REPLIED}
ENDED = frozenset(set(Status) - OPEN)
ANSWERED = frozenset({Status.REPLIED, Status.CLOSED})

# While the secretary decides whose case it is, nobody else moves it.
DISPUTED = frozenset(
    {
        Action.ASSIGN,
        Action.ACCEPT,
        Action.HAND_BACK,
        Action.TRANSFER,
        Action.NOT_PROCESS,
        Action.MERGE,
    }
)

_same = {status: status for status in Status}
# A case that awaits particulars awaits them in other hands, too.
_waiting = {Status.AWAITING_SUPPLEMENT: Status.AWAITING_SUPPLEMENT}


def _stays(statuses: frozenset[Status]) -> dict[Status, Status]:
    return {status: status for status in statuses}


ALLOWED: dict[Action, dict[Status, Status]] = {
    Action.ASSIGN: dict.fromkeys(RUNNING, Status.ASSIGNED) | _waiting,
    Action.ACCEPT: dict.fromkeys(
        (Status.RECEIVED, Status.ASSIGNED, Status.REOPENED), Status.IN_PROGRESS
    ),
    Action.HAND_BACK: dict.fromkeys(
        (Status.ASSIGNED, Status.IN_PROGRESS, Status.REOPENED), Status.RECEIVED
    ),
    Action.SETTLE_OWNER: dict.fromkeys(RUNNING, Status.ASSIGNED) | _waiting,
    Action.CLASSIFY: _stays(RUNNING),
    Action.NOTE: {**_same},
    Action.CONSULT: _stays(RUNNING),
    Action.ANSWER_CONSULTATION: _stays(OPEN),
    Action.ASK_SUPPLEMENT: dict.fromkeys(RUNNING, Status.AWAITING_SUPPLEMENT),
    Action.SUPPLEMENT: {Status.AWAITING_SUPPLEMENT: Status.IN_PROGRESS},
    Action.ASK_EXTENSION: _stays(RUNNING),
    Action.DECIDE_EXTENSION: _stays(RUNNING),
    Action.DRAFT: _stays(OPEN),
    Action.APPROVE: _stays(OPEN),
    Action.SEND: dict.fromkeys(OPEN, Status.REPLIED),
    Action.SEND_INTERIM: _stays(RUNNING),
    Action.EXPLAIN_DELAY: _stays(RUNNING),
    Action.REPLY: dict.fromkeys(OPEN, Status.REPLIED),
    Action.CORRECT: _stays(ANSWERED),
    Action.SETTLE_PROMISE: {**_same},
    Action.RECORD_IMPROVEMENT: _stays(ANSWERED),
    Action.RECORD_VISIT: _stays(OPEN),
    Action.CHECK_STEP: _stays(OPEN),
    Action.TRANSFER: dict.fromkeys(RUNNING, Status.TRANSFERRED),
    Action.NOT_PROCESS: dict.fromkeys(RUNNING, Status.NOT_PROCESSED),
    Action.MERGE: dict.fromkeys(RUNNING, Status.MERGED),
    Action.SPLIT: {Status.MERGED: Status.IN_PROGRESS},
    Action.CLOSE: {Status.REPLIED: Status.CLOSED},
    Action.ACKNOWLEDGE: dict.fromkeys(RUNNING, Status.CLOSED),
    Action.ADD_INFORMATION: {**_same},
    Action.FOLLOW: _stays(OPEN),
    Action.WITHDRAW: dict.fromkeys(OPEN, Status.WITHDRAWN),
    Action.REOPEN: dict.fromkeys(
        (Status.REPLIED, Status.CLOSED, Status.TRANSFERRED, Status.NOT_PROCESSED),
        Status.REOPENED,
    ),
    Action.GIVE_FEEDBACK: _stays(ANSWERED | {Status.MERGED}),
}


def after(status: Status, action: Action) -> Status:
    """The status an action leads to; raises NotAllowed when it does not fit."""
    try:
        return ALLOWED[action][status]
    except KeyError:
        raise NotAllowed(action, status) from None
