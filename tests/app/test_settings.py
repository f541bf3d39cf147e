from pathlib import Path

import pytest

from app import settings


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in settings.Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("SECRETS_DIR", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)


def test_nothing_needs_to_be_set() -> None:
    read = settings.read()
    assert (read.host, read.port) == ("127.0.0.1", 8000)
    assert read.telegram_bot_token is None
    assert read.database_url.startswith("sqlite:///var/")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "many"),
        ("PORT", "0"),
        ("PUBLIC_URL", "http://plain.example"),
        ("DATABASE_URL", "mysql://x/y"),
        ("DATABASE_URL", "no url"),
        ("OFFICE_CODE", "wh-1"),
        ("TELEGRAM_API_BASE_URL", "api.telegram.org"),
        ("STAFF_SECOND_FACTOR", "yes"),
        ("STAFF_IDLE_MINUTES", "0"),
        ("OPEN_DATA_DAY", "29"),
        ("TRUSTED_PROXIES", "*"),
        ("TRUSTED_PROXIES", "10.0.0.1, proxy.example"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(settings.BadSettings, match=name):
        settings.read()


def test_an_empty_setting_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "")
    monkeypatch.setenv("PUBLIC_URL", "")
    assert settings.read().telegram_bot_token is None


def test_the_token_does_not_show_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw")
    assert "AAHdq" not in repr(settings.read())


@pytest.mark.parametrize("named", ["SECRETS_DIR", "CREDENTIALS_DIRECTORY"])
def test_secrets_may_be_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, named: str) -> None:
    token = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
    (tmp_path / "telegram_bot_token").write_text(f"{token}\n")
    (tmp_path / "database_url").write_text("postgresql://from/file\n")
    monkeypatch.setenv(named, str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", "postgresql://from/environment")
    read = settings.read()
    assert read.telegram_bot_token
    assert read.telegram_bot_token.get_secret_value() == token
    assert read.database_url == "postgresql://from/environment"


def test_a_folder_of_secrets_that_is_not_there_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SECRETS_DIR", str(tmp_path / "none"))
    with pytest.raises(settings.BadSettings, match="SECRETS_DIR"):
        settings.read()
