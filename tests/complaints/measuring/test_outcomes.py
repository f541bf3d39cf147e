"""您說．我們做: two people publish an item, and nobody can be recognised in it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from complaints.errors import (
    IncompletePetition,
    LeaksIdentity,
    NothingToDecide,
    NotPermitted,
    OwnWork,
    UnknownCase,
    UnknownSection,
)
from complaints.measuring import outcomes
from complaints.measuring.outcomes import ClosedCase, State
from complaints.measuring.tables import PublicItem
from complaints.roles import Role
from complaints.states import Kind
from complaints.tables import Case, Officer
from tests.admin_api.staff import counting
from tests.makers import NOON, make_case, make_officer, make_section

SAID, DID = "公園路燈太暗，晚上不敢走。", "加裝六盞路燈，並請里長協助通報。"
ID_NUMBER = "A123456789"


def propose(tx: Session, by: Officer, **given: Any) -> PublicItem:
    usual: dict[str, Any] = {"period": "2026-10", "said": SAID, "did": DID, "now": NOON}
    return outcomes.propose(tx, by=by, **(usual | given))


def publish(tx: Session, by: Officer, head: Officer, **given: Any) -> PublicItem:
    return outcomes.approve(tx, propose(tx, by, **given).id, by=head, now=NOON)


@pytest.fixture
def clerk(tx: Session) -> Officer:
    return make_officer(tx, "ann", "clerk")


@pytest.fixture
def head(tx: Session) -> Officer:
    return make_officer(tx, "head", "director", "office")


def shown(tx: Session, **given: int) -> list[str]:
    return [row.said for row in outcomes.published(tx, **({"limit": 50} | given))]


def test_an_item_is_read_by_everybody_once_another_approved_it(
    tx: Session, clerk: Officer, head: Officer
) -> None:
    row = propose(tx, clerk, said=f" {SAID}\n")
    assert (row.state, row.said, row.section.code) == (State.DRAFT, SAID, "civil")
    assert shown(tx) == []
    outcomes.approve(tx, row.id, by=head, now=NOON)
    assert shown(tx) == [SAID]
    assert (row.decided_by_id, row.decided_at) == (head.id, NOON)
    assert outcomes.proposers(tx, [row]) == {clerk.id: "ann先生", head.id: "head先生"}


def test_an_item_of_a_case_is_of_its_section(tx: Session, head: Officer) -> None:
    make_section(tx)
    row = propose(tx, head, case_no=make_case(tx, section="民政課").case_no)
    assert row.section.code == "civil"


def test_nobody_approves_their_own(tx: Session, head: Officer) -> None:
    row = propose(tx, head)
    with pytest.raises(OwnWork):
        outcomes.approve(tx, row.id, by=head, now=NOON)
    assert not outcomes.may_approve(row, head)


@pytest.mark.parametrize("role", Role)
def test_who_may_propose_and_who_may_approve(tx: Session, clerk: Officer, role: Role) -> None:
    by, waiting = make_officer(tx, "somebody", role), propose(tx, clerk)
    may = {"case_controller", "secretary", "director", "administrator"}
    if role is Role.FAQ_EDITOR:
        with pytest.raises(NotPermitted):
            propose(tx, by)
    else:
        assert propose(tx, by).by_id == by.id
    assert outcomes.may_approve(waiting, by) == (role in may)
    if role in may:
        assert outcomes.approve(tx, waiting.id, by=by, now=NOON).state == State.APPROVED
    else:
        with pytest.raises(NotPermitted):
            outcomes.approve(tx, waiting.id, by=by, now=NOON)


def test_whose_account_is_closed_does_nothing(tx: Session, clerk: Officer, head: Officer) -> None:
    row = propose(tx, clerk)
    clerk.active = head.active = False
    for act in (outcomes.approve, outcomes.withdraw_item):
        with pytest.raises(NotPermitted):
            act(tx, row.id, by=head, now=NOON)
    with pytest.raises(NotPermitted):
        propose(tx, clerk)


@pytest.mark.parametrize(
    "wrong",
    [
        {"said": " "},
        {"did": ""},
        {"period": "2026-13"},
        {"period": ""},
        {"said": "長" * 1001},
    ],
)
def test_what_is_missing_is_named(tx: Session, clerk: Officer, wrong: dict[str, str]) -> None:
    with pytest.raises(IncompletePetition) as refused:
        propose(tx, clerk, **wrong)
    assert refused.value.field == next(iter(wrong))


def test_a_case_must_be_there_and_a_section_be_somebodys(tx: Session, clerk: Officer) -> None:
    with pytest.raises(UnknownCase):
        propose(tx, clerk, case_no="WH-1150101-0001")
    clerk.section = None
    tx.flush()
    with pytest.raises(UnknownSection):
        propose(tx, clerk)


# --- what may not be read -------------------------------------------------------------------
@pytest.mark.parametrize("given", [{"confidential": True}, {"kind": Kind.MISCONDUCT_REPORT}])
def test_nothing_of_the_closed_circle_is_made_public(
    tx: Session, clerk: Officer, head: Officer, given: dict[str, Any]
) -> None:
    with pytest.raises(ClosedCase):
        propose(tx, clerk, case_no=make_case(tx, **given).case_no)
    plain = make_case(tx)
    row = propose(tx, clerk, case_no=plain.case_no)
    become = {name: getattr(value, "value", value) for name, value in given.items()}
    tx.execute(update(Case).where(Case.id == plain.id).values(**become))
    tx.expire_all()
    with pytest.raises(ClosedCase):
        outcomes.approve(tx, row.id, by=head, now=NOON)


@pytest.mark.parametrize("given", [{"confidential": True}, {"kind": Kind.MISCONDUCT_REPORT.value}])
def test_what_becomes_confidential_later_is_no_longer_shown(
    tx: Session, clerk: Officer, head: Officer, given: dict[str, Any]
) -> None:
    case = make_case(tx)
    publish(tx, clerk, head, case_no=case.case_no)
    publish(tx, clerk, head, said="沒有案號的意見")
    assert shown(tx) == ["沒有案號的意見", SAID]
    tx.execute(update(Case).where(Case.id == case.id).values(**given))
    assert shown(tx) == ["沒有案號的意見"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("感謝王小明先生反映。", "name: 王小明"),
        ("感謝王○明先生反映。", "name: 王○明"),
        ("已致電 0912-345-678 說明。", "phone: 0912-345-678"),
        ("範例街18號前已清空。", "address: 範例街18號"),
        (f"身分證 {ID_NUMBER} 已補發。", f"id_number: {ID_NUMBER}"),
        ("請洽 lin.mei@example.com。", "email: lin.mei@example.com"),
        ("請洽 0987 654 321。", "phone: 0987 654 321"),
        ("案號 WH-1151126-0009 已辦理。", "other: WH-1151126-0009"),
    ],
)
@pytest.mark.parametrize("where", ["said", "did"])
def test_a_text_that_tells_of_a_person_is_refused_and_says_what(
    tx: Session, clerk: Officer, text: str, told: str, where: str
) -> None:
    given: dict[str, Any] = {"place": "範例街 18 號", "contact": "0912345678"}
    case = make_case(tx, now=NOON - timedelta(days=400), **given)
    tx.execute(update(Case).values(status="closed"))  # too old for the guard to look at
    tx.expire_all()
    with pytest.raises(LeaksIdentity) as refused:
        propose(tx, clerk, case_no=case.case_no, **{where: text})
    assert told in refused.value.found


def test_the_data_of_other_cases_are_looked_for_too(tx: Session, clerk: Officer) -> None:
    make_case(tx, petitioner_name="歐陽美麗", contact="02-2345-6789", reply_by="phone")
    own = make_case(tx)
    for case_no in (None, own.case_no):
        with pytest.raises(LeaksIdentity) as refused:
            propose(tx, clerk, said="歐陽美麗說路燈太暗。", case_no=case_no)
        assert refused.value.found == ("name: 歐陽美麗",)


def test_who_writes_for_the_office_and_its_telephone_may_be_read(
    tx: Session, clerk: Officer
) -> None:
    case = make_case(tx, place="中山公園")
    did = "民政課ann先生已到中山公園會勘，請洽 02-2345-6789。"
    assert propose(tx, clerk, did=did, case_no=case.case_no).did == did


def test_a_person_who_came_after_the_proposal_is_looked_for_at_the_approval(
    tx: Session, clerk: Officer, head: Officer
) -> None:
    row = propose(tx, clerk, said="歐陽美麗說路燈太暗。")
    make_case(tx, petitioner_name="歐陽美麗")
    with pytest.raises(LeaksIdentity):
        outcomes.approve(tx, row.id, by=head, now=NOON)
    assert shown(tx) == []


# --- afterwards -----------------------------------------------------------------------------
def test_an_item_is_taken_back_for_good(tx: Session, clerk: Officer, head: Officer) -> None:
    row = publish(tx, clerk, head)
    with pytest.raises(NotPermitted):
        outcomes.withdraw_item(tx, row.id, by=clerk, now=NOON)
    assert (outcomes.may_withdraw(row, clerk), outcomes.may_withdraw(row, head)) == (False, True)
    outcomes.withdraw_item(tx, row.id, by=head, now=NOON)
    assert shown(tx) == []
    for act in (outcomes.approve, outcomes.withdraw_item):
        with pytest.raises(NothingToDecide):
            act(tx, row.id, by=head, now=NOON)
    assert not outcomes.may_withdraw(row, head)


def test_a_proposer_takes_back_what_was_not_approved(tx: Session, clerk: Officer) -> None:
    other, row = make_officer(tx, "bob", "clerk"), propose(tx, clerk)
    with pytest.raises(NotPermitted):
        outcomes.withdraw_item(tx, row.id, by=other, now=NOON)
    assert outcomes.withdraw_item(tx, row.id, by=clerk, now=NOON).state == State.WITHDRAWN


def test_there_is_no_such_item(tx: Session, head: Officer) -> None:
    for act in (outcomes.approve, outcomes.withdraw_item):
        with pytest.raises(NothingToDecide):
            act(tx, 999, by=head, now=NOON)


def test_the_newest_period_comes_first_and_its_newest_item(
    tx: Session, clerk: Officer, head: Officer
) -> None:
    for period, said in (("2026-10", "甲"), ("2026-09", "乙"), ("2026-10", "丙")):
        publish(tx, clerk, head, period=period, said=said)
    assert shown(tx) == ["丙", "甲", "乙"]
    assert (shown(tx, limit=1), shown(tx, limit=2, offset=1)) == (["丙"], ["甲", "乙"])
    assert [row.said for row in outcomes.listed(tx, State.APPROVED)] == ["丙", "乙", "甲"]
    assert outcomes.listed(tx, State.DRAFT) == []


def test_more_items_cost_no_more_statements(
    tx: Session, engine: Engine, clerk: Officer, head: Officer
) -> None:
    sent = []
    for _ in range(2):
        for _ in range(3):
            publish(tx, clerk, head, case_no=make_case(tx).case_no)
        tx.expunge_all()
        clerk, head = tx.get_one(Officer, clerk.id), tx.get_one(Officer, head.id)
        with counting(engine) as statements:
            rows = outcomes.published(tx, limit=50)
            outcomes.proposers(tx, rows)
            listed = outcomes.listed(tx, State.APPROVED)
            assert all(row.section.name for row in rows)
            assert all(row.case and row.case.case_no for row in listed)
        sent.append(len(statements))
    assert sent[0] == sent[1]
