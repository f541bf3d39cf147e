from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from faq.errors import UnknownEntry, UnknownQuestion
from faq.keeping import answering, editing
from faq.keeping.answering import BROWSED, LONGEST_KEPT, Answer, Fate, Unhelpful
from faq.keeping.index import Index, Shelf, build
from faq.keeping.tables import Asked, Entry
from faq.language.cues import Cue
from faq.understanding import following
from faq.understanding.judging import MOST_CHOICES, Verdict
from tests.faq.entries import make_asked
from tests.makers import NOON

MING, HUA = "telegram:1001", "telegram:2002"


def ask(tx: Session, text: str, index: Index) -> tuple[Answer, Asked]:
    got = answering.answer(tx, text, asker=MING, index=index, now=NOON)
    tx.expire_all()
    return got, tx.get_one(Asked, got.asked_id)


def test_a_sure_answer_is_recorded_with_what_was_shown(tx: Session, small: Index) -> None:
    got, asked = ask(tx, "請問身分證不見了怎麼辦？", small)
    assert (got.verdict, [card.id for card in got.cards]) == (Verdict.SURE, ["id-card-lost"])
    assert got.cards[0].answer == "請本人到任一戶政事務所辦理。"
    assert (asked.text, asked.asker, asked.at) == ("請問身分證不見了怎麼辦？", MING, NOON)
    assert (asked.verdict, asked.cue) == (Verdict.SURE, None)
    assert (asked.entry_id, asked.offered) == ("id-card-lost", ["id-card-lost"])
    assert asked.confidence >= small.model.sure
    assert asked.index_version == small.version
    assert (asked.helpful, asked.fate) == (None, None)
    assert got.hesitant  # sure, but not in an entry's own words
    exact, _ = ask(tx, "身分證不見了", small)
    assert not exact.hesitant


def test_choices_are_recorded_and_none_of_them_counts_as_the_answer(
    tx: Session, small: Index
) -> None:
    got, asked = ask(tx, "我要遷戶口", small)
    assert got.verdict is Verdict.CHOOSE
    assert asked.offered == [card.id for card in got.cards] == ["move-in", "move-out"]
    assert asked.entry_id is None


def test_an_unknown_question_keeps_its_words_and_shows_nothing(tx: Session, small: Index) -> None:
    got, asked = ask(tx, "明天會下雨嗎", small)
    assert (got.verdict, got.cards) == (Verdict.UNKNOWN, ())
    assert (asked.text, asked.verdict, asked.offered) == ("明天會下雨嗎", Verdict.UNKNOWN, [])


def test_distress_is_recorded_without_its_words(tx: Session, small: Index) -> None:
    for text, cue in (
        ("身分證不見了，我不想活了", Cue.CRISIS),
        ("身分證不見了，隔壁失火", Cue.EMERGENCY),
        ("先生家暴我，身分證不見了", Cue.VIOLENCE),
        ("遇到詐騙，身分證不見了", Cue.FRAUD),
        ("他家暴，我想死", Cue.CRISIS),  # the gravest is kept
    ):
        got, asked = ask(tx, text, small)
        assert (got.verdict, got.cards) == (Verdict.UNKNOWN, ())
        assert cue in got.cues
        assert (asked.cue, asked.text) == (cue, "")
        assert (asked.verdict, asked.entry_id, asked.offered) == (Verdict.UNKNOWN, None, [])


@pytest.mark.parametrize(
    ("said", "cue"), [("，態度很差", Cue.COMPLAINT), ("，建議改善", Cue.SUGGESTION)]
)
def test_a_complaint_is_never_answered_alone(
    tx: Session, small: Index, said: str, cue: Cue
) -> None:
    text = f"身分證遺失了要怎麼補領{said}"
    got, asked = ask(tx, text, small)
    assert got.verdict is Verdict.CHOOSE
    assert cue in got.cues
    assert got.cards[0].id == asked.offered[0] == "id-card-lost"
    assert (asked.verdict, asked.cue, asked.entry_id) == (Verdict.CHOOSE, cue, None)


def test_sure_but_not_in_an_entrys_words_is_hesitant(tx: Session, small: Index) -> None:
    sure = replace(small, model=replace(small.model, sure=0.0, choose=0.0))
    got, _ = ask(tx, "家裡的戶口名簿放到哪裡去了，要補", sure)
    assert (got.verdict, got.hesitant) == (Verdict.SURE, True)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("那要帶什麼", ("documents",)),
        ("多少錢", ("fee",)),
        ("可以叫我媽去嗎", ("who",)),
        ("要帶什麼？多少錢？", ("documents", "fee")),
        ("電話多少", ("section",)),
        ("找誰辦", ("section",)),
        ("法律依據是什麼", ("legal_basis",)),
        ("網路可以辦嗎", ("online",)),
        ("一定要本人去嗎", ("who",)),
        ("幾天可以拿", ("time_limit",)),
    ],
)
def test_a_short_question_leans_on_the_entry_before(
    tx: Session, small: Index, text: str, fields: tuple[str, ...]
) -> None:
    got = answering.answer(tx, text, asker=MING, index=small, now=NOON, about="move-in")
    assert (got.verdict, got.cards[0].id) == (Verdict.SURE, "move-in")
    assert set(got.fields) == set(fields)


def test_a_question_that_names_its_matter_leans_on_nothing(tx: Session, small: Index) -> None:
    text = "戶口名簿不見了要帶什麼"
    got = answering.answer(tx, text, asker=MING, index=small, now=NOON, about="move-in")
    assert got.fields == ()
    assert got.cards[0].id == "household-book-lost"


def test_an_expired_answer_is_never_shown(tx: Session, small: Index) -> None:
    yesterday = NOON.date() - timedelta(days=1)
    entry = tx.get_one(Entry, "id-card-lost")
    content = replace(editing.content_of(entry), valid_until=yesterday)
    editing.change(tx, entry.id, content, version=entry.version, by="clerk", now=NOON)
    index = Shelf(small.words).current(tx)
    for text in ("身分證不見了", "身分證遺失了要怎麼補領？", "身分證"):
        got = answering.answer(tx, text, asker=MING, index=index, now=NOON)
        assert "id-card-lost" not in [card.id for card in got.cards]
    before = answering.answer(
        tx, "身分證不見了", asker=MING, index=index, now=NOON - timedelta(days=2)
    )
    assert before.cards[0].id == "id-card-lost"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("身分證掉了順便問禮拜六有開嗎", ("身分證掉了", "禮拜六有開嗎")),
        ("戶口名簿不見了怎麼辦？謄本一張多少錢？", ("戶口名簿不見了怎麼辦", "謄本一張多少錢")),
        ("身分證不見了怎麼補", ("身分證不見了怎麼補",)),
        ("我女兒上國中。她可以改名嗎？", ("我女兒上國中。她可以改名嗎？",)),
        ("？？", ("？？",)),
    ],
)
def test_a_message_is_split_into_its_questions(text: str, parts: tuple[str, ...]) -> None:
    assert following.split(text) == parts


def test_a_very_long_message_is_kept_in_part(tx: Session, small: Index) -> None:
    _, asked = ask(tx, "長" * (LONGEST_KEPT + 1), small)
    assert len(asked.text) == LONGEST_KEPT


def test_the_asker_says_whether_it_helped(tx: Session) -> None:
    asked = make_asked(tx, asker=MING)
    for helpful in (True, False):
        answering.note_helpful(tx, asked.id, asker=MING, helpful=helpful)
        assert asked.helpful is helpful


def test_the_asker_chooses(tx: Session, small: Index) -> None:
    _, asked = ask(tx, "我要遷戶口", small)
    card = answering.note_choice(tx, asked.id, "move-out", asker=MING, index=small)
    assert card == small.cards["move-out"]
    assert (asked.fate, asked.entry_id) == (Fate.CHOSEN, "move-out")


def test_the_asker_means_none_of_these(tx: Session, small: Index) -> None:
    _, asked = ask(tx, "我要遷戶口", small)
    assert answering.note_choice(tx, asked.id, None, asker=MING, index=small) is None
    assert (asked.fate, asked.entry_id) == (Fate.NONE_OF_THESE, None)


def test_a_choice_that_is_gone_is_said(tx: Session, small: Index) -> None:
    _, asked = ask(tx, "我要遷戶口", small)
    cards = {one: card for one, card in small.cards.items() if one != "move-in"}
    with pytest.raises(UnknownEntry):
        answering.note_choice(
            tx, asked.id, "move-in", asker=MING, index=replace(small, cards=cards)
        )


def test_nobody_touches_another_persons_question(tx: Session, small: Index) -> None:
    _, asked = ask(tx, "我要遷戶口", small)
    with pytest.raises(UnknownQuestion):
        answering.note_helpful(tx, asked.id, asker=HUA, helpful=True)
    with pytest.raises(UnknownQuestion):
        answering.note_choice(tx, asked.id, "move-in", asker=HUA, index=small)
    with pytest.raises(UnknownQuestion):
        answering.asked_by(tx, asked.id, HUA)
    answering.note_filed(tx, asked.id, asker=HUA)
    tx.expire_all()
    assert (asked.helpful, asked.fate, asked.entry_id) == (None, None, None)
    assert answering.asked_by(tx, asked.id, MING) is asked


def test_a_question_that_never_was_is_refused(tx: Session) -> None:
    with pytest.raises(UnknownQuestion):
        answering.asked_by(tx, 4711, MING)


def test_a_question_became_a_case(tx: Session) -> None:
    asked = make_asked(tx, asker=MING)
    answering.note_filed(tx, asked.id, asker=MING)
    tx.expire_all()
    assert asked.fate == Fate.FILED


def test_browsing_is_recorded_and_takes_a_choice(tx: Session, small: Index) -> None:
    number = answering.record_browsing(tx, asker=MING, index=small, now=NOON)
    answering.note_choice(tx, number, "move-in", asker=MING, index=small)
    asked = tx.get_one(Asked, number)
    assert (asked.verdict, asked.text, asked.entry_id) == (BROWSED, "", "move-in")


def test_near_gives_the_best_few_but_one(small: Index) -> None:
    cards = answering.near("戶口名簿和身分證都不見了要怎麼補領", small)
    assert 2 <= len(cards) <= MOST_CHOICES
    assert {card.id for card in cards[:2]} == {"household-book-lost", "id-card-lost"}
    left = answering.near("戶口名簿和身分證都不見了要怎麼補領", small, but="id-card-lost")
    assert left[0].id == "household-book-lost"
    assert "id-card-lost" not in [card.id for card in left]
    assert answering.near("？", small) == ()


def test_an_approved_wording_is_no_cry_for_help_unless_a_phrase_says_so(
    tx: Session, small: Index
) -> None:
    text = "我的大頭卡不要我了"
    assert Cue.CRISIS in small.words.cues(text)
    card = tx.get_one(Entry, "id-card-lost")
    content = editing.with_wording(editing.content_of(card), text)
    row = editing.row_of("id-card-lost", content, NOON)
    index = build(tx, 1, small.words, small.model, {"id-card-lost": row})
    assert answering.understand(text, index).distress is None
    assert answering.understand(text, small).distress is Cue.CRISIS


def test_what_identifies_a_person_is_not_kept(tx: Session, small: Index) -> None:
    got, asked = ask(tx, "我叫王小明A123456789身分證不見了", small)
    assert got.id_number_masked
    assert "A123456789" not in asked.text
    assert not ask(tx, "身分證不見了", small)[0].id_number_masked


@pytest.mark.parametrize(
    ("text", "situation"),
    [
        ("我自己去辦身分證補領要帶什麼", 0),
        ("身分證可以委託別人代辦嗎", 1),
        ("人在國外身分證不見了", 2),
        ("身分證不見了", None),
        ("", None),
    ],
)
def test_a_situation_named_in_the_question_is_known(
    small: Index, text: str, situation: int | None
) -> None:
    labels = ["本人辦理", "委託代辦", "人在國外"]
    assert following.situation(text, labels, small.words) == situation
    assert following.situation(text, [], small.words) is None


def test_why_an_answer_did_not_help_is_kept_until_it_helps(tx: Session, small: Index) -> None:
    _, asked = ask(tx, "請問身分證不見了怎麼辦？", small)
    for reason in Unhelpful:
        answering.note_reason(tx, asked.id, asker=MING, reason=reason)
        assert (asked.helpful, asked.reason) == (False, reason)
    answering.note_helpful(tx, asked.id, asker=MING, helpful=False)
    assert answering.reasons_since(tx, NOON) == {asked.id: Unhelpful.NOT_MY_CASE}
    assert answering.reasons_since(tx, NOON + timedelta(seconds=1)) == {}
    answering.note_helpful(tx, asked.id, asker=MING, helpful=True)
    assert (asked.helpful, asked.reason) == (True, None)
    with pytest.raises(UnknownQuestion):
        answering.note_reason(tx, asked.id, asker=HUA, reason=Unhelpful.WRONG)
    assert answering.reasons_since(tx, NOON) == {}
