"""The same matter again: what was answered before, and what this petition brings that is new.

The short way of 行政程序法 §173 II is open only after an answer to every point, and only when
nothing new is brought; a new photo, date or place is new.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.errors import NotARepeat, UnknownCase
from complaints.states import ANSWERED, EventKind
from complaints.tables import Case, Event
from data.collation import normalize

DATE = re.compile(
    r"\d{2,4}[年/.-]\d{1,2}[月/.-]\d{1,2}日?|\d{1,2}[月/]\d{1,2}[日號]?"
    r"|[一二三四五六七八九十]{1,3}月[一二三四五六七八九十廿]{1,3}[日號]"
)
PLACE = re.compile(
    r"[一-鿿]{1,6}(?:路|街|巷|弄|里|公園|市場|國小|國中)(?:\d+[段巷弄號樓之]?)*|\d+號"
)
CLOCK = re.compile(r"\d{1,2}[:：]\d{2}|(?:上午|下午|晚上|凌晨|早上)?\d{1,2}點(?:半|\d{1,2}分)?")


@dataclass(frozen=True)
class NewFacts:
    """What a petition brings that the earlier one had not."""

    photos: int
    places: tuple[str, ...]
    times: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.photos or self.places or self.times)

    def in_words(self) -> str:
        """The new facts in one phrase, for the clerk and the citizen."""
        parts = [f"照片 {self.photos} 張"] if self.photos else []
        parts += [f"地點 {'、'.join(self.places)}"] if self.places else []
        parts += [f"時間 {'、'.join(self.times)}"] if self.times else []
        return "；".join(parts)


def new_facts(case: Case, earlier: Case) -> NewFacts:
    """The photos, places and times of a case that the earlier one had not."""
    return facts_beyond(earlier, _told(case), None, _new_photos(case, earlier))


def facts_beyond(earlier: Case, content: str, place: str | None, photos: int) -> NewFacts:
    """The facts of a text that an earlier case had not."""
    text = "\n".join((content, place or ""))
    return NewFacts(
        photos=photos,
        places=_only_in(text, earlier, [PLACE]),
        times=_only_in(text, earlier, [DATE, CLOCK]),
    )


def require_answered(tx: Session, case: Case, earlier_no: str | None) -> Case:
    """The earlier case, when it bears the short way; raises NotARepeat saying why not."""
    if not earlier_no:
        raise NotARepeat("請連到前次答復 / name the earlier case")
    earlier = tx.scalar(select(Case).where(Case.case_no == earlier_no))
    if earlier is None or earlier.id == case.id:
        raise UnknownCase(earlier_no)
    answer = last_reply(tx, earlier)
    if earlier.state not in ANSWERED or answer is None:
        raise NotARepeat("前案尚未答復 / the earlier case has no answer")
    if answer.data.get("unanswered"):
        raise NotARepeat("前案答復沒有回答每一個要點 / its answer left points open")
    if brought := new_facts(case, earlier):
        raise NotARepeat(f"本案有新事證：{brought.in_words()} / there is something new")
    return earlier


def last_reply(tx: Session, case: Case) -> Event | None:
    """The newest answer to a case."""
    replied = select(Event).where(Event.case_id == case.id, Event.kind == EventKind.REPLIED)
    return tx.scalar(replied.order_by(Event.id.desc()).limit(1))


def _new_photos(case: Case, earlier: Case) -> int:
    known = {one.digest for one in earlier.attachments if one.digest}
    fresh = [one for one in case.attachments if one.state != "failed" and one.digest not in known]
    return len(fresh)


def _only_in(text: str, earlier: Case, patterns: Sequence[re.Pattern[str]]) -> tuple[str, ...]:
    before = normalize(_told(earlier))
    found = [m[0] for pattern in patterns for m in pattern.finditer(normalize(text))]
    return tuple(dict.fromkeys(one for one in found if one not in before))


def _told(case: Case) -> str:
    return "\n".join((case.content, *map(str, case.points), case.place or ""))
