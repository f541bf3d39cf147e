"""A small knowledge base and recorded questions, where the shipped ones would only be slow."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from faq.keeping.editing import EntryContent, create_all
from faq.keeping.tables import Asked, Entry, Phrase, Revision, Translation
from faq.language.words import Words
from faq.understanding.judging import Model, Verdict
from faq.understanding.knowledge import Item
from faq.understanding.matching import Matcher
from tests.makers import NOON

SMALL = {
    "id-card-lost": ("身分證遺失了要怎麼補領？", "身分證不見了", "錢包被偷，身分證也沒了"),
    "household-book-lost": ("戶口名簿遺失了要怎麼補領？", "戶口名簿不見了"),
    "transcript-apply": ("戶籍謄本怎麼申請、要多少錢？", "謄本一張多少錢"),
    "seal-cert": ("本人申請印鑑證明要帶什麼？", "印鑑證明要帶什麼"),
    "name-change-minor": ("未成年的小孩可以改名嗎？", "幫小孩換名字"),
    "move-in": ("從外地搬進本區，遷入登記要怎麼辦？", "我要遷戶口"),
    "move-out": ("戶籍要從本區遷到外縣市，要先來本所辦遷出嗎？", "我要遷戶口"),
}

STORY = (
    "我女兒今年剛上國中，我們全家五年前從外地搬來這裡，先生在工業區上班，我在市場賣菜。"
    "一開始什麼都不熟，都是隔壁的阿姨幫忙，後來慢慢才習慣。她從小就很乖，也很會畫畫，"
    "可是她常常被同學笑，說聽起來很好笑，回家哭了好幾次，老師打電話來談過，輔導室也約談了。"
    "我跟她爸爸想了很久，也問過廟裡的師父，大家都說早一點處理比較好，不要拖到高中。"
    "奶奶本來不同意，說是爺爺生前取的，上個月也點頭了，舅舅還說要陪我們去。"
    "我平常要顧攤子，只有星期三下午有空，路又遠，跑一趟很不容易，所以想先問清楚再出門。"
    "前天打電話一直忙線中，只好用這個問問看，打字很慢請見諒，也請不要用太難的話回我，"
    "我書讀得不多，看不懂公文，上次收到一張通知單還要拿去請里長念給我聽。"
    "未成年的小孩可以改名嗎"
)


def matcher_of(items: Sequence[Item], words: Words) -> Matcher:
    """A matcher with the weights that are shipped."""
    return Matcher.of(items, words, Model.shipped().ranking)


def make_content(**given: Any) -> EntryContent:
    """The content of an entry, complete unless told otherwise."""
    usual: dict[str, Any] = {
        "category": "身分證",
        "label": "補領身分證",
        "question": "身分證遺失了要怎麼補領？",
        "answer": "請本人到任一戶政事務所辦理。",
        "source": "內政部常見問答",
        "checked_on": date(2026, 11, 22),
        "section": "登記課",
        "aliases": ("身分證不見了", "身分證掉了"),
    }
    return EntryContent(**(usual | given))


def keep_only_small(tx: Session) -> None:
    """Replace every seeded entry by those of SMALL."""
    for table in (Translation, Phrase, Revision, Entry):
        tx.execute(delete(table))
    entries = [
        (entry_id, make_content(question=question, label=question[:10], aliases=aliases))
        for entry_id, (question, *aliases) in SMALL.items()
    ]
    create_all(tx, entries, by="clerk", now=NOON)


def make_asked(tx: Session, at: datetime = NOON, **given: Any) -> Asked:
    """A recorded question."""
    usual: dict[str, Any] = {
        "at": at.astimezone(UTC),
        "asker": "telegram:1001",
        "text": "身分證不見了",
        "verdict": Verdict.UNKNOWN,
        "offered": [],
        "confidence": 0.0,
        "index_version": 1,
    }
    asked = Asked(**(usual | given))
    tx.add(asked)
    tx.flush()
    return asked
