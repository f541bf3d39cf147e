"""Charts need no colour to be read, carry their words, and hold nothing that runs or is fetched."""

import re
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_api.reporting import charts
from admin_api.reporting.cells import Picture
from admin_api.reporting.charts import DRAWN, PAPER, by_month, by_section, opinions
from admin_api.reporting.fonts import FAMILY
from tests.admin_api.reporting import sample

SVG = "{http://www.w3.org/2000/svg}"


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    line = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * line[0] + 0.7152 * line[1] + 0.0722 * line[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def texts(picture: Picture) -> list[str]:
    return [one.text or "" for one in ET.fromstring(picture.svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("colour", charts.PALETTE.values())
def test_a_bar_stands_out_from_the_paper(colour: str) -> None:
    assert contrast(colour, PAPER) >= 3


@pytest.mark.parametrize("colour", [charts.INK, charts.QUIET])
def test_words_stand_out_from_the_paper(colour: str) -> None:
    assert contrast(colour, PAPER) >= 4.5


def test_contrast_is_measured_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_series_differ_by_more_than_colour() -> None:
    drawn = {fill: charts._bar(0, 0, 1, 1, fill) for fill in charts.PALETTE}
    colours = re.compile("|".join(charts.PALETTE.values()))
    grey = {fill: colours.sub("grey", svg) for fill, svg in drawn.items()}
    assert all(grey[one] != grey[other] for one, other in combinations(grey, 2))


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("month", ["meeting", "empty"])
def test_a_chart_is_a_picture_and_nothing_else(name: str, month: str) -> None:
    picture = DRAWN[name](getattr(sample, month)())
    root = ET.fromstring(picture.svg)
    allowed = {"svg", "title", "desc", "defs", "pattern", "rect", "path", "circle", "polyline"}
    assert {one.tag.removeprefix(SVG) for one in root.iter()} <= allowed | {"text"}
    names = {attribute for one in root.iter() for attribute in one.attrib}
    assert not {one for one in names if one.startswith("on") or "href" in one or one == "style"}
    assert FAMILY in root.attrib["font-family"] and "sans-serif" in root.attrib["font-family"]
    title, told = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None and title.text == picture.title
    assert told is not None and told.text == picture.told
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"].split() == [title.attrib["id"], told.attrib["id"]]
    numbers = [one for one in picture.svg.split('"') if one.startswith("-") and one[1:2].isdigit()]
    assert not numbers


def test_patterns_have_names_of_their_own() -> None:
    for name, draw in DRAWN.items():
        assert f"url(#{name}-warm)" in draw(sample.meeting()).svg


def test_months_show_their_numbers() -> None:
    month = sample.meeting()
    shown = texts(by_month(month))
    for one in month.months:
        assert f"{one.received:,}" in shown
        assert f"{one.closed:,}" in shown
    assert "115/10" in shown and "114/10" in shown
    assert "98%" in shown


def test_no_line_leads_over_a_month_without_a_rate() -> None:
    lines = ET.fromstring(by_month(sample.meeting()).svg).iter(f"{SVG}polyline")
    assert [len(one.attrib["points"].split()) for one in lines] == [4, 8]


def test_two_years_of_months_are_not_overwritten() -> None:
    months = sample.months() + sample.months()
    shown = texts(by_month(sample.meeting(months=months)))
    assert f"{months[0].received:,}" not in shown
    assert sum("/" in one for one in shown) == len(months) / 2


def test_sections_show_their_numbers_and_names() -> None:
    month = sample.meeting()
    shown = texts(by_section(month))
    assert "民政課" in shown and "密件" in shown
    first = month.sections[0].figures
    assert str(first["closed_on_time"]) in shown and str(first["open_end"]) in shown


def test_a_name_cannot_become_markup() -> None:
    line = sample.line("x", '<script>"&', 0.3)
    picture = by_section(sample.meeting(sections=[line]))
    assert "<script" not in picture.svg
    assert any(one.startswith("<script") for one in texts(picture))


def test_too_few_grades_are_not_drawn() -> None:
    few = sample.grades({5: 3, 1: 2}, 40)
    told = sample.meeting().satisfaction.model_copy(update={"process": few, "result": few})
    picture = opinions(sample.meeting(satisfaction=told))
    assert charts.TOO_FEW in picture.told
    bars = [one for one in ET.fromstring(picture.svg).iter(f"{SVG}rect") if "y" in one.attrib]
    assert len(bars) == 2  # of the legend


def test_an_empty_month_says_so() -> None:
    for draw in (by_month, by_section):
        assert charts.NO_DATA in texts(draw(sample.empty()))


@given(st.integers(0, 10_000_000))
def test_no_bar_is_taller_than_its_axis(number: int) -> None:
    ceiling = charts._ceiling(number)
    assert number <= ceiling
    assert ceiling <= max(4, 2 * number)
