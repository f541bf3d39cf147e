"""Every page as people with other eyes, hands and machines meet it (WCAG 2.2 AA), measured.

Each page of the console and of the citizen's chat is visited once in each language, on a small
telephone, with everything unfolded; also what forms answer, most of all their refusals.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from admin_api.console import language, shell
from bot import webchat
from data.database import transaction
from faq.keeping.index import Shelf
from tests.admin_api.staff import Phone, once, set_up_phone
from tests.browser.conftest import PHONE, Served, _serving
from tests.browser.full_office import LOST, fill
from tests.databases import Databases
from tests.journeys.world import opened
from tests.makers import PASSWORD

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES = {"target-size": {"enabled": True}}
OPTIONS: dict[str, Any] = {
    "runOnly": {"type": "tag", "values": TAGS},
    "resultTypes": ["violations"],
}
# Each kind of finding, from everything unfolded on a telephone to text twice as large.
AXE = "options => axe.run(document, options).then(found => found.violations)"
SIDEWAYS = """(() => {
  const page = document.scrollingElement, wide = page.clientWidth;
  if (page.scrollWidth <= wide) return [];
  const far = [...document.querySelectorAll('body *')].filter(one =>
    one.getBoundingClientRect().right > wide + 1 && !one.parentElement.closest('.wide'));
  return [`${page.scrollWidth}: ` + far.map(one => one.outerHTML.slice(0, 90)).join(' | ')];
})()"""
UNFOLD = "document.querySelectorAll('details').forEach(one => { one.open = true; })"
SMALL = """[...document.querySelectorAll('button, input, select, textarea, summary, nav a')]
  .filter(one => one.type !== 'hidden' && one.checkVisibility())
  .map(one => [one, one.getBoundingClientRect()])
  .filter(([_, box]) => box.width < 24 || box.height < 24)
  .map(([one, box]) => `${box.width.toFixed(1)}x${box.height.toFixed(1)} ${one.outerHTML}`)"""
# Text in the other script that no element says is Chinese, on a page in English.
# An English text of the office's may name a Chinese word; a box cannot mark that within itself.
UNMARKED = r"""(() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent, inside = walker.currentNode.parentElement;
    if (/[\u3001-\u303f\u30fb\u4e00-\u9fff\uff01-\uff5e]/.test(text)
        && inside.closest('[lang]:not([lang^=zh])') === document.documentElement
        && !inside.closest('[lang^=zh]')) found.push(text.trim());
  }
  return found;
})()"""
# What is read out or shown of an element itself is in the element's language; a title in the
# page's, but for the office's own name behind the bar. It may name what somebody wrote.
UNMARKED_NAMES = r"""(() => {
  const han = /[\u3001-\u303f\u30fb\u4e00-\u9fff\uff01-\uff5e]/, found = [];
  const chinese = text => han.test(text) && !/[A-Za-z]{2}/.test(text);
  const [title] = document.title.split('｜');
  if (chinese(title) && !document.documentElement.lang.startsWith('zh'))
    found.push('page: ' + title);
  for (const name of ['aria-label', 'alt', 'title', 'placeholder', 'aria-description'])
    for (const one of document.querySelectorAll(`[${name}]`))
      if (chinese(one.getAttribute(name)) && !one.closest('[lang]').lang.startsWith('zh'))
        found.push(`${name}: ` + one.getAttribute(name));
  return found;
})()"""
# With the colours of the reader: a button has an edge, where one is differs by more than colour.
FORCED = """(() => {
  const style = one => getComputedStyle(one), found = [];
  for (const one of document.querySelectorAll('button, input, select, textarea')) {
    if (['hidden', 'checkbox', 'radio'].includes(one.type) || !one.checkVisibility()) continue;
    if (style(one).borderStyle === 'none' || style(one).borderWidth === '0px')
      found.push('no edge: ' + one.outerHTML);
  }
  for (const here of document.querySelectorAll('nav a[aria-current]')) {
    const other = here.closest('nav').querySelector('a:not([aria-current])');
    const seen = one => [style(one).fontWeight, style(one).textDecorationLine].join();
    if (other && seen(here) === seen(other)) found.push('not told apart: ' + here.outerHTML);
  }
  for (const one of document.querySelectorAll('svg path, svg rect'))
    if (style(one).fill === style(document.body).backgroundColor && !one.closest('.slip'))
      found.push('picture without ink');
  return found;
})()"""
LINKS = "[...document.querySelectorAll('a[href]')].map(one => one.getAttribute('href'))"
POSTS = "[...document.forms].filter(one => one.method === 'post').map(one => one.action)"
PLACE = """[...document.querySelectorAll('header [aria-current], header form.language')]
  .map(one => one.outerHTML)"""
SUBMIT = """([ending, typed, pressed, blank]) => {
  const form = [...document.querySelectorAll('form[method=post]')]
    .find(one => new URL(one.action).pathname.endsWith(ending));
  if (blank) for (const one of form.elements) {
    if (['text', 'password', 'textarea', 'date', 'number'].includes(one.type)) one.value = '';
  }
  for (const [name, value] of Object.entries(typed)) {
    const one = form.elements[name];
    if (one.type === 'checkbox') one.checked = true;
    else if (one instanceof RadioNodeList) one.forEach(each => { each.checked = true; });
    else one.value = value;
  }
  form.noValidate = true;
  const [name, value] = pressed || [];
  const button = name
    ? form.querySelector(`button[name="${name}"][value="${value}"]`)
    : form.querySelector('button');
  form.requestSubmit(button);
}"""
FILES = re.compile(
    r"/(static|attachments|files/(ods|csv|yaml)|presence)\b|\.csv$|^/docs|^/api|/login$"
)
# What would end somebody's log-in or work in the middle of the walk.
LEFT_ALONE = re.compile(
    r"/(logout|language|end-sessions|end-others|end|reset-second-factor|leave|reopen|password)$"
)
ROWS = re.compile(
    r"(?<=/)\d+|(?<=/cases/)[^/]+(/(?!identity|print)[^/]+)?|(?<=/words/)[^/]+|(?<=/tokens/)[^/]+|(?<=/officers/)[^/]+|(?<=/sections/)[^/]+"
    r"|(?<=/faq/)(?!drafts|new|trials|words|files|forms)[^/]+|(?<=/colleagues/)[^/]+"
)
REFUSED = "Failed to load resource: the server responded with a status of 4"
TRIAL = "/staff/calendar?received=2026-11-26&kind=rights_protection&priority=ordinary"
PETITION = {"content": "騎樓堆放雜物。輪椅過不去。", "place": "範例街 18 號前"}
PETITION |= {"name": "王小明", "contact": "0912-345-678", "reply_by": "phone", "notice": "yes"}
REFUSALS = 25  # forms, at least, whose refusal is looked at
BAD = """<!doctype html><html lang='en'><title>Bad</title>
<header><nav><a href='/a' aria-current='page'>a</a>
<a href='/b'>b</a></nav></header>
<main><h1 style='width: 900px'>石獅子</h1><img src='/staff/static/none.png'><input>
<p style='color: #ccc'>pale</p>
<button aria-label='送出' style='border: 0; width: 9px; padding: 0'></button></main>"""
MENU = [place.path for place in shell.MENU]


@dataclass(frozen=True)
class Finding:
    """Something wrong with a page, by the name of the rule."""

    rule: str
    where: str
    what: str


@dataclass
class Walk:
    """A way through all pages in one language, and what was found on it."""

    served: Served
    chromium: Browser
    language: str
    findings: list[Finding] = field(default_factory=list)
    looked: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    doors: dict[str, Page] = field(default_factory=dict)
    forms: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    case: dict[str, str] = field(default_factory=dict)
    rendered: set[str] = field(default_factory=set)

    # --- one page
    def look(self, page: Page, where: str, *, colours: bool = True) -> None:
        """Measure the page as it stands."""
        contrast = {"color-contrast": {"enabled": colours}}
        self.looked.append(where)
        page.evaluate(UNFOLD)
        for one in page.evaluate(AXE, OPTIONS | {"rules": RULES | contrast}):
            for node in one["nodes"]:
                self.note(f"axe {one['id']}", where, f"{node['html']} {node['failureSummary']}")
        self._expect(page, "sideways at 360", where, SIDEWAYS)
        self._expect(page, "smaller than 24", where, SMALL)
        if self.language == "en" and "/chat" not in where and where != "/case":
            self._expect(page, "unmarked Chinese", where, UNMARKED)
            self._expect(page, "unmarked Chinese name", where, UNMARKED_NAMES)
        page.emulate_media(forced_colors="active")
        self._expect(page, "forced colours", where, FORCED)
        page.emulate_media(forced_colors="none")
        page.set_viewport_size({"width": 640, "height": 740})
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        self._expect(page, "sideways at 200 %", where, SIDEWAYS)
        page.set_viewport_size(PHONE)

    def _expect(self, page: Page, rule: str, where: str, script: str) -> None:
        for one in page.evaluate(script):
            self.note(rule, where, one)

    def note(self, rule: str, where: str, what: str) -> None:
        self.findings.append(Finding(rule, where, what))

    # --- going about
    def enter(self, username: str) -> None:
        """A browser of this officer's, in the walk's language."""
        page = self.open(username)
        self.served.log_in(page, username)

    def open(self, name: str) -> Page:
        """A telephone's browser of its own whose every word on the console is noted."""
        context: BrowserContext = self.chromium.new_context(viewport=PHONE)
        cookie = {"name": language.COOKIE, "value": self.language, "url": self.served.address}
        context.add_cookies([cast("Any", cookie)])
        context.add_init_script(Axe().axe_script)  # half a megabyte, sent once
        page = self.doors[name] = context.new_page()

        def heard(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning") and not message.text.startswith(REFUSED):
                self.note("console", page.url, message.text)

        def asked(request: Request) -> None:
            if not request.url.startswith((self.served.address, "data:", "about:")):
                self.note("another host", page.url, request.url)

        page.on("console", heard)
        page.on("pageerror", lambda error: self.note("console", page.url, str(error)))
        page.on("request", asked)
        return page

    def visit(self, who: str, path: str) -> list[str]:
        """Look at a page, and return the pages it leads to."""
        page = self.doors[who]
        answer = page.goto(f"{self.served.address}{path}")
        assert answer, path
        links: list[str] = page.evaluate(LINKS)
        for action in (urlsplit(one).path for one in page.evaluate(POSTS)):
            if not LEFT_ALONE.search(action):
                self.forms.setdefault(_route(action), (who, path, action))
        self.look(page, path)
        if answer.status >= 500:
            self.note("status", path, str(answer.status))
        return links

    def crawl(self, who: str, *begin: str) -> None:
        """Visit these pages and what they lead to, one page for each route."""
        waiting = list(begin)
        while waiting:
            path = urlsplit(waiting.pop(0)).path
            if not path.startswith("/staff") or FILES.search(path):
                continue
            if _route(path) not in self.seen:
                self.seen.add(_route(path))
                waiting += self.visit(who, path)

    def send(
        self, who: str, path: str, ending: str, /, do: str = "", blank: bool = False, **typed: str
    ) -> Page:
        """Send a form of a page past what the browser itself would refuse; what it answered."""
        page = self.doors[who]
        if path:
            page.goto(f"{self.served.address}{path}")
        with page.expect_navigation():
            page.evaluate(SUBMIT, [ending, typed, do.split("=") if do else None, blank])
        return page

    def answer(self, who: str, path: str, ending: str, /, **given: Any) -> Page:
        """Send a form and look at what comes."""
        page = self.send(who, path, ending, **given)
        self.look(page, f"{path or '…'} → {ending}")
        return page

    # --- the way
    def go(self) -> "Walk":
        self.come_in()
        for who in ("admin", "controller", "head", "clerk"):
            self.crawl(who, *MENU, "/staff/account", "/staff/posters", "/staff/absences")
        self.see_more()
        self.ask_at_the_counter()
        self.manage()
        self.write()
        self.refuse()
        self.chat()
        caches = (shell.templates.cache, webchat.pages.cache)
        self.rendered = {name for cache in caches if cache for _loader, name in cache}
        return self

    def come_in(self) -> None:
        """Through the log-in, with everything that goes wrong at it."""
        page = self.open("nobody")
        page.goto(f"{self.served.address}/staff/login")
        self.look(page, "/staff/login")
        self.answer("nobody", "", "/login", username="clerk", password="wrong")
        self.answer("nobody", "", "/login", username="clerk", password=PASSWORD)
        self.answer("nobody", "", "/login/code", code="000000")
        for who in ("controller", "head", "admin", "clerk"):
            self.enter(who)

    def see_more(self) -> None:
        """The same pages in another state: each case, each draft, lists of every step."""
        page = self.doors["head"]
        page.goto(f"{self.served.address}/staff?pile=all")
        cases = sorted(set(re.findall(r"/staff/cases/([A-Z0-9-]+)", page.content())))
        late = next(one for one in cases if "-1151027-" in one)
        for who, path in (
            *(("head", f"/staff/cases/{number}") for number in cases[1:9]),
            ("clerk", f"/staff/cases/{late}?template=1"),
            ("clerk", f"/staff/cases/{late}/steps"),
            ("head", "/staff/figures?period=2026-10"),
            ("head", "/staff/figures/2026-10/cases?column=received"),
            ("head", "/staff/figures/2026-10/cases?column=nothing"),
            *(("head", f"/staff/reports/{number}") for number in range(1, 6)),
            ("head", "/staff/privacy"),
            ("head", "/staff/privacy/destructions/1"),
            ("head", "/staff/privacy/destructions/2"),
            ("head", "/staff/changes/2"),
            *(("controller", f"/staff/exams/papers/{number}") for number in range(1, 8)),
            ("controller", "/staff/decisions?ended=yes"),
            ("controller", "/staff/public-items?state=approved"),
            ("controller", "/staff/public-items?state=withdrawn"),
            ("controller", "/staff/open-data?period=2026-08"),
            ("head", "/staff/faq/drafts/1?rehearse=true"),
            ("head", "/staff/faq/drafts/3"),
            ("head", f"/staff/posters?entry={LOST}"),
            ("controller", f"/staff/faq/{LOST}"),
            ("controller", f"/staff/faq/{LOST}/english"),
            ("controller", "/staff/wordings/2"),
            ("controller", "/staff/cases/none"),
            ("controller", TRIAL),
            ("controller", "/staff/rules?choice=county"),
        ):
            self.visit(who, path)

    def ask_at_the_counter(self) -> None:
        """Questions, a petition up to its slip, and somebody's cases."""
        for text in ("身分證遺失要怎麼補領", "我要遷戶口", "你們門口那隻石獅子幾歲", "我不想活了"):
            self.answer("clerk", "/staff/counter", "/ask", text=text)
        self.answer("clerk", "/staff/counter", "/ask", text="身分證遺失要怎麼補領")
        self.answer("clerk", "", "/helpful", do="helpful=no")
        self.answer("clerk", "/staff/counter", "/petition/check", **PETITION)
        slip = self.answer("clerk", "", "/petition/confirm", read_back="yes")
        number, code = (slip.locator(".slip dd strong").nth(n).inner_text() for n in (0, 1))
        self.answer("clerk", "/staff/counter", "/look-up", case_no=number, code=code)
        self.answer("clerk", "/staff/counter", "/find", who=PETITION["contact"])
        self.answer("clerk", "/staff/counter", "/petition/check", **(PETITION | {"name": ""}))
        self.answer("clerk", "", "/counter/petition")
        self.case = {"case_no": number, "code": code}

    def manage(self) -> None:
        """What is shown once, and what only some may see."""
        self.answer("admin", "/staff/people/officers/ann", "/password")
        self.answer("admin", "/staff/account", "/account/tokens", name="報表", scopes="all")
        self.visit("admin", "/staff/account")
        page = self.answer("admin", "/staff/account/second-factor", "/begin")
        phone = Phone(page.locator("dd code").first.inner_text())
        self.answer("admin", "", "/confirm", code="000000")
        now = self.served.world.clock()
        self.answer("admin", "", "/confirm", code=phone.code(now))
        self.visit("admin", "/staff/account/second-factor")
        page = self.doors["head"]
        page.goto(f"{self.served.address}/staff/privacy")
        path = page.locator("main a[href^='/staff/cases/']").first.get_attribute("href")
        self.answer("head", f"{path}/identity", "/identity/view")
        self.answer("head", f"{path}/identity", "/print")

    def write(self) -> None:
        """What is tried before it is kept, and several cases at once."""
        self.answer("controller", f"/staff/faq/{LOST}", f"/faq/{LOST}", do="do=try", try1="掉了")
        self.answer("controller", "/staff/wordings/2", "/wordings/2", do="do=try")
        law = {"law": "廢棄物清理法", "effective_on": "2026-12-01", "note": "罰鍰"}
        self.answer("controller", "/staff/wordings/laws", "/laws", do="do=look", **law)
        note = {"verb": "note", "text": "已看過", "case": "all"}
        self.answer("controller", "/staff", "/together", **note)
        self.answer("controller", "/staff", "/views", name="我的清單")
        page = self.doors["controller"]
        sheet = page.request.get(f"{self.served.address}/staff/faq/files/csv").body()
        page.goto(f"{self.served.address}/staff/faq/files")
        changed = sheet.replace("遺失".encode(), "不見".encode())
        file = {"name": "題庫.csv", "mimeType": "text/csv", "buffer": changed}
        page.locator("#file").set_input_files([cast("Any", file)])
        self.answer("controller", "", "/faq/files")

    def refuse(self) -> None:
        """Every form that was met, sent empty: its page says what is wrong."""
        for who, path, action in self.forms.values():
            page = self.doors[who]
            page.goto(f"{self.served.address}{path}")
            if not page.locator(f"form[action='{action}']").count():
                continue  # what was sent before has settled it
            self.send(who, "", action, blank=True)
            if page.locator("[role=alert]").count():
                self.refused.append(action)
                where = f"{path} ✗ {action}"
                self._expect(page, "place", where, PLACE)
                self.look(page, where, colours=False)  # those of the page it was sent from

    def chat(self) -> None:
        """The citizen's page with an answer, choices and a refusal, and the look-up of a case."""
        page = self.open("citizen")
        page.goto(f"{self.served.address}/chat?ask=路燈")
        self.look(page, "/chat?ask")
        said = ["English"] if self.language == "en" else []
        for number, text in enumerate([*said, "我要遷戶口", "身分證遺失要怎麼補領", "我要陳情"]):
            page.locator("#text").fill(text)
            page.locator("#text").press("Enter")
            page.locator("#talk > li.theirs").nth(number).wait_for()
        self.look(page, "/chat, by the script")
        page.goto(f"{self.served.address}/chat")
        self.look(page, "/chat, as it was made")
        file = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"no picture"}
        page.locator("#photos").set_input_files([cast("Any", file)])
        with page.expect_navigation():
            page.evaluate("document.querySelector('#say').submit()")
        self.look(page, "/chat/messages, refused")
        for code in ("AAAAAA", self.case["code"]):
            page.goto(f"{self.served.address}/case")
            page.locator("#case_no").fill(self.case["case_no"])
            page.locator("#code").fill(code)
            with page.expect_navigation():
                page.locator("#code").press("Enter")
            self.look(page, f"/case, {code}")
        for path in ("/open", "/did"):
            self.visit("citizen", f"{path}?lang={self.language}")


def _route(path: str) -> str:
    """An address without what names one row: one page stands for all such."""
    return ROWS.sub("*", path)


@pytest.fixture
def full(databases: Databases, tmp_path: Path, shelf: Shelf) -> Iterator[Served]:
    """An office with something of everything in it, on a real port."""
    for environment in (shell.templates, webchat.pages):
        assert environment.cache is not None
        environment.cache.clear()
    with databases.fresh("sqlite") as url, opened(url, tmp_path, shelf) as world:
        with transaction(world.office.engine) as tx:
            fill(tx)
        phones: dict[str, Phone] = {
            "clerk": set_up_phone(world.office.engine, "clerk", world.clock())
        }
        with _serving(world) as address:
            yield Served(world, address, phones)


# One test a language, so that no two processes of a run walk the same way.
@pytest.mark.long
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_can_be_read_and_used_by_everybody(
    full: Served, chromium: Browser, language: str
) -> None:
    """Nothing that axe finds, nothing sideways, small, lost in the reader's own colours or in
    the wrong language, and no page that fails, complains or asks another host.

    The answer to a form stands at no place of the menu, and offers no other language, which would
    lose what was typed. Every template was looked at, and many refusals.
    """
    walk = Walk(full, chromium, language).go()
    assert walk.findings == []
    console, chat = shell.templates.list_templates(), webchat.pages.list_templates(["html"])
    assert sorted({*console, *chat} - walk.rendered) == []
    assert len(walk.refused) >= REFUSALS


@once
@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_wrong_is_seen(served: Served, chromium: Browser, language: str) -> None:
    """The measure itself: a page with everything wrong."""
    walk = Walk(served, chromium, language)
    page = walk.open("nobody")
    page.set_content(BAD)
    page.evaluate("console.error('complaint')")
    walk.look(page, "a bad page")
    rules = {one.rule for one in walk.findings}
    assert rules >= {
        "axe image-alt",
        "axe color-contrast",
        *(["unmarked Chinese", "unmarked Chinese name"] if language == "en" else []),
        "axe label",
        "sideways at 360",
        "sideways at 200 %",
        "smaller than 24",
        "forced colours",
        "console",
    }
