"""Any officer, any verb, any moment: what must hold after every step, done or refused."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, ScalarSelect, func, select
from sqlalchemy.orm import Session

from complaints import handling, intake, practice, staffing
from complaints.clock import calendars, rulebook
from complaints.clock.deadlines import explain
from complaints.clock.facts import history
from complaints.clock.workdays import office_date
from complaints.errors import ComplaintError, NothingToDecide
from complaints.handling import Pledge
from complaints.intake import SentFile
from complaints.limits import Priority
from complaints.measuring.facts import SECTION
from complaints.measuring.figures import of_period
from complaints.measuring.periods import Period
from complaints.roles import MAY
from complaints.states import (
    ALLOWED,
    BY_CITIZEN,
    ENDED,
    OPEN,
    RUNNING,
    Action,
    Aspect,
    EventKind,
    Fault,
    Ground,
    Kind,
    Outcome,
    Status,
)
from complaints.tables import (
    Case,
    CheckStep,
    Event,
    Extension,
    Follower,
    Officer,
    Promise,
    ReplyDraft,
    Section,
    Task,
)
from complaints.tasks import TaskKind
from data.database import transaction
from data.outbox import Address, Outbox
from tests.makers import NOON, PREFIX, make_officer, make_petition

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STEPS = {"sqlite": (60, 25), "postgresql": (8, 15)}  # examples, and steps of each
STAFF = (
    ("clerk", "clerk", "civil"),
    ("away", "clerk", "works"),
    ("chief", "section_chief", "civil"),
    ("other_chief", "section_chief", "works"),
    ("controller", "case_controller", "intake"),
    ("secretary", "secretary", "intake"),
    ("director", "director", "intake"),
    ("ethics", "ethics", "intake"),
    ("editor", "faq_editor", "intake"),
    ("admin", "administrator", "intake"),
    ("gone", "director", "intake"),
)
# Who brings cases: by chat, at the counter, by chat but wanting a call.
PEOPLE = (
    (Address("telegram", "1"), "chat", "歐陽美惠"),
    (Address("counter", "2"), "letter", "諸葛文彬"),
    (Address("telegram", "3"), "phone", "司馬曉雯"),
)
FOLLOWERS = tuple(Address("telegram", f"f{n}") for n in range(2))
CLEAN = "已派員清除，騎樓已可通行，並已電話說明。"
NAMED = "歐陽美惠小姐您好，已派員清除。"
UNDATED = "近期將派員改善。"


@dataclass
class Moment:
    """A verb about to be done: by whom, to which case, when, and what is still open to choose."""

    tx: Session
    case: Case
    by: Officer
    now: datetime
    chance: Random

    @property
    def at(self) -> dict[str, Any]:
        return {"by": self.by, "version": self.case.version, "now": self.now}

    @property
    def said(self) -> dict[str, Any]:
        """What a citizen said, or an officer took down."""
        return {"by": self.one(None, self.by), "now": self.now}

    def one(self, *choices: Any) -> Any:
        return self.chance.choice(choices)

    def yes(self) -> bool:
        return self.chance.random() < 0.5

    def row(self, table: Any, *where: Any) -> int:
        """One of the rows that fit, or a number that no row has."""
        found = list(self.tx.scalars(select(table.id).where(*where).order_by(table.id)))
        return int(self.one(*found * 5, 10**6))

    def of_case(self, table: Any, *where: Any) -> int:
        return self.row(table, table.case_id == self.case.id, *where)

    def other(self) -> str:
        found = self.tx.scalars(select(Case.case_no).where(Case.id != self.case.id)).all()
        return str(self.one(*sorted(found)))

    def words(self) -> dict[str, Any]:
        """An answer: clean, naming somebody, or promising; with or without a day."""
        text = self.one(CLEAN, CLEAN, CLEAN, NAMED, UNDATED, UNDATED)
        days = self.chance.randint(-2, 9)
        pledge = Pledge("近期將派員改善", office_date(self.now) + days * DAY)
        promises = [pledge] if text == UNDATED and self.yes() else []
        answered = self.one((), range(1, 10))
        return {"text": text, "promises": promises, "answered": answered}


@dataclass(frozen=True)
class Deed:
    """A verb, what it records, and what else may be recorded with it, here and on other cases."""

    action: Action
    main: EventKind
    act: Callable[[Moment], object]
    also: frozenset[EventKind] = frozenset()
    elsewhere: frozenset[EventKind] = frozenset()


def deed(
    action: Action,
    main: EventKind,
    act: Callable[[Moment], object],
    also: Sequence[EventKind] = (),
    elsewhere: Sequence[EventKind] = (),
) -> Deed:
    return Deed(action, main, act, frozenset(also), frozenset(elsewhere))


def _close(m: Moment) -> object:
    outcome = m.one(*Outcome)
    return handling.close(m.tx, m.case.case_no, outcome=outcome, reason="已改善", **m.at)


def _classify(m: Moment) -> object:
    kind = m.one(None, None, *Kind)
    priority = m.one(None, *Priority)
    return handling.classify(m.tx, m.case.case_no, kind=kind, priority=priority, **m.at)


def _not_process(m: Moment) -> object:
    given = {"ground": m.one(*Ground), "earlier": m.one(None, m.other()), "why": "經查"}
    return handling.not_process(m.tx, m.case.case_no, **given, **m.at)


def _transfer(m: Moment) -> object:
    along = m.yes()
    given: dict[str, Any] = {"agency": "環保局", "phone": "1999", "reason": "權責"}
    return handling.transfer(m.tx, m.case.case_no, with_identity=along, **given, **m.at)


def _assign(m: Moment) -> object:
    given = {"section": m.one("civil", "works", "closed"), "handler": m.one(None, "away", "gone")}
    return handling.assign(m.tx, m.case.case_no, **given, **m.at)


def _settle_owner(m: Moment) -> object:
    given = {"section": m.one("civil", "works"), "handler": m.one(None, "clerk")}
    return handling.settle_owner(m.tx, m.case.case_no, **given, reason="裁決", **m.at)


def _consult(m: Moment) -> object:
    section = m.one("civil", "works")
    return handling.consult(m.tx, m.case.case_no, section=section, question="何時？", **m.at)


def _answer_consultation(m: Moment) -> object:
    task_id = m.row(Task, Task.kind == TaskKind.CONSULTATION)
    return handling.answer_consultation(
        m.tx, m.case.case_no, task_id=task_id, text="十二月", by=m.by, now=m.now
    )


def _ask_extension(m: Moment) -> object:
    days = m.chance.randint(0, 12)
    return handling.ask_extension(m.tx, m.case.case_no, days=days, reason="會勘", **m.at)


def _approve(m: Moment) -> object:
    draft_id = m.of_case(ReplyDraft)
    row = m.tx.get(ReplyDraft, draft_id)
    # A reason that lets a name pass would hide the very thing that is looked for.
    override = m.one(None, "急件") if row and row.text != NAMED else None
    return handling.approve(m.tx, m.case.case_no, draft_id, override=override, **m.at)


def _send_back(m: Moment) -> object:
    return handling.send_back(m.tx, m.case.case_no, m.of_case(ReplyDraft), reason="請補", **m.at)


def _settle_promise(m: Moment) -> object:
    promise_id, kept = m.of_case(Promise), m.yes()
    return handling.settle_promise(
        m.tx, m.case.case_no, promise_id, kept=kept, evidence="照片", **m.at
    )


def _record_improvement(m: Moment) -> object:
    proof = m.one(None, *(one.id for one in m.case.attachments))
    given = {"evidence": "已鋪平", "attachment_id": proof}
    return handling.record_improvement(m.tx, m.case.case_no, **given, **m.at)


def _record_visit(m: Moment) -> object:
    given: dict[str, Any] = {
        "visited_at": m.now - m.chance.randint(-1, 30) * HOUR,
        "where": "騎樓",
        "found": m.one("雜物", " "),
        "files": [SentFile("desk", f"stored:{'b' * 64}")] * m.one(0, 1),
    }
    return handling.record_visit(m.tx, m.case.case_no, **given, **m.at)


def _check_step(m: Moment) -> object:
    step_id, done = m.row(CheckStep), m.yes()
    return handling.check_step(m.tx, m.case.case_no, step_id=step_id, done=done, by=m.by, now=m.now)


def _add_information(m: Moment) -> object:
    files = [SentFile("telegram", m.one("photo", f"stored:{'a' * 64}"))] * m.one(0, 1)
    return handling.add_information(m.tx, m.case.case_no, "再補充", files=files, **m.said)


def _edit(m: Moment) -> object:
    return handling.edit(
        m.tx, m.case.case_no, before="騎樓", after="人行道", accepted=m.yes(), now=m.now
    )


def _on_case(verb: Callable[..., object], **given: Any) -> Callable[[Moment], object]:
    """A verb that needs nothing chosen."""
    return lambda m: verb(m.tx, m.case.case_no, **given, **m.at)


def _by_citizen(verb: Callable[..., object], **given: Any) -> Callable[[Moment], object]:
    return lambda m: verb(m.tx, m.case.case_no, **given, **m.said)


K = EventKind
DEEDS = {
    "assign": deed(Action.ASSIGN, K.ASSIGNED, _assign, [K.SUPPLEMENTED]),
    "accept": deed(Action.ACCEPT, K.ACCEPTED, _on_case(handling.accept)),
    "hand_back": deed(
        Action.HAND_BACK, K.HANDED_BACK, _on_case(handling.hand_back, reason="非本課")
    ),
    "settle_owner": deed(Action.SETTLE_OWNER, K.OWNER_SETTLED, _settle_owner, [K.SUPPLEMENTED]),
    "classify": deed(Action.CLASSIFY, K.CLASSIFIED, _classify),
    "note": deed(
        Action.NOTE, K.NOTED, lambda m: handling.note(m.tx, m.case.case_no, "註記", **m.at)
    ),
    "consult": deed(Action.CONSULT, K.CONSULTED, _consult),
    "answer_consultation": deed(
        Action.ANSWER_CONSULTATION, K.CONSULTATION_ANSWERED, _answer_consultation
    ),
    "ask_supplement": deed(
        Action.ASK_SUPPLEMENT,
        K.SUPPLEMENT_ASKED,
        lambda m: handling.ask_supplement(m.tx, m.case.case_no, "門牌", **m.at),
    ),
    "go_on_without": deed(
        Action.SUPPLEMENT, K.SUPPLEMENTED, _on_case(handling.go_on_without, reason="未補")
    ),
    "ask_extension": deed(Action.ASK_EXTENSION, K.EXTENSION_ASKED, _ask_extension),
    "approve_extension": deed(
        Action.DECIDE_EXTENSION, K.EXTENDED, _on_case(handling.approve_extension)
    ),
    "refuse_extension": deed(
        Action.DECIDE_EXTENSION,
        K.EXTENSION_REFUSED,
        _on_case(handling.refuse_extension, reason="可如期"),
    ),
    "undo_extension": deed(
        Action.DECIDE_EXTENSION,
        K.EXTENSION_UNDONE,
        _on_case(handling.undo_extension, reason="提前"),
    ),
    "draft": deed(
        Action.DRAFT,
        K.DRAFTED,
        lambda m: handling.draft(m.tx, m.case.case_no, **m.words(), **m.at),
    ),
    "send_back": deed(Action.APPROVE, K.RETURNED, _send_back),
    "approve": deed(Action.APPROVE, K.APPROVED, _approve),
    "send": deed(
        Action.SEND,
        K.REPLIED,
        lambda m: handling.send(m.tx, m.case.case_no, m.of_case(ReplyDraft), **m.at),
        [K.PROMISED],
        [K.REPLIED],
    ),
    "reply": deed(
        Action.REPLY,
        K.REPLIED,
        lambda m: handling.reply(m.tx, m.case.case_no, **m.words(), **m.at),
        [K.PROMISED],
        [K.REPLIED],
    ),
    "send_interim": deed(
        Action.SEND_INTERIM,
        K.INTERIM_SENT,
        lambda m: handling.send_interim(m.tx, m.case.case_no, m.one(CLEAN, NAMED), **m.at),
    ),
    "explain_delay": deed(
        Action.EXPLAIN_DELAY,
        K.DELAY_EXPLAINED,
        lambda m: handling.explain_delay(m.tx, m.case.case_no, "等候鑑定", **m.at),
    ),
    "correct": deed(
        Action.CORRECT,
        K.CORRECTED,
        lambda m: handling.correct(
            m.tx, m.case.case_no, m.one(CLEAN, NAMED), reason="誤植", **m.at
        ),
        elsewhere=[K.CORRECTED],
    ),
    "settle_promise": deed(Action.SETTLE_PROMISE, K.PROMISE_SETTLED, _settle_promise),
    "record_improvement": deed(
        Action.RECORD_IMPROVEMENT, K.IMPROVEMENT_RECORDED, _record_improvement
    ),
    "record_visit": deed(Action.RECORD_VISIT, K.SITE_VISITED, _record_visit),
    "check_step": deed(Action.CHECK_STEP, K.STEP_CHECKED, _check_step),
    "transfer": deed(
        Action.TRANSFER, K.TRANSFERRED, _transfer, elsewhere=[K.SPLIT, K.SUPPLEMENTED]
    ),
    "not_process": deed(
        Action.NOT_PROCESS, K.NOT_PROCESSED, _not_process, elsewhere=[K.SPLIT, K.SUPPLEMENTED]
    ),
    "merge": deed(
        Action.MERGE,
        K.MERGED,
        lambda m: handling.merge(m.tx, m.case.case_no, into=m.other(), **m.at),
        [K.REPLIED],
    ),
    "split": deed(Action.SPLIT, K.SPLIT, _on_case(handling.split), [K.SUPPLEMENTED]),
    "close": deed(Action.CLOSE, K.CLOSED, _close),
    "acknowledge": deed(
        Action.ACKNOWLEDGE,
        K.CLOSED,
        _on_case(handling.acknowledge),
        elsewhere=[K.REPLIED],
    ),
    "reopen": deed(Action.REOPEN, K.REOPENED, _on_case(handling.reopen, reason="複查")),
    # what a citizen says, by chat or taken down
    "add_information": deed(
        Action.ADD_INFORMATION, K.INFORMATION_ADDED, _add_information, [K.SUPPLEMENTED]
    ),
    "edit": deed(Action.ADD_INFORMATION, K.EDITED, _edit),
    "withdraw": deed(
        Action.WITHDRAW,
        K.WITHDRAWN,
        _by_citizen(handling.withdraw),
        elsewhere=[K.SPLIT, K.SUPPLEMENTED],
    ),
    "reopen_dissatisfied": deed(
        Action.REOPEN,
        K.REOPENED,
        _by_citizen(handling.reopen_dissatisfied, reason="沒來"),
        [K.DISSATISFIED],
    ),
    "confirm_improved": deed(
        Action.GIVE_FEEDBACK, K.CONFIRMED_IMPROVED, _by_citizen(handling.confirm_improved)
    ),
    "note_not_improved": deed(
        Action.GIVE_FEEDBACK, K.NOT_IMPROVED, _by_citizen(handling.note_not_improved)
    ),
    "rate": deed(
        Action.GIVE_FEEDBACK,
        K.SATISFACTION_RATED,
        lambda m: handling.rate(
            m.tx, m.case.case_no, m.chance.randint(0, 6), aspect=m.one(*Aspect), **m.said
        ),
    ),
    "say_why": deed(
        Action.GIVE_FEEDBACK,
        K.SATISFACTION_RATED,
        lambda m: handling.say_why(m.tx, m.case.case_no, m.one(*Fault), **m.said),
    ),
}
# Each of these is told to the citizen, whatever else is.
ALWAYS_TOLD = (
    K.RECEIVED,
    K.SUPPLEMENT_ASKED,
    K.EXTENDED,
    K.EXTENSION_UNDONE,
    K.INTERIM_SENT,
    K.REPLIED,
    K.CORRECTED,
    K.PROMISE_SETTLED,
    K.IMPROVEMENT_RECORDED,
    K.TRANSFERRED,
    K.NOT_PROCESSED,
    K.MERGED,
    K.SPLIT,
    K.CLOSED,
    K.WITHDRAWN,
    K.REOPENED,
)
# What ends a case too soon for the rest to happen, or is always possible.
SELDOM = {"withdraw", "transfer", "not_process", "merge", "note", "add_information", "edit"}
WITHOUT_A_VERSION = {"rate"}  # a grade makes no reader stale


Row = dict[str, Any]


@dataclass
class Seen:
    """The cases as they are at a moment, and how much there is of what a verb could add to."""

    cases: dict[int, Row]
    last_event: int
    promises: int
    counts: tuple[int, ...]


def _count(table: Any, *where: Any) -> ScalarSelect[int]:
    return select(func.count()).select_from(table).where(*where).scalar_subquery()


COUNTS = select(
    select(func.coalesce(func.max(Event.id), 0)).scalar_subquery(),
    _count(Promise),
    _count(Promise, Promise.state == "open"),
    _count(Outbox),
    _count(Task),
    _count(Task, Task.done_at.is_(None)),
    _count(Follower),
    _count(Extension, Extension.state == "asked"),
    _count(ReplyDraft),
    *(_count(ReplyDraft, ReplyDraft.state == state) for state in ("submitted", "approved")),
)


class Desk(RuleBasedStateMachine):
    """An office of eleven, three to five cases, and time that only goes forward."""

    engine: ClassVar[Engine]

    def __init__(self) -> None:
        super().__init__()
        self.tx = Session(self.engine, expire_on_commit=False)
        self.tx.begin()
        self.now, self.steps = NOON, 0
        self.calendar = calendars.load(self.tx)
        self.staff = {one.username: one for one in self.tx.scalars(select(Officer))}
        self.director = self.staff["director"]
        self.last = self.seen()
        self.steady = False  # whether the last step held

    @initialize(kinds=st.lists(st.sampled_from(Kind), min_size=3, max_size=3))
    def three_petitions(self, kinds: list[Kind]) -> None:
        for kind, person in zip(kinds, PEOPLE, strict=True):
            self.file(kind, person)
        self.last = self.seen()

    def file(self, kind: Kind, person: tuple[Address, str, str]) -> None:
        who, reply_by, name = person
        petition = make_petition(
            kind=kind,
            citizen=who,
            reply_by=reply_by,
            petitioner_name=name,
            contact="0912345678",
            place="騎樓",
            section="civil課",
        )
        intake.file(self.tx, petition, prefix=PREFIX, now=self.now)

    # --- what happens

    @rule(seed=st.integers(0, 2**32), hours=st.integers(0, 40))
    def a_moment_later(self, seed: int, hours: int) -> None:
        """A verb that fits, most of the time; else any verb, or something besides the verbs.

        Seed and number of the step choose, evenly: drawn one by one, or repeated, choices would
        crowd at a few verbs.
        """
        self.now += hours * HOUR
        self.steps += 1
        chance = Random(f"{seed}/{self.steps}")
        happens = chance.choice([self.fitting] * 20 + [self.anything] * 2 + self.besides)
        before, self.steady = self.last, False
        happens(chance)
        self.last = self.seen()
        self.check(before, self.last)
        self.steady = True

    def fitting(self, chance: Random) -> None:
        """A verb the case's status allows, by somebody of a role that may; three tries."""
        for _ in range(3):
            case = self.a_case(chance)
            fits = [name for name, one in DEEDS.items() if case.state in ALLOWED[one.action]]
            (name,) = chance.choices(fits, [1 if name in SELDOM else 5 for name in fits])
            roles = MAY[DEEDS[name].action]
            able = [one for one in self.staff.values() if one.active and one.role in roles]
            able += [self.director] * 2  # whom neither section nor circle stops
            if self.attempt(name, case, chance.choice(able), chance):
                return

    def anything(self, chance: Random) -> None:
        """Any verb by anybody."""
        by = chance.choice(list(self.staff.values()))
        self.attempt(chance.choice(list(DEEDS)), self.a_case(chance), by, chance)

    @property
    def besides(self) -> list[Callable[[Random], None]]:
        return [
            self.days_pass,
            self.the_office_chooses,
            self.somebody_follows,
            self.a_notice_arrives_or_not,
            self.work_is_done,
            self.promises_come_due,
            self.another_petition,
        ]

    def days_pass(self, chance: Random) -> None:
        self.now += chance.randint(1, 20) * DAY

    def the_office_chooses(self, chance: Random) -> None:
        stops = chance.choice(["yes", "no"])
        practice.choose(self.tx, "supplement_stops_clock", stops, by="director", now=self.now)

    def somebody_follows(self, chance: Random) -> None:
        case, who, before = self.a_case(chance), chance.choice(FOLLOWERS), self.last
        with suppress(ComplaintError):
            fresh = handling.follow(self.tx, case.case_no, who, language="zh", now=self.now)
            assert self.recorded(before, case.id) == Counter({K.FOLLOWED: 1} if fresh else {})
        assert self.seen().cases == before.cases

    def a_notice_arrives_or_not(self, chance: Random) -> None:
        posted = select(Outbox.about).where(Outbox.about.is_not(None)).order_by(Outbox.id)
        about = chance.choice([*self.tx.scalars(posted), "event:0"])
        problem = chance.choice([None, "Forbidden"])
        given: dict[str, Any] = {"problem": problem, "channel": "telegram", "now": self.now}
        handling.note_delivery(self.tx, int(about.removeprefix("event:")), **given)
        if problem and about != "event:0":
            assert self.tx.scalar(select(Task.id).where(Task.key == f"{about}:hand"))

    def work_is_done(self, chance: Random) -> None:
        by_hand = [TaskKind.CALL, TaskKind.LETTER, TaskKind.EMAIL]
        waiting = select(Task.id).where(Task.done_at.is_(None), Task.kind.in_(by_hand))
        task_id = chance.choice([*self.tx.scalars(waiting.order_by(Task.id)), 10**6])
        given: dict[str, Any] = {"by": self.director, "now": self.now}
        with suppress(NothingToDecide):
            reached = chance.random() < 0.5
            handling.settle_task(self.tx, task_id, "已告知", reached=reached, **given)

    def promises_come_due(self, _chance: Random) -> None:
        for one in handling.due_promises(self.tx, office_date(self.now)):
            handling.remind_of_promise(self.tx, one, now=self.now)

    def another_petition(self, chance: Random) -> None:
        if len(self.last.cases) < 5:
            self.file(chance.choice(list(Kind)), chance.choice(PEOPLE))

    # --- one verb, done or refused

    def attempt(self, name: str, case: Case, by: Officer, chance: Random) -> bool:
        note(f"{self.now:%m-%d %H:%M} {by.username}: {name} {case.case_no} ({case.status})")
        before, one = self.last, DEEDS[name]
        moment = Moment(self.tx, case, by, self.now, chance)
        try:
            with self.tx.begin_nested():
                one.act(moment)
        except ComplaintError:
            assert self.seen() == before, f"{name} was refused and left something behind"
            return False
        after = self.seen()
        self.check_recorded(one, before, after, case)
        check_row(name, before.cases[case.id], after.cases[case.id])
        self.check_others(one, before, after, case)
        return True

    def check_recorded(self, one: Deed, before: Seen, after: Seen, case: Case) -> None:
        """One main event, and besides it only what goes with it."""
        here = self.recorded(before, case.id)
        assert here.pop(one.main) == 1
        assert set(here) <= one.also
        assert here[K.PROMISED] == after.promises - before.promises

    def check_others(self, one: Deed, before: Seen, after: Seen, case: Case) -> None:
        """Other cases move only with their main case: answered with it, or freed by its end."""
        for other, was in before.cases.items():
            if other == case.id:
                continue
            told = self.recorded(before, other)
            assert set(told) <= one.elsewhere
            assert all(n == 1 for n in told.values())
            assert not told or was["main_id"] == case.id
            if after.cases[other]["status"] != was["status"]:
                assert was["main_id"] == case.id
                assert after.cases[other]["version"] > was["version"]

    # --- what always holds

    def check(self, before: Seen, after: Seen) -> None:
        for case_id, row in after.cases.items():
            check_sense(row, after.cases)
            if row != before.cases.get(case_id) and row["status"] in RUNNING:
                self.check_due(row)
            if row != before.cases.get(case_id):
                self.check_unheard(row)
        self.check_open_work(after)

    def check_due(self, row: Row) -> None:
        """The due date is what the history says, read back from its events."""
        case = self.tx.get_one(Case, row["id"])
        limit = rulebook.limit_for(self.tx, row["kind"], row["priority"])
        why = explain(history(self.tx, case), limit, self.calendar)
        assert (row["due_on"], row["paused"]) == (why.due_on, why.paused)
        assert bool(row["extensions"]) == bool(why.extended_by)

    def check_unheard(self, row: Row) -> None:
        """Whether the citizen spoke last is what the history says."""
        told = select(Event.kind, Event.officer_id).where(Event.case_id == row["id"])
        spoke = False
        for kind, officer_id in self.tx.execute(told.order_by(Event.id)):
            spoke = officer_id is None and (spoke or kind in BY_CITIZEN)
        assert row["unheard"] == spoke

    def check_open_work(self, after: Seen) -> None:
        """Whose it is, is somebody's work to decide; one request and one draft at most."""
        to_settle = Task.kind == TaskKind.SETTLE_OWNER, Task.done_at.is_(None)
        asked = set(self.tx.scalars(select(Task.case_id).where(*to_settle)))
        for row in after.cases.values():
            assert not row["with_secretary"] or row["id"] in asked
        for table, states in ((Extension, ["asked"]), (ReplyDraft, ["submitted", "approved"])):
            still: Any = select(table.case_id).where(table.state.in_(states))
            assert all(n == 1 for n in Counter(self.tx.scalars(still)).values())

    # --- what holds in the end

    def teardown(self) -> None:
        try:
            if self.steady:
                cases = self.last.cases
                self.check_everybody_was_told()
                self.check_no_follower_reads_a_name()
                self.check_figures(cases)
                self.lead_out(list(cases))
        finally:
            self.tx.rollback()
            self.tx.close()

    def check_everybody_was_told(self) -> None:
        keys = set(self.tx.scalars(select(Outbox.key))) | set(self.tx.scalars(select(Task.key)))
        for event_id in self.tx.scalars(select(Event.id).where(Event.kind.in_(ALWAYS_TOLD))):
            assert {f"event:{event_id}", f"event:{event_id}:hand"} & keys

    def check_no_follower_reads_a_name(self) -> None:
        for row in self.tx.scalars(select(Outbox).where(Outbox.key.contains(":follower:"))):
            assert not any(name in row.message.text for _, _, name in PEOPLE)

    def check_figures(self, cases: dict[int, Row]) -> None:
        """Every month balances, and the last ends with as many open as there are."""
        month, last = date(2026, 11, 1), office_date(self.now)
        while month <= last:
            period = Period.month(month.year, month.month)
            counted = of_period(self.tx, period, today=last)
            sections = counted.under(SECTION).values()
            assert all(one.balanced() for one in (counted.total, *sections))
            month = period.end + DAY
        assert counted.total.open_end == sum(row["status"] in OPEN for row in cases.values())

    def lead_out(self, cases: list[int]) -> None:
        """No case is stuck: the director settles what is promised, answers and closes."""
        for case in (self.tx.get_one(Case, case_id) for case_id in cases):
            for one in handling.open_promises(self.tx, case):
                given: dict[str, Any] = {"kept": True, "evidence": "照片"} | self.at(case)
                handling.settle_promise(self.tx, case.case_no, one.id, **given)
            if case.state is Status.MERGED:
                handling.split(self.tx, case.case_no, **self.at(case))
            if case.state in RUNNING:
                handling.reply(self.tx, case.case_no, CLEAN, **self.at(case))
            if case.state is Status.REPLIED:
                suggestion = case.kind == Kind.REFORM_SUGGESTION
                outcome = Outcome.ADOPTED if suggestion else Outcome.RESOLVED
                given = {"outcome": outcome, "reason": "好"} | self.at(case)
                handling.close(self.tx, case.case_no, **given)
            assert case.state in ENDED

    # --- looking

    def at(self, case: Case) -> dict[str, Any]:
        return {"by": self.director, "version": case.version, "now": self.now}

    def a_case(self, chance: Random) -> Case:
        """One of the cases, more often one that is open."""
        rows = self.last.cases.values()
        weights = [4 if row["status"] in OPEN else 1 for row in rows]
        (row,) = chance.choices(list(rows), weights)
        return self.tx.get_one(Case, row["id"])

    def recorded(self, before: Seen, case_id: int) -> Counter[str]:
        new = select(Event.kind).where(Event.id > before.last_event, Event.case_id == case_id)
        return Counter(self.tx.scalars(new))

    def seen(self) -> Seen:
        """The rows themselves, whatever the session remembers of them."""
        self.tx.flush()
        rows = self.tx.execute(select(Case.__table__)).mappings()
        cases = {row["id"]: dict(row) for row in rows}
        last_event, promises, *rest = self.tx.execute(COUNTS).one()
        return Seen(cases, last_event, promises, tuple(rest))


def check_row(name: str, was: Row, now: Row) -> None:
    """The status follows the table, and what changed has a new version."""
    expected: str = ALLOWED[DEEDS[name].action][Status(was["status"])]
    if name == "add_information" and was["status"] == Status.AWAITING_SUPPLEMENT:
        expected = Status.IN_PROGRESS
    if name == "split":  # it goes on where it stood when it was merged
        assert now["status"] in {Status.IN_PROGRESS, Status.AWAITING_SUPPLEMENT}
    else:
        assert now["status"] == expected
    # A step ticked off makes no reader stale, though it shows that the citizen was heard.
    changed = {key for key in was if was[key] != now[key]} - {"version", "unheard"}
    assert now["version"] > was["version"] or not changed or name in WITHOUT_A_VERSION


def check_sense(row: Row, cases: dict[int, Row]) -> None:
    """Status, dates and main case of a case agree with each other."""
    status = Status(row["status"])
    assert (row["closed_on"] is not None) == (row["outcome"] is not None) == (status in ENDED)
    assert (row["main_id"] is not None) == (status is Status.MERGED)
    if status is Status.MERGED:
        assert cases[row["main_id"]]["status"] in OPEN | {Status.CLOSED}
    assert not (status in RUNNING and row["replied_on"])
    assert row["replied_on"] or status not in {Status.REPLIED, Status.CLOSED}
    assert not row["closed_on"] or row["closed_on"] >= row["received_on"]
    # A clock that stands must be able to go on.
    assert not row["paused"] or status is Status.AWAITING_SUPPLEMENT
    assert not row["with_secretary"] or status in OPEN


def staff_the_office(engine: Engine) -> None:
    """Eleven officers: one away with a deputy, one who left; and a section that is closed."""
    with transaction(engine) as tx:
        for username, role, section in STAFF:
            make_officer(tx, username, role, section)
        officers = {one.username: one for one in tx.scalars(select(Officer))}
        first, last = date(2026, 1, 1), date(2027, 12, 31)
        staffing.add_absence(tx, officers["away"], first, last, officers["clerk"])
        officers["gone"].active = False
        tx.add(Section(code="closed", name="裁撤課", active=False))


@pytest.mark.long
def test_whatever_happens_every_case_stays_in_order(engine: Engine) -> None:
    staff_the_office(engine)
    examples, steps = STEPS[engine.dialect.name]
    run_state_machine_as_test(
        type("Office", (Desk,), {"engine": engine}),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
