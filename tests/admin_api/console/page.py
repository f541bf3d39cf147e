"""A page as a browser sees it: elements, forms with what is in them, and text."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Self

from httpx2 import Response

Attributes = dict[str, str]
OUR_SCRIPT = "/staff/static/console.js"
TICKED = ("radio", "checkbox")  # sent only when they are


@dataclass
class Form:
    """A form: where it goes and what it holds before anybody typed."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class Page(HTMLParser):
    """A parsed page."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, Attributes]] = []
        self.forms: list[Form] = []
        self.text = ""
        self._area = self._select = ""

    @classmethod
    def of(cls, response: Response) -> Self:
        page = cls()
        page.feed(response.text)
        page.close()
        return page

    def all(self, tag: str) -> list[Attributes]:
        return [attributes for name, attributes in self.elements if name == tag]

    def strange_scripts(self) -> list[Attributes]:
        """Scripts other than the console's own, without which every page works, too."""
        return [one for one in self.all("script") if one.get("src") != OUR_SCRIPT]

    def form(self, ending: str) -> Form:
        """The one form whose address ends like this."""
        (form,) = [form for form in self.forms if form.action.endswith(ending)]
        return form

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.elements.append((tag, found))
        if tag == "form":
            self.forms.append(Form(found["action"]))
        elif tag == "input" and (found.get("type") not in TICKED or "checked" in found):
            self.forms[-1].fields[found["name"]] = found.get("value", "")
        elif tag == "textarea":
            self._area = found["name"]
            self.forms[-1].fields[self._area] = ""
        elif tag == "select":
            self._select = found["name"]
        elif tag == "option" and self._select:  # others only suggest what to type
            self._offer(found)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
        elif tag == "select":
            self._select = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1].fields[self._area] += data
        else:
            self.text += data

    def _offer(self, option: Attributes) -> None:
        if "selected" in option:
            self.forms[-1].fields[self._select] = option["value"]
        else:  # a browser takes the first when none is marked
            self.forms[-1].fields.setdefault(self._select, option["value"])
