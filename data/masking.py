"""Numbers that identify a person are found in free text and made unreadable before it is kept.

Found however they are typed: full width, lower case, circled or keycap digits, with blanks, line
breaks, hyphens, dots or invisible characters between. Not read: digits written as Chinese words
(一二三), signs replaced by look-alikes (Cyrillic А, O for 0), bank accounts, passports, and the
health card, for whose number no rule is published.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"  # the register's order: A is 10, B is 11, ... O is 35
WEIGHTS = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)
ISSUED = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|(?:30[0-59]|36\d|3[89]\d)\d{11}"  # Diners
    r"|(?:352[89]|35[3-8]\d)\d{12}"  # JCB
    r"|62\d{14,17}"  # UnionPay
    r"|(?:6011|64[4-9]\d|65\d\d)\d{12,15}"  # Discover
)
CARD_LENGTHS = (16, 15, 14, 19, 18, 17, 13)  # the usual first: what follows may be a date or code

INVISIBLE = frozenset({"Cf", "Cc", "Mn", "Me"})
EMPTY_LETTERS = "\u115f\u1160\u2800"  # drawn as nothing, though no blanks by their category
DASHES = "−ー─━_"
DOTS = ".·‧・•∙⋅。｡"
# One alone counts points (①路燈 ②水溝) or is a square (m²); a number is written with several.
ENCLOSED = "".join(chr(n) for n in range(0x3300) if unicodedata.category(chr(n)) == "No")
LONE_MARK = re.compile(rf"(?<![{ENCLOSED}])[{ENCLOSED}](?![{ENCLOSED}])")
MARK = "○"
UNSEEN = "\u200b"  # stands for every invisible character in what is read
TAKEN, CALLED = "█", "▒"  # stand for what is already told: a number or code; a phone number

SHORT_GAP = rf"[ .\-{UNSEEN}]*+"
GAP = rf"[ .,\-{UNSEEN}]*+"
PHONE_GAP = rf"[ .\-{UNSEEN}]{{0,3}}+"
# Possessive quantifiers (`*+`): no text makes a pattern try the same characters again and again.
# Looked at from every letter: two numbers may begin within the same characters.
ID_SHAPE = re.compile(
    rf"(?=([a-z](?:{GAP}[1289]|{SHORT_GAP}[a-d])(?:{GAP}\d){{8}})(?!\d))", re.A | re.I
)
DIGITS = re.compile(rf"\d(?>(?:{SHORT_GAP}\d)*)", re.A)
NO_PERSON = re.compile(
    r"[a-z][a-z\d]\*{5}\d{3}(?!\d)|(?<!\d)\d{4}\*{5,15}\d{4}(?!\d)"  # masked before
    r"|(?<!\d)2[1-6]\.\d{3,9}[ ,]{1,3}1[12]\d\.\d{3,9}(?!\d)",  # a place: latitude, longitude
    re.A | re.I,
)
NAMED_OTHERWISE = re.compile(
    r"(?:案號|案件編號|收件編?號|文號|流水號|單號|水號|電號|發票(?:號碼)?)[ :.是為]{0,3}$"
)
CODE_BEFORE = re.compile(r"(?<![a-z])(?!id-|no-)[a-z]{2,4}-$", re.I)
# The letter ends a plate or a look-up code; more digits than six are a number of their own.
SIGNS_BEFORE = re.compile(rf"[a-z{TAKEN}](?<!ext)\d{{0,6}}$", re.A | re.I)
ONE_LETTER_BEFORE = re.compile(r"(?<![a-z])[a-z]$", re.I)
WHOLE_ID = re.compile(
    rf"(?<![\d{TAKEN}])[a-z]{UNSEEN}*+[a-d1289](?:{UNSEEN}*+\d){{8}}(?!\d)", re.A | re.I
)
LABEL = re.compile(r"(?<![a-z])(?:id|no)$", re.I)
GOES_ON = re.compile(rf"-\d{{1,6}}(?![\d{TAKEN}{CALLED}])", re.A)
PHONE = re.compile(
    rf"""(?:
        (?:\+|(?<!\d)00|(?<![a-z\d])) 886 {PHONE_GAP} \(? 0? \)? [2-9] (?:{PHONE_GAP}\d){{7,8}}
        | (?<![\d第]) (?:
            09 (?:{PHONE_GAP}\d){{8}}
            | 0[2-8]\d? [-\ ]? \d{{3,4}} [-\ ]? \d{{4}}
            | 02 (?:{PHONE_GAP}\d){{8}}
            | 04 (?:{PHONE_GAP}[23] (?:{PHONE_GAP}\d){{7}} | (?:{PHONE_GAP}\d){{7}})
            | 0[35-8] (?:{PHONE_GAP}\d){{7}}
        )
        | \(0[2-8]\d{{0,2}}\) (?:{PHONE_GAP}\d){{5,8}}
    ) (?!\d)
    (?: [ ,(]{{0,3}} (?:轉|分機|ext|\#) [ .:]{{0,3}} \d{{1,6}} (?!\d) )?""",
    re.A | re.I | re.X,
)
USUAL_PHONE = re.compile(
    r"""(?<![\d第/]) (?:
        (?: \+?886[-. ]? | 0 ) 9\d\d [-. ]? \d{3} [-. ]? \d{3}
        | (?: \+886[-. ]? | 0 ) [2-8]\d?[-)] (?: \d{3,4} [- ]? \d{4} | \d{3} [- ]? \d{3} )
    ) (?!\d) (?: [ (]? (?:轉|分機|\#) \d{1,6} (?!\d) )?""",
    re.A | re.X,
)
# Addresses joined to one another are found as one: what is left would else become a new one.
# Atomic groups: possessive ones Python ends too late before 3.11.5 (gh-106052).
MAIL = re.compile(r"(?<![\w.+-])(?>(?:[\w.+-]++@[a-z\d-]++(?>(?:\.[a-z\d-]++)+))+)", re.A | re.I)


class NumberKind(StrEnum):
    """What a found number is."""

    NATIONAL_ID = "national_id"
    RESIDENT_ID = "resident_id"
    CARD = "card"
    PHONE = "phone"
    EMAIL = "email"


IDS = frozenset({NumberKind.NATIONAL_ID, NumberKind.RESIDENT_ID})
SECRET = IDS | {NumberKind.CARD}
COVERS = {NumberKind.PHONE: "（電話）", NumberKind.EMAIL: "（電子郵件）"}


@dataclass(frozen=True)
class Found:
    """One number: its kind and where it stands in the text, as `text[start:end]`."""

    kind: NumberKind
    start: int
    end: int


def numbers_in(text: str) -> list[Found]:
    """Every number that identifies or reaches a person, in the order of the text.

    IDs and cards need a right check digit; an ID typed without a gap needs none, for one with a
    slip is still the person's. Only a mail address may overlap with another number.
    """
    plain, places = _read(text)
    left = NO_PERSON.sub(lambda told: TAKEN * len(told[0]), plain)
    found = list(_matches(MAIL, left, NumberKind.EMAIL))
    for find in FINDERS:
        told = list(find(left))
        found += told
        left = _without(left, told)
    placed = (Found(one.kind, places[one.start], places[one.end - 1] + 1) for one in found)
    return sorted(placed, key=lambda one: (one.start, -one.end))


def mask_numbers(text: str, *, phones: bool = False) -> str:
    """The text with ID and card numbers unreadable; `phones` hides phones and mail as well.

    An ID keeps two and three characters (A1*****789), a card its first and last four digits with a
    star for each between (4111********1111), a phone and a mail address nothing. Nothing else of
    the text changes, and what is masked stays as it is (個人資料保護法 §5: no more than is needed).
    """
    parts, done = [], 0
    for found in numbers_in(text):
        if (phones or found.kind in SECRET) and found.end > done:
            parts += [text[done : max(done, found.start)], _cover(found, text)]
            done = found.end
    return "".join([*parts, text[done:]])


def holds_secret_number(text: str) -> bool:
    """Whether a number stands in the text that `mask_numbers` would hide."""
    return any(found.kind in SECRET for found in numbers_in(text))


def mask(text: str) -> str:
    """The text with IDs (A1*****789), cards, phone numbers and mail addresses made unreadable."""
    return mask_numbers(text, phones=True)


def holds_id_number(text: str) -> bool:
    """Whether an ID or residence number stands in the text."""
    return any(found.kind in IDS for found in numbers_in(text))


def _read(text: str) -> tuple[str, list[int]]:
    # One sign may be read as several (⑩): each read character knows the sign it came from.
    read = [_read_sign(sign) for sign in LONE_MARK.sub(MARK, text)]
    places = [place for place, signs in enumerate(read) for _ in signs]
    return "".join(read), places


@lru_cache(maxsize=8192)
def _read_sign(sign: str) -> str:
    parts = unicodedata.normalize("NFKC", sign)
    # ½ and ㏠ (1日) are words with a digit in them; ⑩, ⒈ and ⑴ are digits.
    if re.search(r"\d", parts) and re.search(r"[^\d().,]", parts):
        return MARK
    return "".join(map(_plain, parts))


def _plain(sign: str) -> str:
    category = unicodedata.category(sign)
    if sign.isdigit():
        return str(unicodedata.digit(sign))
    if sign in (TAKEN, CALLED):
        return MARK
    if sign.isspace():
        return " "
    if category in INVISIBLE or sign in EMPTY_LETTERS:
        return UNSEEN
    if category == "Pd" or sign in DASHES:
        return "-"
    return "." if sign in DOTS else sign


def _matches(pattern: re.Pattern[str], plain: str, kind: NumberKind) -> Iterator[Found]:
    return (Found(kind, *match.span()) for match in pattern.finditer(plain))


def _within_phones(plain: str) -> frozenset[int]:
    # What begins or ends here is no number of its own, but part of the phone to be called back.
    phones = USUAL_PHONE.finditer(plain)
    return frozenset(n for phone in phones for n in range(phone.start() + 1, phone.end()))


def _true_ids(plain: str) -> Iterator[Found]:
    calls = _within_phones(plain)
    for match in ID_SHAPE.finditer(plain):
        start, end = match.span(1)
        fits = end not in calls and _stands_alone(plain, start, end)
        if fits and _id_adds_up(_signs(match[1])):
            yield Found(_kind_of_id(match[1]), start, end)


def _stands_alone(plain: str, start: int, end: int) -> bool:
    # WangA123456789 may well be an ID; RR123456789TW is a parcel, TWD12345678 an amount,
    # AB-1234 5678 a plate, H-19-154180-9 behind 水號 a water meter.
    number, before = plain[start:end].replace(UNSEEN, ""), _before(plain, start)
    if not number.isalnum() or number[1].isalpha():
        joined = SIGNS_BEFORE.search(before) and not LABEL.search(before)
        return not (joined or NAMED_OTHERWISE.search(before))
    after = plain[end : end + 1]
    parcel = ONE_LETTER_BEFORE.search(before) or _is_letter(after) or after == TAKEN
    return not _follows_letters(before) or not parcel


def _follows_letters(before: str) -> bool:
    return _is_letter(before[-1:]) and not LABEL.search(before)


def _before(plain: str, start: int) -> str:
    return plain[max(0, start - 16) : start]


def _ids_by_shape(plain: str) -> Iterator[Found]:
    for match in WHOLE_ID.finditer(plain):
        before = _before(plain, match.start())
        code = CODE_BEFORE.search(before) or GOES_ON.match(plain, match.end())
        if not (code or _follows_letters(before) or NAMED_OTHERWISE.search(before)):
            yield Found(_kind_of_id(match[0]), *match.span())


def _kind_of_id(number: str) -> NumberKind:
    own = _signs(number)[1] in "12"
    return NumberKind.NATIONAL_ID if own else NumberKind.RESIDENT_ID


def _id_adds_up(number: str) -> bool:
    # Of an old residence number's second letter only the units count (內政部 統一證號 rule).
    first, second = (_value(sign) for sign in number[:2])
    digits = [first // 10, first % 10, second % 10, *map(int, number[2:])]
    return sum(d * weight for d, weight in zip(digits, WEIGHTS, strict=True)) % 10 == 0


def _value(sign: str) -> int:
    return int(sign) if sign.isdigit() else LETTERS.index(sign.upper()) + 10


def _cards(plain: str) -> Iterator[Found]:
    calls = _within_phones(plain)
    for run in DIGITS.finditer(plain):
        spots = [n for n in range(*run.span()) if plain[n].isdigit()]
        yield from _cards_in_run(plain, spots, calls)


def _cards_in_run(plain: str, spots: list[int], calls: frozenset[int]) -> Iterator[Found]:
    # A card begins and ends where a group of digits does: never inside a longer number.
    digits, edges, after = "".join(plain[n] for n in spots), _edges(spots), 0
    for start in sorted(edges):
        ends = (start + length for length in _lengths(len(spots) - start))
        for end in (end for end in ends if end in edges and _is_card(digits[start:end])):
            first, last = spots[start], spots[end - 1] + 1
            told = {first, last} & calls or _counts_up(plain[first:last])
            if start >= after and not told:
                yield Found(NumberKind.CARD, first, last)
                after = end
                break


def _lengths(left: int) -> tuple[int, ...]:
    # 19 digits typed one by one may hold a shorter card by chance: all that is left comes first.
    return (left, *CARD_LENGTHS) if left in CARD_LENGTHS else CARD_LENGTHS


def _edges(spots: list[int]) -> frozenset[int]:
    inner = (n for n in range(1, len(spots)) if spots[n] - spots[n - 1] > 1)
    return frozenset((0, *inner, len(spots)))


def _counts_up(digits: str) -> bool:
    # 2 3 4 5 6 7 8 9 10 11 12 13 has the prefix and the check digit of a card.
    groups = [int(group) for group in re.findall(r"\d+", digits)]
    return len(groups) > 2 and groups == list(range(groups[0], groups[0] + len(groups)))


def _is_card(number: str) -> bool:
    # Luhn: from the right every second digit counts double, and a sum above nine its two digits.
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in number[-2::-2])
    single = (int(digit) for digit in number[::-2])
    return bool(ISSUED.fullmatch(number)) and (sum(doubled) + sum(single)) % 10 == 0


def _phones(plain: str) -> Iterator[Found]:
    return _matches(PHONE, plain, NumberKind.PHONE)


def _without(plain: str, told: Iterable[Found]) -> str:
    signs = list(plain)
    for one in told:
        mark = CALLED if one.kind is NumberKind.PHONE else TAKEN
        signs[one.start : one.end] = mark * (one.end - one.start)
    return "".join(signs)


def _cover(found: Found, text: str) -> str:
    if found.kind in COVERS:
        return COVERS[found.kind]
    signs = _signs(_read(text[found.start : found.end])[0])
    if found.kind is NumberKind.CARD:
        return f"{signs[:4]}{'*' * (len(signs) - 8)}{signs[-4:]}"
    return f"{signs[:2]}*****{signs[-3:]}"


def _signs(number: str) -> str:
    return "".join(sign for sign in number if sign.isascii() and sign.isalnum())


def _is_letter(sign: str) -> bool:
    return sign.isascii() and sign.isalpha()


# In this order: what a sure number takes is not read again as part of a less sure one.
FINDERS: tuple[Callable[[str], Iterator[Found]], ...] = (
    _true_ids,
    _cards,
    _phones,
    _ids_by_shape,
)
