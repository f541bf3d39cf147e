"""What can go wrong with a petition, in the office's words."""


class ComplaintError(Exception):
    """Base of every refusal of this room."""


class UnknownCase(ComplaintError):
    """No such case, or none that this person may know of."""


class StaleCase(ComplaintError):
    """Somebody changed the case since it was read."""


class NotAllowed(ComplaintError):
    """The action does not fit the status the case is in."""

    def __init__(self, action: str, status: str) -> None:
        super().__init__(f"{action} is not allowed while the case is {status}")
        self.action = action
        self.status = status


class IncompletePetition(ComplaintError):
    """Something that a petition must hold is missing; `field` names it."""

    def __init__(self, field: str) -> None:
        super().__init__(f"a petition needs {field}")
        self.field = field


class UnknownSection(ComplaintError):
    """No such section, or it is closed."""


class UnknownOfficer(ComplaintError):
    """No such officer, or the account is closed."""


class CalendarMissing(ComplaintError):
    """A due date falls into a year whose office calendar is not loaded."""

    def __init__(self, year: int) -> None:
        super().__init__(f"the office calendar of {year} is not loaded")
        self.year = year


class RuleMissing(ComplaintError):
    """No rule says how long this kind of petition may take."""


class LookupLocked(ComplaintError):
    """Too many wrong look-up codes for this case number; try again later."""
