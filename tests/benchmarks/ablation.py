"""What each part of the engine gains: it is taken out, the weights are fitted anew, and the top-1
on an office whose questions the weights never saw is compared.

Run as `python -m tests.benchmarks.ablation`. Fitted on tests/faq/offices/one and three, measured on
tests/faq/own/dev.jsonl over our packs; the sealed sets stay sealed.
"""

import sys
from dataclasses import replace
from pathlib import Path

from faq.keeping.editing import to_item
from faq.keeping.exchange import shipped
from faq.language.words import WordFiles, Words
from faq.understanding.evaluating import read_items, read_questions
from faq.understanding.matching import Matcher
from tests.benchmarks.fit_model import Seen, fit_ranking, look_at, top_1

HERE = Path(__file__).parents[1] / "faq"
WITHOUT_DATA = ("lexicon", "sounds", "dictionary", "pairs", "stopwords")
WITHOUT_SIGNS = {
    "sounds": ("sounded", "heard_within"),
    "likeness": ("alike", "alike_meant", "heard_within"),
    "meanings": ("meant", "said", "said_title", "alike_meant"),
    "coverage": ("asked", "asked_anywhere", "asking", "mass_anywhere"),
    "aspects": ("aspect_title",),
    "telling apart": ("apart",),
    "denials": ("denied_apart",),
    "topics": ("topic", "topic_title", "topic_share", "topics"),
}


def main() -> None:
    """Print a table of gains in points of top-1."""
    words = Words(WordFiles.shipped(), Path("var/cache"))
    whole = measure(words, ())
    print(f"{'whole engine':28} {whole:5.1f}")
    for name, signs in WITHOUT_SIGNS.items():
        tell(f"without {name}", measure(words, signs), whole)
    for name in WITHOUT_DATA:
        lame = Words(replace(words.source, **{name: ""}), words.cache)
        tell(f"without {name}.txt", measure(lame, ()), whole)


def measure(words: Words, without: tuple[str, ...]) -> float:
    """Top-1 on our packs' seen half with weights fitted on two other offices."""
    learnt: list[Seen] = []
    for name in ("one", "three"):
        folder = HERE / "offices" / name
        items = read_items((folder / "kb.yaml").read_text("utf-8"))
        questions = read_questions((folder / "questions.jsonl").read_text("utf-8"))
        names, seen = look_at(Matcher.of(items, words, {}), questions)
        learnt += dropped(names, seen, without)
    own = [to_item(entry_id, content) for entry_id, content in shipped()]
    questions = read_questions((HERE / "own" / "dev.jsonl").read_text("utf-8"))
    names, seen = look_at(Matcher.of(own, words, {}), questions)
    return top_1(dropped(names, seen, without), fit_ranking(learnt))


def dropped(names: list[str], seen: list[Seen], without: tuple[str, ...]) -> list[Seen]:
    """What was seen, without some signs."""
    kept = [at for at, name in enumerate(names) if name not in without]
    return [(q, ids, table[:, kept] if len(ids) else table) for q, ids, table in seen]


def tell(name: str, reached: float, whole: float) -> None:
    """One line of the table."""
    print(f"{name:28} {reached:5.1f}  gain {whole - reached:+.1f}")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
