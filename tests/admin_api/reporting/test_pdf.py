"""The PDF is one an archive takes; it says what the meeting says, and prints every name."""

import pytest
from pypdfium2 import PdfDocument, PdfPage

from admin_api.reporting import contents, pdf
from admin_api.reporting.cells import Cell, printed
from admin_api.reporting.naming import form_of
from admin_api.schemas.meetings import Meeting
from tests.admin_api.reporting import sample


def pages(content: bytes) -> list[str]:
    """The text of each page, without blanks and breaks."""
    document = PdfDocument(content)
    try:
        return ["".join(_text(page).split()) for page in document]
    finally:
        document.close()


def _text(page: PdfPage) -> str:
    text = page.get_textpage()
    try:
        told: str = text.get_text_bounded()
        return told
    finally:
        text.close()
        page.close()


@pytest.fixture(scope="module")
def made() -> pdf.Pdf:
    return pdf.make(sample.meeting())


@pytest.fixture(scope="module")
def told(made: pdf.Pdf) -> str:
    return "".join(pages(made.content))


def test_it_claims_to_be_for_archives_and_for_screen_readers(made: pdf.Pdf) -> None:
    for claim in (b"<pdfaid:part>2<", b"<pdfaid:conformance>B<", b"<pdfuaid:part>1<"):
        assert claim in made.content
    assert b"/OutputIntents" in made.content or b"/GTS_PDFA1" in made.content
    assert b"/JavaScript" not in made.content


def test_it_is_titled(made: pdf.Pdf) -> None:
    first = pages(made.content)[0]
    assert "某某市文化區公所" in first
    assert "民國115年10月人民陳情案件辦理情形報告" in first
    document = PdfDocument(made.content)
    assert document.get_metadata_value("Title") == contents.title(sample.meeting())
    document.close()


def test_every_part_and_every_cell_is_printed(told: str) -> None:
    for part in contents.parts(sample.meeting()):
        assert part.title in told
        for table in part.tables:
            assert "".join(table.title.split()) in told
            for row in table.rows:
                for shown in map(printed, row):
                    if shown != sample.LONG:  # begins on one page and ends on the next
                        assert "".join(shown.split()).replace(sample.UNDRAWN, "〓") in told


def test_figures_of_the_meeting_are_printed(told: str) -> None:
    now = sample.meeting().totals.now
    for column in ("received", "closed", "on_time_rate", "mean_days", "process_satisfied"):
        assert printed(Cell(now[column], form_of(column))) in told


def test_rare_names_are_printed_and_missing_ones_noted(made: pdf.Pdf, told: str) -> None:
    assert sample.RARE in told
    assert made.missing == (sample.UNDRAWN,)
    assert "U+E001" in told
    assert "未到場會勘" in told.partition("〓")[2]


def test_nothing_in_the_data_is_markup(told: str) -> None:
    assert '#read("/etc/passwd")*不是粗體*' in told
    assert "=HYPERLINK" in told


def test_definitions_and_signatures_stand_in_it(told: str) -> None:
    assert "停止計時（答復）之日未超過結案時所記期限者" in told
    for signer in contents.SIGNERS:
        assert signer in told


def test_the_same_meeting_gives_the_same_file(made: pdf.Pdf) -> None:
    assert pdf.make(sample.meeting()).content == made.content


def test_what_to_heed_stands_on_the_first_page() -> None:
    first = pages(pdf.make(sample.corrected()).content)[0]
    for told in ("第2次更正", "補登書面答復2件", "119", "121", "本期尚未結束", "收結數不平衡"):
        assert told in first


def test_a_first_issue_has_nothing_to_heed(made: pdf.Pdf) -> None:
    first = pages(made.content)[0]
    assert "更正" not in first
    assert "請注意" not in first


def test_an_empty_month_is_printed() -> None:
    found = "".join(pages(pdf.make(sample.empty()).content))
    assert "本期無逾期案件。" in found
    assert "本期沒有資料" in found
    assert "本年度未辦理問卷。" in found


def test_a_long_list_repeats_its_headings() -> None:
    month = sample.meeting(late=[sample.late_case(number) for number in range(200)])
    found = pages(pdf.make(month).content)
    with_cases = [page for page in found if page.count("WH-1150921-") > 1]
    assert sum(page.count("WH-1150921-") for page in found) == 200
    assert len(with_cases) > 3
    assert all("逾期原因改善對策" in page for page in with_cases)


def test_texts_beyond_a_page_are_printed_to_their_end() -> None:
    month = sample.meeting(late=[sample.late_case(1, cause="很長。" * 2000 + "完")])
    assert "很長。完" in "".join(pages(pdf.make(month).content))


def test_each_page_says_which_it_is(made: pdf.Pdf) -> None:
    found = pages(made.content)
    for number, page in enumerate(found, 1):
        assert f"第{number}頁，共{len(found)}頁" in page


def test_odd_texts_do_not_stop_it() -> None:
    odd = "\x00\x1b\u202e\ufeff\ud800甲\U000e0100\n\n乙😀é\u0301"
    month: Meeting = sample.meeting(late=[sample.late_case(1, cause=odd, measure="")])
    assert "😀" in pdf.make(month).missing
