"""What everybody may read without asking: open data with its dictionary, and 您說．我們做.

The pages work by keyboard, with a screen reader and without script; all of it may be kept by
caches, and nobody is known by a cookie here.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files as package_files
from itertools import groupby
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import PlainTextResponse
from sqlalchemy.orm import Session

from bot.counter import Desk
from bot.webchat import HEADERS, pages
from complaints.clock.workdays import office_date
from complaints.measuring import opening, outcomes
from complaints.measuring.columns import CELLS, COLUMNS, Cell, Column, File, Pair
from complaints.measuring.opening import as_csv, content_of
from complaints.measuring.periods import Period
from complaints.measuring.tables import Opened
from complaints.wording.terms import plain_date, term
from data.database import reading
from faq.keeping.index import Card, Index

LICENCE: Pair = (
    "政府資料開放授權條款－第1版",
    "Open Government Data License, version 1.0 (Taiwan)",
)
LICENCE_AT = "https://data.gov.tw/license"
NOW, FAQ = "now", "faq"
SHOWN = 50  # items of a page
MOST_PAGES = 1_000
PAGES_FOR, DATA_FOR = 300, 3600  # seconds
NO_SUCH = "查無此檔案。 No such file."
STATIC = {"open.css": "text/css"}
# Pages of others may read the data, too.
OPEN_TO_ALL = {"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"}
TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
FAQ_COLUMNS = (
    Column("id", Cell.TEXT, ("題目編號", "id of the entry")),
    Column("category", Cell.TEXT, ("類別", "category")),
    Column("question", Cell.TEXT, ("問題", "question")),
    Column("answer", Cell.TEXT, ("答案", "answer")),
    Column("variants", Cell.LIST, ("各種情況的答案", "answers for different situations")),
    Column("documents", Cell.LIST, ("應備文件", "documents to bring")),
    Column("fee", Cell.TEXT, ("規費", "fee")),
    Column("time_limit", Cell.TEXT, ("辦理期限", "how long it takes, or until when")),
    Column("legal_basis", Cell.TEXT, ("法令依據", "legal basis")),
    Column("source", Cell.TEXT, ("資料來源", "source")),
    Column("checked_on", Cell.DATE, ("核對日期", "day on which it was last checked")),
    Column("section", Cell.TEXT, ("承辦課室", "section in charge")),
    Column("languages", Cell.LIST, ("有答案的語言", "languages it is answered in")),
    Column("question_en", Cell.TEXT, ("英文問題", "question in English")),
    Column("answer_en", Cell.TEXT, ("英文答案", "answer in English")),
)
FILES: Mapping[str, tuple[Pair, tuple[Column, ...]]] = {
    File.CASES: (("案件明細（去識別）", "Cases (de-identified)"), COLUMNS[File.CASES]),
    File.FIGURES: (("案件統計", "Counts of cases"), COLUMNS[File.FIGURES]),
    FAQ: (("常見問答", "Questions and answers"), FAQ_COLUMNS),
}
TEXTS: Mapping[str, Pair] = {
    "open": ("開放資料", "Open data"),
    "did": ("您說．我們做", "You said, we did"),
    "chat": ("線上詢問與陳情", "Ask or petition online"),
    "other_services": ("其他服務", "Other services"),
    "skip": ("跳到主要內容", "Skip to the main content"),
    "open_intro": (
        "以下檔案任何人都可以下載使用，不需申請。案件檔不含姓名、電話、地址、案號、內容與日期。",
        "Anybody may download and use these files. The files of cases hold no names, telephone "
        "numbers, addresses, case numbers, words of petitions, or dates.",
    ),
    "licence": ("授權", "Licence"),
    "to_confirm": ("（待本所確認）", "(to be confirmed by the office)"),
    "files": ("檔案", "Files"),
    "to_download": ("可以下載的檔案，新的在前", "Files to download, the newest first"),
    "period": ("期間", "Period"),
    "file": ("檔案", "File"),
    "rows": ("列數", "Rows"),
    "made_on": ("製檔日", "Made on"),
    "download": ("下載", "Download"),
    "current": ("隨時更新", "always current"),
    "no_files": ("還沒有案件的檔案。", "There are no files of cases yet."),
    "hidden": ("哪些資料不公開", "What is not told"),
    "hidden_cases": (
        "案件明細中，類別、主題、里、管道與課室相同的案件至少有 5 件才列出；不到 5 件時，依序不公開"
        "里、主題、管道、課室、類別，仍不到 5 件者不列出。相同的案件結果都一樣時，不公開結果。"
        "密件與檢舉案件只計入總數。",
        "A case is listed only with at least five of the same kind, topic, village, channel and "
        "section. Where there are fewer, the village, the topic, the channel, the section and the "
        "kind are hidden in this order; what is still rare is left out. Where all of them ended "
        "the same way, the outcome is hidden. Confidential cases and reports of misconduct are in "
        "the total alone.",
    ),
    "hidden_figures": (
        "統計數字取最接近的 5 的倍數，0 至 4 件一律寫成「<5」；比率由這些數字計算。"
        "檔案公開後不再重製，各檔期間也不重疊。",
        "Counts are rounded to the nearest multiple of 5, and 0 to 4 are all written “<5”; rates "
        "are worked out from these. A file that is out is never made again, and no two files "
        "count the same days.",
    ),
    "dictionary": ("欄位說明", "Dictionary"),
    "dictionary_file": ("欄位說明檔", "The dictionary as a file"),
    "column": ("欄位", "Column"),
    "type": ("內容", "Holds"),
    "meaning": ("說明", "Meaning"),
    "codes": ("代碼", "Codes"),
    "code": ("代碼", "Code"),
    "empty": ("（空白）", "(empty)"),
    "did_intro": (
        "民眾向本所反映的意見，以及本所因此做了什麼。",
        "What people told the office, and what the office did about it.",
    ),
    "you_said": ("您說", "You said"),
    "we_did": ("我們做", "We did"),
    "by_section": ("承辦", "By"),
    "no_items": ("還沒有公開的成果。", "Nothing has been published yet."),
    "newer": ("較新的", "Newer"),
    "older": ("較舊的", "Older"),
    "colon": ("：", ": "),
    "paging": ("換頁", "Pages"),
}


@dataclass(frozen=True)
class Door:
    """What the public pages need: the desk, and the licence once the office confirmed it."""

    desk: Desk
    licence: str | None


@dataclass(frozen=True)
class Made:
    """A file before it is written: rows of the columns of its name, and what else is told."""

    period: str
    name: str
    rows: Sequence[Sequence[Any]]
    about: Mapping[str, Any]


async def _door(request: Request) -> Door:
    return cast("Door", request.app.state.open_door)


AtDoor = Annotated[Door, Depends(_door)]
IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match")]
router = APIRouter(include_in_schema=False)


@router.get("/open")
def show_open(door: AtDoor, lang: str = "", known: IfNoneMatch = None) -> Response:
    """The files that are out, the dictionary, and the licence."""
    spoken = _spoken(lang)
    with reading(door.desk.engine) as tx:
        rows = [_listed(row, spoken) for row in opening.listed(tx)]
        entries = len(_today(door, tx).cards)
    shown = {"files": rows, "entries": entries, "dictionary": _explained(spoken)}
    return _page("open.html", door, spoken, known, **shown, licence=_licence(door, spoken))


@router.get("/open/data/{period}/{name}.{ending}")
def read_file(
    period: str, name: str, ending: str, door: AtDoor, known: IfNoneMatch = None
) -> Response:
    """A file as CSV or as JSON."""
    if ending not in TYPES:
        return PlainTextResponse(NO_SUCH, 404)
    if (period, name) == (NOW, FAQ):
        return _faq_file(door, ending, known)
    with reading(door.desk.engine) as tx:
        row = opening.find(tx, period, name)
        if row is None:
            return PlainTextResponse(NO_SUCH, 404)
        tag = _tag(row.id, row.at, ending, door.licence, door.desk.office.name)
        if _is_known(tag, known):
            return _unchanged(tag, DATA_FOR)
        content = content_of(opening.of(tx, period, name))
    about: dict[str, Any] = {"made_on": f"{office_date(row.at)}"}
    if name == File.CASES:
        about["total"] = content.total
    made = Made(period, name, content.rows, about)
    return _cached(_written(door, made, ending), _as_file(made, ending), tag, DATA_FOR)


@router.get("/open/dictionary.json")
def read_dictionary(door: AtDoor, known: IfNoneMatch = None) -> Response:
    """Every column of every file, with its meaning, what it holds, and its codes."""
    told = {
        "licence": {"zh": _licence(door, "zh"), "en": _licence(door, "en"), "url": LICENCE_AT},
        "types": {cell.value: {"zh": zh, "en": en} for cell, (zh, en) in CELLS.items()},
        "files": {
            name: {"zh": zh, "en": en, "columns": [column.as_dict() for column in columns]}
            for name, ((zh, en), columns) in FILES.items()
        },
    }
    body = _json(told)
    headers = OPEN_TO_ALL | {"Content-Type": TYPES["json"]}
    return _cached(body, headers, _tag(body), DATA_FOR, known)


@router.get("/did")
def show_did(door: AtDoor, lang: str = "", page: str = "", known: IfNoneMatch = None) -> Response:
    """What citizens said and what the office did, the newest period first."""
    number, spoken = _page_number(page), _spoken(lang)
    with reading(door.desk.engine) as tx:
        offset = (number - 1) * SHOWN
        found = outcomes.published(tx, limit=SHOWN + 1, offset=offset)
        rows = [(one.period, one.said, one.did, one.section.name) for one in found]
    by_period = groupby(rows[:SHOWN], key=lambda row: row[0])
    periods = [(Period.read(key).title(spoken), key, list(items)) for key, items in by_period]
    more = {"older": number + 1 if len(rows) > SHOWN else 0, "newer": number - 1}
    return _page("did.html", door, spoken, known, periods=periods, **more)


@router.get("/open/static/{name}")
def read_static(name: str) -> Response:
    """The pages' own style sheet."""
    if name not in STATIC:
        return Response(status_code=404)
    content = (package_files("bot") / "web" / name).read_bytes()
    headers = HEADERS | {"Cache-Control": f"public, max-age={DATA_FOR}"}
    return Response(content, media_type=STATIC[name], headers=headers)


# --- pages ----------------------------------------------------------------------------------
def _page(name: str, door: Door, spoken: str, known: str | None, **values: Any) -> Response:
    body = pages.get_template(name).render(
        office=door.desk.office.name,
        spoken=spoken,
        text={key: term(pair, spoken) for key, pair in TEXTS.items()},
        **values,
    )
    headers = HEADERS | {"Content-Type": "text/html; charset=utf-8"}
    return _cached(body.encode(), headers, _tag(body), PAGES_FOR, known)


def _listed(row: Opened, spoken: str) -> dict[str, Any]:
    """A file that is out, as the page lists it."""
    return {
        "period": Period.read(row.period).title(spoken),
        "name": term(FILES[row.name][0], spoken),
        "rows": row.rows,
        "made_on": plain_date(office_date(row.at), spoken),
        "path": f"/open/data/{row.period}/{row.name}",
    }


def _spoken(lang: str) -> str:
    return "en" if lang == "en" else "zh"


def _page_number(written: str) -> int:
    good = written.isascii() and written.isdecimal() and len(written) < 5
    return min(max(int(written), 1), MOST_PAGES) if good else 1


def _licence(door: Door, spoken: str) -> str:
    """The licence as the office set it, else the usual one, said to be unconfirmed."""
    gap = " " if spoken == "en" else ""
    return door.licence or gap.join((term(LICENCE, spoken), term(TEXTS["to_confirm"], spoken)))


def _explained(spoken: str) -> list[dict[str, Any]]:
    """The dictionary in one language."""
    return [
        {
            "file": name,
            "name": term(named, spoken),
            "columns": [
                {
                    "name": column.name,
                    "cell": term(CELLS[column.cell], spoken),
                    "meaning": term(column.meaning, spoken),
                    "codes": [(code, term(pair, spoken)) for code, pair in column.codes.items()],
                }
                for column in columns
            ],
        }
        for name, (named, columns) in FILES.items()
    ]


# --- files ----------------------------------------------------------------------------------
def _faq_file(door: Door, ending: str, known: str | None) -> Response:
    """The published entries as they are today; never what citizens typed."""
    today = office_date(door.desk.clock())
    with reading(door.desk.engine) as tx:
        index = _today(door, tx)
    tag = _tag(index.version, today, ending, door.licence, door.desk.office.name)
    if _is_known(tag, known):
        return _unchanged(tag, PAGES_FOR)
    rows = [_entry(card) for card in index.cards.values()]
    made = Made(NOW, FAQ, rows, {"made_on": f"{today}"})
    return _cached(_written(door, made, ending), _as_file(made, ending), tag, PAGES_FOR)


def _today(door: Door, tx: Session) -> Index:
    return door.desk.shelf.current(tx).on(office_date(door.desk.clock()))


def _entry(card: Card) -> tuple[Any, ...]:
    english = card.in_language("en")
    told = {
        "variants": [f"〔{one.label}〕{one.answer}" for one in card.variants],
        "documents": list(card.documents),
        "checked_on": card.checked_on.isoformat(),
        "languages": ["zh", "en"] if english else ["zh"],
        "question_en": english.question if english else "",
        "answer_en": english.answer if english else "",
    }
    names = (column.name for column in FAQ_COLUMNS)
    return tuple(told[name] if name in told else getattr(card, name) for name in names)


def _written(door: Door, made: Made, ending: str) -> bytes:
    """The file as CSV, or as JSON with what is to be known about it."""
    columns = FILES[made.name][1]
    if ending == "csv":
        return as_csv(columns, made.rows).encode()
    names = [column.name for column in columns]
    told = {"office": door.desk.office.name, "file": made.name, "period": made.period}
    told |= {"licence": _licence(door, "zh"), "dictionary": "/open/dictionary.json"}
    rows = [dict(zip(names, row, strict=True)) for row in made.rows]
    return _json({**told, **made.about, "rows": rows})


def _as_file(made: Made, ending: str) -> dict[str, str]:
    filename = f'attachment; filename="civicline-{made.period}-{made.name}.{ending}"'
    return OPEN_TO_ALL | {"Content-Type": TYPES[ending], "Content-Disposition": filename}


def _json(told: Any) -> bytes:
    return json.dumps(told, ensure_ascii=False).encode()


# --- caches ---------------------------------------------------------------------------------
def _tag(*told: object) -> str:
    return f'"{hashlib.sha256(repr(told).encode()).hexdigest()[:32]}"'


def _is_known(tag: str, known: str | None) -> bool:
    given = [one.strip().removeprefix("W/") for one in (known or "").split(",")]
    return tag in given or "*" in given


def _unchanged(tag: str, seconds: int) -> Response:
    headers = {"ETag": tag, "Cache-Control": f"public, max-age={seconds}"}
    return Response(status_code=304, headers=headers)


def _cached(
    body: bytes, headers: Mapping[str, str], tag: str, seconds: int, known: str | None = None
) -> Response:
    if _is_known(tag, known):
        return _unchanged(tag, seconds)
    kept = {"ETag": tag, "Cache-Control": f"public, max-age={seconds}"}
    return Response(body, headers={**headers, **kept})
