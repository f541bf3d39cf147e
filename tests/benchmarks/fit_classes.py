"""Fit data/words/kinds.tsv (question, complaint, crisis …) and data/rules/topics.tsv.

Run as `python -m tests.benchmarks.fit_classes kinds > data/words/kinds.tsv`, and with `topics`. It
learns from the messages and questions named below and from the wordings of the knowledge bases;
tests/faq/messages/{messages-test,crisis,idioms}.jsonl, offices/two and own/unseen are never among
them, and `--test` prints what the fitted weights reach on those.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from complaints import routing
from complaints.routing import Topic
from data.classifying import SCALE, Classes
from faq.language.cues import CueList
from faq.language.hearing import DANGERS
from faq.language.kinds import Kind, Kinds, features
from faq.language.words import WordFiles
from faq.understanding.evaluating import read_items
from faq.understanding.knowledge import Item

HERE = Path(__file__).parents[1] / "faq"
MESSAGES = [
    HERE / "messages" / "messages-dev.jsonl",
    *(HERE / "messages" / f"messages-train-{letter}.jsonl" for letter in "abcd"),
    *(HERE / "messages" / f"crisis-train-{letter}.jsonl" for letter in "ab"),
]
OFFICES = [HERE / "offices" / name for name in ("one", "three")]
QUESTIONS = [*(office / "questions.jsonl" for office in OFFICES), HERE / "own" / "dev.jsonl"]
KNOWLEDGE = [*OFFICES, HERE.parents[1] / "data" / "faq"]
TOPICS = [HERE / "messages" / f"messages-train-{letter}.jsonl" for letter in "cd"]
SEEN_IN = 3  # messages a feature must stand in
RIDGE, STEPS, RATE = 3e-6, 300, 0.1
SMALLEST = 0.5  # weights below are left out
CALLED = {
    "chitchat": Kind.SMALL_TALK,
    "other_agency": Kind.QUESTION,
    "gibberish": Kind.SMALL_TALK,
    "near_domain": Kind.QUESTION,
}
Matrix = NDArray[np.float64]
Row = tuple[set[str], str]


def read(path: Path, phrases: CueList) -> list[Row]:
    """The features of labelled messages, with their kind."""
    found: list[Row] = []
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        name = Kind.QUESTION if row.get("id") else str(row["kind"]).removeprefix("oos_")
        kind = CALLED.get(name) or Kind(name)
        found.append((features(row["q"], phrases.find(row["q"])), kind))
    return found


def fit(rows: list[Row], kinds: Sequence[str]) -> tuple[list[str], Matrix]:
    """Softmax regression by Adam; the last row of the weights is the bias."""
    counted = Counter(one for seen, _ in rows for one in seen)
    names = sorted(one for one, count in counted.items() if count >= SEEN_IN)
    place = {name: at for at, name in enumerate(names)}
    lists = [sorted(place[one] for one in seen if one in place) for seen, _ in rows]
    size = np.array([max(len(one), 1) for one in lists])
    column = np.concatenate([np.array(one or [0]) for one in lists])
    row = np.repeat(np.arange(len(rows)), size)
    value = 1 / np.sqrt(size[row])
    starts = np.concatenate([[0], np.cumsum(size)[:-1]])
    truth = np.array([[*kinds].index(kind) for _, kind in rows])
    share = np.bincount(truth, minlength=len(kinds)) / len(rows)
    weight = (1 / np.maximum(share[truth], 1e-9)) ** 0.5
    weight /= weight.mean()
    table = np.zeros((len(names) + 1, len(kinds)))
    mean, spread = np.zeros_like(table), np.zeros_like(table)
    for step in range(1, STEPS + 1):
        sums = np.add.reduceat(table[column] * value[:, None], starts, axis=0) + table[-1]
        shares = np.exp(sums - sums.max(1, keepdims=True))
        shares /= shares.sum(1, keepdims=True)
        shares[np.arange(len(truth)), truth] -= 1
        shares *= weight[:, None] / len(rows)
        slope = RIDGE * table
        slope[-1] = shares.sum(0)
        for at in range(len(kinds)):
            slope[:-1, at] += np.bincount(column, shares[row, at] * value, len(names))
        mean = 0.9 * mean + 0.1 * slope
        spread = 0.99 * spread + 0.01 * slope**2
        table -= RATE * (mean / (1 - 0.9**step)) / (np.sqrt(spread / (1 - 0.99**step)) + 1e-7)
    return names, table


def fit_kinds(files: Sequence[Path], knowledge: Sequence[Path]) -> str:
    """The lines of kinds.tsv, learnt from these messages and the wordings under these folders."""
    phrases = CueList.parse(WordFiles.shipped().cues)
    rows = [row for file in files for row in read(file, phrases)]
    rows += [row for folder in knowledge for row in wordings(folder)]
    return text_of(*fit(rows, tuple(Kind)))


def wordings(folder: Path) -> list[Row]:
    """The features of all wordings of the knowledge bases under a folder: each of them asks.

    But those with a phrase of danger: they shall not teach that it does no harm.
    """
    phrases = CueList.parse(WordFiles.shipped().cues)
    items = [one for file in sorted(folder.rglob("*.yaml")) for one in _items(file)]
    found = [(text, phrases.find(text)) for item in items for text in item.wordings]
    return [(features(text, cues), Kind.QUESTION) for text, cues in found if not cues & {*DANGERS}]


def _items(file: Path) -> Sequence[Item]:
    """The entries of a file; the English texts of the shipped packs are no wordings."""
    return [] if file.parent.name == "english" else read_items(file.read_text("utf-8"))


def text_of(names: list[str], table: Matrix) -> str:
    """The lines of kinds.tsv."""
    rows = [("", table[-1]), *((n, w) for n, w in zip(names, table, strict=False))]
    kept = [(n, w) for n, w in rows if not n or np.abs(w).max() >= SMALLEST]
    return "\n".join(f"{n}\t" + " ".join(str(round(x * SCALE)) for x in w) for n, w in kept) + "\n"


def read_topics(file: Path) -> list[Row]:
    """The features of complaints and suggestions, with their topic."""
    rows = map(json.loads, file.read_text("utf-8").splitlines())
    return [(routing.features(row["q"]), Topic(row["topic"])) for row in rows if row.get("topic")]


def main() -> None:
    """Fit, print the weights, and on request what they reach."""
    asked = argparse.ArgumentParser()
    asked.add_argument("what", choices=["kinds", "topics"])
    asked.add_argument("--test", action="store_true")
    given = asked.parse_args()
    if given.what == "topics":
        sys.stdout.write(show_topics() if given.test else fit_topics(TOPICS))
        return
    text = fit_kinds([*MESSAGES, *QUESTIONS], KNOWLEDGE)
    if not given.test:
        sys.stdout.write(text)
        return
    phrases = CueList.parse(WordFiles.shipped().cues)
    kinds = Kinds.parse(text)
    for name in ("messages/messages-test", "messages/crisis", "messages/idioms"):
        show(HERE / f"{name}.jsonl", kinds, phrases)


def fit_topics(files: Sequence[Path]) -> str:
    """The lines of topics.tsv, learnt from these files."""
    return text_of(*fit([row for file in files for row in read_topics(file)], tuple(Topic)))


def show_topics() -> str:
    """How the topics of each writer's messages are told by what was learnt from the other's."""
    lines = []
    for held in TOPICS:
        others = [file for file in TOPICS if file != held]
        classes = Classes.parse(fit_topics(others), tuple(Topic))
        rows = read_topics(held)
        told = [(classes.tell(seen), topic) for seen, topic in rows]
        best = [(max(shares, key=lambda one: shares[one]), shares, topic) for shares, topic in told]
        sure = [
            found == topic
            for found, shares, topic in best
            if shares[found] >= routing.SURE_OF_TOPIC
        ]
        right = sum(found == topic for found, _, topic in best)
        lines.append(
            f"{held.stem}: {100 * right / len(best):.1f} % right of {len(best)}; where sure"
            f" {100 * sum(sure) / len(sure):.1f} % of {len(sure)}\n"
        )
    return "".join(lines)


def show(path: Path, kinds: Kinds, phrases: CueList) -> None:
    """Print how messages of each kind are told."""
    counted: Counter[tuple[str, str]] = Counter()
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        told = kinds.tell(row["q"], phrases.find(row["q"]))
        counted[row["kind"], max(told, key=lambda one: told[one])] += 1
    for kind in sorted({kind for kind, _ in counted}):
        told_as = {two: n for (one, two), n in sorted(counted.items()) if one == kind}
        print(path.stem, kind, sum(told_as.values()), told_as)


if __name__ == "__main__":
    main()
