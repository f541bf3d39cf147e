"""Changes of answers that were approved for a day: put into service when it comes."""

from datetime import datetime

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.expiring import editors
from complaints import reminders
from complaints.clock.workdays import office_date
from data.database import reading, transaction
from faq.errors import AnswersWorse, BadEntry, DraftNotOpen, StaleEntry
from faq.keeping import drafts
from faq.keeping.index import Shelf

KIND = "draft_not_out"
OVERTAKEN = "這一題在排定之後又有人改過"
WORSE = "發布會讓測試題變差：{texts}"
BAD = "內容不合規定（{field}）"
log = structlog.get_logger()


def publish_due(engine: Engine, shelf: Shelf, *, now: datetime) -> int:
    """Publish what was approved for today or before; how many it was.

    Each is tried on the test set again, for the other answers may have changed since. What cannot
    be published goes back to its author, and the editors are told why.
    """
    with reading(engine) as tx:
        numbers = [one.id for one in drafts.due(tx, office_date(now))]
    return sum(_publish(engine, shelf, number, now) for number in numbers)


def _publish(engine: Engine, shelf: Shelf, number: int, now: datetime) -> bool:
    with reading(engine) as tx:
        draft = drafts.find(tx, number)
        overtaken = drafts.is_overtaken(tx, draft)
        rehearsal = drafts.try_out(tx, draft, shelf.current(tx), now=now)
    try:
        with transaction(engine) as tx:
            drafts.publish_due(tx, number, rehearsal, now=now)
    except DraftNotOpen:
        return False  # another process was quicker, or somebody took it back
    except StaleEntry:
        if not overtaken:
            return False  # something else was published meanwhile: tried again in the next round
        reason = OVERTAKEN
    except AnswersWorse as error:
        reason = WORSE.format(texts="、".join(error.questions))
    except BadEntry as error:
        reason = BAD.format(field=error.field)
    else:
        log.info("a draft was published on its day", draft=number)
        return True
    _give_back(engine, number, reason, now)
    return False


def _give_back(engine: Engine, number: int, reason: str, now: datetime) -> None:
    with transaction(engine) as tx:
        try:
            draft = drafts.give_back(tx, number, reason=reason)
        except DraftNotOpen:
            return
        text = f"排定發布的草稿「{draft.content['label']}」沒有發布：{reason}。已退回撰寫人。"
        _tell(tx, f"draft:{number}:{draft.decided_at}", text, now)
    log.warning("a draft was not published on its day", draft=number)


def _tell(tx: Session, key: str, text: str, now: datetime) -> None:
    reminders.tell(tx, editors(tx), KIND, key, text, now=now)
