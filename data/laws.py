"""Which articles of which laws a text cites, so that a changed law leads to what rests on it."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from data.numerals import value

LAW = r"[一-鿿]{1,30}?(?:法|條例|規則|辦法|細則|標準|要點|準則|規定|規程|綱要|通則)"
# 第173條, 第十七條之一, 第 5、6 條, 第2條至第7條, §173; `sub` is the number after 之
DIGIT = "〇零一二三四五六七八九十百"
NUMBER = rf"(?:\d+|[{DIGIT}]+)(?![\d{DIGIT}項款目點类類])"  # 第2款 is no article
ONE = rf"(?:{NUMBER})(?:\s*[條条])?(?:\s*(?:之|-)\s*{NUMBER})?(?:\s*[條条])?"
CITED = re.compile(
    rf"(?P<law>{LAW})?\s*(?:第\s*|§+\s*)(?P<articles>{ONE}(?:(?:[、,及與和至~]|\s)+第?\s*{ONE})*)"
)
ARTICLE = re.compile(
    rf"(?P<to>[至~])?\s*第?\s*(?P<number>{NUMBER})\s*[條条]?(?:\s*(?:之|-)\s*(?P<sub>{NUMBER}))?"
)
SAME_LAW = ("同法", "本法", "同條例", "本條例", "同辦法", "本辦法", "該法")
MOST_IN_A_RANGE = 200


@dataclass(frozen=True)
class Citation:
    """One article as a text cites it; `law` may begin with other words of the sentence."""

    law: str
    article: str

    def is_of(self, law: str, article: str | None = None) -> bool:
        """Whether this is the law named (戶籍法 is not 戶籍法施行細則), and the article."""
        same = self.law.endswith(plain(law))
        return same and (article is None or self.article == plain_article(article))


def citations(text: str) -> frozenset[Citation]:
    """Every article a text cites; a law is carried on to articles that name none, or 同法."""
    found: set[Citation] = set()
    law = ""
    for cited in CITED.finditer(plain(text)):
        if not set(cited[0]) & set("條条§"):
            continue  # 辦法第一
        named = cited["law"] or ""
        law = law if named.endswith(SAME_LAW) else named or law
        if law:
            found |= {Citation(law, one) for one in _articles(cited["articles"])}
    return frozenset(found)


def cites(text: str, law: str, article: str | None = None) -> bool:
    """Whether a text rests on a law (its name is enough), or on one article of it."""
    if article is None and _names(plain(text), plain(law)):
        return True
    return any(one.is_of(law, article) for one in citations(text))


def plain(text: str) -> str:
    """Width and spacing brought to one form."""
    return re.sub(r"[ \t　]+", "", unicodedata.normalize("NFKC", text))


def plain_article(written: str) -> str:
    """An article as 173 or 17-1, however it is written: 第一百七十三條, 17之1, §173."""
    found = ARTICLE.search(plain(written).replace("§", ""))
    if found is None:
        raise ValueError(f"no article: {written}")
    return _written(found)


def _names(text: str, law: str) -> bool:
    """Whether the law itself is named, not one whose name goes on (戶籍法 in 戶籍法施行細則)."""
    return re.search(rf"{re.escape(law)}(?!施行|細則|條例|辦法|規則|標準)", text) is not None


def _articles(listed: str) -> Iterator[str]:
    last: int | None = None
    for found in ARTICLE.finditer(listed):
        number = value(found["number"])
        if found["to"] and last is not None and last < number <= last + MOST_IN_A_RANGE:
            yield from (str(one) for one in range(last + 1, number))
        yield _written(found)
        last = number


def _written(found: re.Match[str]) -> str:
    sub = f"-{value(found['sub'])}" if found["sub"] else ""
    return f"{value(found['number'])}{sub}"
