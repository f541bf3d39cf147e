"""Who brought a case: name and contact, sealed for that case and no other."""

import json
import re
from dataclasses import asdict, dataclass

from sqlalchemy.orm import Session

from complaints.tables import Case
from data import sealing
from data.collation import normalize

NOT_A_DIGIT = re.compile(r"\D")
COUNTRY = "886"
SHORTEST_PHONE = 7  # digits: a house number is nobody's telephone


@dataclass(frozen=True)
class Petitioner:
    """A petitioner's own data: nothing of it stands in the open in the database."""

    name: str | None = None
    contact: str | None = None


NOBODY = Petitioner()


def seal(tx: Session, case: Case, petitioner: Petitioner) -> None:
    """Keep the petitioner's data with the case; needs the case number."""
    keys = sealing.of(tx)
    plain = json.dumps(asdict(petitioner), ensure_ascii=False).encode()
    case.petitioner = None if petitioner == NOBODY else keys.seal(plain, _place(case.case_no))
    case.contact_mark = mark(tx, petitioner.contact) if petitioner.contact else None


def unseal(tx: Session, case: Case) -> Petitioner:
    """The petitioner's data; nobody when none was given or it was destroyed. Raises Unsealable."""
    return opened(tx, case.case_no, case.petitioner)


def opened(tx: Session, case_no: str, sealed: bytes | None) -> Petitioner:
    """The petitioner's data from the sealed value of a case; raises Unsealable."""
    if sealed is None:
        return NOBODY
    return Petitioner(**json.loads(sealing.of(tx).open(sealed, _place(case_no))))


def masked(petitioner: Petitioner) -> Petitioner:
    """What may be shown without a reason: the surname, and the contact's last digits."""
    name = f"{petitioner.name[0]}○○" if petitioner.name else None
    contact = petitioner.contact
    if contact and "@" in contact:
        local, _, host = contact.partition("@")
        contact = f"{local[:1]}***@{host}"
    elif contact:
        contact = f"***{contact[-3:]}"
    return Petitioner(name, contact)


def mark(tx: Session, contact: str) -> str | None:
    """The keyed digest by which cases of one phone or mail address are found; None for others."""
    plain = _plain(contact)
    return sealing.of(tx).mark(plain) if "@" in plain or len(plain) >= SHORTEST_PHONE else None


def _plain(contact: str) -> str:
    if "@" in contact:
        return contact.strip().casefold()
    digits = NOT_A_DIGIT.sub("", normalize(contact))
    return "0" + digits.removeprefix(COUNTRY) if digits.startswith(COUNTRY) else digits


def _place(case_no: str) -> str:
    return f"cases.petitioner/{case_no}"
