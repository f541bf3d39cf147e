"""How requests reach Telegram: the library's Bot over aiohttp, at a tenth of its own way's cost."""

from typing import Any

import aiohttp
import httpx  # comes with python-telegram-bot
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

CONNECTING = 5.0  # seconds, waiting for a free connection among them
OVERALL = 60.0  # seconds beyond the wait for an answer, for what trickles


class AiohttpRequest(BaseRequest):
    """Requests of a Bot, all in one event loop.

    Raises what the library's own does: TimedOut, or NetworkError for every other failure of the
    line.
    """

    def __init__(self, *, connections: int, read_timeout: float) -> None:
        self._connections = connections
        self._read_timeout = read_timeout
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """Seconds to wait for an answer where the caller does not say."""
        return self._read_timeout

    async def initialize(self) -> None:
        """Open the session; connections follow when they are needed."""
        self._open_session()

    async def shutdown(self) -> None:
        """Close the session and its connections."""
        if self._session is not None:
            await self._session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Send one request; status and body of its answer."""
        wait = self._read_timeout if read_timeout is self.DEFAULT_NONE else read_timeout
        timeout = aiohttp.ClientTimeout(
            total=None if wait is None else wait + OVERALL, connect=CONNECTING, sock_read=wait
        )
        data = request_data.json_parameters if request_data else None
        try:
            session = self._open_session()
            async with session.request(method, url, data=data, timeout=timeout) as answer:
                return answer.status, await answer.read()
        except TimeoutError as error:
            raise TimedOut from error
        except aiohttp.ClientError as error:  # its words may name the address, and so the token
            raise NetworkError(f"aiohttp.{type(error).__name__}") from error

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            # The same certificates and the same words of the environment as the library's own.
            certificates = httpx.create_ssl_context()
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, ssl=certificates),
                headers={"User-Agent": self.USER_AGENT},
                trust_env=True,
            )
        return self._session
