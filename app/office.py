"""Building an office: engine, clock, words, channels; all choices in one place."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from admin_api.access import StaffDoor
from admin_api.paces import Paces
from admin_api.second_factor import Rule
from app.announcing import Announcer
from app.opening import Opener
from app.reporting import Reporter
from app.rounds import Rounds
from app.settings import Settings
from bot.channel import Channel
from bot.conversation.moment import Office as OfficeFacts
from bot.counter import Desk
from bot.fetching import Fetcher
from bot.relay import Relay
from bot.subscriber import Subscriber
from bot.webchat import Web
from data.database import engine_for
from faq.keeping.index import Shelf
from faq.language.words import WordFiles, Words

if TYPE_CHECKING:  # imported where used: an office without a token starts quicker
    from bot.polling import Poller
    from bot.telegram import Telegram


def system_clock() -> datetime:
    """The moment it is."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Office:
    """Everything one process owns."""

    settings: Settings
    engine: Engine
    clock: Callable[[], datetime]
    shelf: Shelf
    channels: dict[str, Channel]
    relay: Relay
    telegram: "Telegram | None"

    @property
    def facts(self) -> OfficeFacts:
        """What the bot says of the office."""
        return OfficeFacts(
            self.settings.office_name, self.settings.office_phone, self.settings.office_hours
        )

    @property
    def served_by_https(self) -> bool:
        """Whether cookies may insist on HTTPS."""
        return bool(self.settings.public_url)

    @cached_property
    def desk(self) -> Desk:
        """What taking in citizens' messages needs."""
        return Desk(
            engine=self.engine,
            shelf=self.shelf,
            clock=self.clock,
            office=self.facts,
            prefix=self.settings.office_code,
            wake=self.relay.wake,
        )

    @cached_property
    def staff_door(self) -> StaffDoor:
        """What the staff's face needs."""
        return StaffDoor(
            engine=self.engine,
            clock=self.clock,
            shelf=self.shelf,
            wake=self.relay.wake,
            files=self.settings.files,
            office_name=self.settings.office_name,
            secure=self.served_by_https,
            second_factor=Rule(self.settings.staff_second_factor),
            idle=timedelta(minutes=self.settings.staff_idle_minutes),
            paces=Paces(self.settings.requests_a_minute),
            telegram=lambda: self.telegram.username if self.telegram else None,
        )

    @cached_property
    def fetcher(self) -> Fetcher:
        """What brings citizens' files in."""
        return Fetcher(self.engine, self.channels, self.settings.files, self.clock)

    @cached_property
    def rounds(self) -> Rounds:
        """What reminds officers and tells citizens in time."""
        return Rounds(self.engine, self.shelf, self.clock, self.relay.wake)

    @cached_property
    def announcer(self) -> Announcer:
        """What tells the office's other systems."""
        return Announcer(self.engine, self.clock, self.relay.wake)

    @cached_property
    def reporter(self) -> Reporter:
        """What makes the reports that were asked for."""
        settings = self.settings
        return Reporter(self.engine, self.shelf, self.clock, settings.office_name, settings.files)

    @cached_property
    def opener(self) -> Opener | None:
        """What makes open data on its day, where the office chose one."""
        day = self.settings.open_data_day
        return Opener(self.engine, self.clock, day) if day else None

    @cached_property
    def poller(self) -> "Poller | None":
        """What asks Telegram for updates, where there is no public address."""
        if self.telegram is None or self.settings.public_url:
            return None
        from bot.polling import Poller

        return Poller(self.desk, self.telegram)


def build(
    settings: Settings,
    clock: Callable[[], datetime] = system_clock,
    shelf: Shelf | None = None,
) -> Office:
    """An office of these settings; nothing is opened before it is used."""
    engine = engine_for(settings.database_url, settings.keyring)
    channels: dict[str, Channel] = {}
    web = Web(engine, clock)
    channels[web.name] = web
    others = Subscriber(engine, clock)
    channels[others.name] = others
    telegram = None
    if settings.telegram_bot_token:
        from bot.telegram import Telegram

        token = settings.telegram_bot_token.get_secret_value()
        telegram = Telegram(token, settings.telegram_api_base_url, settings.public_url)
        channels[telegram.name] = telegram
    return Office(
        settings=settings,
        engine=engine,
        clock=clock,
        shelf=shelf or Shelf(Words(WordFiles.shipped(), settings.cache)),
        channels=channels,
        relay=Relay(engine, channels, clock),
        telegram=telegram,
    )
