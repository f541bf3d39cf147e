import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.plainness import LONGEST, Plainness, read


@pytest.mark.parametrize(
    ("text", "word", "plainer"),
    [
        ("旨揭案件已派員處理", "旨揭", "這件"),
        ("礙難照准", "礙難照准", "無法同意"),
        ("台端所詢", "台端", "您"),
        ("臺端所詢", "臺端", "您"),
        ("鑑於人力有限", "鑑於", "因為"),
        ("請逕洽民政課", "逕洽", "直接找"),
        ("案件業已通報", "業已", "已經"),
        ("本案是否否准", "否准", "不同意"),
    ],
)
def test_a_word_of_documents_is_told_with_what_people_say(
    text: str, word: str, plainer: str
) -> None:
    (found,) = read(text).heavy
    assert (found.word, found.plainer) == (word, plainer)


@pytest.mark.parametrize(
    "text",
    [
        "您畢業已久，作業已完成，企業經營不易",
        "這與您的關係因此改變，關係屬實",
        "是否准許由戶政事務所決定",
        "溝渠等處已清疏",
        "商品從未便宜過",
        "內容後面附有表格",
        "期滿可逕為登記",
        "調查照片已收到",
        "請帶身分證與印章到櫃臺辦理。",
        "",
    ],
)
def test_words_that_people_say_are_left_alone(text: str) -> None:
    assert read(text) == Plainness()


def test_a_word_is_told_once() -> None:
    assert len(read("俟核定後辦理，俟完工後通知").heavy) == 1


def test_a_sentence_is_long_by_its_chinese_characters() -> None:
    assert read("路" * LONGEST + "。" + "a" * 300).long == ()
    assert read("短句。" + "路" * (LONGEST + 1) + "！").long == ("路" * (LONGEST + 1),)


@given(st.text())
def test_what_is_found_stands_in_the_text(text: str) -> None:
    found = read(text)
    assert all(one.word in text and one.plainer for one in found.heavy)
    assert all(one in text for one in found.long)
