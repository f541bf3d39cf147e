"""Hiding what identifies a person where a text is kept for other uses than the person's case."""

import re

ID_NUMBER = re.compile(r"(?<![A-Za-z0-9])([A-Za-z])([1289ABCDabcd])\d{8}(?!\d)")
MOBILE = r"09\d{2}[- ]?\d{3}[- ]?\d{3}"
LANDLINE = r"\(?0[2-8]\d?\)?[- ]?\d{3,4}[- ]?\d{4}"
PHONE = re.compile(rf"(?<!\d)(?:{MOBILE}|{LANDLINE})(?!\d)")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


def mask(text: str) -> str:
    """The text with ID numbers (A1*****789), phone numbers and mail addresses made unreadable."""
    text = ID_NUMBER.sub(lambda found: f"{found[0][:2]}*****{found[0][-3:]}", text)
    text = PHONE.sub("（電話）", text)
    return EMAIL.sub("（電子郵件）", text)


def holds_id_number(text: str) -> bool:
    """Whether an ID or residence number stands in the text."""
    return ID_NUMBER.search(text) is not None
