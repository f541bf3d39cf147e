"""The forms the office hands out, for everybody: no cookie, no log-in."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Header, Path, Response
from fastapi.responses import PlainTextResponse

from bot.openness import AtDoor
from data.database import reading
from faq.errors import UnknownForm
from faq.keeping import forms

FORMS = "/forms/"
FOR = 300  # seconds a copy may be kept
NO_SUCH = (
    "查無此表單，可能已經更新，請再問一次。 No such form; it may have changed, please ask again."
)

router = APIRouter(include_in_schema=False)


@router.get(FORMS + "{name}")
def download(
    name: Annotated[str, Path(max_length=100)],
    door: AtDoor,
    known: Annotated[str, Header(alias="If-None-Match")] = "",
) -> Response:
    """The file of a form, to be saved under its name."""
    try:
        with reading(door.desk.engine) as tx:
            form = forms.find(tx, name)
            ending, tag = form.ending, f'"{form.digest}"'
            content = b"" if known == tag else form.content
    except UnknownForm:
        return PlainTextResponse(NO_SUCH, 404)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}.{ending}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": f"public, max-age={FOR}",
        "ETag": tag,
    }
    if known == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=forms.MEDIA_TYPES[ending], headers=headers)


def address_of(name: str) -> str:
    """Where a form is found on our own site."""
    return FORMS + quote(name)
