"""python -m app COMMAND. Heavy modules are imported inside the commands that need them."""

import asyncio
import gc
import sys
from threading import Thread
from time import sleep
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from app import backup_commands
from app import settings as setting
from app.audit_commands import audit
from app.clock_commands import calendar
from app.drill_commands import play_drill
from app.exam_commands import draw_exam
from app.faq_commands import faq
from app.key_commands import keys
from app.officer_commands import officer
from app.open_commands import make_open_data
from app.report_commands import figures, report
from app.village_commands import villages

if TYPE_CHECKING:
    from app.office import Office

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="CivicLine 為民服務即時通",
)
section = typer.Typer(no_args_is_help=True, help="課室 / sections")
app.add_typer(officer, name="officer")
app.add_typer(section, name="section")
app.add_typer(audit, name="audit")
app.add_typer(calendar, name="calendar")
app.command("backup")(backup_commands.back_up)
app.command("backup-check")(backup_commands.check_backup)
app.command("backup-key")(backup_commands.make_backup_key)
app.command("restore")(backup_commands.restore)
app.command("export")(backup_commands.export)
app.command("import")(backup_commands.import_all)
app.command("drill")(play_drill)
app.command("exam")(draw_exam)
app.command("report")(report)
app.command("open-data")(make_open_data)
app.add_typer(faq, name="faq")
app.add_typer(figures, name="figures")
app.add_typer(keys, name="keys")
app.add_typer(villages, name="villages")


def main() -> None:
    """Run a command; an operator's mistake ends in one clear line and exit status 2."""
    from sqlalchemy.exc import DBAPIError

    try:
        app()
    except setting.BadSettings as error:
        _stop(str(error))
    except PermissionError as error:
        _stop(f"{error.filename} 無法寫入，請看 DATA_DIR 權限。\nNot writable.")
    except DBAPIError as error:
        _stop(f"資料庫無法使用：{error.orig or type(error).__name__}\nThe database is unavailable.")


@app.command()
def serve(
    pages_only: Annotated[
        bool,
        typer.Option("--pages-only", help="只開網頁，背景工作另由 work 執行 / work runs elsewhere"),
    ] = False,
) -> None:
    """開始服務 / Serve citizens and staff."""
    gc.disable()  # until it listens: what is made while it starts is no garbage
    office = _office()
    _refuse_old_schema(office)
    from app.serving import addresses, serve_office

    serve_office(office, addresses, loops=not pages_only)


@app.command()
def work() -> None:
    """只做背景工作（寄送、提醒、報告），不開網頁 / Send, remind and report, without pages."""
    from app import loops

    office = _office()
    _refuse_old_schema(office)
    asyncio.run(loops.work(office))


@app.command()
def demo() -> None:
    """以範例內容開始服務 / Serve with sample content, set up on first use."""
    gc.disable()  # as in `serve`
    from app import samples
    from data.database import transaction

    office = _office()
    _prepare(office)
    with transaction(office.engine) as tx:
        made = samples.add_staff(tx)
        samples.add_villages(tx)
        samples.add_forms(tx, now=office.clock())

    from app.serving import addresses, serve_office

    def tell(office: "Office") -> None:
        addresses(office)
        print("  以上為範例內容（sample content）：帳號與案件皆為虛構，案件正在陸續產生。")
        if made:
            print(f"  範例帳號 accounts: {', '.join(made.usernames)}")
            print(f"  共用密碼 password (shown once): {made.password}")
        Thread(target=_add_sample_history, args=(office,), daemon=True).start()

    serve_office(office, tell)


@app.command()
def migrate(
    to: Annotated[str, typer.Option(help="版本，或 base / revision")] = "head",
    down: Annotated[bool, typer.Option("--down", help="退回 / downgrade")] = False,
) -> None:
    """更新資料庫結構 / Bring the schema up (or down)."""
    from app import migrating

    office = _office()
    (migrating.downgrade if down else migrating.upgrade)(office.engine, to)
    print(f"資料庫結構已到 {to} / the schema is at {to}")


@app.command()
def seed() -> None:
    """載入行事曆、規則與題庫 / Enter calendars, rules, and the starter FAQ."""
    office = _office()
    _refuse_old_schema(office)
    _seed(office)


@app.command()
def chat(
    who: Annotated[str, typer.Option(help="對話名稱 / name of the conversation")] = "local",
) -> None:
    """在終端機對話 / Talk in the terminal."""
    from bot.relay import Relay
    from bot.terminal import Terminal, converse

    office = _office()
    _refuse_old_schema(office)
    terminal = Terminal(lambda text: print(text, flush=True))
    relay = Relay(office.engine, {terminal.name: terminal}, office.clock)
    print(f"{office.settings.office_name}　請直接打字；結束按 Ctrl-D。\n", flush=True)
    asyncio.run(converse(office.desk, relay, who, office.settings.files, _listen))


@app.command("simulate")
def simulate_history(
    cases: Annotated[int, typer.Option(min=1, max=100_000)] = 500,
    months: Annotated[int, typer.Option(min=1, max=60)] = 6,
    seed: Annotated[int, typer.Option(min=0)] = 1,
) -> None:
    """產生示範用歷程 / Make a believable office history (sample citizens, marked 【範例】)."""
    from app import samples
    from app.simulation import Plan, simulate
    from data.database import transaction

    office = _office()
    _prepare(office)
    with transaction(office.engine) as tx:
        samples.add_staff(tx)
        samples.add_villages(tx)
        samples.add_forms(tx, now=office.clock())
        index = office.shelf.current(tx)
    plan = Plan(cases, months, seed, office.clock(), office.settings.office_code)
    made = simulate(office.engine, plan, index)
    print(f"已產生 {made.cases} 件案件、{made.questions} 則問題 / cases and questions made")


@app.command()
def doctor(
    offline: Annotated[
        bool, typer.Option("--offline", help="不連外 / ask nothing outside the machine")
    ] = False,
) -> None:
    """檢查安裝：哪裡不對、怎麼修 / Tell what is wrong and how to mend it; status 1 when it is."""
    from app.doctor import Level, examine

    signs = {Level.OK: "✓", Level.LOOK: "!", Level.BAD: "✗"}
    office = _office()
    found = list(examine(office, offline=offline))
    office.engine.dispose()
    for one in found:
        print(f"{signs[one.level]} {one.what}")
        if one.mend:
            print(f"    → {one.mend}")
    if any(one.level is Level.BAD for one in found):
        raise SystemExit(1)


@app.command("settings")
def show_settings() -> None:
    """列出所有設定 / List every setting, its meaning and its default."""
    for name, one in setting.Settings.model_fields.items():
        print(f"{name.upper():24} {one.description}（預設 {one.default}）")


@section.command("add")
def add_section(
    code: str,
    name: str,
    intake: Annotated[bool, typer.Option("--intake", help="收新案 / takes new cases in")] = False,
) -> None:
    """新增課室 / Add a section."""
    from sqlalchemy import select

    from complaints.tables import Section
    from data.database import transaction

    office = _office()
    _refuse_old_schema(office)
    with transaction(office.engine) as tx:
        if tx.scalar(select(Section).where(Section.code == code)):
            _stop(f"課室代碼 {code} 已存在 / this code is taken")
        tx.add(Section(code=code, name=name, intake=intake, active=True))
    print(f"已新增 {name} / added")


@app.command()
def warm() -> None:
    """預先整理字典，讓啟動快一些 / Prepare the dictionary, so that starting is quicker."""
    from faq.language.words import WordFiles, Words

    Words(WordFiles.shipped(), setting.read().cache).prepare()


def _add_sample_history(office: "Office") -> None:
    from app import samples
    from data.database import reading

    sleep(1)  # the first page comes first
    with reading(office.engine) as tx:
        index = office.shelf.current(tx)
    prefix, now = office.settings.office_code, office.clock()
    samples.add_history(office.engine, index, prefix=prefix, now=now)


def _office() -> "Office":
    from app import logs, office

    logs.set_up()
    return office.build(setting.read())


def _prepare(office: "Office") -> None:
    from app import migrating

    migrating.upgrade(office.engine)
    _seed(office)


def _seed(office: "Office") -> None:
    from app import seeding
    from data.database import transaction

    with transaction(office.engine) as tx:
        done = seeding.seed(tx, now=office.clock())
    if done.entries or done.years:
        print(f"已載入 {done.years} 年行事曆、{done.rules} 條規則、{done.entries} 題 / entered")


def _refuse_old_schema(office: "Office") -> None:
    from app import migrating

    if not migrating.is_current(office.engine):
        _stop(
            "資料庫結構不是最新，請先執行 / first run:\n"
            "  python -m app migrate && python -m app seed"
        )


def _listen() -> str | None:
    try:
        return input("> " if sys.stdin.isatty() else "")
    except EOFError:
        return None


def _stop(why: str) -> NoReturn:
    print(why, file=sys.stderr)
    raise SystemExit(2)
