import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq.language.plain import GAP, plain, trace

RULE = settings(deadline=None, max_examples=50)  # a busy machine is no fault
ORDINARY = st.text(
    st.sampled_from(
        "我要辦身份證遷入戶籍臺台北裏着謄本后後１２①ＩＤabcXYZ ß　，。？！\n\t-_/（）😀"
    ),
    max_size=40,
)
# Surrogates too: a text from outside may hold half a pair.
ANY = st.text(st.characters(), max_size=40)
COMMON = [chr(code) for code in range(0x10000)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("臺北市", "台北市"),
        ("身份證", "身分證"),
        ("身份证", "身分証"),
        ("ＩＤ　ｃａｒｄ", "id card"),
        ("３０元", "30元"),
        ("①②", "12"),
        ("裏面", "裡面"),
        ("戶籍謄本！！！", "户籍誊本"),
        ("Straße", "STRASSE"),
        ("身\u200b分\u200d證\ufeff", "身分證"),
        ("\u202e身\u2066分證\u2069", "身分證"),
        ("遷入😀遷出", "遷入，遷出"),
        ("A\x00B", "ab"),
    ],
)
def test_the_same_to_a_person_is_the_same_to_us(one: str, other: str) -> None:
    assert plain(one) == plain(other)


@pytest.mark.parametrize(("one", "other"), [("遷入", "遷出"), ("申請補助", "申請，補助")])
def test_what_differs_stays_different(one: str, other: str) -> None:
    assert plain(one) != plain(other)


@pytest.mark.parametrize(
    "text", ["", " \n　", "？？！……", "。" * 10_000, "\u200b\u200d", "\u202e\u2066", "😀", "\ud800"]
)
def test_a_text_without_letters_is_nothing(text: str) -> None:
    assert plain(text) == trace(text).text == ""
    assert trace(text).offsets == ()


@RULE
@given(ANY)
def test_making_it_plain_twice_changes_nothing(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@RULE
@given(ANY)
def test_a_plain_text_holds_letters_and_single_gaps_only(text: str) -> None:
    made = plain(text)
    assert made == GAP.join(made.split())
    assert all(character == GAP or character.isalnum() for character in made)
    assert made == made.casefold()


@RULE
@given(ORDINARY, ORDINARY)
def test_what_surrounds_a_text_does_not_change_it(text: str, other: str) -> None:
    assert plain(f"{text}，{other}") == GAP.join(filter(None, (plain(text), plain(other))))


@RULE
@given(ORDINARY)
def test_a_traced_text_is_the_plain_text(text: str) -> None:
    assert trace(text).text == plain(text)


def test_each_character_alone_is_traced_as_it_is_made_plain() -> None:
    assert [one for one in COMMON if trace(one).text != plain(one)] == []


@RULE
@given(ANY)
def test_offsets_never_leave_the_text_and_never_go_back(text: str) -> None:
    traced = trace(text)
    assert len(traced.offsets) == len(traced.text)
    assert list(traced.offsets) == sorted(traced.offsets)
    assert all(0 <= offset < len(text) for offset in traced.offsets)


@RULE
@given(ORDINARY.filter(lambda text: "份" not in text))
def test_offsets_lead_back_to_the_character_typed(text: str) -> None:
    traced = trace(text)
    for character, offset in zip(traced.text, traced.offsets, strict=True):
        assert character in (plain(text[offset]) or GAP)


def test_a_place_found_is_a_place_typed() -> None:
    typed = "請問：\u200b我的 身份證，搞丟了！"
    traced = trace(typed)
    place = traced.text.index(plain("身分證"))
    first, last = traced.offsets[place], traced.offsets[place + 2]
    assert typed[first : last + 1] == "身份證"


def test_one_character_that_becomes_two_leads_back_twice() -> None:
    assert trace("幾㎏？").offsets == (0, 1, 1)


def test_a_long_text_is_made_plain_whole() -> None:
    assert plain("身份證，" * 2_500) == GAP.join(["身分证"] * 2_500)
    assert plain("a" * 10_000) == trace("a" * 10_000).text == "a" * 10_000
