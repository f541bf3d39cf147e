"""What nobody should send: odd texts and values, JSON that is bent, bytes that are damaged."""

import copy
import json
import os
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

MANY = os.environ.get("FUZZ_EXAMPLES")
DEEP = 10_000  # brackets

# Half a character, NUL, marks that turn the writing round, markup, and what a step or a case is.
ODD_TEXTS = (
    "",
    " ",
    "\0",
    "身分證\0遺失",
    "\ud800",
    "\udfff\ud800",
    "路燈\udc00不亮",
    "\u202e文字倒過來\u202c\u2066",
    "\ufeff\ufffe\uffff",
    "<b id=fuzz onclick=alert(1)>\"'&amp;</b>",
    "</textarea></script><script>fuzz()</script>",
    "{{ office }}{% raw %}",
    "'; drop table cases; --",
    "../../etc/passwd",
    "/start",
    "/start ../../x",
    "/status WH-1151126-0001 \0",
    "/language en",
    "/cancel",
    "我要陳情",
    "沒有照片",
    "送出",
    "WH-1151126-0001",
    "WH-1151126-99999999999999999999 K7Q4AB",
    "@fake_telegram_bot",
    "up:1",
    "pick:1:\0",
    "pick:1:id-card-lost",
    "pick:99999999999999999999999:x",
    "var:1:id-card-lost:-9223372036854775809",
    "q:99999999999999999999:k:v",
    "show:WH-1151126-0001\0",
    "t1:submit",
    "-1",
    "9" * 30,
    "١٢٣",
    "A123456789",
    "é" * 3000,
    "字" * 5000,
    "👨‍👩‍👧" * 800,
    "a\u0301\u0302\u0303" * 500,
)
odd_texts = st.sampled_from(ODD_TEXTS) | st.text(st.characters(exclude_categories=()), max_size=20)
odd_numbers = st.sampled_from(
    (0, -1, 1, 2**31, -(2**31) - 1, 2**53, 2**63, -(2**63) - 1, 10**18, 10**30, 10**120, -(10**120))
) | st.sampled_from((0.5, -0.0, 91.0, 1e308, float("nan"), float("inf"), float("-inf")))
plain_junk = st.none() | st.booleans() | odd_numbers | odd_texts
junk = st.recursive(
    plain_junk,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(odd_texts | st.just("id"), inner, max_size=3)
    ),
    max_leaves=6,
)


def few(examples: int) -> settings:
    """So many examples, the same each time; with FUZZ_EXAMPLES as many, others each time."""
    return settings(
        max_examples=int(MANY or examples),
        derandomize=MANY is None,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
        print_blob=MANY is not None,
    )


def places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Each container in a JSON tree with each key or index of it."""
    keys: Any = tree if isinstance(tree, dict) else range(len(tree))
    for key in list(keys):
        yield tree, key
        if isinstance(tree[key], dict | list):
            yield from places(tree[key])


@st.composite
def bent(draw: st.DrawFn, wholes: st.SearchStrategy[Any]) -> Any:
    """A JSON tree with one to three of its parts gone, exchanged, wrapped or moved."""
    tree = copy.deepcopy(draw(wholes))
    for _ in range(draw(st.integers(1, 3))):
        known = list(places(tree))
        if not known:
            break
        holder, key = draw(st.sampled_from(known))
        match draw(st.sampled_from(("gone", "junk", "junk", "text", "wrapped", "moved"))):
            case "gone":
                del holder[key]
            case "junk":
                holder[key] = draw(junk)
            case "text":
                holder[key] = draw(odd_texts)
            case "wrapped":
                holder[key] = draw(st.sampled_from(([holder[key]], {"id": holder[key]})))
            case "moved":
                other, there = draw(st.sampled_from(known))
                if there in other if isinstance(other, dict) else there < len(other):
                    holder[key] = copy.deepcopy(other[there])
    return tree


@st.composite
def written(draw: st.DrawFn, trees: st.SearchStrategy[Any]) -> bytes:
    """A JSON tree as bytes, mostly as it should be written, sometimes not."""
    escaped = draw(st.booleans())
    text = json.dumps(draw(trees), ensure_ascii=escaped)
    body = text.encode("utf-8", "surrogatepass")
    return draw(st.just(body) | st.just(body) | damaged_json(body))


@st.composite
def damaged_json(draw: st.DrawFn, body: bytes) -> bytes:
    """JSON that is cut, doubled, deep, in another encoding, or none."""
    text = body.decode("utf-8", "surrogatepass")
    inside = b'"x":' + b"[" * DEEP + b"]" * DEEP
    others = [
        b"",
        b"null",
        body[: len(body) // 2],
        body + body,
        b"\xef\xbb\xbf" + body,
        text.encode("utf-16", "surrogatepass"),
        text.encode("utf-32", "surrogatepass"),
        text.encode("big5", "ignore"),
        b"[" * DEEP,
        b"[" * 900 + b"]" * 900,
        body[:1] + inside + b"," + body[1:],
        body[:1] + b'"x":' + b'{"a":' * 300 + b"1" + b"}" * 300 + b"," + body[1:],
        body[:1] + b'"message":1,"update_id":"x",' + body[1:],
        body[:-1] + b',"message":{"text":NaN}}',
        body[:-1] + b',"update_id":' + b"9" * 5000 + b"}",
        body.replace(b'"update_id": 1', b'"update_id": -Infinity,"y": 1', 1),
        body.replace(b'"text": "', b'"text": "' + b"x" * 70_000, 1),
    ]
    return draw(st.sampled_from(others) | spoilt(body))


@st.composite
def spoilt(draw: st.DrawFn, content: bytes) -> bytes:
    """The bytes with a few of them changed, cut out or put in."""
    made = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(made) - 1)))
        match draw(st.sampled_from(("flip", "cut", "put"))):
            case "flip" if made:
                made[at] = draw(st.integers(0, 255))
            case "cut":
                del made[at : at + draw(st.integers(1, 40))]
            case _:
                made[at:at] = draw(st.binary(min_size=1, max_size=8))
    return bytes(made)
