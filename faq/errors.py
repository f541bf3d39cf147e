"""What can go wrong with questions and answers."""

from collections.abc import Sequence

LONGEST = 200  # characters


class FaqError(Exception):
    """Base of every refusal of this room."""


class UnknownEntry(FaqError):
    """No entry has this id."""


class UnknownQuestion(FaqError):
    """No recorded question has this number, or it is somebody else's."""


class StaleEntry(FaqError):
    """Somebody changed the entry since it was read."""


def shortened(text: str) -> str:
    """A text out of somebody's file, no longer than is read in a refusal."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


class BadEntry(FaqError):
    """An entry lacks something or holds something wrong; `field` names it."""

    def __init__(self, field: str, problem: str) -> None:
        self.field, self.problem = shortened(field), shortened(problem)
        super().__init__(f"{self.field}: {self.problem}")


class AnswersWorse(FaqError):
    """A change would answer questions of the office's test set worse; `questions` names them."""

    def __init__(self, questions: Sequence[str]) -> None:
        super().__init__("；".join(questions))
        self.questions = tuple(questions)


class UnknownDraft(FaqError):
    """No draft has this number."""


class DraftNotOpen(FaqError):
    """The draft is not in the state this needs."""


class SameOfficer(FaqError):
    """Whoever wrote a draft cannot approve it."""


class BadWordList(FaqError):
    """An office's list of words cannot be read; `line` is its own line, where that is known."""

    def __init__(self, problem: str, line: int | None = None) -> None:
        super().__init__(problem)
        self.line = line


class StaleWordList(FaqError):
    """Somebody changed the list of words since it was read."""


class UnknownNotice(FaqError):
    """No pinned notice has this number."""


class BadNotice(FaqError):
    """A pinned notice lacks something or holds something wrong; `field` names it."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class NoticeOver(FaqError):
    """The notice does not stand any more."""


class UnknownForm(FaqError):
    """No form has this name."""


class UnfitForm(FaqError):
    """A form's name or file will not do, or entries still name it; the text says why."""


class NoTranslation(FaqError):
    """The entry has no English text."""


class UnknownTrial(FaqError):
    """No question of the test set has this number."""


class BadTestSet(FaqError):
    """A knowledge base or a list of questions cannot be read; the text says where."""
