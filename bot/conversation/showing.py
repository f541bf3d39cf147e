"""How answers and cases look in a chat: plain text, the decisive thing first."""

from bot.conversation.wording import say
from complaints import wording as notices
from complaints.progress import Progress, Step
from complaints.workdays import office_date
from faq.index import Card

FIELDS = ("who", "fee", "time_limit", "where", "online", "legal_basis")


def card(entry: Card, language: str) -> str:
    """An approved answer with its fields, its legal basis and the day it was checked."""
    lines = [say(language, "chinese_only") + f"【{entry.label}】", entry.answer, ""]
    if entry.documents:
        lines.append(f"{say(language, 'documents')}：")
        lines += [f"・{document}" for document in entry.documents]
    for name in FIELDS:
        if value := getattr(entry, name):
            heading = say(language, name)
            lines.append(f"{heading}：{value.removeprefix(heading).strip()}")
    lines.append(say(language, "checked", day=notices.plain_date(entry.checked_on, language)))
    return "\n".join(lines)


def case_line(n: int, case: Progress, language: str) -> str:
    """One line of the list of one's cases."""
    status = notices.term(notices.STATUSES[case.status], language)
    return say(
        language,
        "case_line",
        n=n,
        case_no=case.case_no,
        subject=case.subject,
        status=status,
        left=left(case, language),
    )


def case(progress: Progress, language: str, *, owner: bool) -> str:
    """One case with its timeline; without the subject when the reader is not its citizen."""
    head = say(
        language,
        "case_head",
        case_no=progress.case_no,
        subject=progress.subject if owner else "",
        status=notices.term(notices.STATUSES[progress.status], language),
        left=left(progress, language),
        section=progress.section,
        received=notices.plain_date(progress.received_on, language),
        due=notices.plain_date(progress.due_on, language),
    ).replace("\n\n", "\n")
    return "\n".join([head, "", *(_step(step, language) for step in progress.steps)])


def left(case: Progress, language: str) -> str:
    """How much of the time is left, in words."""
    if case.late:
        return say(language, "late")
    if case.days_left is None:
        return ""
    if case.days_left == 0:
        return say(language, "due_today")
    return say(language, "days_left", days=case.days_left)


def _step(step: Step, language: str) -> str:
    day = notices.plain_date(office_date(step.at), language)
    return f"{day} {say(language, f'step_{step.kind}', text=step.text)}"
