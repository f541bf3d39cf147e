"""Many at once, on PostgreSQL: exactly one wins, nothing is lost, order is kept."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import TypeVar

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from admin_api.access import Carried, StaffDoor, perform
from admin_api.policy import Verb
from app.rounds import Rounds
from bot.channel import Incoming, What
from bot.conversation.moment import Office
from bot.counter import Desk, take
from bot.tables import Conversation
from complaints import handling, intake, marks, roster
from complaints.errors import StaleCase, StaleRow
from complaints.tables import Case, Event, Reminder, Section
from data import outbox
from data.database import engine_for, reading, transaction
from data.outbox import Address, Delivery, Message, Outbox
from faq.errors import StaleEntry
from faq.keeping import drafts, trials
from faq.keeping.index import Shelf
from faq.language.words import Words
from tests.clock import FakeClock
from tests.databases import KEYRING, Databases
from tests.faq.entries import make_content
from tests.makers import MING, NOON, PREFIX, make_case, make_officer, make_petition


@pytest.fixture
def engine(databases: Databases) -> Iterator[Engine]:
    """PostgreSQL only: SQLite has one writer anyway."""
    with databases.fresh("postgresql") as url:
        made = engine_for(url, KEYRING)
        yield made
        made.dispose()


@pytest.fixture
def desk(engine: Engine, shelf: Shelf) -> Desk:
    with reading(engine) as tx:
        shelf.current(tx)  # as at a start: who builds it first would hold the others up
    return Desk(engine, shelf, FakeClock(), Office("公所"), PREFIX, lambda: None)


T = TypeVar("T")


def together(count: int, act: Callable[[int], T]) -> list[T | Exception]:
    """Let so many threads begin at the same moment; what each got, or its error."""
    start = Barrier(count)

    def one(n: int) -> T | Exception:
        start.wait()
        try:
            return act(n)
        except Exception as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def said(key: str, text: str) -> Incoming:
    return Incoming(key, MING, What.TEXT, text=text)


def test_one_update_delivered_ten_times_at_once_is_taken_once(engine: Engine, desk: Desk) -> None:
    taken = together(10, lambda _n: take(desk, said("7", "您好")))
    assert Counter(taken) == {True: 1, False: 9}
    with reading(engine) as tx:
        assert tx.scalar(select(func.count()).select_from(Outbox)) == 1


def test_updates_of_one_citizen_at_once_are_taken_one_after_the_other(
    engine: Engine, desk: Desk
) -> None:
    take(desk, said("start", "我要陳情"))
    together(
        8, lambda n: take(desk, said(f"p{n}", f"這是同時說的第{n}件事情" + "，真的很久了" * 20))
    )
    take(desk, said("end", "取消"))
    with reading(engine) as tx:
        state = tx.scalars(select(Conversation.state)).one()
    for n in range(8):
        assert f"第{n}件事情" in state["draft"]["content"]


def test_one_draft_submitted_at_once_is_one_case(engine: Engine) -> None:
    petition = make_petition(origin="telegram:9")

    def file(_n: int) -> str:
        with transaction(engine) as tx:
            return intake.file(tx, petition, prefix=PREFIX, now=NOON).case.case_no

    together(6, file)
    with reading(engine) as tx:
        assert tx.scalar(select(func.count()).select_from(Case)) == 1


def test_numbers_have_no_gap_and_no_double(engine: Engine) -> None:
    def file(_n: int) -> str:
        with transaction(engine) as tx:
            return make_case(tx, citizen=Address("telegram", str(_n))).case_no

    numbers = together(12, file)
    assert sorted(map(str, numbers)) == [f"WH-1151126-{n:04}" for n in range(1, 13)]


def test_of_two_officers_replying_one_is_told(engine: Engine) -> None:
    with transaction(engine) as tx:
        clerk, case = make_officer(tx), make_case(tx)

    def reply(n: int) -> int:
        with transaction(engine) as tx:
            text = f"第{n}位的答復"
            return handling.reply(tx, case.case_no, text, by=clerk, version=1, now=NOON).id

    results = together(4, reply)
    assert sum(isinstance(one, StaleCase) for one in results) == 3
    with reading(engine) as tx:
        replied = select(func.count()).select_from(Event).where(Event.kind == "replied")
        assert tx.scalar(replied) == 1


def test_one_request_key_at_once_is_carried_out_once(engine: Engine, shelf: Shelf) -> None:
    with transaction(engine) as tx:
        clerk, case = make_officer(tx), make_case(tx)
    door = StaffDoor(engine, FakeClock(), shelf, lambda: None, None, "公所", secure=False)  # type: ignore[arg-type]

    def ask(_n: int) -> Carried:
        def act(tx: Session, now: datetime) -> Carried:
            event = handling.reply(tx, case.case_no, "好", by=clerk, version=1, now=now)
            return Carried(201, {"event": event.id})

        return perform(door, clerk, Verb.READ_CASES, "key-1", ["reply"], act)

    answers = together(6, ask)
    assert len({str(one) for one in answers}) == 1
    assert isinstance(answers[0], Carried)


def test_of_two_changing_a_section_one_is_told(engine: Engine) -> None:
    with transaction(engine) as tx:
        keeper = make_officer(tx, "keeper", "administrator")
        section = tx.scalars(select(Section).where(Section.code == "civil")).one()
        read = marks.mark(section)
        intake = section.intake

    def rename(n: int) -> str:
        with transaction(engine) as tx:
            name = f"第{n}課"
            row = roster.change_section(
                tx, "civil", name=name, intake=intake, active=True, by=keeper, seen=read
            )
            return row.name

    got = together(2, rename)
    assert [type(one) for one in got if isinstance(one, Exception)] == [StaleRow]
    with reading(engine) as tx:
        kept = tx.scalars(select(Section.name).where(Section.code == "civil")).one()
    assert [kept] == [one for one in got if isinstance(one, str)]


def test_of_two_publishing_at_once_one_tries_again(engine: Engine, words: Words) -> None:
    """Each was rehearsed without the other; both together might answer worse."""
    shelf = Shelf(words)
    with transaction(engine) as tx:
        trials.add(tx, "身分證遺失了要怎麼補領？", "id-card-lost", by="editor", now=NOON)
        numbers = []
        for name in ("cat-permit", "dog-permit"):
            content = make_content(label=name, question=f"{name}要怎麼辦？", aliases=())
            draft = drafts.write(tx, name, content, by="editor", now=NOON)
            numbers.append(drafts.submit(tx, draft.id, now=NOON).id)
    with reading(engine) as tx:
        index = shelf.current(tx)
        tried = [drafts.try_out(tx, drafts.find(tx, one), index, now=NOON) for one in numbers]

    def publish(n: int) -> str:
        with transaction(engine) as tx:
            return str(drafts.publish(tx, numbers[n], tried[n], by="chief", now=NOON).state)

    got = together(2, publish)
    assert Counter(type(one) for one in got) == {str: 1, StaleEntry: 1}
    with reading(engine) as tx:
        states = Counter(one.state for one in drafts.waiting(tx, list(drafts.State)))
    assert states == {"published": 1, "submitted": 1}


def test_eight_relays_send_nothing_twice_and_keep_each_address_in_order(engine: Engine) -> None:
    with transaction(engine) as tx:
        for n in range(400):
            to = Address("telegram", str(n % 20))
            outbox.post(tx, to, Message(str(n)), key=str(n), now=NOON)
    sent: list[tuple[str, int]] = []

    def work(_n: int) -> None:
        idle = 0
        while idle < 5:
            with transaction(engine) as tx:
                rows = outbox.claim(tx, ["telegram"], now=NOON)
            idle = 0 if rows else idle + 1
            for row in rows:
                sent.append((row.name, int(row.message.text)))
                with transaction(engine) as tx:
                    outbox.settle_sent(tx, row.id, None, now=NOON + timedelta(seconds=1))

    errors = [one for one in together(8, work) if isinstance(one, Exception)]
    assert errors == []
    assert len(sent) == len(set(sent)) == 400
    for name in {name for name, _ in sent}:
        order = [number for one, number in sent if one == name]
        assert order == sorted(order)
    with reading(engine) as tx:
        assert set(tx.scalars(select(Outbox.state))) == {Delivery.SENT}


def test_of_two_heads_deciding_an_extension_one_is_told(engine: Engine) -> None:
    with transaction(engine) as tx:
        clerk, case = make_officer(tx), make_case(tx)
        heads = [make_officer(tx, f"head{n}", "director", "civil") for n in range(3)]
        given = {"by": clerk, "version": 1, "now": NOON}
        handling.ask_extension(tx, case.case_no, days=3, reason="會勘", **given)  # type: ignore[arg-type]

    def decide(n: int) -> int:
        with transaction(engine) as tx:
            given = {"by": heads[n], "version": 2, "now": NOON}
            return handling.approve_extension(tx, case.case_no, **given).id  # type: ignore[arg-type]

    results = together(3, decide)
    assert sum(isinstance(one, StaleCase) for one in results) == 2
    with reading(engine) as tx:
        assert tx.scalars(select(Case.extensions)).one() == 1


def test_two_rounds_at_once_tell_everybody_once(engine: Engine, shelf: Shelf) -> None:
    late = NOON + timedelta(days=11)
    with transaction(engine) as tx:
        clerk = make_officer(tx)
        for n in range(6):
            case = make_case(tx, citizen=Address("telegram", str(n)))
            case.handler = clerk
    rounds = [Rounds(engine, shelf, lambda: late, lambda: None) for _ in range(3)]
    together(3, lambda n: rounds[n].once())
    with reading(engine) as tx:
        told = tx.scalars(select(Reminder.key).where(Reminder.kind == "overdue")).all()
        words = select(func.count()).select_from(Event).where(Event.kind == "told_late")
        assert (len(told), len(set(told)), tx.scalar(words)) == (6, 6, 6)


def test_a_citizen_adding_and_a_clerk_answering_lose_nothing(engine: Engine, desk: Desk) -> None:
    with transaction(engine) as tx:
        clerk, case = make_officer(tx), make_case(tx)

    def act(n: int) -> None:
        with transaction(engine) as tx:
            if n % 2:
                handling.add_information(tx, case.case_no, f"補充{n}", now=NOON)
            else:
                handling.reply(tx, case.case_no, "已清除。", by=clerk, version=1, now=NOON)

    results = together(6, act)
    refused = [one for one in results if isinstance(one, Exception)]
    assert all(isinstance(one, StaleCase) for one in refused)
    with reading(engine) as tx:
        kinds = Counter(tx.scalars(select(Event.kind)))
    assert kinds["information_added"] == 3
    assert kinds["replied"] == 3 - len(refused)
