"""python -m app faq …: measuring the engine and checking the entries."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from app import settings as setting

faq = typer.Typer(no_args_is_help=True, help="題庫 / questions and answers")


@faq.command()
def evaluate(
    kb: Annotated[Path, typer.Option(help="題庫 YAML / knowledge base")],
    questions: Annotated[Path, typer.Option(help="題目 JSON lines / questions")],
    as_json: Annotated[bool, typer.Option("--json", help="輸出 JSON")] = False,
    errors: Annotated[bool, typer.Option("--errors", help="列出答錯的題目 / list errors")] = False,
) -> None:
    """用一份題庫和有標準答案的問題量測引擎 / Measure the engine on questions with known answers."""
    from faq.errors import FaqError
    from faq.language.words import WordFiles, Words
    from faq.understanding import evaluating
    from faq.understanding.judging import Model

    try:
        items = evaluating.read_items(_read(kb), str(kb))
        asked = evaluating.read_questions(_read(questions), str(questions))
    except FaqError as error:
        _stop(str(error))
    words = Words(WordFiles.shipped(), setting.read().cache)
    outcomes = evaluating.ask_all(items, asked, words, Model.shipped())
    found = asdict(evaluating.report(len(items), outcomes, with_errors=errors))
    print(json.dumps(found, ensure_ascii=False, indent=2) if as_json else _table(found))


def _table(found: dict[str, Any]) -> str:
    """The figures in lines, then each kind, then the errors."""
    single = {name: value for name, value in found.items() if not isinstance(value, dict | list)}
    lines = [f"{name:24} {'–' if value is None else value}" for name, value in single.items()]
    for kind, figures in found["by_kind"].items():
        lines.append(
            f"  {kind:22} {figures['top_1']:5} {figures['top_3']:5} {figures['questions']:5.0f}"
        )
    for one in found["errors"]:
        got = ", ".join(one["ranked"])
        lines.append(f"✗ [{one['kind']}] {one['q']} → {got}（應為 / expected {one['expected']}）")
    return "\n".join(lines)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        _stop(f"讀不到檔案 / cannot read {path}: {error.strerror}")
    except UnicodeDecodeError:
        _stop(f"檔案不是 UTF-8 / not UTF-8: {path}")


def _stop(text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(2)
