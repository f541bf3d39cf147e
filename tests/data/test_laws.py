"""Citations as offices and citizens write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.laws import Citation, citations, cites, plain_article

SAID = [
    ("依行政程序法第一百七十三條規定", ("行政程序法",), ("173",)),
    ("戶籍法第48條之2、第50條", ("戶籍法",), ("48-2", "50")),
    ("戶政規費收費標準第2條至第5條", ("戶政規費收費標準",), ("2", "3", "4", "5")),
    ("戶籍法第四十八條第一項及同法第五十七條", ("戶籍法",), ("48", "57")),
    ("行政程序法 §173、§174", ("行政程序法",), ("173", "174")),
    ("行政程序法第５、６條", ("行政程序法",), ("5", "6")),
    ("行政程序法第 17-1 條", ("行政程序法",), ("17-1",)),
    ("廢棄物清理法第27條第2款", ("廢棄物清理法",), ("27",)),
    ("廢棄物清理法第27條第11款處罰", ("廢棄物清理法",), ("27",)),
    ("戶籍法第十七條之一", ("戶籍法",), ("17-1",)),
]


@pytest.mark.parametrize(("text", "laws", "articles"), SAID)
def test_what_is_cited(text: str, laws: tuple[str, ...], articles: tuple[str, ...]) -> None:
    found = citations(text)
    assert {one.article for one in found} == set(articles)
    assert all(one.law.endswith(laws) for one in found)


@pytest.mark.parametrize(
    "text", ["第3點說明", "他的辦法第一是不來", "", "第五條巷子", "我住三民路"]
)
def test_what_cites_nothing(text: str) -> None:
    assert citations(text) == frozenset()


def test_a_law_is_not_its_rules_of_application() -> None:
    assert cites("依戶籍法辦理", "戶籍法")
    assert not cites("依戶籍法施行細則第14條", "戶籍法")
    assert not cites("依戶籍法施行細則第14條", "戶籍法", "14")
    assert cites("依戶籍法施行細則第十四條", "戶籍法施行細則", "第14條")
    assert not cites("依戶籍法第14條", "戶籍法", "4")


def test_two_laws_in_one_text_keep_their_articles() -> None:
    text = "依廢棄物清理法第27條，並依道路交通管理處罰條例第56條處理"
    assert cites(text, "廢棄物清理法", "27") and cites(text, "道路交通管理處罰條例", "56")
    assert not cites(text, "廢棄物清理法", "56")


@pytest.mark.parametrize(
    ("written", "article"),
    [("173", "173"), ("第一百七十三條", "173"), ("第17條之1", "17-1"), ("§17-1", "17-1")],
)
def test_one_article_however_written(written: str, article: str) -> None:
    assert plain_article(written) == article


@pytest.mark.parametrize("written", ["", "法", "第條"])
def test_what_is_no_article(written: str) -> None:
    with pytest.raises(ValueError, match="no article"):
        plain_article(written)


def chinese(number: int) -> str:
    """A number below 200 as a law writes it."""
    digits = "零一二三四五六七八九"
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    head = digits[hundreds] + "百" if hundreds else ""
    if hundreds and rest and not tens:
        return head + "零" + digits[ones]
    ten = "" if not tens else ("十" if tens == 1 and not hundreds else digits[tens] + "十")
    return head + ten + (digits[ones] if ones else "")


@given(st.integers(1, 199))
def test_chinese_numerals_are_numbers(number: int) -> None:
    cited = citations(f"行政程序法第{chinese(number)}條")
    assert cited == {Citation("行政程序法", str(number))}
