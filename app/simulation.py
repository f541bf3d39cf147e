"""A believable history of an office, for demonstration, training and tests.

Every case goes through the same functions as a real one, with the clock handed in; the same
seed gives the same history. Its citizens are on the channel `sample`, which nothing sends to.
What happens to one case is told in app/stories.py; all stories go on side by side, in time.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from heapq import heapify, heappop, heappush

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.staging import Scene, matters, texts
from app.stories import CHANNEL, MARK, Story
from complaints import handling
from complaints.clock.workdays import TAIPEI, office_date
from complaints.tables import Officer, Section
from data import outbox
from data.database import reading, transaction
from data.outbox import Delivery, Outbox
from faq.keeping import answering
from faq.keeping.answering import Unhelpful
from faq.keeping.index import Index
from faq.understanding.judging import Verdict

__all__ = ["CHANNEL", "MARK", "Made", "Plan", "simulate"]

ASKED_PER_CASE = 4
ASKED_AT_ONCE = 20
ACTS_AT_ONCE = 10
UNREACHED = 0.02


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


Waiting = tuple[datetime, int, Iterator[datetime]]


def simulate(engine: Engine, plan: Plan, index: Index | None) -> Made:
    """Make a history of cases and questions; needs sections, officers and FAQ entries.

    Without an index there are no questions.

    A few acts at a time have a transaction, so that a running program is never kept waiting.
    """
    dice = random.Random(plan.seed)  # noqa: S311 - not for secrets
    with reading(engine) as tx:
        officers = tx.scalars(select(Officer).where(Officer.active).order_by(Officer.id)).all()
        sections = tx.scalars(select(Section).where(Section.active).order_by(Section.id)).all()
    if not officers:
        raise ValueError("no officers to answer the cases; add one first")
    scene = Scene(officers, sections, plan.seed, plan.prefix, citizens=plan.cases * 2)
    _play(engine, scene, dice, _stories(scene, dice, plan), plan.until)
    asked = _ask_all(engine, dice, plan, index) if index else 0
    return Made(plan.cases, asked)


def batched(moments: Sequence[datetime], size: int) -> list[Sequence[datetime]]:
    """The moments in groups of at most `size`."""
    return [moments[start : start + size] for start in range(0, len(moments), size)]


def _stories(scene: Scene, dice: random.Random, plan: Plan) -> list[Waiting]:
    known = matters()
    moments = enumerate(_moments(dice, plan, plan.cases))
    return [(at, n, Story(scene, n, dice.choice(known)).tell()) for n, at in moments]


def _play(
    engine: Engine, scene: Scene, dice: random.Random, waiting: list[Waiting], until: datetime
) -> None:
    """Let all stories go on until the end; what would come later does not happen any more."""
    heapify(waiting)
    while waiting:
        with transaction(engine) as tx:
            scene.tx = tx
            for _ in range(min(ACTS_AT_ONCE, len(waiting))):
                _go_on(scene, dice, waiting, until)


def _go_on(scene: Scene, dice: random.Random, waiting: list[Waiting], until: datetime) -> None:
    scene.now, n, story = heappop(waiting)
    following = next(story, None)
    _deliver(scene.tx, dice)
    if following is not None and following <= until:
        heappush(waiting, (following, n, story))


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


def _ask_all(engine: Engine, dice: random.Random, plan: Plan, index: Index) -> int:
    questions = _moments(dice, plan, plan.cases * ASKED_PER_CASE)
    for some in batched(questions, ASKED_AT_ONCE):
        with transaction(engine) as tx:
            _ask(tx, dice, some, index)
    return len(questions)


def _ask(tx: Session, dice: random.Random, moments: Sequence[datetime], index: Index) -> None:
    cards = list(index.cards.values())
    unknown = texts()["unknown"]
    for at in moments:
        asker = f"{CHANNEL}:{dice.randrange(len(moments))}"
        text = dice.choice(unknown) if dice.random() < 0.15 else dice.choice(cards).question
        answer = answering.answer(tx, text, asker=asker, index=index, now=at)
        if answer.verdict is Verdict.SURE and dice.random() < 0.3:
            helpful = dice.random() < 0.85
            answering.note_helpful(tx, answer.asked_id, asker=asker, helpful=helpful)
            if not helpful and dice.random() < 0.5:
                reason = dice.choice(list(Unhelpful))
                answering.note_reason(tx, answer.asked_id, asker=asker, reason=reason)


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
