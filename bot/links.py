"""What a link into the private chat asks for: from a poster, or out of a group."""

from sqlalchemy.orm import Session

from bot import groups
from bot.call import Call
from bot.conversation import wants
from bot.conversation.understanding import COMMANDS
from complaints.states import Kind
from data import deeplinks
from data.masking import mask_numbers


def wanted(tx: Session, payload: str, call: Call) -> wants.Want:
    """What a payload asks for; a plain start when it is wrong or old."""
    link = deeplinks.read(payload)
    if link is None:
        return groups.wanted(tx, payload, call)
    if link.place:
        # Nobody typed it here, so that nothing has looked yet whether it hides a person's number.
        is_harmless = mask_numbers(link.place, phones=True) == link.place
        return _report(link.place) if is_harmless else COMMANDS["start"]
    card = call.index.cards.get(link.entry_id)
    if card is None:
        return COMMANDS["start"]
    return wants.Ask((card.in_language(call.language) or card).question)


def _report(place: str) -> wants.Want:
    return wants.Begin(Kind.RIGHTS_PROTECTION, spot=place)
