"""The same matter again: what was answered before, and what this petition brings that is new.

The short way of 行政程序法 §173 II is open only after an answer to every point, and only when
nothing new is brought; a new photo, date or place is new.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.errors import NotARepeat, UnknownCase
from complaints.intake import OFFICE_CHANNEL
from complaints.particulars import new_places, new_times
from complaints.privacy import identities
from complaints.states import ANSWERED, EventKind
from complaints.tables import Case, Event


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
    text, before = "\n".join((content, place or "")), _told(earlier)
    return NewFacts(photos, new_places(text, before), new_times(text, before))


def require_answered(tx: Session, case: Case, earlier_no: str | None) -> Case:
    """The earlier case, when it bears the short way; raises NotARepeat saying why not."""
    if not earlier_no:
        raise NotARepeat("請連到前次答復 / name the earlier case")
    earlier = tx.scalar(select(Case).where(Case.case_no == earlier_no))
    if earlier is None or earlier.id == case.id:
        raise UnknownCase(earlier_no)
    if not _same_petitioner(tx, case, earlier):
        raise NotARepeat("前案是別人的案件 / the earlier case is somebody else's")
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


def _same_petitioner(tx: Session, case: Case, earlier: Case) -> bool:
    """The same chat, or the same name where one came by chat and one by the counter."""
    if case.citizen_id == earlier.citizen_id:
        return True
    name = identities.unseal(tx, case).name
    return bool(name and name == identities.unseal(tx, earlier).name)


def _new_photos(case: Case, earlier: Case) -> int:
    known = {one.digest for one in earlier.attachments if one.digest}
    fresh = [one for one in case.attachments if one.state != "failed" and one.digest not in known]
    return sum(one.channel != OFFICE_CHANNEL for one in fresh)


def _told(case: Case) -> str:
    return "\n".join((case.content, *map(str, case.points), case.place or ""))
