"""The reading stage decides once which characters a paper is printed in."""

from services.parse.domain.text.chinese_forms import is_simplified
from shared.contract.reading import PageLanguage
from tests.unit.parse.drawn import sheet

TRADITIONAL, SIMPLIFIED = "下列說法中正確的是", "下列说法中正确的是"


def test_what_the_pages_say_is_believed_before_their_text() -> None:
    pages = [sheet(SIMPLIFIED).model_copy(update={"language": PageLanguage.OTHER})]
    assert not is_simplified(pages, SIMPLIFIED)
    pages = [sheet(TRADITIONAL).model_copy(update={"language": PageLanguage.SIMPLIFIED})]
    assert is_simplified(pages, TRADITIONAL)


def test_pages_of_earlier_versions_are_told_by_their_text() -> None:
    assert is_simplified([sheet(SIMPLIFIED)], SIMPLIFIED)
    assert not is_simplified([sheet(TRADITIONAL)], TRADITIONAL)
