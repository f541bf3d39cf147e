"""The form of an entry: one table of its fields, read into the API's body and written from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

from admin_api.console.forms import BadForm
from admin_api.schemas.base import Strict
from admin_api.schemas.knowledge import NewEnglish
from faq.keeping.editing import MOST_VARIANTS, EntryContent
from faq.keeping.index import Translated

LINE, AREA, LINES, DAY = "line", "area", "lines", "day"


@dataclass(frozen=True)
class Field:
    """One field: its name in the API's body, its label, how it is filled in, and a hint."""

    name: str
    label: str
    kind: str = AREA
    hint: str = ""
    rows: int = 2
    most: int = 20_000


FIELDS = (
    Field("question", "題目"),
    Field("label", "標題", LINE, "會印在按鈕上，20 字以內", most=20),
    Field("aliases", "其他問法", LINES, "一行一個", 6),
    Field("answer", "答案", hint="會原樣回答民眾", rows=8),
    Field("documents", "應備文件", LINES, "一行一件", 4),
    Field("who", "申辦人"),
    Field("fee", "規費"),
    Field("time_limit", "期限"),
    Field("where", "辦理地點"),
    Field("online", "線上辦理"),
    Field("legal_basis", "法令依據"),
    Field("source", "資料來源"),
    Field("checked_on", "核對日期", DAY),
    Field("category", "類別", LINE, most=40),
    Field("section", "承辦課室", LINE, most=60),
    Field("forms", "表單", LINES, "一行一個，寫表單名稱；民眾按鈕就能下載已上傳的表單"),
    Field("office_confirms", "待本所確認", LINES, "一行一項"),
    Field("valid_from", "生效日", DAY, "這天以前不會拿來回答；可不填"),
    Field("valid_until", "失效日", DAY, "過了這天不再拿來回答；可不填"),
    Field("review_on", "複查日", DAY, "可不填"),
)
SITUATION = (
    Field("label", "情況名稱", LINE, "會印在按鈕上，10 字以內", most=10),
    Field("answer", "這個情況的答案", rows=4),
    Field("documents", "這個情況的應備文件", LINES, "一行一件", 3),
)
IN_ENGLISH = (
    Field("label", "標題", LINE, "會印在按鈕上，40 個字母以內", most=40),
    Field("question", "題目"),
    Field("answer", "答案", hint="會原樣回答民眾", rows=8),
    Field("aliases", "其他問法", LINES, "一行一個", 6),
    Field("documents", "應備文件", LINES, "一行一件", 4),
    Field("who", "申辦人"),
    Field("fee", "規費"),
    Field("time_limit", "期限"),
    Field("where", "辦理地點"),
    Field("online", "線上辦理"),
)
LABELS = {field.name: field.label for field in FIELDS} | {
    "variants": "分情況的答案",
    "id": "題目編號",
    "version": "版本",
    "file": "檔案",
    "retired": "下架",
}
OTHERS = {
    "text": "內容",
    "reason": "理由",
    "entry_id": "題目",
    "asked_ids": "問題",
    "case_no": "案號",
}
OPTIONAL_DAYS = ("valid_from", "valid_until", "review_on")
Body = TypeVar("Body", bound=Strict)


def written(content: EntryContent) -> dict[str, str]:
    """An entry as the fields of its form."""
    typed = {field.name: _written(getattr(content, field.name)) for field in FIELDS}
    for number, one in enumerate(content.variants, 1):
        typed |= {
            f"{number}-{field.name}": _written(getattr(one, field.name)) for field in SITUATION
        }
    return typed


def written_in_english(text: Translated) -> dict[str, str]:
    """An English text as the fields of its form."""
    return {field.name: _written(getattr(text, field.name)) for field in IN_ENGLISH}


def read_english(given: Mapping[str, str], **more: Any) -> NewEnglish:
    """The English text a form stands for; raises BadForm naming the fields that are wrong."""
    body = {field.name: _read(field, given, field.name) for field in IN_ENGLISH}
    return checked(NewEnglish, body | more)


def read(kind: type[Body], given: Mapping[str, str], **more: Any) -> Body:
    """The body a filled-in form stands for; raises BadForm naming the fields that are wrong."""
    body: dict[str, Any] = {field.name: _read(field, given, field.name) for field in FIELDS}
    body = {name: value for name, value in body.items() if value or name not in OPTIONAL_DAYS}
    return checked(kind, body | {"variants": _situations(given)} | more)


def checked(kind: type[Body], body: Mapping[str, Any]) -> Body:
    """A body of the API; raises BadForm naming the fields that are wrong."""
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        wrong = dict.fromkeys(str(one["loc"][0]) for one in error.errors())
        raise BadForm(tuple(OTHERS.get(name, LABELS.get(name, name)) for name in wrong)) from None


def differing(before: EntryContent, after: EntryContent) -> list[tuple[str, str, str]]:
    """What differs between two contents: label, before and after, as the form shows them."""
    old, new = written(before), written(after)
    found = [
        (field.label, old[field.name], new[field.name])
        for field in FIELDS
        if old[field.name] != new[field.name]
    ]
    if before.variants != after.variants:
        found.append((LABELS["variants"], _told(before), _told(after)))
    return found


def shown(content: EntryContent) -> list[tuple[str, str]]:
    """Everything an entry holds, label and text, without what is empty."""
    typed = written(content)
    told = [(field.label, typed[field.name]) for field in FIELDS]
    return [pair for pair in (*told, (LABELS["variants"], _told(content))) if pair[1]]


def _told(content: EntryContent) -> str:
    parts = (
        "\n".join((f"〔{one.label}〕", one.answer, *one.documents)) for one in content.variants
    )
    return "\n\n".join(parts)


def _written(value: object) -> str:
    if isinstance(value, tuple):
        return "\n".join(map(str, value))
    return "" if value is None else str(value)


def _read(field: Field, given: Mapping[str, str], name: str) -> str | list[str]:
    typed = given.get(name, "").strip()
    if field.kind == LINES:
        return [line for one in typed.split("\n") if (line := one.strip())]
    return typed


def _situations(given: Mapping[str, str]) -> list[dict[str, Any]]:
    """The situations somebody wrote anything into."""
    rows = (
        {field.name: _read(field, given, f"{number}-{field.name}") for field in SITUATION}
        for number in range(1, MOST_VARIANTS + 1)
    )
    return [row for row in rows if any(row.values())]
