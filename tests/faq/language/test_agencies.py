import pytest

from faq.language.agencies import AgencyList
from faq.language.words import WordFiles

SMALL = AgencyList.parse(
    "- {agency: 健保署, matters: [健保卡], advice: 請洽健保署。, phone: 0800}\n"
    "- {agency: 監理站, matters: [駕照, 健保卡換駕照], advice: 請洽監理站。}"
)
SHIPPED = AgencyList.parse(WordFiles.shipped().agencies)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("健保卡不見了", "健保署"),
        ("我的健保卡，還有駕照", "健保署"),  # both stand there; the longer matter wins
        ("健保卡換駕照", "監理站"),
        ("换驾照", "監理站"),
        ("健保，卡住了", None),  # not across a comma
        ("身分證", None),
        ("", None),
        ("😀" * 5_000, None),
    ],
)
def test_the_agency_of_a_matter(text: str, name: str | None) -> None:
    found = SMALL.find(text)
    assert (found.name if found else None) == name


def test_every_shipped_matter_is_found_and_every_agency_has_advice() -> None:
    assert all(SHIPPED.find(matter) for matter in SHIPPED.matters)
    assert all(agency.advice and agency.name for agency in SHIPPED.matters.values())


@pytest.mark.parametrize("text", ["- 健保署", "- {agency: 甲, matters: [乙]}", "- {matters: []}"])
def test_a_row_that_is_none_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="row 1"):
        AgencyList.parse(text)


def test_an_empty_list_finds_nothing() -> None:
    assert AgencyList.parse("").find("健保卡") is None
