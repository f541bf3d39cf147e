"""Every knob, typed, each with one line of meaning; read from the environment once."""

import os
from functools import cached_property
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from data import sealing
from data.sealing import BadKeys, Keyring

LOOPBACK = "127.0.0.1"


class BadSettings(Exception):
    """A setting is wrong; the text names each and says what is expected."""


class Settings(BaseSettings):
    """What an office sets by environment variables of the same names."""

    model_config = SettingsConfigDict(env_ignore_empty=True, frozen=True)

    office_name: str = Field(
        default="範例戶政事務所（示範）", description="機關名稱 / name of the office"
    )
    office_code: Annotated[str, Field(pattern=r"^[A-Z]{1,6}$")] = Field(
        default="CL",
        description="案號開頭 1–6 個大寫字母 / 1 to 6 capital letters before case numbers",
    )
    office_phone: str | None = Field(default=None, description="總機電話 / phone shown to citizens")
    office_hours: str | None = Field(
        default=None, description="辦公時間，如 08:00–17:00 / hours told to citizens"
    )
    database_url: str = Field(
        default="sqlite:///var/civicline.db",
        description="sqlite:///檔案 或 postgresql://… / database",
    )
    data_dir: Path = Field(default=Path("var"), description="附件與快取的資料夾 / folder for files")
    cache_dir: Path | None = Field(
        default=None,
        description="可重新產生的檔案，省略則在 DATA_DIR 下的 cache"
        " / what can be made again, else DATA_DIR/cache",
    )
    host: str = Field(default=LOOPBACK, description="聽取的位址 / address to listen on")
    port: int = Field(default=8000, ge=1, le=65535, description="聽取的埠 / port to listen on")
    public_url: str | None = Field(
        default=None,
        description="https 公開網址；給了就用 webhook / public https address, for the webhook",
    )
    telegram_bot_token: SecretStr | None = Field(
        default=None, description="Telegram 機器人的 token / token of the bot"
    )
    telegram_api_base_url: str = Field(
        default="https://api.telegram.org", description="Bot API 伺服器 / server of the Bot API"
    )

    sealing_keys: SecretStr | None = Field(
        default=None,
        description="個資加密金鑰 編號:BASE64；省略則自動產生於資料夾 keys/sealing"
        " / keys that seal personal data; made in the data folder when left out",
    )

    backup_recipient: str | None = Field(
        default=None,
        pattern=r"^age1[0-9a-z]+$",
        description="備份加密用的公鑰（age1…），由 backup-key 產生"
        " / the key backups are encrypted to; made by backup-key",
    )

    staff_second_factor: Literal["off", "optional", "required"] = Field(
        default="optional",
        description="同仁的兩步驟驗證 off|optional|required / second factor of staff",
    )
    staff_idle_minutes: int = Field(
        default=120,
        ge=1,
        le=720,
        description="多久沒有使用就登出（分鐘） / minutes unused after which a log-in ends",
    )
    requests_a_minute: int = Field(
        default=1200,
        ge=0,
        le=1_000_000,
        description="每個帳號每分鐘最多幾次要求，0 為不限"
        " / requests of one account in a minute, of each process; 0 for no limit",
    )
    open_data_licence: str | None = Field(
        default=None,
        description="開放資料的授權條款；省略則寫政府資料開放授權條款－第1版（待本所確認）"
        " / licence of the open data, once the office confirmed it",
    )
    open_data_day: int = Field(
        default=0,
        ge=0,
        le=28,
        description="每月幾日自動製作開放資料，0 為不自動"
        " / day of the month on which open data is made by itself, 0 for never",
    )
    trusted_proxies: str | None = Field(
        default=None,
        description="可信任的反向代理位址或網段，逗號分隔；只信它們的 X-Forwarded-For"
        " / addresses or networks of our reverse proxies",
    )

    metrics_token: Annotated[SecretStr, Field(min_length=16)] | None = Field(
        default=None,
        description="Prometheus 讀取 /metrics 出示的字串，至少 16 字；省略則沒有 /metrics"
        " / what Prometheus shows to read /metrics",
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str | None) -> str | None:
        for one in (value or "").split(","):
            if one.strip():
                ip_network(one.strip())  # its ValueError says what is wrong
        return value

    @field_validator("public_url")
    @classmethod
    def _https(cls, value: str | None) -> str | None:
        if value and not value.startswith("https://"):
            raise ValueError("must begin with https:// (Telegram posts to no other)")
        return value

    @field_validator("telegram_api_base_url")
    @classmethod
    def _url(cls, value: str) -> str:
        if not value.startswith(("https://", "http://")):
            raise ValueError("must be a URL")
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        try:
            kind = make_url(value).get_backend_name()
        except ArgumentError as error:
            raise ValueError("is not a database URL") from error
        if kind not in {"sqlite", "postgresql"}:
            raise ValueError("must be sqlite or postgresql")
        return value

    @property
    def proxies(self) -> list[str]:
        """The proxies whose word on the caller's address counts."""
        return [one.strip() for one in (self.trusted_proxies or "").split(",") if one.strip()]

    @property
    def files(self) -> Path:
        """Where attachments are kept."""
        return self.data_dir / "files"

    @property
    def keys(self) -> Path:
        """Where the sealing keys are kept unless they come by SEALING_KEYS."""
        return self.data_dir / "keys" / "sealing"

    @cached_property
    def keyring(self) -> Keyring:
        """The keys that seal personal data; raises BadSettings."""
        try:
            if self.sealing_keys:
                return Keyring.parse(self.sealing_keys.get_secret_value())
            return sealing.kept_in(self.keys)
        except BadKeys as error:
            raise BadSettings(f"設定 SEALING_KEYS: {error}") from None

    @property
    def cache(self) -> Path:
        """What can be made again."""
        return self.cache_dir or self.data_dir / "cache"


def read() -> Settings:
    """The settings of this process; raises BadSettings in words an operator can act on.

    What is not in the environment may be a file of the same name, in lower case, in the folder
    that SECRETS_DIR or systemd's CREDENTIALS_DIRECTORY names.
    """
    folder = os.environ.get("SECRETS_DIR") or os.environ.get("CREDENTIALS_DIRECTORY")
    if folder and not Path(folder).is_dir():
        raise BadSettings(f"SECRETS_DIR: 沒有這個資料夾 / there is no folder {folder}")
    try:
        return Settings(_secrets_dir=folder or None)  # type: ignore[call-arg]
    except ValidationError as error:
        lines = [
            f"設定 {'.'.join(map(str, one['loc'])).upper()}: {one['msg']}" for one in error.errors()
        ]
        raise BadSettings("\n".join(lines)) from None
