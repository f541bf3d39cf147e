"""What an editor should look at: doubles, contradictions, gaps, wordings that lead elsewhere. Pure.

Each rule is a function of its own and knows no entry by name; see docs/lint.md.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from itertools import combinations, product

from rapidfuzz import fuzz, process

from data import plainness
from faq.keeping.editing import EntryContent, row_of
from faq.keeping.index import item_of
from faq.language.plain import plain
from faq.language.words import Words
from faq.understanding.judging import Model, Verdict
from faq.understanding.knowledge import Item
from faq.understanding.matching import Matcher

Entries = Sequence[tuple[str, EntryContent]]

# The nearest pairs of the shipped packs that are no doubles are alike by 75 and 83 (遷徙紀錄證明書,
# 姓名更改紀錄證明書), 76 and 76 (合戶, 分戶), 87 and 60 (在大陸, 在國外過世).
QUESTIONS_ALIKE = 80
ANSWERS_ALIKE = 85
LABELS_ALIKE = 90  # two matters under one article reach 86 (同性結婚登記, 同性終止結婚登記)
FEWEST_WORDINGS = 4
MOST = 0.75  # of a category; half would ask many entries for what they do not have
OLDEST_CHECK = 365  # days
NEVER_KEPT = datetime(1, 1, 1, tzinfo=UTC)  # the time of change of a row that is in no database

# 30 元; 300 至 900 元; 3000 元、6000 元或 9000 元: a number is an amount by its unit, or by leading
# on to the next one. A share or an age is no amount: it says whose amount it is (自付45%者889元).
AMOUNT = re.compile(
    r"(?P<number>\d+)\s*(?P<unit>元|個?工作[日天]|[日天]|個?月|年|週|小時|分鐘|次)?"
    r"(?P<leads_on>\s*[至到或、~–-]\s*(?=\d))?"
)
SAME_UNITS = {
    "天": "日",
    "個月": "月",
    "個工作日": "工作日",
    "個工作天": "工作日",
    "工作天": "工作日",
}
FREE = "免費"
CLAUSE_END = re.compile(r"[;:()。\n]|[,、](?!\s*\d)")
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3})")
ARTICLE = re.compile(r"第\d+條(?:之\d+)?")
LIST_MARK = re.compile("[;,、]")
# Words beside an amount that do not say of what it is; the label has to.
VAGUE = re.compile(
    "(?:規費|費用|收費|工本費|罰鍰|期限|以?內|每[頁份次張件檔]|第一份|[最至][長多]|必要時|可以?|得|再|延[長期]?)*"
)

COMPARED = {"fee": "規費", "time_limit": "期限"}
EXPECTED = {
    "legal_basis": "法令依據",
    "who": "誰可以辦",
    "fee": "規費",
    "time_limit": "期限",
    "where": "在哪裡辦",
}
NEEDED = {"aliases": "其他問法", "source": "資料來源"}


class Severity(StrEnum):
    """How much a finding matters, most first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Rule(StrEnum):
    """What a finding is about, most severe first."""

    CONTRADICTION = "contradiction"
    DEAD_LINK = "dead_link"  # found by app/links.py: it takes a network to know
    STALE = "stale"
    PULLS = "pulls"
    NEAR_DOUBLE = "near_double"
    MISSING_FIELD = "missing_field"
    FEW_WORDINGS = "few_wordings"
    SAME_WORDING = "same_wording"
    TO_CONFIRM = "to_confirm"
    HARD_TO_READ = "hard_to_read"


SEVERITIES: Mapping[Rule, Severity] = {
    Rule.CONTRADICTION: Severity.ERROR,
    Rule.DEAD_LINK: Severity.WARNING,
    Rule.STALE: Severity.WARNING,
    Rule.PULLS: Severity.WARNING,
    Rule.NEAR_DOUBLE: Severity.WARNING,
    Rule.MISSING_FIELD: Severity.WARNING,
    Rule.FEW_WORDINGS: Severity.WARNING,
    Rule.SAME_WORDING: Severity.NOTE,
    Rule.TO_CONFIRM: Severity.NOTE,
    Rule.HARD_TO_READ: Severity.NOTE,
}


@dataclass(frozen=True)
class Finding:
    """Something to look at in an entry, with the other entry where it takes two."""

    rule: Rule
    entry_id: str
    other_id: str | None
    text: str

    @property
    def severity(self) -> Severity:
        """How much it matters; every finding of a rule matters the same."""
        return SEVERITIES[self.rule]


def lint(entries: Entries, words: Words, model: Model, today: date) -> list[Finding]:
    """Everything the rules find in these entries, in the order they are worth reading."""
    return in_order(
        [
            *contradictions(entries),
            *stale(entries, today),
            *pulls(entries, words, model),
            *near_doubles(entries),
            *missing_fields(entries),
            *few_wordings(entries),
            *same_wordings(entries),
            *to_confirm(entries),
            *hard_to_read(entries),
        ]
    )


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """The findings by rule, most severe first; within a rule as they were found."""
    places = {rule: place for place, rule in enumerate(Rule)}
    return sorted(findings, key=lambda one: places[one.rule])


# --- one entry alone ------------------------------------------------------------------------
def stale(entries: Entries, today: date) -> Iterator[Finding]:
    """Answers past their end, reviews that are due, and what nobody checked for a year."""
    for entry_id, content in entries:
        for text in _overdue(content, today):
            yield Finding(Rule.STALE, entry_id, None, text)


def _overdue(content: EntryContent, today: date) -> Iterator[str]:
    if content.valid_until and content.valid_until < today:
        yield f"答案只到 {content.valid_until} 有效，已不再顯示 / expired, no longer shown"
    if content.review_on and content.review_on < today:
        yield f"應於 {content.review_on} 前檢視 / was to be reviewed by then"
    if (days := (today - content.checked_on).days) > OLDEST_CHECK:
        yield f"上次查核 {content.checked_on}，已 {days} 天 / days since it was last checked"


def few_wordings(entries: Entries) -> Iterator[Finding]:
    """Entries found by fewer than four wordings; one without any is a missing field instead."""
    for entry_id, content in entries:
        if 0 < (count := len(content.aliases)) < FEWEST_WORDINGS:
            text = f"其他問法只有 {count} 則，至少要 {FEWEST_WORDINGS} 則 / too few wordings"
            yield Finding(Rule.FEW_WORDINGS, entry_id, None, text)


def to_confirm(entries: Entries) -> Iterator[Finding]:
    """Entries that hold something the office has yet to confirm."""
    for entry_id, content in entries:
        if content.office_confirms:
            what = "；".join(content.office_confirms)
            text = f"待本所確認：{what} / the office has to confirm this"
            yield Finding(Rule.TO_CONFIRM, entry_id, None, text)


def hard_to_read(entries: Entries) -> Iterator[Finding]:
    """Answers with words of documents, or with a sentence too long to follow at one reading."""
    for entry_id, content in entries:
        for answer in (content.answer, *(one.answer for one in content.variants)):
            for text in _hard(answer):
                yield Finding(Rule.HARD_TO_READ, entry_id, None, text)


def _hard(answer: str) -> Iterator[str]:
    found = plainness.read(answer)
    for one in found.heavy:
        yield f"公文用語「{one.word}」，可以改成「{one.plainer}」 / a word of documents"
    for sentence in found.long:
        yield f"這一句超過 {plainness.LONGEST} 字：{sentence[:20]}… / a long sentence"


# --- one entry beside the others ------------------------------------------------------------
def missing_fields(entries: Entries) -> Iterator[Finding]:
    """Entries without wordings or source, or without what most of their category state."""
    groups: dict[str, list[EntryContent]] = defaultdict(list)
    for _, content in entries:
        groups[content.category].append(content)
    usual = {category: _usual(group) for category, group in groups.items()}
    for entry_id, content in entries:
        wanted = (*NEEDED, *usual[content.category])
        for name in (name for name in wanted if not getattr(content, name)):
            yield Finding(Rule.MISSING_FIELD, entry_id, None, _missing(name, content.category))


def _usual(group: Sequence[EntryContent]) -> list[str]:
    """The fields at least three quarters of a category fill in."""
    enough = MOST * len(group)
    return [name for name in EXPECTED if sum(bool(getattr(c, name)) for c in group) >= enough]


def _missing(name: str, category: str) -> str:
    if name in NEEDED:
        return f"沒有{NEEDED[name]} / no {name}"
    return (
        f"沒有{EXPECTED[name]}，「{category}」類多半有寫 / no {name}, most of the category have it"
    )


# --- two entries ----------------------------------------------------------------------------
def same_wordings(entries: Entries) -> Iterator[Finding]:
    """Wordings, compared as the engine compares them, that belong to more than one entry."""
    owners: dict[str, dict[str, str]] = defaultdict(dict)
    for entry_id, content in entries:
        for wording in (content.question, content.label, *content.aliases):
            owners[_compared(wording)].setdefault(entry_id, wording)
    owners.pop("", None)
    for held in owners.values():
        first, *others = held
        for other in others:
            text = f"「{held[first]}」也是另一題的問法 / is a wording of the other entry too"
            yield Finding(Rule.SAME_WORDING, first, other, text)


def near_doubles(entries: Entries) -> Iterator[Finding]:
    """Pairs whose questions and answers are both nearly the same."""
    questions = [_compared(content.question) for _, content in entries]
    answers = [_compared(content.answer) for _, content in entries]
    for place, (entry_id, _) in enumerate(entries):
        later = dict(enumerate(questions[place + 1 :], start=place + 1))
        alike = process.extract_iter(
            questions[place], later, scorer=fuzz.ratio, score_cutoff=QUESTIONS_ALIKE
        )
        for _, question, other in alike:
            answer = fuzz.ratio(answers[place], answers[other])
            if answer >= ANSWERS_ALIKE:
                text = f"題目 {question:.0f}%、答案 {answer:.0f}% 相同 / nearly the same entry"
                yield Finding(Rule.NEAR_DOUBLE, entry_id, entries[other][0], text)


def _compared(text: str) -> str:
    return plain(text).replace(" ", "")


# --- contradictions -------------------------------------------------------------------------
@dataclass(frozen=True)
class Fact:
    """The amounts a field states for one thing: 戶口名簿 30 元."""

    field: str
    words: str  # beside the amounts
    label: str  # of the entry, where the words do not say what the amounts are of
    units: frozenset[str]
    amounts: frozenset[str]
    said: str

    def contradicts(self, other: "Fact") -> bool:
        """Whether the same is said with other amounts of the same units.

        An amount in common (300 to 900, 900) is no contradiction.
        """
        return (
            (self.field, self.words, self.units) == (other.field, other.words, other.units)
            and self.amounts.isdisjoint(other.amounts)
            and fuzz.ratio(self.label, other.label) >= LABELS_ALIKE
        )

    def with_amounts_of(self, other: "Fact") -> "Fact":
        """Both as one fact."""
        amounts, said = self.amounts | other.amounts, f"{self.said}；{other.said}"
        return replace(self, amounts=amounts, said=said)


def contradictions(entries: Entries) -> Iterator[Finding]:
    """Pairs that cite the same article and state other fees or time limits for the same thing.

    The same thing has the same words beside its amount (戶口名簿 30 元, 戶口名簿規費 40 元); where
    these say nothing (每頁 15 元, 30日內) the labels must be alike too. What only the answers say
    is not read. So some are missed, and what is found is worth a look.
    """
    citing: dict[str, list[tuple[str, list[Fact]]]] = defaultdict(list)
    for entry_id, content in entries:
        facts = _facts(content)
        for article in _articles(content.legal_basis):
            citing[article].append((entry_id, facts))
    found: dict[tuple[str, str, Fact, Fact], Finding] = {}
    for article, cited in citing.items():
        for (one, ours), (other, theirs) in combinations(cited, 2):
            for mine, yours in _contradicting(ours, theirs):
                finding = Finding(
                    Rule.CONTRADICTION, one, other, _contradiction(article, mine, yours)
                )
                found.setdefault((one, other, mine, yours), finding)
    yield from found.values()


def _contradicting(ours: Sequence[Fact], theirs: Sequence[Fact]) -> list[tuple[Fact, Fact]]:
    return [(mine, yours) for mine, yours in product(ours, theirs) if mine.contradicts(yours)]


def _contradiction(article: str, mine: Fact, yours: Fact) -> str:
    return (
        f"同樣依{article}，{COMPARED[mine.field]}一題寫「{mine.said}」，另一題寫「{yours.said}」"
        f" / one article, different amounts ({mine.field})"
    )


def _facts(content: EntryContent) -> list[Fact]:
    """What the fee and the time limit state; clauses on the same thing are one fact."""
    found: dict[tuple[str, str, frozenset[str]], Fact] = {}
    for fact in (fact for name in COMPARED for fact in _stated(content, name)):
        thing = (fact.field, fact.words, fact.units)
        found[thing] = found[thing].with_amounts_of(fact) if thing in found else fact
    return [*found.values()]


def _stated(content: EntryContent, name: str) -> Iterator[Fact]:
    text = THOUSANDS.sub("", unicodedata.normalize("NFKC", getattr(content, name)))
    for clause in CLAUSE_END.split(text):
        if amounts := _amounts(clause):
            words = _beside(clause)
            label = _compared(content.label) if VAGUE.fullmatch(words) else ""
            units = frozenset(unit for _, unit in amounts)
            values = frozenset(number + unit for number, unit in amounts)
            yield Fact(name, _telling(words), label, units, values, clause.strip())


def _amounts(clause: str) -> list[tuple[str, str]]:
    """The numbers of a clause with their units; one that leads on has the unit of the next."""
    found: list[tuple[str, str]] = []
    unit = ""
    for one in reversed([*AMOUNT.finditer(clause)]):
        unit = one["unit"] or (unit if one["leads_on"] else "")
        if unit:
            found.append((str(int(one["number"])), SAME_UNITS.get(unit, unit)))
    return found or ([("0", "元")] if FREE in clause else [])


def _beside(clause: str) -> str:
    """The words of a clause without its amounts."""
    words = AMOUNT.sub(lambda one: "" if one["unit"] or one["leads_on"] else one[0], clause)
    return "".join(words.replace(FREE, "").split())


def _telling(words: str) -> str:
    """The words as they are compared: whether a fee is called one makes no difference."""
    return _compared(re.sub("規費|費用|收費|工本費|以?內$", "", words))


def _articles(legal_basis: str) -> list[str]:
    """Each article cited, with its law, which may stand before the first of several only."""
    found: dict[str, None] = {}
    law = ""
    for part in LIST_MARK.split(unicodedata.normalize("NFKC", legal_basis)):
        law = ARTICLE.split(part)[0].strip() or law
        found |= dict.fromkeys(law + article for article in ARTICLE.findall(part))
    return [*found]


# --- wordings that lead elsewhere -----------------------------------------------------------
@dataclass(frozen=True)
class _Engine:
    """What answers from some wordings of the entries."""

    matcher: Matcher
    words: Words
    model: Model

    @classmethod
    def of(cls, items: Sequence[Item], words: Words, model: Model) -> "_Engine":
        return cls(Matcher.of(items, words, model.ranking), words, model)

    def answers_instead(self, wording: str, own: str) -> str | None:
        """The other entry a wording would surely be answered from; not where it is word for word
        the other's, which is a rule of its own.
        """
        ranked = self.matcher.rank(wording)
        if not ranked or ranked[0].entry_id == own or ranked[0].exact:
            return None
        heard = self.words.hear(wording)
        judged = self.model.judge(ranked, heard, len(wording), self.matcher.are_rivals)
        return ranked[0].entry_id if judged.verdict is Verdict.SURE else None


def pulls(entries: Entries, words: Words, model: Model) -> Iterator[Finding]:
    """Wordings that, taken out of their own entry, would surely be answered from another.

    To take out each in turn would need an engine for each. Two engines hold every second wording of
    every entry, and each is asked the wordings of the other: those answered from another entry are
    suspected, though some only because half of the wordings were gone. A third engine holds all
    wordings but the suspected ones; those it still answers from another entry are found.
    """
    items = [_item(entry_id, content) for entry_id, content in entries]
    suspected = _suspected(items, words, model)
    if not suspected:
        return
    engine = _Engine.of([_without(item, suspected) for item in items], words, model)
    for entry_id, wording in suspected:
        if other := engine.answers_instead(wording, entry_id):
            text = f"「{wording}」像在問另一題 / would be answered from the other entry"
            yield Finding(Rule.PULLS, entry_id, other, text)


def _suspected(items: Sequence[Item], words: Words, model: Model) -> dict[tuple[str, str], None]:
    """Entry and wording of those that lead elsewhere when asked of the other half, in order."""
    halves = [
        _Engine.of([replace(i, wordings=i.wordings[half::2]) for i in items], words, model)
        for half in (0, 1)
    ]
    return {
        (item.id, wording): None
        for item in items
        for place, wording in enumerate(item.wordings)
        if halves[1 - place % 2].answers_instead(wording, item.id)
    }


def _without(item: Item, taken: Container[tuple[str, str]]) -> Item:
    return replace(item, wordings=tuple(w for w in item.wordings if (item.id, w) not in taken))


def _item(entry_id: str, content: EntryContent) -> Item:
    """The entry as the engine knows it."""
    item = item_of(row_of(entry_id, content, NEVER_KEPT))
    return replace(item, wordings=tuple(filter(None, item.wordings)))
