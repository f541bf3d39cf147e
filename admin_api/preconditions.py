"""ETag, If-None-Match and If-Match (RFC 9110 §13): who read an older state changes nothing.

A tag holds the version of what is shown and a digest of how it is shown, so that an answer that
differs only by the day it was given has another tag, and yet the same version to hold on to.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Header, Response
from pydantic import BaseModel

from complaints.errors import StaleCase
from faq.errors import StaleEntry

LONGEST = 200
TAG = re.compile(r'"(?P<version>\d{1,9})-[0-9a-f]{16}"')
KNOWN = {"description": "讀過的 ETag；沒有變時回 304 / what is known already"}
HELD = {"description": "讀取時的 ETag；已被別人改過時回 412 / as it was read"}

IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match", max_length=LONGEST, **KNOWN)]
IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=LONGEST, **HELD)]


class Changed(Exception):
    """What is to be changed is no longer as the caller read it."""


def tagged(shown: BaseModel, version: int, known: str | None) -> Response:
    """The answer with its ETag, or 304 when the caller knows it already."""
    body = shown.model_dump_json().encode()
    tag = f'"{version}-{hashlib.sha256(body).hexdigest()[:16]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if known and tag in (one.strip().removeprefix("W/") for one in known.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


@contextmanager
def held_to(if_match: str | None, version: int | None) -> Iterator[None]:
    """Carry out a change only while If-Match, where it is given, still holds; raises Changed."""
    if if_match is None:
        yield
        return
    found = TAG.fullmatch(if_match.strip())
    if found is None or int(found["version"]) != version:
        raise Changed(if_match)
    try:
        yield
    except (StaleCase, StaleEntry) as error:
        raise Changed(if_match) from error
