"""A law changes: what rests on the article is found, and templates wait until looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import tasks
from complaints.errors import IncompletePetition, NotPermitted
from complaints.roles import LEADING, Role
from complaints.tables import STILL_OPEN, Case, Event, LawChange, Officer, ReplyDraft, Template
from complaints.tasks import TaskKind
from data import laws

NOTERS = LEADING | {Role.FAQ_EDITOR, Role.ADMINISTRATOR}
LONGEST_NAME, LONGEST_ARTICLE = 60, 15
OPEN_DRAFTS = ("submitted", "approved")


@dataclass(frozen=True)
class Affected:
    """What of this room rests on a law: templates in use, open drafts, open cases."""

    templates: tuple[Template, ...]
    drafts: tuple[ReplyDraft, ...]
    cases: tuple[Case, ...]


def note(
    tx: Session,
    *,
    law: str,
    article: str | None,
    effective_on: date,
    words: str,
    by: Officer,
    now: datetime,
) -> LawChange:
    """Note that a law or one article of it changed; templates that cite it are locked at once.

    `article` in any form an office writes (第48條之2, 48-2); None for the whole law. Somebody
    gets the work of looking at what is affected.
    """
    row = begun(law=law, article=article, effective_on=effective_on, words=words, by=by, now=now)
    tx.add(row)
    tx.flush()
    found = affected(tx, row)
    for template in found.templates:
        template.locked_by_id = row.id
        template.version += 1
    tx.flush()
    about = (
        f"{in_words(row)}已變動，請檢視：範本 {len(found.templates)} 則、"
        f"草稿 {len(found.drafts)} 則、未結案件 {len(found.cases)} 件，及相關問答"
    )
    tasks.make(tx, f"law:{row.id}", TaskKind.REVIEW, about, now=now, role=Role.CASE_CONTROLLER)
    return row


def begun(
    *,
    law: str,
    article: str | None,
    effective_on: date,
    words: str,
    by: Officer,
    now: datetime,
) -> LawChange:
    """A change as `note` would keep it, not kept yet: to see first what it touches.

    Raises NotPermitted or IncompletePetition.
    """
    if Role(by.role) not in NOTERS or not by.active:
        raise NotPermitted("law_change")
    name = laws.plain(law).strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise IncompletePetition("law")
    return LawChange(
        law=name,
        article=_article(article),
        note=words,
        effective_on=effective_on,
        by=by.username,
        at=now,
    )


@dataclass(frozen=True)
class Texts:
    """Everything of this room that may cite a law, as it stands now: read once for many laws."""

    templates: Sequence[Template]
    drafts: Sequence[ReplyDraft]
    cases: Sequence[tuple[Case, Sequence[str]]]

    def citing(self, change: LawChange) -> Affected:
        """What of it cites the article."""
        return Affected(
            tuple(one for one in self.templates if _cites(change, one.text)),
            tuple(one for one in self.drafts if _cites(change, one.text)),
            tuple(case for case, told in self.cases if any(_cites(change, one) for one in told)),
        )


def texts(tx: Session) -> Texts:
    """Templates in use, drafts on their way, and what was said and written of open cases."""
    return Texts(_templates(tx), _drafts(tx), _cases(tx))


def affected(tx: Session, change: LawChange) -> Affected:
    """Everything of this room that cites the article, as it stands now."""
    return texts(tx).citing(change)


def noted(tx: Session) -> Sequence[LawChange]:
    """The changes noted, newest first."""
    return tx.scalars(select(LawChange).order_by(LawChange.id.desc())).all()


def in_words(change: LawChange) -> str:
    """戶籍法第48-2條."""
    return f"{change.law}第{change.article}條" if change.article else change.law


def _article(written: str | None) -> str | None:
    if not written or not written.strip():
        return None
    try:
        found = laws.plain_article(written)
    except ValueError:
        raise IncompletePetition("article") from None
    if len(found) > LONGEST_ARTICLE:
        raise IncompletePetition("article")
    return found


def _cites(change: LawChange, text: str) -> bool:
    return laws.cites(text, change.law, change.article)


def _templates(tx: Session) -> Sequence[Template]:
    return tx.scalars(
        select(Template).where(Template.retired.is_(False)).order_by(Template.id)
    ).all()


def _drafts(tx: Session) -> Sequence[ReplyDraft]:
    waiting = select(ReplyDraft).where(ReplyDraft.state.in_(OPEN_DRAFTS))
    return tx.scalars(waiting.order_by(ReplyDraft.id)).all()


def _cases(tx: Session) -> list[tuple[Case, Sequence[str]]]:
    """Open cases, each with the words of the citizen and of the office."""
    cases = tx.scalars(select(Case).where(STILL_OPEN).order_by(Case.id)).all()
    told: dict[int, list[str]] = {case.id: [case.content] for case in cases}
    events = select(Event.case_id, Event.data).join(Case, Case.id == Event.case_id)
    for case_id, data in tx.execute(events.where(STILL_OPEN)):
        told[case_id] += [str(data[name]) for name in ("text", "reason", "what") if name in data]
    return [(case, told[case.id]) for case in cases]
