"""How well a question fits each entry, and what may be concluded from it. Pure.

Candidates come from an inverted index of character n-grams weighted by how telling they are;
a careful score over the best of them follows; then one of three verdicts.
"""

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz

from faq.words import Words

GRAMS = (1, 2, 3)
CANDIDATES = 24
MOST_CHOICES = 4
LONG_QUESTION = 60  # characters; longer ones are also read clause by clause
CLAUSES = "，,。！!？?；;\n "

# Weights of the parts of the score, and the thresholds of the verdicts. Set on the development
# questions (tests/faq/test_questions.py prints what they give).
WEIGHTS = {"grams": 0.45, "asked": 0.35, "said": 0.05, "fuzzy": 0.15}
FLOOR = 0.55
MARGIN = 0.08
FLOOR_ALONE = 0.42  # enough when no other entry comes near
MARGIN_ALONE = 0.17
CHOICE_FLOOR = 0.32
CHOICE_SPAN = 0.20


class Verdict(StrEnum):
    """What the engine may do with a question."""

    SURE = "sure"
    CHOOSE = "choose"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Wording:
    """One way of asking for an entry."""

    entry_id: str
    text: str


@dataclass(frozen=True)
class Ranked:
    """An entry and how well it fits, 0 to 1."""

    entry_id: str
    score: float


@dataclass(frozen=True)
class Judgement:
    """A verdict with the entries it rests on: one when sure, up to four to choose from."""

    verdict: Verdict
    ranked: tuple[Ranked, ...]

    @property
    def confidence(self) -> float:
        return self.ranked[0].score if self.ranked else 0.0


@dataclass(frozen=True)
class _Prepared:
    entry_id: str
    subject: str
    words: frozenset[str]
    grams: dict[str, float]
    length: float


class Matcher:
    """An immutable index over wordings."""

    def __init__(self, wordings: Sequence[Wording], words: Words) -> None:
        self._words = words
        subjects = [words.subject(words.canonical(wording.text)) for wording in wordings]
        cut = [frozenset(words.cut(subject)) for subject in subjects]
        self._gram_weight = _weights(set(_grams(subject)) for subject in subjects)
        self._word_weight = _weights(cut)
        self._rare = max(self._word_weight.values(), default=1.0)
        self._prepared = [
            self._prepare(wording.entry_id, subject, parts)
            for wording, subject, parts in zip(wordings, subjects, cut, strict=True)
        ]
        self._postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, prepared in enumerate(self._prepared):
            for gram, weight in prepared.grams.items():
                self._postings[gram].append((number, weight / (prepared.length or 1)))

    def rank(self, question: str) -> list[Ranked]:
        """The entries that fit, best first; a long story is also read clause by clause."""
        best: dict[str, float] = {}
        for part in _readings(question):
            for ranked in self._rank_one(part):
                best[ranked.entry_id] = max(ranked.score, best.get(ranked.entry_id, 0.0))
        ordered = sorted(best.items(), key=lambda item: (-item[1], item[0]))
        return [Ranked(entry_id, score) for entry_id, score in ordered]

    def judge(self, question: str) -> Judgement:
        """Answer alone only above the floor and clear of the runner-up; else ask, else say so."""
        return judge(self.rank(question))

    def _rank_one(self, question: str) -> list[Ranked]:
        subject = self._words.subject(self._words.canonical(question))
        if not subject:
            return []
        asked = self._prepare("", subject, frozenset(self._words.cut(subject)))
        best: dict[str, float] = {}
        for number, cosine in self._candidates(asked):
            wording = self._prepared[number]
            score = self._score(asked, wording, cosine)
            best[wording.entry_id] = max(score, best.get(wording.entry_id, 0.0))
        return [Ranked(entry_id, score) for entry_id, score in best.items()]

    def _candidates(self, asked: _Prepared) -> list[tuple[int, float]]:
        sums: dict[int, float] = defaultdict(float)
        for gram, weight in asked.grams.items():
            for number, share in self._postings.get(gram, ()):
                sums[number] += weight * share
        best = sorted(sums.items(), key=lambda item: -item[1])[:CANDIDATES]
        return [(number, total / (asked.length or 1)) for number, total in best]

    def _score(self, asked: _Prepared, wording: _Prepared, cosine: float) -> float:
        parts = {
            "grams": cosine,
            "asked": self._coverage(asked.words, wording.words),
            "said": self._coverage(wording.words, asked.words),
            "fuzzy": fuzz.ratio(asked.subject, wording.subject) / 100,
        }
        return sum(WEIGHTS[name] * value for name, value in parts.items())

    def _coverage(self, of: frozenset[str], by: frozenset[str]) -> float:
        weight = {word: self._word_weight.get(word, self._rare) for word in of}
        total = sum(weight.values())
        return sum(weight[word] for word in of & by) / total if total else 0.0

    def _prepare(self, entry_id: str, subject: str, words: frozenset[str]) -> _Prepared:
        counts: dict[str, float] = defaultdict(float)
        for gram in _grams(subject):
            counts[gram] += self._gram_weight.get(gram, 0.0)
        length = math.sqrt(sum(weight * weight for weight in counts.values()))
        return _Prepared(entry_id, subject, words, dict(counts), length)


def judge(ranked: Sequence[Ranked]) -> Judgement:
    """Turn scores into a verdict."""
    if not ranked or ranked[0].score < CHOICE_FLOOR:
        return Judgement(Verdict.UNKNOWN, tuple(ranked[:MOST_CHOICES]))
    first = ranked[0].score
    second = ranked[1].score if len(ranked) > 1 else 0.0
    clear = first >= FLOOR and first - second >= MARGIN
    alone = first >= FLOOR_ALONE and first - second >= MARGIN_ALONE
    if clear or alone:
        return Judgement(Verdict.SURE, tuple(ranked[:1]))
    near = [one for one in ranked if one.score >= max(CHOICE_FLOOR, first - CHOICE_SPAN)]
    return Judgement(Verdict.CHOOSE, tuple(near[:MOST_CHOICES]))


def _weights(documents: Iterable[Iterable[str]]) -> dict[str, float]:
    seen: dict[str, int] = defaultdict(int)
    count = 0
    for terms in documents:
        count += 1
        for term in terms:
            seen[term] += 1
    return {term: math.log((count + 1) / (number + 0.5)) for term, number in seen.items()}


def _grams(text: str) -> list[str]:
    return [text[i : i + n] for n in GRAMS for i in range(len(text) - n + 1)]


def _readings(question: str) -> list[str]:
    if len(question) <= LONG_QUESTION:
        return [question]
    table = str.maketrans(dict.fromkeys(CLAUSES, "\n"))
    clauses = [part for part in question.translate(table).split("\n") if part]
    pairs = [a + b for a, b in itertools.pairwise(clauses)]
    return [question, *clauses[-8:], *pairs[-8:]]
