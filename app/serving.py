"""Serving an office on its address, and saying where everything is."""

import gc
import sys
from collections.abc import Callable

import uvicorn

from app.office import Office
from app.web import create_web


def serve_office(office: Office, tell: Callable[[Office], None], *, loops: bool = True) -> None:
    """Serve until asked to end; `tell` is called when it listens."""
    config = uvicorn.Config(
        create_web(office, loops=loops),
        host=office.settings.host,
        port=office.settings.port,
        log_config=None,
        access_log=False,
        proxy_headers=False,  # create_web reads them, from TRUSTED_PROXIES only
    )
    _announcing(uvicorn.Server)(config, lambda: tell(office)).run()


def _announcing(server: type[uvicorn.Server]) -> Callable[..., uvicorn.Server]:
    """A server that says where it is once it really listens."""

    class Announcing(server):  # type: ignore[misc,valid-type]
        def __init__(self, config: uvicorn.Config, tell: Callable[[], None]) -> None:
            super().__init__(config)
            self._tell = tell

        async def startup(self, sockets: object = None) -> None:
            await super().startup(sockets=sockets)
            gc.freeze()  # what is there now stays; it need not be looked through again
            gc.enable()
            if self.started:
                self._tell()
                sys.stdout.flush()

    return Announcing


def addresses(office: Office) -> None:
    """Print where everything is."""
    here = f"http://{office.settings.host}:{office.settings.port}"
    telegram = "關閉（沒有 TELEGRAM_BOT_TOKEN）"
    if office.telegram:
        telegram = "webhook" if office.settings.public_url else "polling"
    print(f"\n{office.settings.office_name} 已啟動 / ready")
    print(f"  民眾對話 web chat:  {here}/chat")
    print(f"  同仁頁面 console:   {here}/staff")
    print(f"  API 文件 API docs:  {here}/docs")
    print(f"  Telegram:           {telegram}")
