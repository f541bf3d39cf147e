"""Fit data/words/model.yaml: the weights of the ranking and of the confidence.

Run as `python -m tests.benchmarks.fit_model KB_FOLDER…` with folders holding kb.yaml and
questions.jsonl; tests/faq/offices/two and tests/faq/own/unseen.jsonl must never be among them.
Prints, for each folder, what the weights fitted on the others reach on it, then writes the model
fitted on all to standard output.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from faq.language.words import WordFiles, Words
from faq.understanding.evaluating import Question, read_items, read_questions
from faq.understanding.judging import signs
from faq.understanding.matching import Matcher, Ranked
from tests.benchmarks.fit_classes import MESSAGES, fit_kinds

Matrix = NDArray[np.float64]
STEPS, RATE, RIDGE = 600, 0.05, 0.05
Seen = tuple[Question, list[str], Matrix]


def look(folder: Path, words: Words) -> tuple[list[str], list[Seen]]:
    """What the matcher sees of every candidate of every question of a folder."""
    matcher = Matcher.of(read_items((folder / "kb.yaml").read_text("utf-8")), words, {})
    return look_at(matcher, read_questions((folder / "questions.jsonl").read_text("utf-8")))


def look_at(matcher: Matcher, questions: Sequence[Question]) -> tuple[list[str], list[Seen]]:
    """What a matcher sees of every candidate of every question; a table has a column a sign."""
    names: list[str] = []
    found: list[Seen] = []
    for question in questions:
        places, seen = matcher.look(matcher.read(question.text))
        names = names or sorted(seen)
        table = np.stack([seen[n] for n in names], 1) if len(places) else np.zeros((0, 0))
        found.append((question, [matcher.id_of(int(place)) for place in places], table))
    return names, found


def fit_ranking(groups: list[Seen]) -> Matrix:
    """Weights that give the right candidate the highest sum (softmax over the candidates)."""
    used = [(ids.index(q.entry_id), table) for q, ids, table in groups if q.entry_id in ids]
    most, signs_ = max(len(table) for _, table in used), used[0][1].shape[1]
    tables = np.zeros((len(used), most, signs_))
    absent = np.full((len(used), most), -1e9)
    for place, (_, table) in enumerate(used):
        tables[place, : len(table)] = table - table.mean(0)
        absent[place, : len(table)] = 0
    spread = np.sqrt((tables**2).sum((0, 1)) / (absent == 0).sum()) + 1e-6
    tables /= spread
    right = np.array([place for place, _ in used])

    def slope(weights: Matrix) -> Matrix:
        scores = tables @ weights + absent
        shares = np.exp(scores - scores.max(1, keepdims=True))
        shares /= shares.sum(1, keepdims=True)
        shares[np.arange(len(right)), right] -= 1
        step: Matrix = np.einsum("ij,ijk->k", shares, tables) / len(right) + RIDGE * weights
        return step

    found: Matrix = _descend(slope, signs_) / spread
    return found


def fit_confidence(rows: list[tuple[bool, dict[str, float]]]) -> dict[str, float]:
    """Weights that tell right first candidates from wrong ones (logistic)."""
    names = sorted({name for _, row in rows for name in row})
    table = np.array([[row.get(name, 0.0) for name in names] for _, row in rows])
    right = np.array([float(is_right) for is_right, _ in rows])

    def slope(weights: Matrix) -> Matrix:
        step: Matrix = table.T @ (1 / (1 + np.exp(-table @ weights)) - right) / len(right)
        return step + 2e-4 * weights

    weights = _descend(slope, len(names), steps=2_500)
    return {name: round(float(w), 3) for name, w in zip(names, weights, strict=True)}


def _descend(slope, size: int, steps: int = STEPS) -> Matrix:  # type: ignore[no-untyped-def]
    weights, mean, square = np.zeros(size), np.zeros(size), np.zeros(size)
    for step in range(1, steps + 1):
        grade = slope(weights)
        mean, square = 0.9 * mean + 0.1 * grade, 0.999 * square + 0.001 * grade**2
        unbiased = np.sqrt(square / (1 - 0.999**step)) + 1e-8
        weights = weights - RATE * (mean / (1 - 0.9**step)) / unbiased
    return weights


def first_of(group: Seen, names: list[str], weights: Matrix, words: Words) -> dict[str, float]:
    """What a confidence rests on, for the candidate that comes first."""
    question, ids, table = group
    scores = table @ weights
    order = np.argsort(-scores)[:4].tolist()
    ranked = [
        Ranked(ids[at], float(scores[at]), seen=dict(zip(names, table[at].tolist(), strict=True)))
        for at in order
    ]
    return signs(ranked, words.hear(question.text), len(question.text))


def top_1(groups: list[Seen], weights: Matrix) -> float:
    """The share of questions whose entry comes first."""
    asked = [g for g in groups if g[0].entry_id is not None]
    right = sum(bool(ids) and ids[int((t @ weights).argmax())] == q.entry_id for q, ids, t in asked)
    return 100 * right / len(asked)


def _strange(folder: Path, folders: Sequence[Path]) -> Words:
    """Words that never saw the questions of a folder, as it will be in an office.

    What kind a message is they were taught by the other folders.
    """
    others = [one for one in folders if one != folder]
    kinds = fit_kinds([*MESSAGES, *(one / "questions.jsonl" for one in others)], others)
    return Words(replace(WordFiles.shipped(), kinds=kinds), Path("var/cache"))


def main(folders: list[str]) -> None:
    """Fit, print and write."""
    words = {name: _strange(Path(name), [Path(one) for one in folders]) for name in folders}
    looked = {name: look(Path(name), words[name]) for name in folders}
    names = next(iter(looked.values()))[0]
    for name, (_, groups) in looked.items():
        others = [g for other, (_, found) in looked.items() if other != name for g in found]
        print(
            f"# {name}: top-1 {top_1(groups, fit_ranking(others or groups)):.1f}", file=sys.stderr
        )
    every = [group for _, groups in looked.values() for group in groups]
    weights = fit_ranking(every)
    rows = [
        (
            g[1][int((g[2] @ weights).argmax())] == g[0].entry_id,
            first_of(g, names, weights, words[name]),
        )
        for name, (_, groups) in looked.items()
        for g in groups
        if g[1]
    ]
    ranking = {name: round(float(w), 3) for name, w in zip(names, weights, strict=True)}
    print(yaml.safe_dump({"ranking": ranking, "confidence": fit_confidence(rows)}, sort_keys=False))


if __name__ == "__main__":
    main(sys.argv[1:])
