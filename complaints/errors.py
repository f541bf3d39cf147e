"""What can go wrong with a petition, in the office's words."""


class ComplaintError(Exception):
    """Base of every refusal of this room."""


class UnknownCase(ComplaintError):
    """No such case, or none that this person may know of."""


class StaleCase(ComplaintError):
    """Somebody changed the case since it was read."""


class StaleRow(ComplaintError):
    """Somebody changed this entry of the roster since it was read."""


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


class RuleInUse(ComplaintError):
    """The rule cannot go: open cases are counted by it; `cases` says how many."""

    def __init__(self, cases: int) -> None:
        super().__init__(f"{cases} open cases are counted by this rule")
        self.cases = cases


class BadPractice(ComplaintError):
    """The office has no such choice, or the choice no such value; `name` says which."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no such choice or value: {name}")
        self.name = name


class BadRule(ComplaintError):
    """The rule cannot be: its days, unit or ceiling make no sense."""


class BadCalendar(ComplaintError):
    """The calendar or closure cannot be taken; the text says what is wrong, and where."""


class NotPermitted(ComplaintError):
    """This officer's role or section may not do that with this case."""


class OwnWork(ComplaintError):
    """Nobody approves their own draft, request or list."""


class TooLate(ComplaintError):
    """The time for this is over: extension after the due date, reopening after its days."""


class BeyondCeiling(ComplaintError):
    """The extension would pass the longest time allowed; `latest` is the last day that is."""

    def __init__(self, latest: object) -> None:
        super().__init__(f"the latest allowed day is {latest}")
        self.latest = latest


class TooManyExtensions(ComplaintError):
    """The rule allows no further extension."""


class LevelTooLow(ComplaintError):
    """An extension of this length is for a higher level to approve."""


class NothingToDecide(ComplaintError):
    """There is no open request, draft or task of this number."""


class ReplyIncomplete(ComplaintError):
    """The answer lacks something it must have; `problems` are its findings."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class LeaksIdentity(ComplaintError):
    """The text would tell somebody's personal data to others; `found` says what."""

    def __init__(self, found: tuple[str, ...]) -> None:
        super().__init__("the text holds personal data")
        self.found = found


class NotARepeat(ComplaintError):
    """The short way for a repeated matter is closed: `reason` says why (行政程序法 §173 II)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NeedsDecision(ComplaintError):
    """The case was refused twice: the secretary decides whose it is, nobody else moves it."""


class NeedsEvidence(ComplaintError):
    """Improved needs the citizen's word or evidence."""


class BadTemplate(ComplaintError):
    """A template cannot be kept so; the text says what is wrong with it."""


class TemplateLocked(ComplaintError):
    """The template rests on a law that changed and was not looked at since."""

    def __init__(self, name: str, law: str) -> None:
        super().__init__(f"{name}: {law}")
        self.name = name
        self.law = law


class UnknownSubscription(ComplaintError):
    """No other system is told under this number."""


class BadSubscription(ComplaintError):
    """What another system would be told, or where, will not do; `field` names it."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} will not do")
        self.field = field


class AlreadySet(ComplaintError):
    """It was done once and is not done again: the exam of a period, a colleague's score."""


class NothingDrawn(ComplaintError):
    """Nothing was asked and nothing answered that an exam could be made of."""


class LastAdministrator(ComplaintError):
    """Nobody else could manage the accounts."""


class OutsideCircle(ComplaintError):
    """A report of misconduct cannot go to somebody who may not know of it."""
