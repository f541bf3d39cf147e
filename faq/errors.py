"""What can go wrong with questions and answers."""


class FaqError(Exception):
    """Base of every refusal of this room."""


class UnknownEntry(FaqError):
    """No entry has this id."""


class UnknownQuestion(FaqError):
    """No recorded question has this number, or it is somebody else's."""


class StaleEntry(FaqError):
    """Somebody changed the entry since it was read."""


class BadEntry(FaqError):
    """An entry lacks something or holds something wrong; `field` names it."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class BadTestSet(FaqError):
    """A knowledge base or a list of questions cannot be read; the text says where."""
