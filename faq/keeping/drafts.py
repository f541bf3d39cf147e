"""Entries on their way: written by one person, approved by another, tried before they are live."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.masking import mask
from faq.errors import (
    BadEntry,
    DraftNotOpen,
    SameOfficer,
    StaleEntry,
    UnknownDraft,
    UnknownQuestion,
)
from faq.keeping import editing
from faq.keeping.answering import near
from faq.keeping.editing import TAIPEI, EntryContent
from faq.keeping.index import Index
from faq.keeping.merging import merge
from faq.keeping.tables import Asked, Entry, EntryDraft, Revision
from faq.keeping.trials import Rehearsal, admit, rehearse

LONGEST_LABEL = editing.LONGEST["label"]


class State(StrEnum):
    """Where a draft stands."""

    OPEN = "open"
    SUBMITTED = "submitted"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    DROPPED = "dropped"


UNDECIDED = (State.OPEN, State.SUBMITTED, State.SCHEDULED)


class Origin(StrEnum):
    """What made somebody write a draft."""

    EDITOR = "editor"
    QUESTIONS = "questions"
    CASE = "case"


def write(
    tx: Session,
    entry_id: str,
    content: EntryContent,
    *,
    by: str,
    now: datetime,
    origin: Origin = Origin.EDITOR,
    note: str = "",
) -> EntryDraft:
    """Begin a draft of a new entry or of a change; it may still lack what publishing demands."""
    entry = tx.get(Entry, entry_id)
    draft = EntryDraft(
        entry_id=entry_id,
        of_version=entry.version if entry else None,
        content=editing.plain_of(content),
        origin=origin,
        note=note,
        state=State.OPEN,
        by=by,
        at=now,
    )
    tx.add(draft)
    tx.flush()
    return draft


def from_questions(
    tx: Session, asked_ids: Sequence[int], entry_id: str, index: Index, *, by: str, now: datetime
) -> EntryDraft:
    """A draft with citizens' own words as its wordings and no answer yet.

    Category and section are left to the editor unless the two nearest entries agree on them. What
    identifies a person is masked. Raises UnknownQuestion when none of the numbers is a
    question with words.
    """
    rows = tx.scalars(select(Asked).where(Asked.id.in_(asked_ids)).order_by(Asked.id)).all()
    texts = [*dict.fromkeys(text for row in rows if (text := mask(row.text).strip()))]
    if not texts:
        raise UnknownQuestion(", ".join(map(str, asked_ids)))
    note = "、".join(f"#{row.id}" for row in rows)
    content = _begun(min(texts, key=len), tuple(texts), index, now)
    return write(tx, entry_id, content, by=by, now=now, origin=Origin.QUESTIONS, note=note)


def from_case(
    tx: Session,
    entry_id: str,
    index: Index,
    *,
    case_no: str,
    question: str,
    answer: str,
    by: str,
    now: datetime,
) -> EntryDraft:
    """A draft from what a citizen reported and the office replied; both are masked."""
    begun = _begun(mask(question), (), index, now)
    content = editing.restore(editing.plain_of(begun) | {"answer": mask(answer)})
    return write(tx, entry_id, content, by=by, now=now, origin=Origin.CASE, note=case_no)


def rewrite(
    tx: Session, number: int, content: EntryContent, *, of: datetime, by: str, now: datetime
) -> EntryDraft:
    """Change an open draft as it stood at `of`; whoever does so is now its author.

    Raises StaleEntry where it was changed since.
    """
    draft = _in_state(tx, number, State.OPEN)
    if draft.at != of:
        raise StaleEntry(draft.entry_id)
    draft.content, draft.by, draft.at = editing.plain_of(content), by, now
    return draft


def catch_up(
    tx: Session, number: int, *, by: str, now: datetime
) -> tuple[EntryDraft, tuple[str, ...]]:
    """Take what was changed in the entry since into an open draft, so that it can be published.

    Tells the fields that both had changed: they keep the draft's words, for a person to look at;
    `retired` among them where the entry was taken out of service, which publishing does not undo.
    """
    draft = _in_state(tx, number, State.OPEN)
    entry = tx.get(Entry, draft.entry_id)
    if entry is None or entry.version == draft.of_version:
        return draft, ()
    base = _revision(tx, draft.entry_id, draft.of_version) if draft.of_version else None
    content, both = merge(base, editing.content_of(entry), editing.restore(draft.content))
    draft.content, draft.of_version = editing.plain_of(content), entry.version
    draft.by, draft.at = by, now
    return draft, (*both, "retired") if entry.retired else both


def submit(tx: Session, number: int, *, now: datetime) -> EntryDraft:
    """Hand a draft in for approval; raises BadEntry naming what it lacks."""
    draft = _in_state(tx, number, State.OPEN)
    editing.check(editing.restore(draft.content), now)
    draft.state = State.SUBMITTED
    return draft


def try_out(tx: Session, draft: EntryDraft, index: Index, *, now: datetime) -> Rehearsal:
    """What publishing the draft would do to the office's test set."""
    entry = editing.row_of(draft.entry_id, editing.restore(draft.content), now)
    return rehearse(tx, index, {draft.entry_id: entry})


def publish(
    tx: Session,
    number: int,
    rehearsal: Rehearsal,
    *,
    by: str,
    now: datetime,
    on: date | None = None,
) -> EntryDraft:
    """Put a submitted draft into service, at once or on a day to come; until then the old answers.

    Raises SameOfficer for its own author, AnswersWorse when the rehearsal was worse, StaleEntry
    when anything was published since the rehearsal or the entry changed, and BadEntry for a day
    that is gone.
    """
    draft = _in_state(tx, number, State.SUBMITTED)
    if draft.by == by:
        raise SameOfficer(by)
    admit(tx, rehearsal)
    today = now.astimezone(TAIPEI).date()
    if on and on < today:
        raise BadEntry("on", "this day is gone")
    if on and on > today:
        if is_overtaken(tx, draft):
            raise StaleEntry(draft.entry_id)
        draft.publish_on = on
        return _decide(draft, State.SCHEDULED, by, now, None)
    _put_into_service(tx, draft, now)
    return _decide(draft, State.PUBLISHED, by, now, None)


def due(tx: Session, today: date) -> Sequence[EntryDraft]:
    """The approved drafts whose day has come, in the order of their days."""
    come = (EntryDraft.state == State.SCHEDULED, EntryDraft.publish_on <= today)
    order = (EntryDraft.publish_on, EntryDraft.id)
    return tx.scalars(select(EntryDraft).where(*come).order_by(*order)).all()


def publish_due(tx: Session, number: int, rehearsal: Rehearsal, *, now: datetime) -> EntryDraft:
    """Put an approved draft into service on its day; raises as `publish` does."""
    draft = _in_state(tx, number, State.SCHEDULED)
    admit(tx, rehearsal)
    _put_into_service(tx, draft, now)
    draft.state = State.PUBLISHED
    return draft


def give_back(tx: Session, number: int, *, reason: str) -> EntryDraft:
    """Give an approved draft that cannot be published on its day back to its author."""
    draft = _in_state(tx, number, State.SCHEDULED)
    draft.state, draft.publish_on, draft.reason = State.OPEN, None, reason
    return draft


def is_overtaken(tx: Session, draft: EntryDraft) -> bool:
    """Whether its entry was changed, or came to be, since the draft was begun."""
    entry = tx.get(Entry, draft.entry_id)
    return (entry.version if entry else None) != draft.of_version


def send_back(tx: Session, number: int, *, reason: str, by: str, now: datetime) -> EntryDraft:
    """Give a draft that was submitted, or waits for its day, back with the reason."""
    draft = _in_state(tx, number, State.SUBMITTED, State.SCHEDULED)
    draft.publish_on = None
    return _decide(draft, State.OPEN, by, now, reason)


def drop(tx: Session, number: int, *, reason: str, by: str, now: datetime) -> EntryDraft:
    """Give a draft up; it stays on record."""
    return _decide(_in_state(tx, number, *UNDECIDED), State.DROPPED, by, now, reason)


def waiting(tx: Session, states: Sequence[State]) -> Sequence[EntryDraft]:
    """The drafts in these states, oldest first."""
    wanted = select(EntryDraft).where(EntryDraft.state.in_(states))
    return tx.scalars(wanted.order_by(EntryDraft.at, EntryDraft.id)).all()


def find(tx: Session, number: int) -> EntryDraft:
    """A draft; raises UnknownDraft."""
    draft = tx.get(EntryDraft, number)
    if draft is None:
        raise UnknownDraft(number)
    return draft


def agreed(told: Sequence[str]) -> str:
    """What two say; of 914 unseen questions without their entry, 90 % of categories are right.

    The nearest entry alone is right in 70 % only, and what stands in a field is seldom doubted.
    """
    return told[0] if len(told) > 1 and len(set(told)) == 1 else ""


def _revision(tx: Session, entry_id: str, version: int) -> EntryContent:
    of = (Revision.entry_id == entry_id, Revision.version == version)
    return editing.restore(tx.scalars(select(Revision.content).where(*of)).one())


def _begun(question: str, aliases: tuple[str, ...], index: Index, now: datetime) -> EntryContent:
    closest = near(question, index)[:2]
    return EntryContent(
        category=agreed([one.category for one in closest]),
        section=agreed([one.section for one in closest]),
        answer="",
        source="",
        label=question[:LONGEST_LABEL],
        question=question,
        aliases=tuple(one for one in aliases if one != question),
        checked_on=now.astimezone(TAIPEI).date(),
    )


def _put_into_service(tx: Session, draft: EntryDraft, now: datetime) -> None:
    content = editing.restore(draft.content)
    if draft.of_version is None:
        editing.create(tx, draft.entry_id, content, by=draft.by, now=now)
    else:
        version = draft.of_version
        editing.change(tx, draft.entry_id, content, version=version, by=draft.by, now=now)


def _in_state(tx: Session, number: int, *states: State) -> EntryDraft:
    draft = tx.scalar(select(EntryDraft).where(EntryDraft.id == number).with_for_update())
    if draft is None:
        raise UnknownDraft(number)
    if draft.state not in states:
        raise DraftNotOpen(draft.state)
    return draft


def _decide(
    draft: EntryDraft, state: State, by: str, now: datetime, reason: str | None
) -> EntryDraft:
    draft.state, draft.decided_by, draft.decided_at, draft.reason = state, by, now, reason
    return draft
