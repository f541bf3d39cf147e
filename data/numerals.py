"""Numbers as they are written in Chinese text: in figures or in Chinese numerals."""

DIGITS = "一二三四五六七八九"
NOUGHTS = "〇零○"
TENS = {"十": 10, "百": 100}


def value(written: str) -> int:
    """The value of figures, or of Chinese numerals below a thousand (十七, 廿三, 一百零三)."""
    if written.isdigit():
        return int(written)
    total = held = 0
    for sign in written:
        if sign in TENS:
            total, held = total + (held or 1) * TENS[sign], 0
        elif sign == "廿":
            total += 20
        elif sign not in NOUGHTS:
            held = DIGITS.index(sign) + 1
    return total + held
