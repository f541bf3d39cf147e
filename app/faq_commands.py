"""python -m app faq …: measuring the engine and checking the entries."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from app import settings as setting

if TYPE_CHECKING:
    import yaml
    from sqlalchemy import Engine

    from faq.errors import BadEntry
    from faq.keeping.linting import Entries, Finding
    from faq.language.words import Words

SEVERITIES = {"error": "錯誤 errors", "warning": "警告 warnings", "note": "提醒 notes"}

BY = "cli"  # who is named in the revisions of an import

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


@faq.command()
def lint(
    kb: Annotated[Path | None, typer.Option(help="題庫 YAML / knowledge base")] = None,
    office: Annotated[
        bool, typer.Option("--office", help="檢查本所資料庫的題庫 / entries in the database")
    ] = False,
    links: Annotated[
        bool, typer.Option("--links", help="也試連網址（會上網）/ ask web addresses, too")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="輸出 JSON")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="有警告也算失敗 / fail on warnings, too")
    ] = False,
) -> None:
    """檢查題庫：矛盾、過期、重複、缺漏 / Check the entries for what an editor should look at."""
    from app.office import system_clock
    from faq.keeping import linting
    from faq.keeping.editing import TAIPEI
    from faq.understanding.judging import Model

    if kb and office:
        _stop("--kb 與 --office 只能選一個 / give either --kb or --office")
    entries, words = entries_to_lint(kb, office=office)
    today = system_clock().astimezone(TAIPEI).date()
    found = linting.lint(entries, words, Model.shipped(), today)
    if links:
        from app.links import dead_links

        found = linting.in_order([*found, *dead_links(entries)])
    print(_findings_as_json(found, len(entries)) if as_json else _findings(found, len(entries)))
    failing = {"error", "warning"} if strict else {"error"}
    raise typer.Exit(int(any(one.severity in failing for one in found)))


def entries_to_lint(kb: Path | None, *, office: bool) -> "tuple[Entries, Words]":
    """The entries asked for, and the words they are understood with."""
    from faq.keeping import exchange
    from faq.language.words import WordFiles, Words

    words = Words(WordFiles.shipped(), setting.read().cache)
    if office:
        return _entries_of_the_office(words)
    return ([*exchange.shipped()] if kb is None else _entries_of(kb)), words


def _entries_of_the_office(words: "Words") -> "tuple[Entries, Words]":
    """The entries in service, and the words with the office's own."""
    from sqlalchemy import select

    from data.database import reading
    from faq.keeping.editing import content_of
    from faq.keeping.index import office_lists
    from faq.keeping.tables import Entry

    with _database() as engine, reading(engine) as tx:
        rows = tx.scalars(select(Entry).where(Entry.retired.is_(False)).order_by(Entry.id))
        entries = [(row.id, content_of(row)) for row in rows]
        try:
            return entries, words.with_lists(office_lists(tx))
        except ValueError as error:
            _stop(f"本所的用語清單讀不懂 / cannot read the office's list of words: {error}")


def _entries_of(path: Path) -> "Entries":
    """The entries of a file; what cannot be read ends the command with file and line."""
    from faq.errors import BadEntry
    from faq.keeping import exchange

    text = _read(path)
    try:
        entries = [*exchange.parse(text)]
    except BadEntry as error:
        why = getattr(error.__cause__, "problem", None) or " ".join(str(error).split())
        _stop(f"題庫有錯 / cannot be read: {path}:{_line_of(error, text)}: {why}")
    first: dict[str, int] = {}
    for node, (entry_id, _) in zip(_nodes(text), entries, strict=True):
        line = node.start_mark.line + 1
        if first.setdefault(entry_id, line) != line:
            twice = f"{entry_id} 出現兩次，先前在第 {first[entry_id]} 行 / stands twice"
            _stop(f"題庫有錯 / cannot be read: {path}:{line}: {twice}")
    return entries


def _line_of(error: "BadEntry", text: str) -> int:
    """Where the YAML breaks, or where the entry begins that is refused when read alone."""
    import yaml
    from yaml.reader import Reader

    from faq.errors import BadEntry
    from faq.keeping import exchange

    if mark := getattr(error.__cause__, "problem_mark", None):
        return int(mark.line) + 1
    if odd := Reader.NON_PRINTABLE.search(text):  # refused before anything is read
        return text.count("\n", 0, odd.start()) + 1
    for node in _nodes(text):
        alone = yaml.SequenceNode("tag:yaml.org,2002:seq", [node])
        try:
            [*exchange.parse(yaml.serialize(alone, Dumper=yaml.SafeDumper, allow_unicode=True))]
        except BadEntry:
            return int(node.start_mark.line) + 1
    return 1


def _nodes(text: str) -> "list[yaml.Node]":
    """The entries of a YAML list with their places."""
    import yaml

    from data.yaml_text import LOADER

    root = yaml.compose(text, LOADER)
    return list(root.value) if isinstance(root, yaml.SequenceNode) else []


def _findings(found: "Sequence[Finding]", entries: int) -> str:
    """The findings under their severity, and how many there are."""
    counts = Counter(str(one.severity) for one in found)
    lines: list[str] = []
    for severity, title in SEVERITIES.items():
        if counts[severity]:
            lines += [f"{title}（{counts[severity]}）"]
            lines += [_finding(one) for one in found if one.severity == severity]
    zh = "、".join(f"{title.split()[0]} {counts[name]}" for name, title in SEVERITIES.items())
    en = ", ".join(f"{counts[name]} {title.split()[1]}" for name, title in SEVERITIES.items())
    return "\n".join([*lines, f"共 {entries} 題：{zh} / {entries} entries: {en}"])


def _finding(one: "Finding") -> str:
    where = f"{one.entry_id} ↔ {one.other_id}" if one.other_id else one.entry_id
    return f"  {one.rule:13} {where}  {one.text}"


def _findings_as_json(found: "Sequence[Finding]", entries: int) -> str:
    from faq.keeping.linting import Rule

    counts = Counter(one.rule for one in found)
    rows = [asdict(one) | {"severity": one.severity} for one in found]
    told = {"entries": entries, "counts": {rule: counts[rule] for rule in Rule}, "findings": rows}
    return json.dumps(told, ensure_ascii=False, indent=2)


@faq.command("export")
def export_entries(
    file: Annotated[str, typer.Argument(help="檔案；- 是標準輸出 / file; - for standard output")],
    kind: Annotated[str, typer.Option("--format", help="yaml、csv、ods；省略則看檔名")] = "",
) -> None:
    """把題庫匯出成 YAML、CSV 或 ODS / Write the entries in service to a file."""
    from data.database import reading
    from faq.errors import BadEntry
    from faq.keeping import files

    try:
        chosen = files.format_of(f".{kind}" if kind else file)
    except BadEntry as error:
        _stop(f"不知道是哪種檔案，請用 --format / say which kind with --format: {error.problem}")
    with _database() as engine, reading(engine) as tx:
        entries = files.in_service(tx)
    content = files.write(entries, chosen)
    if file == "-":
        typer.echo(content, nl=False)
        return
    try:
        Path(file).write_bytes(content)
    except OSError as error:
        _stop(f"寫不了檔案 / cannot write {file}: {error.strerror}")
    print(f"已匯出 {len(entries)} 題到 {file} / exported")


@faq.command("import")
def import_entries(
    file: Annotated[Path, typer.Argument(help="YAML、CSV 或 ODS / file")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看會改什麼 / only tell")] = False,
) -> None:
    """匯入題庫檔：新增沒有的、修改不同的 / Add what is new in a file and change what differs."""
    from app.office import system_clock
    from data.database import reading, transaction
    from faq.errors import FaqError
    from faq.keeping import files

    now = system_clock()
    try:
        entries = files.read(file.name, file.read_bytes())
        with _database() as engine, (reading if dry_run else transaction)(engine) as tx:
            if dry_run:
                found = files.compare(tx, entries, now=now)
            else:
                found = files.merge(tx, entries, by=BY, now=now)
    except OSError as error:
        _stop(f"讀不到檔案 / cannot read {file}: {error.strerror}")
    except FaqError as error:
        _stop(f"檔案有誤，什麼都沒有匯入 / nothing was imported, {file}: {error}")
    for name, ids in (("新增 added", found.added), ("修改 changed", found.changed)):
        print(f"{name}: {len(ids)}", *ids, sep="\n  ")
    print(f"相同 same: {len(found.same)}")
    if dry_run:
        print("以上為試算，沒有寫入 / a dry run: nothing was written")


@contextmanager
def _database() -> "Iterator[Engine]":
    """The office's database, if its schema is the newest; closed at the end."""
    from app import migrating
    from data.database import engine_for

    read = setting.read()
    engine = engine_for(read.database_url, read.keyring)
    if not migrating.is_current(engine):
        _stop("資料庫結構不是最新，請先執行 / first run: python -m app migrate")
    try:
        yield engine
    finally:
        engine.dispose()


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
