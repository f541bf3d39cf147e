"""Whether the web addresses in entries still lead somewhere; asked only when told to."""

import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx  # comes with python-telegram-bot

from faq.keeping.editing import EntryContent
from faq.keeping.linting import Entries, Finding, Rule

# An address is ASCII: in 請上https://www.ris.gov.tw查詢 it ends where the Chinese begins.
ADDRESS = re.compile(r"https?://[\w.~:/?#\[\]@!$&*+,;=%-]+", re.ASCII | re.IGNORECASE)
AFTER_IT = ".,;:!?"  # ends the sentence, not the address
TIMEOUT = 10.0  # seconds
AT_ONCE = 8
NAME = "CivicLine link check"
METHODS = ("HEAD", "GET")  # some servers know no HEAD
ONLY_REFUSED = {401, 403, 429}  # there, but not for a program


def dead_links(entries: Entries, transport: httpx.BaseTransport | None = None) -> list[Finding]:
    """Each address an entry gives that leads nowhere; asked once, however many entries give it."""
    given = [(entry_id, one) for entry_id, content in entries for one in addresses(content)]
    problems = _problems(dict.fromkeys(address for _, address in given), transport)
    return [
        Finding(Rule.DEAD_LINK, entry_id, None, f"連結失效：{address}（{why}）/ dead link")
        for entry_id, address in given
        if (why := problems[address])
    ]


def addresses(content: EntryContent) -> list[str]:
    """The web addresses in an entry's source, answers and online field, each once."""
    found = (one for text in _texts(content) for one in ADDRESS.findall(text))
    return [*dict.fromkeys(one.rstrip(AFTER_IT) for one in found)]


def _texts(content: EntryContent) -> Iterator[str]:
    yield from (content.source, content.answer, content.online)
    yield from (variant.answer for variant in content.variants)


def _problems(asked: Iterable[str], transport: httpx.BaseTransport | None) -> dict[str, str | None]:
    """For each address what is wrong with it, or None."""
    asked = [*asked]
    if not asked:
        return {}
    with (
        httpx.Client(
            transport=transport,
            timeout=TIMEOUT,
            follow_redirects=True,
            headers={"User-Agent": NAME},
        ) as client,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        return dict(zip(asked, pool.map(partial(_problem, client), asked), strict=True))


def _problem(client: httpx.Client, address: str) -> str | None:
    why = None
    for method in METHODS:
        try:
            with client.stream(method, address) as response:  # the page itself is not fetched
                status = response.status_code
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:  # no host, no such name
            why = type(error).__name__
        else:
            if status < httpx.codes.BAD_REQUEST or status in ONLY_REFUSED:
                return None
            why = f"HTTP {status}"
    return why
