"""python -m app officer …, as an operator types it."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from admin_api import logins, second_factor
from admin_api.tables import AccountEvent
from app.officer_commands import officer
from data.database import engine_for, reading, transaction
from tests.admin_api.staff import once, set_up_phone
from tests.databases import KEYRING
from tests.makers import make_section

NOW = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)
Run = Callable[..., Result]


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on a seeded database that has one section, civil."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("SEALING_KEYS", KEYRING.as_text().strip())
    engine = engine_for(database_url, KEYRING)
    with transaction(engine) as tx:
        make_section(tx)
    engine.dispose()
    return lambda *typed: CliRunner().invoke(officer, typed)


def opens(database_url: str, password: str) -> bool:
    engine = engine_for(database_url, KEYRING)
    with transaction(engine) as tx:
        found = logins.prove_password(tx, "lin", password, now=NOW)
    engine.dispose()
    return found is not None


@once
def test_an_account_from_its_first_day_to_its_last(run: Run, database_url: str) -> None:
    add = ("add", "lin", "--name", "林", "--role", "administrator", "--section", "civil")
    added = run(*add)
    assert added.exit_code == 0
    assert opens(database_url, added.stdout.split()[-1])
    assert run(*add).exit_code == 2  # the name is taken
    assert run("list").stdout == "lin　林　administrator　民政課　–\n"
    changed = run("password", "lin")
    assert opens(database_url, changed.stdout.split()[-1])
    assert not opens(database_url, added.stdout.split()[-1])
    assert run("password", "lin", "--password", "short").exit_code == 2
    given = run("password", "lin", "--password", "correct-horse-7")
    assert "correct-horse" not in given.stdout
    assert opens(database_url, "correct-horse-7")
    assert run("close", "lin").exit_code == 0
    assert not opens(database_url, "correct-horse-7")
    assert "已停用 closed" in run("list").stdout
    assert run("close", "lin").exit_code == 2


@once
def test_a_lost_telephone(run: Run, database_url: str) -> None:
    run("add", "lin", "--name", "林", "--role", "administrator")
    assert "沒有兩步驟驗證" in run("reset-totp", "lin").stderr
    engine = engine_for(database_url, KEYRING)
    set_up_phone(engine, "lin", NOW)
    assert "兩步驟 second factor" in run("list").stdout
    assert run("reset-totp", "lin").exit_code == 0
    with reading(engine) as tx:
        found = tx.scalars(select(AccountEvent).order_by(AccountEvent.id.desc())).first()
        assert found is not None
        assert (found.what, found.by_id) == ("second_factor_off", None)
        assert not second_factor.is_on(tx, found.officer_id)
    engine.dispose()


@once
@pytest.mark.parametrize("command", ["password", "reset-totp", "close"])
def test_an_account_that_is_not_there_is_one_line(run: Run, command: str) -> None:
    told = run(command, "nobody")
    assert (told.exit_code, told.stderr) == (2, "沒有這個帳號 / no such account: nobody\n")
