"""Sample content for a first look: sections, accounts and a short history, all marked as sample."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from io import BytesIO

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from admin_api.accounts import enter_officer
from admin_api.logins import hash_password
from app.simulation import CHANNEL, Plan, simulate
from complaints import gazetteer
from complaints.roles import Role
from complaints.tables import Citizen, Officer, Section, Village
from data.database import reading
from faq.keeping import forms
from faq.keeping.index import Index
from faq.keeping.tables import Form

SECTIONS = (
    ("registration", "登記課"),
    ("records", "資料課"),
    ("civil", "民政課"),
    ("social", "社會課"),
    ("military", "役政災防課"),
    ("mediation", "調解會"),
)
ACCOUNTS = (
    ("controller", "研考（範例）", Role.CASE_CONTROLLER, "intake"),
    ("clerk", "承辦（範例）", Role.CLERK, "registration"),
    ("chief", "課長（範例）", Role.SECTION_CHIEF, "registration"),
    ("civil", "民政承辦（範例）", Role.CLERK, "civil"),
    ("social", "社會承辦（範例）", Role.CLERK, "social"),
    ("ethics", "政風（範例）", Role.ETHICS, None),
    ("director", "主任（範例）", Role.DIRECTOR, None),
    ("editor", "題庫編輯（範例）", Role.FAQ_EDITOR, None),
)
CASES, MONTHS, SEED = 40, 3, 7
PROXY_LETTER = "委託書"
LETTER = (
    "本人＿＿＿＿＿＿（國民身分證統一編號：＿＿＿＿＿＿＿＿＿＿）",
    "因故不能親自前往，委託＿＿＿＿＿＿（國民身分證統一編號：＿＿＿＿＿＿＿＿＿＿）",
    "代為辦理下列事項：＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿",
    "委託人簽章：＿＿＿＿＿＿＿＿　　電話：＿＿＿＿＿＿＿＿",
    "受託人簽章：＿＿＿＿＿＿＿＿　　電話：＿＿＿＿＿＿＿＿",
    "中華民國＿＿＿年＿＿＿月＿＿＿日",
)
VILLAGES = ("villages.geojson", "villages.csv")


@dataclass(frozen=True)
class Sample:
    """The accounts that were made, and the one password they share."""

    usernames: tuple[str, ...]
    password: str


def add_staff(tx: Session) -> Sample | None:
    """Make sample sections and accounts in an office that has nobody yet; else None."""
    if tx.scalar(select(Officer.id).limit(1)) is not None:
        return None
    known = set(tx.scalars(select(Section.code)))
    tx.add_all(Section(code=c, name=n, active=True) for c, n in SECTIONS if c not in known)
    tx.flush()
    password = secrets.token_urlsafe(9)
    hashed = hash_password(password)
    for username, name, role, section in ACCOUNTS:
        enter_officer(tx, username=username, name=name, role=role, section=section, hashed=hashed)
    return Sample(tuple(account[0] for account in ACCOUNTS), password)


def add_villages(tx: Session) -> None:
    """Make the villages of a district that is nowhere, in an office that has none yet.

    Not in one that keeps other sections: they name sections of the sample.
    """
    known, needed = set(tx.scalars(select(Section.name))), {name for _, name in SECTIONS}
    if tx.scalar(select(Village.id).limit(1)) is not None or not known >= needed:
        return
    for name in VILLAGES:
        shipped = files("data") / "samples" / name
        gazetteer.take_in(tx, gazetteer.read(name, shipped.read_bytes()))


def add_forms(tx: Session, *, now: datetime) -> None:
    """Make a 委託書 to try with, unless the office has one: plain, and marked as a sample."""
    if tx.get(Form, PROXY_LETTER) is None:
        forms.keep(tx, PROXY_LETTER, _written(), by="sample", now=now)


def _written() -> bytes:
    """The sample letter as ODT."""
    from odfdo import Document, Header, Paragraph

    document = Document("text")
    document.body.clear()
    document.body.append(Header(1, f"{PROXY_LETTER}（範例，請貴所換成正式表單）"))
    for line in LETTER:
        document.body.append(Paragraph(line))
    content = BytesIO()
    document.save(content)
    return content.getvalue()


def add_history(engine: Engine, index: Index, *, prefix: str, now: datetime) -> None:
    """Make three months of sample cases and questions, unless there are sample cases already."""
    with reading(engine) as tx:
        made = tx.scalar(select(func.count()).where(Citizen.channel == CHANNEL))
    if not made:
        simulate(engine, Plan(CASES, MONTHS, SEED, now, prefix), index)
