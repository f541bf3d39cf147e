"""The charts of the report as SVG, drawn without script, style sheet or anything from outside.

The same drawing is a picture of the console (`image/svg+xml`) and of the PDF: it names its font,
carries its title and what it shows in words, and tells its series apart by pattern and by number,
never by colour alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from math import ceil, log10

from admin_api.reporting import naming
from admin_api.reporting.cells import Cell, Form, Picture, printed, readable
from admin_api.schemas.meetings import Grades, Meeting, OfMonth

FONT = "'Noto Sans CJK TC', sans-serif"
WIDTH = 680
INK, QUIET, GRID = "#1f2430", "#4a5160", "#d5d9e0"
DEEP, WARM, PALE = "#17497f", "#a8480b", "#6f7785"
# Each 3:1 or better against white, and told apart in grey: dark, hatched, outlined.
PALETTE = {"deep": DEEP, "warm": WARM, "pale": PALE}
PAPER = "#ffffff"
SIZE, SMALL, TINY = 13, 11, 9
MOST_LABELLED = 14  # months whose bars carry their numbers
TOO_FEW = "填答未滿 10 份，不列分布"
NO_DATA = "本期沒有資料"
MEDIA_TYPE = "image/svg+xml"


def by_month(meeting: Meeting) -> Picture:
    """Cases received and closed in each month, and below the share closed on time."""
    title = "各月受理、辦結與如期辦結率"
    months = meeting.months
    if not months:
        return _nothing("by_month", title)
    told = "；".join(_month_told(one) for one in months)
    legend = _legend((("受理", "deep"), ("辦結", "warm"), ("如期辦結率", "line")))
    body = [legend, _month_bars(months), _month_rates(months)]
    return _picture("by_month", title, told, 338, body)


def by_section(meeting: Meeting) -> Picture:
    """Each section's cases: closed on time, closed late, and open at the end."""
    title = "各課室如期辦結、逾限辦結與期末未結"
    lines = [
        (naming.heading(one), [int(one.figures.get(name) or 0) for name in STACKED])
        for one in meeting.sections
    ]
    if not lines:
        return _nothing("by_section", title)
    told = "；".join(
        f"{name}：如期 {numbers[0]}、逾限 {numbers[1]}、未結 {numbers[2]}"
        for name, numbers in lines
    )
    legend = _legend((("如期辦結", "deep"), ("逾限辦結", "warm"), ("期末未結", "pale")))
    return _picture("by_section", title, told, 56 + 30 * len(lines), [legend, _stacks(lines)])


def opinions(meeting: Meeting) -> Picture:
    """How many gave each grade, to how a case was handled and to what came of it."""
    title = "滿意度分布"
    both = (("辦理過程", meeting.satisfaction.process), ("處理結果", meeting.satisfaction.result))
    told = "；".join(f"{name}：{_grades_told(one)}" for name, one in both)
    legend = _legend((("辦理過程", "deep"), ("處理結果", "warm")))
    return _picture("opinions", title, told, 210, [legend, _grade_bars([one for _, one in both])])


DRAWN = {"by_month": by_month, "by_section": by_section, "opinions": opinions}
STACKED = ("closed_on_time", "closed_late", "open_end")


# --- months ---------------------------------------------------------------------------------
LEFT, RIGHT = 52, 12
TOP, BARS, RATES = 52, 150, 70  # heights of the parts of the first chart


def _month_bars(months: Sequence[OfMonth]) -> str:
    most = _ceiling(max(max(one.received, one.closed) for one in months))
    scale = BARS / most
    pieces = [*_grid(TOP, BARS, [0, most // 2, most] if most > 1 else [0, most], most)]
    step = _step(months)
    wide = min(24.0, step * 0.44)
    for place, one in enumerate(months):
        middle = LEFT + step * (place + 0.5)
        for number, fill, x in (
            (one.received, "deep", middle - wide),
            (one.closed, "warm", middle),
        ):
            high = number * scale
            pieces.append(_bar(x, TOP + BARS - high, wide - 1, high, fill))
            if len(months) <= MOST_LABELLED:
                pieces.append(_label(x + wide / 2, TOP + BARS - high - 4, f"{number:,}", size=TINY))
        if _is_named(place, months):
            pieces.append(_label(middle, TOP + BARS + 16, _month_name(one), INK))
    return "".join(pieces)


def _month_rates(months: Sequence[OfMonth]) -> str:
    top = TOP + BARS + 42
    step = _step(months)
    pieces = [*_grid(top, RATES, [0, 50, 100], 100, "%")]
    points = [
        (LEFT + step * (place + 0.5), top + RATES * (1 - one.on_time_rate), one.on_time_rate)
        for place, one in enumerate(months)
        if one.on_time_rate is not None
    ]
    for run in _runs(months, points):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in run)
        pieces.append(f'<polyline points="{path}" fill="none" stroke="{INK}" stroke-width="1.5"/>')
    for x, y, rate in points:
        pieces.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{INK}"/>')
        if len(months) <= MOST_LABELLED:
            low = y + 15 if y < top + RATES / 2 else y - 7
            pieces.append(_label(x, low, f"{rate * 100:.0f}%"))
    return "".join(pieces)


def _runs(
    months: Sequence[OfMonth], points: Iterable[tuple[float, float, float]]
) -> Iterator[list[tuple[float, float, float]]]:
    """The points between months without a rate: no line leads over what is not known."""
    given, run = iter(points), []
    for one in months:
        if one.on_time_rate is not None:
            run.append(next(given))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _step(months: Sequence[OfMonth]) -> float:
    return (WIDTH - LEFT - RIGHT) / len(months)


def _is_named(place: int, months: Sequence[OfMonth]) -> bool:
    return place % ceil(len(months) / MOST_LABELLED) == 0


def _month_name(one: OfMonth) -> str:
    """115/10 of 2026-10."""
    year, _, month = one.key.partition("-")
    return f"{int(year) - 1911}/{month}" if year.isdigit() and month else one.title


def _month_told(one: OfMonth) -> str:
    rate = printed(Cell(one.on_time_rate, Form.SHARE))
    return f"{one.title}受理 {one.received}、辦結 {one.closed}、如期辦結率 {rate}"


# --- sections -------------------------------------------------------------------------------
NAMES, NUMBERS = 120, 50  # room at the left and at the right


def _stacks(lines: Sequence[tuple[str, Sequence[int]]]) -> str:
    most = max([1, *(sum(numbers) for _, numbers in lines)])
    scale = (WIDTH - NAMES - NUMBERS) / most
    pieces = []
    for place, (name, numbers) in enumerate(lines):
        y, x = TOP + 30.0 * place, float(NAMES)
        pieces.append(_label(NAMES - 8, y + 15, _fitting(name, 9), INK, "end", SIZE - 1))
        for number, fill in zip(numbers, PALETTE, strict=True):
            pieces.append(_piece(x, y, number * scale, number, fill))
            x += number * scale
        pieces.append(_label(x + 6, y + 15, f"{sum(numbers):,}", INK, "start"))
    return "".join(pieces)


def _piece(x: float, y: float, width: float, number: int, fill: str) -> str:
    """A piece of a bar with its number, where there is room for it."""
    if not number:
        return ""
    shown = f"{number:,}"
    room = 7.0 * len(shown) + 6
    bar = _bar(x, y, max(width - 1, 1), 20, fill)
    if width < room + 4:
        return bar
    middle = x + width / 2
    place = f'x="{middle - room / 2:.1f}" y="{y + 3}" width="{room:.1f}" height="14"'
    back = f'<rect {place} rx="2" fill="{PAPER}"/>'
    return bar + back + _label(middle, y + 14, shown, INK)


# --- opinions -------------------------------------------------------------------------------
def _grade_bars(both: Sequence[Grades]) -> str:
    top, high = 56, 116
    most = _ceiling(max([0, *(n for one in both for n in _given(one).values())]))
    pieces = [*_grid(top, high, [0, most // 2, most] if most > 1 else [0, most], most)]
    step = (WIDTH - LEFT - RIGHT) / 5
    for grade in range(1, 6):
        middle = LEFT + step * (grade - 0.5)
        pieces.append(_label(middle, top + high + 18, f"{grade} 分", INK))
        for place, (one, fill) in enumerate(zip(both, PALETTE, strict=False)):
            number = _given(one).get(grade)
            if number is None:
                continue
            x, tall = middle + 40 * (place - 1), number * high / most
            pieces.append(_bar(x, top + high - tall, 38, tall, fill))
            pieces.append(_label(x + 19, top + high - tall - 4, f"{number:,}"))
    if hidden := [
        name for name, one in zip(("辦理過程", "處理結果"), both, strict=True) if not one.shown
    ]:
        said = f"{'、'.join(hidden)}：{TOO_FEW}"
        pieces.append(_label(WIDTH - RIGHT, 35, said, INK, "end"))
    return "".join(pieces)


def _given(one: Grades) -> dict[int, int]:
    return one.distribution if one.shown and one.distribution else {}


def _grades_told(one: Grades) -> str:
    if not one.shown:
        return TOO_FEW
    return "、".join(f"{grade} 分 {number}" for grade, number in sorted(_given(one).items()))


# --- drawing --------------------------------------------------------------------------------
def _picture(name: str, title: str, told: str, height: float, body: Iterable[str]) -> Picture:
    heading = _label(0, 15, title, INK, "start", SIZE + 1)
    told = readable(told)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}"'
        f' height="{height}" role="img" aria-labelledby="{name}-title {name}-told"'
        f' xml:lang="zh-Hant-TW" font-family="{FONT}" font-size="{SMALL}">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-told">{escape(told)}</desc>'
        f"<defs>{_patterns(name)}</defs>"
        f'<rect width="{WIDTH}" height="{height}" fill="{PAPER}"/>{heading}{"".join(body)}</svg>'
    )
    return Picture(name, title, told, svg.replace("url(#", f"url(#{name}-"))


def _nothing(name: str, title: str) -> Picture:
    said = _label(WIDTH / 2, 60, NO_DATA, QUIET, size=SIZE)
    return _picture(name, title, NO_DATA, 90, [said])


def _patterns(name: str) -> str:
    """Hatching, for those who do not see the colour and for printers that have none."""
    return (
        f'<pattern id="{name}-warm" width="5" height="5" patternUnits="userSpaceOnUse"'
        f' patternTransform="rotate(45)"><rect width="5" height="5" fill="{PAPER}"/>'
        f'<rect width="3" height="5" fill="{WARM}"/></pattern>'
    )


def _bar(x: float, y: float, width: float, height: float, fill: str) -> str:
    """A bar: filled, hatched within its outline, or outlined."""
    looks = {
        "deep": f'fill="{DEEP}"',
        "warm": f'fill="url(#warm)" stroke="{WARM}" stroke-width="1"',
        "pale": f'fill="{PAPER}" stroke="{PALE}" stroke-width="1.5"',
    }
    box = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{max(height, 0):.1f}"'
    return f"<rect {box} {looks[fill]}/>"


def _legend(series: Iterable[tuple[str, str]]) -> str:
    pieces, x = [], 0.0
    for name, fill in series:
        if fill == "line":
            pieces.append(f'<path d="M{x:.1f} 31h16" stroke="{INK}" stroke-width="1.5"/>')
            pieces.append(f'<circle cx="{x + 8:.1f}" cy="31" r="3" fill="{INK}"/>')
        else:
            pieces.append(_bar(x, 26, 16, 10, fill))
        pieces.append(_label(x + 21, 35, name, QUIET, "start"))
        x += 36 + 11 * len(name)
    return "".join(pieces)


def _grid(
    top: float, high: float, marks: Iterable[int], most: int, unit: str = ""
) -> Iterator[str]:
    for mark in marks:
        y = top + high * (1 - mark / most)
        yield f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{GRID}" stroke-width="0.8"/>'
        yield _label(LEFT - 6, y + 4, f"{mark:,}{unit}", QUIET, "end")


def _label(
    x: float, y: float, said: str, fill: str = QUIET, anchor: str = "middle", size: int = SMALL
) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" fill="{fill}" text-anchor="{anchor}" font-size="{size}"'
    return f"<text {place}>{escape(readable(said))}</text>"


def _fitting(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _ceiling(number: int) -> int:
    """A round number no bar is taller than."""
    if number <= 4:
        return 4
    unit = 10 ** int(log10(number))
    return int(
        next(unit * part for part in (1, 1.2, 1.6, 2, 3, 4, 6, 8, 10) if unit * part >= number)
    )
