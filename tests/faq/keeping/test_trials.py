import pytest
from sqlalchemy.orm import Session

from faq.errors import AnswersWorse, StaleEntry, UnknownEntry, UnknownTrial
from faq.keeping import editing, trials
from faq.keeping.index import Index
from faq.keeping.tables import Entry
from faq.keeping.trials import Grade, Rehearsal
from tests.faq.entries import make_content
from tests.makers import NOON

LOST = "身分證不見了要怎麼補"


def add(tx: Session, text: str, entry_id: str | None) -> None:
    trials.add(tx, text, entry_id, by="clerk", now=NOON)


def test_a_question_is_graded_by_how_it_is_answered(tx: Session, small: Index) -> None:
    add(tx, "身分證不見了", "id-card-lost")
    add(tx, "我要遷戶口", "move-in")
    add(tx, "身分證不見了", "seal-cert")
    add(tx, "今天天氣很好", None)
    add(tx, "身分證不見了", None)
    grades = [trials.grade(one, small) for one in trials.questions(tx)]
    assert grades == [Grade.RIGHT, Grade.OFFERED, Grade.WRONG, Grade.RIGHT, Grade.WRONG]


def test_a_change_that_answers_worse_is_named_and_not_admitted(tx: Session, small: Index) -> None:
    add(tx, "身分證不見了", "id-card-lost")
    add(tx, "印鑑證明要帶什麼", "seal-cert")
    now_elsewhere = make_content(question="狗證遺失了怎麼辦？", aliases=("狗不見了",))
    thief = make_content(question="證件遺失了怎麼辦？", aliases=("身分證不見了",))
    instead = {
        "id-card-lost": editing.row_of("id-card-lost", now_elsewhere, NOON),
        "thief": editing.row_of("thief", thief, NOON),
    }
    rehearsal = trials.rehearse(tx, small, instead)
    assert [one.text for one in rehearsal.worse] == ["身分證不見了"]
    with pytest.raises(AnswersWorse, match="身分證不見了") as refused:
        trials.admit(tx, rehearsal)
    assert refused.value.questions == ("身分證不見了",)


def test_a_change_that_answers_better_is_told(tx: Session, small: Index) -> None:
    add(tx, "我的證件飛走了", "id-card-lost")
    content = make_content(aliases=("我的證件飛走了",))
    row = editing.row_of("id-card-lost", content, NOON)
    rehearsal = trials.rehearse(tx, small, {"id-card-lost": row})
    assert [one.after for one in rehearsal.better] == [Grade.RIGHT]
    trials.admit(tx, rehearsal)


def test_retiring_an_entry_is_tried_too(tx: Session, small: Index) -> None:
    add(tx, "身分證不見了", "id-card-lost")
    rehearsal = trials.rehearse(tx, small, {"id-card-lost": None})
    assert len(rehearsal.worse) == 1
    assert trials.rehearse(tx, small, {"seal-cert": None}).worse == ()


def test_a_rehearsal_holds_only_for_what_it_saw(tx: Session, small: Index) -> None:
    add(tx, "身分證不見了", "id-card-lost")
    rehearsal = trials.rehearse(tx, small, {})
    editing.move_index(tx)
    with pytest.raises(StaleEntry):
        trials.admit(tx, rehearsal)


def test_without_a_test_set_everything_is_admitted(tx: Session, small: Index) -> None:
    rehearsal = trials.rehearse(tx, small, {"id-card-lost": None})
    assert rehearsal == Rehearsal(small.version, 0, (), ())
    editing.move_index(tx)
    trials.admit(tx, rehearsal)


def test_a_rehearsal_keeps_nothing(tx: Session, small: Index) -> None:
    add(tx, "身分證不見了", "id-card-lost")
    trials.rehearse(tx, small, {"new": editing.row_of("new", make_content(), NOON)})
    tx.flush()
    assert editing.content_of(tx.get_one(Entry, "id-card-lost")).label != "補領身分證"
    assert tx.get(Entry, "new") is None


def test_a_question_of_no_entry_is_refused(tx: Session, small: Index) -> None:
    with pytest.raises(UnknownEntry):
        add(tx, LOST, "nothing")
    with pytest.raises(UnknownTrial):
        trials.remove(tx, 999_999)
    one = trials.add(tx, LOST, "id-card-lost", by="clerk", now=NOON)
    trials.remove(tx, one.id)
    assert trials.questions(tx) == []
