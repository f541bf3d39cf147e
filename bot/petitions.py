"""What a citizen's wishes about petitions and cases do to the record."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.call import Call
from bot.conversation import wants
from bot.conversation.state import Draft, ReplyBy
from bot.conversation.wording import NOTICE_VERSION
from complaints import handling, intake, nearby, progress, repeats
from complaints.errors import (
    CalendarMissing,
    LookupLocked,
    RuleMissing,
    UnknownSection,
)
from complaints.intake import Petition, SentFile
from complaints.nearby import Reported
from complaints.states import ANSWERED, OPEN, Action, Kind, Status, after
from complaints.tables import Case, Citizen
from complaints.wording import notices as wording
from data import outbox
from faq.keeping import answering

# A citizen's own rights do not depend on whether somebody asked before.
NEVER_ALIKE = frozenset({Kind.PRAISE, Kind.DATA_ACCESS, Kind.DATA_DELETION, Kind.MISCONDUCT_REPORT})

HEARD = OPEN | ANSWERED | {Status.MERGED}  # a reply to a notice of these is more on the case


def submit(tx: Session, want: wants.Submit, call: Call) -> wants.Outcome:
    """File the draft, unless the same was answered or reported before and nobody said: anyway."""
    draft = want.draft
    if not want.anyway and (before := _before(tx, draft, call)):
        return before
    try:
        with tx.begin_nested():  # a refusal here is told, and must not end the outer block
            filed = intake.file(tx, _petition(draft, call), prefix=call.prefix, now=call.now)
            if draft.asked_id:
                answering.note_filed(tx, draft.asked_id, asker=call.asker)
    except CalendarMissing as error:
        return wants.NotFiled(_why(call, f"{error.year} 年行事曆尚未匯入", str(error)))
    except (RuleMissing, UnknownSection) as error:
        return wants.NotFiled(_why(call, "案件規則尚未設定", str(error)))
    return wants.Filed(draft.id, filed.case.case_no, filed.again)


def follow(tx: Session, want: wants.Follow, call: Call) -> wants.Want | wants.Outcome:
    """Follow what the draft would repeat; only that, so that no number can be guessed."""
    others = _reported(tx, want.draft, call) if want.draft else []
    if want.case_no not in {case.case_no for case in others}:
        return wants.Stale()
    handling.follow(tx, want.case_no, call.sender, language=call.language, now=call.now)
    return wants.Done("following", want.case_no)


def review(tx: Session, want: wants.Review, call: Call) -> wants.Want | wants.Outcome:
    """Have one's own answered case looked at again, with what the draft says and shows."""
    progress.owned_case(tx, call.sender, want.case_no)
    if want.draft is None:
        return wants.Stale()
    files = _files(want.draft.files, call)
    text = want.draft.content
    handling.add_information(tx, want.case_no, text, files=files, now=call.now)
    handling.reopen_dissatisfied(tx, want.case_no, reason=text, now=call.now)
    return wants.Done("sent_to_review", want.case_no)


def withdraw_some(tx: Session, _want: wants.WithdrawSome, call: Call) -> wants.Outcome:
    """Ask which of one's open cases; the only one there is needs no asking."""
    mine = [one for one in progress.my_cases(tx, call.sender, now=call.now) if one.status in OPEN]
    if len(mine) == 1:
        return wants.Ready("withdraw", mine[0].case_no)
    return wants.Cases(tuple(mine), "withdraw")


def see_missed(tx: Session, _want: wants.SeeMissed, call: Call) -> wants.Outcome:
    """Send again what could not be delivered: whoever writes to us can be reached."""
    outbox.revive(tx, call.sender, now=call.now)
    return wants.Quiet()


def note_edit(tx: Session, want: wants.NoteEdit, call: Call) -> wants.Outcome:
    """Keep both versions of an edited message at once, and ask whether the case should follow."""
    progress.owned_case(tx, call.sender, want.case_no)
    before, after, files = want.before.words, want.after.words, _files(want.new, call)
    handling.edit(
        tx, want.case_no, before=before, after=after, files=files, now=call.now, accepted=False
    )
    return wants.EditAsked(want.case_no, want.message, want.after, want.quiet)


def decide_edit(tx: Session, want: wants.DecideEdit, call: Call) -> wants.Outcome:
    """Let the case follow an edited message, or leave it as it was."""
    progress.owned_case(tx, call.sender, want.case_no)
    if want.accept:
        before, after, place = want.before.words, want.after.words, want.after.place
        handling.edit(
            tx, want.case_no, before=before, after=after, place=place, now=call.now, accepted=True
        )
    return wants.EditDecided(want.case_no, want.message, want.after, want.accept)


def read_answer(tx: Session, want: wants.AnswerNotice, call: Call) -> wants.Want:
    """What a reply to a notice is: more on the one case it names that is the citizen's, or as ever.

    Cases that were withdrawn, passed on or not processed take no more.
    """
    mine = select(Case.case_no).join(Citizen).where(Case.case_no.in_(want.numbers))
    owned = mine.where(Citizen.channel == call.sender.channel, Citizen.name == call.sender.name)
    found = tx.scalars(owned.where(Case.status.in_([one.value for one in HEARD]))).all()
    if len(found) != 1:
        return want.otherwise
    return wants.Add(found[0], want.text, want.files, want.album)


def my_cases(tx: Session, _want: wants.MyCases, call: Call) -> wants.Outcome:
    return wants.Cases(tuple(progress.my_cases(tx, call.sender, now=call.now)))


def about_case(tx: Session, want: wants.AboutCase, call: Call) -> wants.Outcome:
    case = progress.owned_case(tx, call.sender, want.case_no)
    if want.verb == "show":
        return wants.Shown(progress.show(tx, case, now=call.now), owner=True)
    if want.verb == "why":
        return wants.Told(wording.explanation(case, handling.clock(tx, case), call.language))
    if want.verb == "fixed":
        handling.confirm_improved(tx, want.case_no, now=call.now)
        return wants.Done("fixed", want.case_no, rate=True)
    if want.verb == "unfixed":
        handling.note_not_improved(tx, want.case_no, now=call.now)
        return wants.Done("unfixed", want.case_no, rate=True)
    if needed := {"withdraw": Action.WITHDRAW, "unhappy": Action.REOPEN}.get(want.verb):
        after(case.state, needed)
    return wants.Ready(want.verb, want.case_no)


def withdraw(tx: Session, want: wants.Withdraw, call: Call) -> wants.Outcome:
    progress.owned_case(tx, call.sender, want.case_no)
    handling.withdraw(tx, want.case_no, now=call.now)
    return wants.Quiet()


def add(tx: Session, want: wants.Add, call: Call) -> wants.Outcome:
    progress.owned_case(tx, call.sender, want.case_no)
    files = _files(want.files, call)
    handling.add_information(tx, want.case_no, want.text, files=files, now=call.now)
    if want.quiet:
        return wants.Quiet()
    return wants.Done("added", want.case_no, album=want.album)


def unhappy(tx: Session, want: wants.Unhappy, call: Call) -> wants.Outcome:
    progress.owned_case(tx, call.sender, want.case_no)
    handling.reopen_dissatisfied(tx, want.case_no, reason=want.reason, now=call.now)
    return wants.Quiet(leave=True)


def look_up(tx: Session, want: wants.LookUp, call: Call) -> wants.Outcome:
    try:
        found = progress.look_up(tx, want.case_no, want.code, now=call.now)
    except LookupLocked:
        return wants.Refused("lookup_locked")
    return wants.Shown(found, owner=False) if found else wants.Refused("wrong_code")


def _before(tx: Session, draft: Draft, call: Call) -> wants.Outcome | None:
    """What was said before on the draft's matter: the citizen's own answered case, or others'."""
    if draft.kind in NEVER_ALIKE:
        return None
    what = _as_reported(draft)
    mine = nearby.answered_before(tx, what, call.sender, now=call.now)
    if mine is not None:
        facts = repeats.facts_beyond(mine, draft.content, draft.place, len(draft.files))
        day = mine.replied_on or mine.received_on
        return wants.AnsweredBefore(mine.case_no, day, facts.in_words())
    others = _reported(tx, draft, call)
    return wants.ReportedBefore(others[0].case_no, len(others)) if others else None


def _reported(tx: Session, draft: Draft, call: Call) -> list[Case]:
    return list(nearby.already_reported(tx, _as_reported(draft), by=call.sender, now=call.now))


def _as_reported(draft: Draft) -> Reported:
    return Reported(draft.content, draft.place, draft.latitude, draft.longitude)


def _petition(draft: Draft, call: Call) -> Petition:
    return Petition(
        origin=draft.id,
        kind=draft.kind,
        content=draft.content,
        points=draft.points,
        citizen=call.sender,
        language=call.language,
        notice_version=NOTICE_VERSION,
        notice_shown_at=datetime.fromisoformat(draft.notice_at),
        place=draft.place,
        latitude=draft.latitude,
        longitude=draft.longitude,
        petitioner_name=draft.name,
        reply_by=draft.reply_by or ReplyBy.CHAT,
        contact=draft.contact,
        confidential=draft.confidential,
        consents_to_transfer=draft.consents,
        section=draft.section,
        files=_files(draft.files, call),
    )


def _files(references: tuple[str, ...], call: Call) -> tuple[SentFile, ...]:
    return tuple(SentFile(call.sender.channel, reference) for reference in references)


def _why(call: Call, chinese: str, english: str) -> str:
    return english if call.language == "en" else chinese
