"""How well the engine does on a knowledge base and questions with known answers. Pure.

Knowledge base: a YAML list of `id`, `question`, `aliases`, `answer`, `category`; entries of our own
packs fit as they are. Questions: JSON lines of `q`, `id` (null: no entry may answer it), `kind`.
"""

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from data import yaml_text
from faq.errors import BadTestSet
from faq.language.cues import Cue
from faq.language.hearing import DANGERS
from faq.language.words import Words
from faq.understanding.judging import MOST_CHOICES, NOT_A_QUESTION, Model, Verdict
from faq.understanding.knowledge import Item
from faq.understanding.matching import Matcher

ALLOWED = 0.05  # of the questions without an entry may get an answer
COMPLAINTS = ("oos_complaint", "oos_suggestion", "complaint", "suggestion")
CRISIS = ("oos_crisis", "crisis")
IDIOMS = ("oos_idiom", "idiom")
HELP = {*DANGERS, Cue.TROUBLED}


@dataclass(frozen=True)
class Question:
    """A question, the entry that answers it or none, and its kind."""

    text: str
    entry_id: str | None
    kind: str = ""


@dataclass(frozen=True)
class Outcome:
    """What the engine made of a question."""

    question: Question
    ranked: tuple[str, ...]
    confidence: float
    verdict: Verdict
    offered: tuple[str, ...]
    cues: frozenset[Cue]

    @property
    def is_right(self) -> bool:
        """Whether the entry ranked first is the one that answers."""
        return bool(self.ranked) and self.ranked[0] == self.question.entry_id

    @property
    def is_caught(self) -> bool:
        """Whether the help lines are shown before anything else."""
        return bool(self.cues & HELP)

    @property
    def is_alarmed(self) -> bool:
        """Whether nothing but help is shown."""
        return bool(self.cues & {*DANGERS})


@dataclass
class Report:
    """Shares in percent, or None where there is nothing to count; see docs/understanding.md."""

    entries: int
    questions: int
    top_1: float | None
    top_3: float | None
    by_kind: dict[str, dict[str, float]]
    sure_right: float | None
    sure_wrong: float | None
    offered_right: float | None
    unanswerable_answered: float | None
    right_at_allowed: float | None
    threshold_at_allowed: float | None
    complaints_answered: float | None
    complaints_sent_right: float | None
    crisis_caught: float | None
    crisis_alarmed: float | None
    idioms_alarmed: float | None
    errors: list[dict[str, Any]] = field(default_factory=list)


def read_items(text: str, name: str = "knowledge base") -> list[Item]:
    """The entries of a YAML text; raises BadTestSet naming file and line of what is wrong."""
    try:
        rows = yaml_text.load(text)
    except yaml.YAMLError as error:
        raise BadTestSet(f"{name}: {error}") from error
    if rows is None:
        return []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadTestSet(f"{name}: a list of entries is expected")
    items = [_item(row, f"{name}: entry {n}") for n, row in enumerate(rows, start=1)]
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            raise BadTestSet(f"{name}: {item.id} stands twice")
        seen.add(item.id)
    return items


def read_questions(text: str, name: str = "questions") -> list[Question]:
    """The questions of JSON lines; raises BadTestSet naming file and line of what is wrong."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            found.append(Question(str(row["q"]), row.get("id"), str(row.get("kind", ""))))
        except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
            raise BadTestSet(f"{name}:{number}: {error}") from error
    return found


def ask_all(
    items: Sequence[Item], questions: Iterable[Question], words: Words, model: Model
) -> list[Outcome]:
    """Put every question to an engine over these entries."""
    matcher = Matcher.of(items, words, model.ranking)
    return [_ask(matcher, question, words, model) for question in questions]


def report(entries: int, outcomes: Sequence[Outcome], *, with_errors: bool = False) -> Report:
    """Count what came out."""
    known = [one for one in outcomes if one.question.entry_id is not None]
    none = [one for one in outcomes if one.question.entry_id is None]
    limit = threshold(none)
    complaints = [one for one in none if one.question.kind in COMPLAINTS]
    crisis = [one for one in none if one.question.kind in CRISIS]
    above = [one.is_right and one.confidence > limit for one in known]
    return Report(
        entries=entries,
        questions=len(outcomes),
        top_1=share(one.is_right for one in known),
        top_3=share(one.question.entry_id in one.ranked[:3] for one in known),
        by_kind=_by_kind(known),
        sure_right=share(one.is_right and one.verdict is Verdict.SURE for one in known),
        sure_wrong=share(not one.is_right and one.verdict is Verdict.SURE for one in known),
        offered_right=share(one.question.entry_id in one.offered for one in known),
        unanswerable_answered=share(one.verdict is Verdict.SURE for one in none),
        right_at_allowed=share(above) if none else None,
        threshold_at_allowed=limit if none and math.isfinite(limit) else None,
        complaints_answered=share(one.verdict is Verdict.SURE for one in complaints),
        complaints_sent_right=share(_is_sent_right(one) for one in complaints),
        crisis_caught=share(one.is_caught for one in crisis),
        crisis_alarmed=share(one.is_alarmed for one in crisis),
        idioms_alarmed=share(one.is_alarmed for one in none if one.question.kind in IDIOMS),
        errors=[_error(one) for one in [*known, *none] if _is_error(one)] if with_errors else [],
    )


def threshold(none: Sequence[Outcome], allowed: float = ALLOWED) -> float:
    """The confidence above which at most this share of questions without an entry comes."""
    ordered = sorted((one.confidence for one in none), reverse=True)
    place = int(allowed * len(ordered))
    return ordered[place] if place < len(ordered) else -math.inf


def share(found: Iterable[bool]) -> float | None:
    """How many of these are true, in percent; None of nothing."""
    counted = [bool(one) for one in found]
    return round(100 * sum(counted) / len(counted), 1) if counted else None


def _item(row: Mapping[str, Any], where: str) -> Item:
    identity, question = row.get("id"), row.get("question")
    if not isinstance(identity, str) or not isinstance(question, str):
        raise BadTestSet(f"{where}: needs id and question as text")
    aliases = row.get("aliases") or []
    if not isinstance(aliases, list):
        raise BadTestSet(f"{where}: aliases must be a list")
    answer = "\n".join(str(one) for one in (row.get("answer", ""), *(row.get("documents") or [])))
    wordings = [question, *([row["label"]] if row.get("label") else []), *map(str, aliases)]
    return Item(identity, tuple(wordings), answer, str(row.get("category", "")))


def _ask(matcher: Matcher, question: Question, words: Words, model: Model) -> Outcome:
    ranked = matcher.rank(question.text)
    heard = words.hear(question.text)
    judged = model.judge(ranked, heard, len(question.text), matcher.are_rivals)
    offered = tuple(one.entry_id for one in judged.ranked)
    return Outcome(
        question,
        tuple(one.entry_id for one in ranked[:MOST_CHOICES]),
        0.0 if heard.cues & {*DANGERS, *NOT_A_QUESTION} else judged.confidence,
        Verdict.UNKNOWN if heard.cues & {*DANGERS} else judged.verdict,
        () if judged.verdict is Verdict.UNKNOWN else offered,
        heard.cues,
    )


def _by_kind(known: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    kinds: dict[str, list[Outcome]] = defaultdict(list)
    for one in known:
        kinds[one.question.kind].append(one)
    return {
        kind: {
            "questions": float(len(found)),
            "top_1": share(one.is_right for one in found) or 0.0,
            "top_3": share(one.question.entry_id in one.ranked[:3] for one in found) or 0.0,
        }
        for kind, found in sorted(kinds.items())
    }


def _is_sent_right(one: Outcome) -> bool:
    """Whether a complaint or suggestion is led to the complaint desk and given no answer."""
    recognised = bool(one.cues & {Cue.COMPLAINT, Cue.SUGGESTION})
    return one.verdict is Verdict.UNKNOWN or (recognised and one.verdict is Verdict.CHOOSE)


def _is_error(one: Outcome) -> bool:
    if one.question.entry_id is None:
        return one.verdict is Verdict.SURE
    return not one.is_right


def _error(one: Outcome) -> dict[str, Any]:
    return {
        "q": one.question.text,
        "kind": one.question.kind,
        "expected": one.question.entry_id,
        "ranked": list(one.ranked[:3]),
        "confidence": round(one.confidence, 3),
        "verdict": str(one.verdict),
    }
