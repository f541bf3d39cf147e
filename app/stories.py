"""What happens to one case of a made-up history: most are simple, some go every way there is.

A story does what is due at the moment of its scene, then tells the moment of its next act. What
the office would refuse (too late, nobody who may) does not happen, as it would not.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import select

from app.staging import Given, Matter, Scene, Stage
from bot.conversation.wording import NOTICE_VERSION
from complaints import handling, intake, replies
from complaints.clock.workdays import office_date
from complaints.handling import Pledge
from complaints.intake import Petition
from complaints.states import (
    ENDED,
    OF_SUGGESTIONS,
    RUNNING,
    Action,
    Aspect,
    Fault,
    Ground,
    Kind,
    Outcome,
    Status,
)
from complaints.tables import STILL_OPEN, Case, Officer, Promise, ReplyDraft, Section
from data.outbox import Address

CHANNEL = "sample"
MARK = "【範例】"
SURNAMES = "陳林黃張李王吳劉蔡楊"
AGENCIES = ("環境保護局", "交通局", "警察局", "國稅局")
CAUSES = ("會勘時間排不開", "需其他機關提供資料", "承辦人請假未交接")
MEASURES = ("收案隔日即排會勘", "先電話催辦並副知研考", "職務代理名冊每週更新")
WITHOUT_MORE = (Ground.NO_CONCRETE_CONTENT, Ground.ALREADY_SENT_TO_COMPETENT_AGENCIES)
RECENT = 40
# How many in a hundred: an office's days are mostly quiet.
WITHDRAWN, NAMELESS, REPEATED, UNFIT, FORWARDED, MERGED = 3, 2, 3, 2, 5, 4
REFUSED, REFUSED_AGAIN, SPLIT = 8, 35, 40
RECLASSIFIED, SUPPLEMENT, INTERIM, EXTENDED, MOVED, ADDED = 6, 8, 6, 12, 5, 5
LATE, EXTRA_PROMISE, UNHAPPY, LOOKED_AT_AGAIN = 12, 12, 6, 3
IMPROVED, RATED, RATED_AGAIN = 50, 40, 12


class Story(Stage):
    """Tells one case, act by act."""

    def __init__(self, scene: Scene, n: int, matter: Matter) -> None:
        super().__init__(scene, n)
        self._matter = matter
        self._earlier: str | None = None

    def tell(self) -> Iterator[datetime]:
        """Do what is due; each moment given is that of the next act."""
        self._throw_own_dice()
        self._file()
        yield self._hours(2, 30)
        if self._chance(WITHDRAWN):
            self._withdraw()
            return
        if not self._assign(self._section_of_matter()):
            return  # nobody of this office may open it: it waits, as it would
        yield from self._find_its_place()
        yield from self._end_early()
        yield from self._work()
        yield from self._answer()
        yield from self._after_the_answer()

    # How it comes in and where it goes.

    def _file(self) -> None:
        scene = self._scene
        citizen = f"{self._dice.randrange(scene.citizens)}"
        if scene.answered and self._chance(REPEATED):
            citizen, self._earlier, self._matter = self._dice.choice(scene.answered)
        matter = self._matter
        self._name = None if self._chance(NAMELESS) else self._surname()
        petition = Petition(
            origin=f"{CHANNEL}:{scene.seed}:{self._n}",
            kind=matter.kind,
            content=f"{MARK}{matter.text}",
            citizen=Address(CHANNEL, citizen),
            language="zh",
            notice_version=NOTICE_VERSION,
            notice_shown_at=scene.now - timedelta(minutes=4),
            place=matter.place,
            petitioner_name=self._name,
            confidential=matter.kind is Kind.MISCONDUCT_REPORT,
            section=matter.section,
            consents_to_transfer=self._chance(80),
        )
        filed = intake.file(scene.tx, petition, prefix=scene.prefix, now=scene.now)
        self._citizen, self._id, self._no = citizen, filed.case.id, filed.case.case_no
        scene.filed = [*scene.filed, self._no][-RECENT:]

    def _surname(self) -> str:
        return f"{MARK}{self._dice.choice(SURNAMES)}○○"

    def _section_of_matter(self) -> Section:
        named = [one for one in self._scene.sections if one.name == self._matter.section]
        return named[0] if named else self._dice.choice(self._scene.sections)

    def _assign(self, section: Section) -> bool:
        handler = self._handler_of(section)
        if handler is None:
            return False
        named: Given = {"section": section.code, "handler": handler.username}
        return self._do(Action.ASSIGN, handling.assign, **named)

    def _find_its_place(self) -> Iterator[datetime]:
        """Refused once or twice, then with whom it belongs."""
        if not self._chance(REFUSED):
            return
        yield self._hours(3, 20)
        self._refuse()
        yield self._hours(2, 20)
        self._assign(self._elsewhere())
        if not self._chance(REFUSED_AGAIN):
            return
        yield self._hours(3, 20)
        self._refuse()
        yield self._hours(2, 24)
        section = self._section_of_matter()
        named: Given = {"section": section.code, "handler": None, "reason": f"{MARK}依業務職掌"}
        self._do(Action.SETTLE_OWNER, handling.settle_owner, **named)

    def _refuse(self) -> None:
        self._do(Action.HAND_BACK, handling.hand_back, reason=f"{MARK}非本課業務")

    def _elsewhere(self) -> Section:
        here = self._case().section_id
        others = [one for one in self._scene.sections if one.id != here]
        return self._dice.choice(others or list(self._scene.sections))

    # Ends without an answer.

    def _end_early(self) -> Iterator[datetime]:
        yield self._hours(2, 48)
        self._leave_unprocessed()
        if self._chance(FORWARDED):
            yield self._hours(0, 60)
            self._transfer()
        elif self._chance(MERGED):
            yield from self._merge()
        if self._status() in ENDED and self._chance(LOOKED_AT_AGAIN * 4):
            yield self._hours(48, 400)
            self._look_again()

    def _leave_unprocessed(self) -> None:
        ground = self._ground()
        if ground is not None:
            why = f"{MARK}經查核後依規定辦理"
            told: Given = {"ground": ground, "why": why, "earlier": self._earlier}
            self._do(Action.NOT_PROCESS, handling.not_process, **told)

    def _ground(self) -> Ground | None:
        """Why it is left, if it is; one without a name may be answered all the same."""
        if self._earlier and self._chance(80):
            return Ground.REPEATED_SAME_MATTER
        if self._name is None and self._chance(60):
            return Ground.NO_REAL_NAME_OR_CONTACT
        return self._dice.choice(WITHOUT_MORE) if self._chance(UNFIT) else None

    def _transfer(self) -> None:
        agency = self._dice.choice(AGENCIES)
        told: Given = {"agency": f"{MARK}{agency}", "phone": "1999", "reason": f"{MARK}屬該局權責"}
        self._do(Action.TRANSFER, handling.transfer, with_identity=True, **told)

    def _merge(self) -> Iterator[datetime]:
        """With another case, and perhaps out of it again: by hand, or because that one ended."""
        main = self._like_case()
        if main is None or not self._do(Action.MERGE, handling.merge, into=main):
            return
        yield self._hours(24, 300)
        if self._chance(SPLIT):
            self._do(Action.SPLIT, handling.split)
        else:
            yield self._hours(200, 600)

    def _like_case(self) -> str | None:
        """An open case of the section that came in not long ago."""
        recent = select(Case.case_no).where(Case.case_no.in_(self._scene.filed))
        here = Case.section_id == self._case().section_id, Case.id != self._id
        found = self._scene.tx.scalars(recent.where(*here, STILL_OPEN).order_by(Case.id)).all()
        return self._dice.choice(found) if found else None

    # Work on it.

    def _work(self) -> Iterator[datetime]:
        for often, act in (
            (RECLASSIFIED, self._reclassify),
            (SUPPLEMENT, self._ask_for_particulars),
            (ADDED, self._hear_more),
            (INTERIM, self._tell_how_far),
            (EXTENDED, self._extend),
            (MOVED, self._move),
            (WITHDRAWN, self._give_up),
        ):
            if self._status() in RUNNING and self._chance(often):
                yield from act()

    def _reclassify(self) -> Iterator[datetime]:
        yield self._hours(1, 30)
        other = self._dice.choice((Kind.RIGHTS_PROTECTION, Kind.REFORM_SUGGESTION, Kind.PRAISE))
        told: Given = {"kind": other} if self._chance(50) else {"confidential": True}
        self._do(Action.CLASSIFY, handling.classify, **told)
        if self._case().kind == Kind.PRAISE:
            yield self._hours(1, 20)
            self._do(Action.ACKNOWLEDGE, handling.acknowledge)

    def _ask_for_particulars(self) -> Iterator[datetime]:
        yield self._hours(3, 40)
        self._do(Action.ASK_SUPPLEMENT, handling.ask_supplement, what=f"{MARK}請補時間與地點")
        yield self._hours(10, 240)
        if self._chance(70):
            self._hear(f"{MARK}是上星期三下午")
        else:
            why = f"{MARK}逾期未補，依現有資料辦理"
            self._do(Action.SUPPLEMENT, handling.go_on_without, reason=why)

    def _hear_more(self) -> Iterator[datetime]:
        yield self._hours(2, 60)
        text = self._matter.text
        if self._chance(50):
            self._hear(f"{MARK}昨天又發生一次")
        else:
            changed = {"before": text, "after": f"{text}（更正）", "accepted": True}
            self._hear_from_citizen(handling.edit, **changed)

    def _tell_how_far(self) -> Iterator[datetime]:
        yield self._hours(20, 90)
        self._do(Action.SEND_INTERIM, handling.send_interim, text=f"{MARK}已安排現場了解")

    def _extend(self) -> Iterator[datetime]:
        yield self._hours(20, 70)
        asker = self._one_of(Action.ASK_EXTENSION)
        days = self._dice.randint(2, 9)
        told: Given = {"days": days, "reason": f"{MARK}需會同其他機關現勘"}
        if not self._do(Action.ASK_EXTENSION, handling.ask_extension, by=asker, **told):
            return
        yield self._hours(1, 20)
        if self._chance(10):
            no = f"{MARK}請先依現有資料答復"
            self._do(Action.DECIDE_EXTENSION, handling.refuse_extension, but=asker, reason=no)
            return
        self._do(Action.DECIDE_EXTENSION, handling.approve_extension, but=asker)
        if self._chance(20):
            yield self._hours(20, 200)
            back = f"{MARK}現勘已提前完成"
            self._do(Action.DECIDE_EXTENSION, handling.undo_extension, reason=back)

    def _move(self) -> Iterator[datetime]:
        """Into other hands: soon, or weeks later."""
        weeks = self._chance(50)
        yield self._hours(300, 900) if weeks else self._hours(10, 60)
        self._assign(self._elsewhere())

    def _give_up(self) -> Iterator[datetime]:
        yield self._hours(20, 120)
        self._withdraw()

    # The answer, and what comes after it.

    def _answer(self) -> Iterator[datetime]:
        if self._status() not in RUNNING:
            return
        late = self._chance(LATE)
        if late:
            yield self._hours(150, 300)
            self._do(Action.EXPLAIN_DELAY, handling.explain_delay, reason=f"{MARK}等候現勘")
        yield self._hours(3, 110)
        self._reply()

    def _reply(self) -> None:
        writer = self._one_of(Action.DRAFT)
        approver = self._one_of(Action.APPROVE, but=writer)
        given = self._answer_given()
        if writer is None or approver is None:
            self._do(Action.REPLY, handling.reply, **given)
        elif self._do(Action.DRAFT, handling.draft, by=writer, **given):
            self._approve(approver)

    def _approve(self, approver: Officer) -> None:
        newest = select(ReplyDraft.id).order_by(ReplyDraft.id.desc()).limit(1)
        draft = self._scene.tx.scalars(newest).one()
        ok: Given = {"draft_id": draft, "override": f"{MARK}核可"}
        if self._do(Action.APPROVE, handling.approve, by=approver, **ok):
            self._do(Action.SEND, handling.send, by=approver, draft_id=draft)

    def _answer_given(self) -> Given:
        text = f"{MARK}{self._matter.reply}"
        today = office_date(self._scene.now)
        day = today + timedelta(days=self._dice.randint(7, 60))
        found = replies.check(text, [])
        vague = [one for one in found.dated if replies.promised_days(one, today) is None]
        more = [f"{MARK}派員複查"] if self._chance(EXTRA_PROMISE) else []
        answered = range(1, len(self._case().points) + 1) if self._chance(85) else ()
        pledges = [Pledge(one, day) for one in (*found.undated, *vague, *more)]
        return {"text": text, "promises": pledges, "answered": tuple(answered)}

    def _after_the_answer(self) -> Iterator[datetime]:
        if self._status() is not Status.REPLIED:
            return
        if self._chance(UNHAPPY):
            yield from self._take_up_again()
        yield from self._finish()
        self._scene.answered.append((self._citizen, self._no, self._matter))
        if self._chance(UNHAPPY if self._chance(60) else LOOKED_AT_AGAIN):
            yield from self._take_up_again()
            yield from self._finish()
        yield from self._keep_promises()

    def _take_up_again(self) -> Iterator[datetime]:
        yield self._hours(3, 300)
        if self._chance(75):
            reason = f"{MARK}還是沒有處理好"
            self._hear_from_citizen(handling.reopen_dissatisfied, reason=reason)
        else:
            self._look_again()
        yield from self._answer()

    def _look_again(self) -> None:
        self._do(Action.REOPEN, handling.reopen, reason=f"{MARK}原處理有疏漏")

    def _finish(self) -> Iterator[datetime]:
        if self._chance(IMPROVED):
            yield self._hours(1, 20)
            self._say_whether_improved()
        yield self._hours(4, 60)
        self._close()
        if self._chance(RATED):
            yield from self._rate()

    def _say_whether_improved(self) -> None:
        if self._chance(10):
            self._hear_from_citizen(handling.note_not_improved)
        if self._chance(93):
            self._hear_from_citizen(handling.confirm_improved)
        if self._chance(5):
            self._hear_from_citizen(handling.confirm_improved)

    def _close(self) -> None:
        case = self._case()
        why: Given = {"reason": f"{MARK}已依答復內容辦理", "outcome": self._outcome(case)}
        if case.replied_on and case.replied_on > case.due_on:
            why["cause"] = f"{MARK}{self._dice.choice(CAUSES)}"
            why["measure"] = f"{MARK}{self._dice.choice(MEASURES)}"
        self._do(Action.CLOSE, handling.close, **why)

    def _outcome(self, case: Case) -> Outcome:
        ordinary = self._matter.outcome
        suggested = case.kind == Kind.REFORM_SUGGESTION
        fits = not suggested or ordinary in OF_SUGGESTIONS
        return ordinary if fits else self._dice.choice(OF_SUGGESTIONS)

    def _rate(self) -> Iterator[datetime]:
        yield self._scene.now + timedelta(hours=2)
        self._grade(Aspect.PROCESS)
        if self._chance(70):
            self._grade(Aspect.RESULT)
        if self._chance(RATED_AGAIN):
            yield self._hours(10, 700)
            self._grade(self._dice.choice(list(Aspect)))

    def _grade(self, aspect: Aspect) -> None:
        grade = self._dice.choices((1, 2, 3, 4, 5), (1, 1, 2, 4, 5))[0]
        self._hear_from_citizen(handling.rate, grade=grade, aspect=aspect)
        if grade < 3 and self._chance(50):
            self._hear_from_citizen(handling.say_why, fault=self._dice.choice(list(Fault)))

    def _keep_promises(self) -> Iterator[datetime]:
        """Each on its day or after it; a few are forgotten."""
        owed = select(Promise.id, Promise.due_on).join(Case, Case.id == Promise.case_id)
        waiting = owed.where(Case.case_no == self._no, Promise.state == "open")
        for promise_id, due_on in self._scene.tx.execute(waiting.order_by(Promise.due_on)).all():
            if self._chance(15):
                continue
            late = self._dice.choices((-2, 0, 3, 15), (3, 3, 1, 1))[0]
            yield max(self._scene.now, self._in_office(due_on + timedelta(days=late)))
            told: Given = {"promise_id": promise_id, "evidence": f"{MARK}現場複查紀錄"}
            told["kept"] = self._chance(90)
            self._do(Action.SETTLE_PROMISE, handling.settle_promise, **told)
