"""What is wrong with an installation is named with what mends it; each finding made true."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, delete, update
from typer.testing import CliRunner

from admin_api.audit import WATCHED
from app import doctor, settings
from app import office as roof
from app.cli import app as commands
from app.doctor import Finding, Level
from app.office import system_clock
from app.settings import Settings
from complaints.measuring import tallies
from complaints.roles import Role
from complaints.tables import CalendarYear, Event, Officer, Uncounted
from data import ledger, outbox
from data.database import transaction
from data.outbox import Address, Message, Outbox
from data.sealing import Keyring
from faq.keeping.index import Shelf
from tests.clock import FakeClock
from tests.databases import KEYRING, Databases
from tests.fakes.botapi import BotApi
from tests.makers import NOON, make_case, make_officer

Make = Callable[..., roof.Office]
SKEW = "時鐘"
PUBLIC = "https://office.example"


@pytest.fixture
def make(database_url: str, engine: Engine, tmp_path: Path, shelf: Shelf) -> Iterator[Make]:
    """An office with the people it needs; `given` changes its settings."""
    offices: list[roof.Office] = []
    with transaction(engine) as tx:
        make_officer(tx, "controller", Role.CASE_CONTROLLER)
        make_officer(tx, "admin", Role.ADMINISTRATOR)

    def made(**given: Any) -> roof.Office:
        base: dict[str, Any] = {"database_url": database_url, "data_dir": tmp_path / "var"}
        base["sealing_keys"] = SecretStr(KEYRING.as_text())
        base["backup_recipient"] = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
        offices.append(roof.build(Settings(**(base | given)), FakeClock(), shelf))
        return offices[-1]

    yield made
    for office in offices:
        office.engine.dispose()


def wrong(office: roof.Office, **how: bool) -> list[Finding]:
    """What is not as it should be, but for the tests' clock, which stands."""
    found = [one for one in doctor.examine(office, **how) if one.level is not Level.OK]
    return [one for one in found if SKEW not in one.what]


def only(office: roof.Office, **how: bool) -> Finding:
    """The one thing that is wrong; it says what mends it."""
    found = wrong(office, **how)
    assert len(found) == 1, found
    assert found[0].mend
    return found[0]


def test_nothing_is_found_where_nothing_is_wrong(make: Make) -> None:
    assert wrong(make()) == []


def test_a_clock_that_is_not_the_databases(make: Make) -> None:
    office = make()
    skewed = [one for one in doctor.examine(office) if SKEW in one.what]
    right = [one for one in doctor.examine(replace(office, clock=system_clock)) if SKEW in one.what]
    on_postgresql = office.engine.dialect.name == "postgresql"
    assert [one.level for one in skewed] == [Level.BAD] * on_postgresql
    assert [one.level for one in right] == [Level.OK] * on_postgresql


def test_a_database_that_is_not_there(make: Make) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/none"
    found = only(make(database_url=nowhere))
    assert found.level is Level.BAD
    assert "DATABASE_URL" in found.mend


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_database_without_tables(make: Make, kind: str, databases: Databases) -> None:
    with databases.empty(kind) as url:
        assert "migrate" in only(make(database_url=url)).what


def test_a_calendar_that_ends(make: Make, engine: Engine) -> None:
    with transaction(engine) as tx:
        tx.execute(delete(CalendarYear).where(CalendarYear.year == NOON.year + 1))
    assert str(NOON.year + 1) in only(make()).what


def test_a_folder_that_cannot_be_written(make: Make, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    assert "DATA_DIR" in only(make(data_dir=tmp_path / "file")).what


def test_keys_that_others_may_read(make: Make, tmp_path: Path) -> None:
    office = make(sealing_keys=None)
    path = office.settings.keys
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(KEYRING.as_text())
    path.chmod(0o644)
    assert only(office).mend == f"chmod 600 {path}"
    path.chmod(0o600)
    assert wrong(office) == []


def test_keys_of_another_office(make: Make, engine: Engine) -> None:
    with transaction(engine) as tx:
        outbox.post(tx, to=Address("telegram", "1"), message=Message("x"), key="k", now=NOON)
    office = make(sealing_keys=SecretStr(Keyring.new().as_text()))
    assert "金鑰不對" in only(office).what


def test_no_backup_and_no_proxy(make: Make) -> None:
    first, second = wrong(make(backup_recipient=None, public_url=PUBLIC), offline=True)
    assert (first.level, "BACKUP_RECIPIENT" in first.mend) == (Level.LOOK, True)
    assert (second.level, "TRUSTED_PROXIES" in second.mend) == (Level.LOOK, True)


def test_nobody_to_assign_cases(make: Make, engine: Engine) -> None:
    office = make()
    with transaction(engine) as tx:
        tx.execute(update(Officer).values(active=False))
    first, second = wrong(office)
    assert (Role.CASE_CONTROLLER in first.mend, Role.ADMINISTRATOR in second.mend) == (True, True)


def test_a_message_that_waits_and_one_that_is_dead(make: Make, engine: Engine) -> None:
    office = make()
    with transaction(engine) as tx:
        for n, to in enumerate(("1", "2")):
            earlier = NOON - timedelta(hours=1)
            outbox.post(
                tx, to=Address("telegram", to), message=Message("x"), key=f"{n}", now=earlier
            )
        dead = update(Outbox).where(Outbox.name == "2")
        tx.execute(dead.values(state=outbox.Delivery.DEAD))
    first, second = wrong(office)
    assert (first.level, "1 則訊息送不到" in first.what) == (Level.LOOK, True)
    assert (second.level, "serve" in second.mend) == (Level.BAD, True)


def test_sums_that_are_behind(make: Make, engine: Engine) -> None:
    with transaction(engine) as tx:
        case = make_case(tx)
        tx.execute(delete(Uncounted))
        rows = [{"event_id": n, "case_id": case.id} for n in range(tallies.MOST_ADDED + 1)]
        tx.execute(Uncounted.__table__.insert(), rows)  # type: ignore[attr-defined]
    assert "還沒計入統計" in only(make()).what


def test_a_history_that_was_changed(make: Make, engine: Engine) -> None:
    with transaction(engine) as tx:
        make_case(tx)
        while ledger.seal(tx, WATCHED, now=NOON):
            pass
        tx.execute(update(Event).values(at=NOON - timedelta(days=3)))
    found = only(make())
    assert (found.level, "audit verify" in found.mend) == (Level.BAD, True)


# --- Telegram
@pytest.fixture
def telegram_office(make: Make) -> Callable[..., roof.Office]:
    """An office on a Telegram of its own."""

    def made(telegram: BotApi, token: str | None = None, **given: Any) -> roof.Office:
        secret = SecretStr(token or telegram.token)
        return make(telegram_bot_token=secret, telegram_api_base_url=telegram.url, **given)

    return made


def test_telegram_that_answers(telegram_office: Make) -> None:
    with BotApi() as telegram:
        assert wrong(telegram_office(telegram)) == []


def test_a_token_that_telegram_refuses(telegram_office: Make) -> None:
    with BotApi() as telegram:
        office = telegram_office(telegram, "110201543:AAWrongTokenWrongTokenWrongTokenWro")
        assert "token" in only(office).what
        assert wrong(office, offline=True) == []


def test_telegram_that_is_not_reached(telegram_office: Make) -> None:
    with BotApi() as telegram:
        office = telegram_office(telegram)
    assert "連不到" in only(office).what


def test_a_webhook_of_another_address(telegram_office: Make) -> None:
    with BotApi() as telegram:
        office = telegram_office(telegram, public_url=PUBLIC, trusted_proxies="10.0.0.1")
        found = only(office)
        assert (found.level, "（無）" in found.what) == (Level.BAD, True)
        telegram.webhook = replace(telegram.webhook, url=f"{PUBLIC}/telegram")
        assert wrong(office) == []
        telegram.webhook = replace(telegram.webhook, last_error=(1, "Wrong response: 502"))
        telegram.person(1).says("你好")
        assert "502" in only(office).what


# --- the command
def test_the_command_ends_with_status_1_where_something_is_bad(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in settings.Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SEALING_KEYS", KEYRING.as_text())
    done = CliRunner().invoke(commands, ["doctor", "--offline"])
    assert "BACKUP_RECIPIENT" in done.stdout, done.output
    assert done.exit_code == ("✗" in done.stdout)
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    done = CliRunner().invoke(commands, ["doctor"])
    assert (done.exit_code, "✗ database" in done.stdout) == (1, True), done.output
