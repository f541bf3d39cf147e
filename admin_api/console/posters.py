"""Links that lead into the citizens' chat, as pictures for a telephone and as posters.

A link names a case number, a question or a place, never a look-up code or a person: whoever
photographs a poster, and every proxy on the way, may read it.
"""

from urllib.parse import quote

import segno
from fastapi import Request, Response
from markupsafe import Markup
from sqlalchemy import select

from admin_api import policy
from admin_api.access import AtDoor, StaffDoor
from admin_api.console import counter_words, language, shell
from admin_api.console.language import _
from admin_api.console.sessions import InSession, Session
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from complaints.clock.workdays import office_date
from complaints.tables import Village
from data import deeplinks
from data.database import reading
from faq.keeping.index import Card

POSTERS = f"{shell.HOME}/posters"
LONGEST_PLACE = 60
LONGEST_ASKED = 200  # characters the chat takes from a link
ONLY_HERE = frozenset({"localhost", "127.0.0.1", "::1"})

router = NarrowRouter(prefix=POSTERS, include_in_schema=False)


@router.get("")
def show_posters(
    request: Request, door: AtDoor, session: InSession, entry: str = "", place: str = ""
) -> Response:
    """What a poster may be about; with a question or a place, the poster to print."""
    policy.require(session.officer, Verb.READ_FAQ)
    cards = _cards(door)
    if entry:
        card = next((one for one in cards if one.id == entry), None)
        return _topic_page(request, door, session, card, cards)
    if place := place.strip():
        if len(place) > LONGEST_PLACE or not place.isprintable():
            problem = _(counter_words.TOO_LONG_PLACE).format(most=LONGEST_PLACE)
            return _choice_page(door, session, cards, problem, 422)
        asked = _(counter_words.PLACE_ASKED).format(place=place)
        title, told = place, counter_words.ABOUT_PLACE
        scan = counter_words.SCAN_PLACE
        payload = deeplinks.to_place(place)
        return _poster(request, door, session, title, asked, (told, scan), payload)
    return _choice_page(door, session, cards)


def to_case(request: Request, case_no: str) -> str | None:
    """The address that asks for the look-up code of this case; None as `address`."""
    return _address(request, "case", case_no)


def to_question(request: Request, text: str) -> str | None:
    """The address at which this text is ready to be sent in the chat; None as `address`."""
    return _address(request, "ask", text)


def picture(link: str) -> Markup:
    """A link as a picture inside a page: no style of its own, nothing fetched."""
    code = segno.make(link, error="m", micro=False)
    return Markup(code.svg_inline(scale=4, light="#fff", title="QR"))  # noqa: S704 - made here


def _address(request: Request, name: str, value: str) -> str | None:
    """An address at the host the staff use, or None when that is this machine alone."""
    if request.url.hostname in ONLY_HERE:
        return None
    return f"{request.base_url}chat?{name}={quote(value)}"


def _cards(door: StaffDoor) -> list[Card]:
    with reading(door.engine) as tx:
        index = door.shelf.current(tx).on(office_date(door.clock()))
    return sorted(index.cards.values(), key=lambda card: (card.section, card.label))


def _topic_page(
    request: Request, door: StaffDoor, session: Session, card: Card | None, cards: list[Card]
) -> Response:
    if card is None:
        return _choice_page(door, session, cards, _(counter_words.NOT_ON_OFFER), 404)
    shown = card.in_language(language.current()) or card
    if len(shown.question) > LONGEST_ASKED:
        return _choice_page(door, session, cards, _(counter_words.TOO_LONG_TOPIC), 422)
    told, payload = (counter_words.SCAN_TOPIC,), deeplinks.to_entry(card.id)
    return _poster(request, door, session, shown.label, shown.question, told, payload)


def _poster(
    request: Request,
    door: StaffDoor,
    session: Session,
    title: str,
    asked: str,
    told: tuple[str, ...],
    payload: str | None,
) -> Response:
    link, bot = to_question(request, asked), door.telegram()
    telegram = f"https://t.me/{bot}?start={payload}" if bot and payload else None
    return shell.page(
        "counter_poster.html",
        door,
        session,
        title=title,
        asked=asked,
        told=[_(one) for one in told],
        link=link,
        qr=picture(link) if link else None,
        telegram=picture(telegram) if telegram else None,
    )


def _choice_page(
    door: StaffDoor, session: Session, cards: list[Card], problem: str = "", status: int = 200
) -> Response:
    with reading(door.engine) as tx:
        villages = tx.scalars(select(Village.name).order_by(Village.code)).all()
    return shell.page(
        "counter_posters.html",
        door,
        session,
        status=status,
        cards=cards,
        villages=villages,
        problem=problem,
        most=LONGEST_PLACE,
    )
