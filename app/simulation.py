"""A believable history of an office, for demonstration, training and tests.

Every case goes through the same functions as a real one, with the clock handed in; the same
seed gives the same history. Its citizens are on the channel `sample`, which nothing sends to.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from importlib.resources import files
from typing import Any

import yaml
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from bot.conversation.wording import NOTICE_VERSION
from complaints import handling, intake, replies
from complaints.clock.workdays import TAIPEI, office_date
from complaints.handling import Pledge
from complaints.intake import Petition
from complaints.roles import APPROVERS, CLOSED_CIRCLE, HANDLERS, LEADING, OWN_SECTION, Role
from complaints.states import Kind, Outcome
from complaints.tables import Case, Officer, Section
from data import outbox
from data.database import reading, transaction
from data.outbox import Address, Delivery, Outbox
from faq.keeping import answering
from faq.keeping.index import Index
from faq.understanding.judging import Verdict

CHANNEL = "sample"
MARK = "【範例】"
ASKED_PER_CASE = 4
ASKED_AT_ONCE = 20
UNREACHED = 0.02
WITHDRAWN = 0.04
UNHAPPY = 0.05
LATE = 0.12


@dataclass(frozen=True)
class Plan:
    """How much history to make, ending at `until`."""

    cases: int
    months: int
    seed: int
    until: datetime
    prefix: str


@dataclass(frozen=True)
class Made:
    """What was made."""

    cases: int
    questions: int


@dataclass(frozen=True)
class _Matter:
    kind: Kind
    text: str
    place: str | None
    section: str | None
    reply: str
    outcome: Outcome


def simulate(engine: Engine, plan: Plan, index: Index) -> Made:
    """Make a history of cases and questions; needs sections, officers and FAQ entries.

    Each case has its own transaction, so that a running program is never kept waiting.
    """
    dice = random.Random(plan.seed)  # noqa: S311 - not for secrets
    with reading(engine) as tx:
        officers = tx.scalars(select(Officer).where(Officer.active).order_by(Officer.id)).all()
        sections = tx.scalars(select(Section).where(Section.active).order_by(Section.id)).all()
    if not officers:
        raise ValueError("no officers to answer the cases; add one first")
    matters = _matters()
    for n, at in enumerate(_moments(dice, plan, plan.cases)):
        with transaction(engine) as tx:
            _Story(tx, dice, plan, officers, sections).tell(n, at, dice.choice(matters))
    questions = _moments(dice, plan, plan.cases * ASKED_PER_CASE)
    for some in batched(questions, ASKED_AT_ONCE):
        with transaction(engine) as tx:
            _ask(tx, dice, some, index)
    return Made(plan.cases, len(questions))


def batched(moments: Sequence[datetime], size: int) -> list[Sequence[datetime]]:
    """The moments in groups of at most `size`."""
    return [moments[start : start + size] for start in range(0, len(moments), size)]


class _Story:
    """Tells one case after the other."""

    def __init__(
        self,
        tx: Session,
        dice: random.Random,
        plan: Plan,
        officers: Sequence[Officer],
        sections: Sequence[Section],
    ) -> None:
        self._tx = tx
        self._dice = dice
        self._plan = plan
        self._officers = officers
        self._sections = {section.name: section for section in sections}
        self._controller = officers[0]

    def tell(self, n: int, at: datetime, matter: _Matter) -> None:
        """One case, as far as it has come by the end of the plan."""
        case = self._file(n, at, matter)
        if self._dice.random() < WITHDRAWN:
            self._do(
                at + timedelta(hours=20), lambda now: handling.withdraw(self._tx, case, now=now)
            )
            return
        section = self._sections.get(matter.section or "") or self._dice.choice(
            list(self._sections.values())
        )
        controller = self._one_of(LEADING, matter)
        officer = self._officer(section, matter)
        if controller is None or officer is None:
            return  # nobody of this office may open it: it waits, as it would
        self._controller = controller
        at = self._later(at, 2, 30)
        self._do(at, lambda now: self._assign(case, section, officer, now))
        at = self._answer(case, officer, matter, at)
        if self._dice.random() < UNHAPPY:
            at = self._later(at, 3, 40)
            reason = f"{MARK}還是沒有處理好"
            self._do(
                at,
                lambda now: handling.reopen_dissatisfied(self._tx, case, reason=reason, now=now),
            )
            at = self._answer(case, officer, matter, at)
        self._finish(case, officer, matter, at)

    def _file(self, n: int, at: datetime, matter: _Matter) -> str:
        petition = Petition(
            origin=f"{CHANNEL}:{self._plan.seed}:{n}",
            kind=matter.kind,
            content=f"{MARK}{matter.text}",
            citizen=Address(CHANNEL, f"{self._dice.randrange(self._plan.cases * 2)}"),
            language="zh",
            notice_version=NOTICE_VERSION,
            notice_shown_at=at - timedelta(minutes=4),
            place=matter.place,
            petitioner_name=f"{MARK}{self._dice.choice('陳林黃張李王吳劉蔡楊')}○○",
            confidential=matter.kind is Kind.MISCONDUCT_REPORT,
            section=matter.section,
        )
        filed = intake.file(self._tx, petition, prefix=self._plan.prefix, now=at)
        _deliver(self._tx, self._dice)
        return filed.case.case_no

    def _assign(self, case: str, section: Section, officer: Officer, now: datetime) -> None:
        handling.assign(
            self._tx,
            case,
            section=section.code,
            handler=officer.username,
            by=self._controller,
            version=self._version(case),
            now=now,
        )

    def _answer(self, case: str, officer: Officer, matter: _Matter, at: datetime) -> datetime:
        late = self._dice.random() < LATE
        at = self._later(at, 150, 400) if late else self._later(at, 3, 110)
        text = f"{MARK}{matter.reply}"
        approver = self._one_of(APPROVERS | {Role.CASE_CONTROLLER}, matter, but=officer)
        self._do(at, lambda now: self._send(case, text, officer, approver or officer, now))
        return at

    def _send(
        self, case: str, text: str, officer: Officer, approver: Officer, now: datetime
    ) -> None:
        tx, version = self._tx, self._version(case)
        day = office_date(now) + timedelta(days=self._dice.randint(7, 60))
        found = replies.check(text, [])
        today = office_date(now)
        vague = [one for one in found.dated if replies.promised_days(one, today) is None]
        pledges = [Pledge(one, day) for one in (*found.undated, *vague)]
        if officer is approver or Role(approver.role) not in APPROVERS:
            handling.reply(tx, case, text, by=approver, version=version, now=now, promises=pledges)
            return
        draft = handling.draft(
            tx, case, text, by=officer, version=version, now=now, promises=pledges
        )
        handling.approve(
            tx, case, draft.id, by=approver, version=version + 1, now=now, override=f"{MARK}核可"
        )
        handling.send(tx, case, draft.id, by=approver, version=version + 2, now=now)

    def _finish(self, case: str, officer: Officer, matter: _Matter, at: datetime) -> None:
        if self._dice.random() < 0.5:
            at = self._later(at, 1, 20)
            self._do(at, lambda now: handling.confirm_improved(self._tx, case, now=now))
        at = self._later(at, 4, 60)
        self._do(
            at,
            lambda now: handling.close(
                self._tx,
                case,
                outcome=matter.outcome,
                reason=f"{MARK}已依答復內容辦理",
                by=officer,
                version=self._version(case),
                now=now,
            ),
        )
        if self._dice.random() < 0.4:
            grade = self._dice.choices((1, 2, 3, 4, 5), (1, 1, 2, 4, 5))[0]
            at += timedelta(hours=2)
            self._do(at, lambda now: handling.rate(self._tx, case, grade, now=now))

    def _do(self, at: datetime, act: Callable[[datetime], object]) -> None:
        """Do a thing unless its time has not come: the case is then still as it was."""
        if at <= self._plan.until:
            act(at)
            _deliver(self._tx, self._dice)

    def _later(self, at: datetime, least: int, most: int) -> datetime:
        """Some hours later, in office hours."""
        local = (at + timedelta(hours=self._dice.randint(least, most))).astimezone(TAIPEI)
        if local.weekday() > 4:
            local += timedelta(days=7 - local.weekday())
        return local.replace(hour=self._dice.randint(8, 16), minute=self._dice.randint(0, 59))

    def _officer(self, section: Section, matter: _Matter) -> Officer | None:
        able = self._able(HANDLERS, matter)
        own = [officer for officer in able if officer.section_id == section.id]
        anywhere = [officer for officer in able if Role(officer.role) not in OWN_SECTION]
        return self._dice.choice(own or anywhere) if own or anywhere else None

    def _one_of(
        self, roles: frozenset[Role], matter: _Matter, but: Officer | None = None
    ) -> Officer | None:
        able = [
            officer
            for officer in self._able(roles - OWN_SECTION, matter)
            if officer is not but or Role(officer.role) is Role.CASE_CONTROLLER
        ]
        return self._dice.choice(able) if able else None

    def _able(self, roles: frozenset[Role], matter: _Matter) -> list[Officer]:
        closed = matter.kind is Kind.MISCONDUCT_REPORT
        allowed = roles & CLOSED_CIRCLE if closed else roles - {Role.ETHICS}
        return [officer for officer in self._officers if Role(officer.role) in allowed]

    def _version(self, case_no: str) -> int:
        return self._tx.scalars(select(Case.version).where(Case.case_no == case_no)).one()


def _moments(dice: random.Random, plan: Plan, count: int) -> list[datetime]:
    """Moments of the span in their order, most of them in the daytime."""
    last = office_date(plan.until)
    span = plan.months * 30
    found = []
    for _ in range(count):
        day = last - timedelta(days=dice.randrange(span))
        hour = dice.choices(range(24), (1,) * 7 + (3,) * 4 + (6,) * 7 + (4,) * 4 + (2,) * 2)[0]
        clock = time(hour, dice.randrange(60), dice.randrange(60))
        found.append(datetime.combine(day, clock, TAIPEI))
    return sorted(min(at, plan.until) for at in found)


def _ask(tx: Session, dice: random.Random, moments: Sequence[datetime], index: Index) -> None:
    cards = list(index.cards.values())
    unknown = _texts()["unknown"]
    for at in moments:
        asker = f"{CHANNEL}:{dice.randrange(len(moments))}"
        text = dice.choice(unknown) if dice.random() < 0.15 else dice.choice(cards).question
        answer = answering.answer(tx, text, asker=asker, index=index, now=at)
        if answer.verdict is Verdict.SURE and dice.random() < 0.3:
            helpful = dice.random() < 0.85
            answering.note_helpful(tx, answer.asked_id, asker=asker, helpful=helpful)


def _deliver(tx: Session, dice: random.Random) -> None:
    """Settle the notices: no channel serves sample citizens."""
    waiting = select(Outbox).where(Outbox.channel == CHANNEL, Outbox.state == Delivery.WAITING)
    for row in tx.scalars(waiting.order_by(Outbox.id)).all():
        now = row.posted_at + timedelta(seconds=1)
        problem = "Forbidden: bot was blocked by the user" if dice.random() < UNREACHED else None
        if problem:
            outbox.settle_dead(tx, row.id, problem, now=now)
        else:
            outbox.settle_sent(tx, row.id, None, now=now)
        if row.about:
            event_id = int(row.about.removeprefix("event:"))
            handling.note_delivery(tx, event_id, problem=problem, channel=CHANNEL, now=now)


def _matters() -> list[_Matter]:
    return [
        _Matter(
            kind=Kind(row["kind"]),
            text=row["text"],
            place=row.get("place"),
            section=row.get("section"),
            reply=row["reply"],
            outcome=Outcome(row["outcome"]),
        )
        for row in _texts()["matters"]
    ]


def _texts() -> dict[str, list[Any]]:
    source = (files("data") / "samples" / "history.yaml").read_text(encoding="utf-8")
    loaded: dict[str, list[Any]] = yaml.safe_load(source)
    return loaded
