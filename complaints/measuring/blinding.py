"""A text without what tells whose case it is of, who wrote it, and which section."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.privacy import identities
from complaints.privacy.leaks import TITLES, Secret, SecretKind, find_leaks
from complaints.tables import Case, Officer, Section
from data.masking import mask

NAME, SECTION, NUMBER = "（姓名）", "（課室）", "（案號）"
MOST_PARTS = 20  # of one person's data that a text may hold
CASE_NO = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{1,6}-\d{7}-\d{4,}(?!\d)")


@dataclass(frozen=True)
class Hiding:
    """What has to go out of a text; called with a text it gives the text without.

    Not seen: a nickname, a place or an event that only one case has.
    """

    words: tuple[tuple[str, str], ...]  # each with what stands in its place
    secrets: tuple[Secret, ...] = ()

    @classmethod
    def of(cls, tx: Session) -> "Hiding":
        """The names of everybody who works here, and of every section."""
        officers, sections = tx.scalars(select(Officer.name)), tx.scalars(select(Section.name))
        return cls((*_covered(officers, NAME), *_covered(sections, SECTION)))

    def of_case(self, tx: Session, case: Case) -> "Hiding":
        """Besides, the petitioner's name, in part and with a title, and contact."""
        who = identities.unseal(tx, case)
        mail = SecretKind.EMAIL if "@" in (who.contact or "") else SecretKind.PHONE
        told = ((SecretKind.NAME, who.name), (mail, who.contact))
        secrets = tuple(Secret(case.case_no, kind, text) for kind, text in told if text)
        called = [f"{who.name[0]}{title}" for title in TITLES] if who.name else []
        own = [who.name] if who.name else []
        return Hiding((*_covered([*own, *called], NAME), *self.words), secrets)

    def __call__(self, text: str) -> str:
        for word, cover in self.words:
            text = text.replace(word, cover)
        text = CASE_NO.sub(NUMBER, mask(text))
        for secret in self.secrets:
            text = _without(text, secret)
        return text


def _covered(words: Iterable[str], cover: str) -> list[tuple[str, str]]:
    """The longest first: a name may stand inside another."""
    return [(word, cover) for word in sorted(set(words), key=len, reverse=True) if word]


def _without(text: str, secret: Secret) -> str:
    for _ in range(MOST_PARTS):
        found = find_leaks(text, [secret])
        if not found:
            break
        text = text.replace(found[0].found, NAME)
    return text
