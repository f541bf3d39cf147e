"""How answers and cases look in a chat: plain text, the decisive thing first."""

from collections.abc import Sequence
from urllib.parse import quote

from bot.conversation.wants import Opening
from bot.conversation.wording import say
from complaints.clock.workdays import office_date
from complaints.progress import Progress, Step
from complaints.wording import terms as notices
from data.outbox import Choice
from faq.keeping.editing import Variant
from faq.keeping.index import Card

FORMS = "/forms/"  # where they are found on our own site
FIELDS = ("who", "fee", "time_limit", "where", "online", "legal_basis")


def card(entry: Card, language: str) -> str:
    """An approved answer with its fields, its legal basis and the day it was checked."""
    translated = entry.in_language(language)
    note = "" if translated else say(language, "chinese_only")
    entry = translated or entry
    lines = [note + f"【{entry.label}】", entry.answer, ""]
    if entry.documents:
        lines.append(f"{say(language, 'documents')}：")
        lines += [f"・{document}" for document in entry.documents]
    if entry.forms:
        lines.append(say(language, "forms", names="、".join(entry.forms)))
    lines += [_field(entry, name, language) for name in FIELDS if getattr(entry, name)]
    lines.append(say(language, "checked", day=notices.plain_date(entry.checked_on, language)))
    return "\n".join(lines)


def fields(entry: Card, names: Sequence[str], language: str, phone: str | None = None) -> str:
    """Only what was asked about an entry, under its name; what it does not say is said too.

    Who asks whom to call is told the section, with the office's telephone where it is known.
    """
    translated = entry.in_language(language)
    note = "" if translated else say(language, "chinese_only")
    entry = translated or entry
    lines = [note + f"【{entry.label}】"]
    for name in names:
        if not getattr(entry, name):
            lines.append(say(language, "field_unknown", field=say(language, name)))
        elif name == "documents":
            lines += [f"{say(language, name)}：", *(f"・{one}" for one in entry.documents)]
        else:
            lines.append(_field(entry, name, language))
    if "section" in names and phone:
        lines.append(say(language, "call_us", phone=phone))
    if "who" in names:
        lines += [f"{one.label}：{one.answer}" for one in entry.variants]
    lines.append(say(language, "checked", day=notices.plain_date(entry.checked_on, language)))
    return "\n".join(lines)


def downloads(entry: Card, language: str) -> tuple[Choice, ...]:
    """A button for each form that goes with an entry: it leads to the file on our own site."""
    return tuple(
        Choice(say(language, "b_download", name=name), "", f"{FORMS}{quote(name)}")
        for name in entry.forms
    )


def variant(entry: Card, chosen: Variant, language: str) -> str:
    """The answer for one situation, with its own papers or else the entry's."""
    lines = [say(language, "chinese_only") + f"【{entry.label}】{chosen.label}", chosen.answer]
    if papers := chosen.documents or entry.documents:
        lines += ["", f"{say(language, 'documents')}：", *(f"・{one}" for one in papers)]
    lines.append(say(language, "checked", day=notices.plain_date(entry.checked_on, language)))
    return "\n".join(lines)


def short(entry: Card, language: str, situation: int | None) -> str:
    """Title and answer only, of the situation asked about if one was."""
    translated = entry.in_language(language)
    if situation is not None or translated is None:
        note = say(language, "chinese_only")
        one = entry.variants[situation] if situation is not None else None
        title = f"{note}【{entry.label}】{one.label if one else ''}"
        return f"{title}\n{one.answer if one else entry.answer}"
    return f"【{translated.label}】\n{translated.answer}"


def opening(asked: Opening, language: str) -> str:
    """Whether the office is open on a day, why not, and when it is open again."""
    day = notices.plain_date(asked.day, language)
    if asked.is_open is None:
        return say(language, "open_unknown", day=day)
    text = _whether_open(asked, day, language)
    if not asked.is_open and asked.next_open:
        after = asked.next_open
        again = notices.plain_date(after, language)
        text += say(language, "open_again", day=again)
    return text + (say(language, "open_provisional") if asked.is_provisional else "")


def _whether_open(asked: Opening, day: str, language: str) -> str:
    if asked.cut_short:
        return say(language, "open_in_part", day=day, why=asked.cut_short)
    return say(language, "open" if asked.is_open else "shut", day=day, why=asked.reason)


def _field(entry: Card, name: str, language: str) -> str:
    heading = say(language, name)
    return f"{heading}：{getattr(entry, name).removeprefix(heading).strip()}"


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
    owed = [
        say(language, "promised", day=notices.plain_date(day, language), text=text)
        for text, day in progress.promised
    ]
    return "\n".join([head, *owed, "", *(_step(step, language) for step in progress.steps)])


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
