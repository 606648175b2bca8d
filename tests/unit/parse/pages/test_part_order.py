"""Parts of a worksheet are read one after the other, each by columns of its own."""

from services.parse.domain.pages.reading_order import passage_of_page
from services.parse.domain.paper import read_paper
from shared.contract.reading import PageText, TextLine
from tests.unit.parse.drawn import answers, line, page


def rows(text: str, x: float, y: float, pitch: float = 40.0) -> list[TextLine]:
    return [line(row, x, y + at * pitch) for at, row in enumerate(text.strip().split("\n"))]


def worksheet(*, third: str = "c. 34 + 0 =34") -> PageText:
    """Two columns in Part 1, four in Part 2 below them."""
    part_two = ["a. 9 + 0 =9", "b. 17 + 0 =17", third, "d. 90 + 0 =90"]
    return page(
        line("Part 1", 80, 100),
        *rows("a. 7 + 1 =8\nb. 7 + 2 =9\nc. 4 + 1 =5\nd. 4 + 2 =6", 80, 150),
        *rows("e. 9 + 1 =10\nf. 9 + 2 =11\ng. 5 + 1 =6\nh. 5 + 2 =7", 480, 150),
        line("Part 2", 80, 330),
        *(
            item
            for at, first in enumerate(part_two)
            for item in rows(f"{first}\n2 + {at} ={2 + at}", 80 + 220 * at, 380)
        ),
        line("Connecting Lessons", 80, 900),
        line("12", 800, 900),
    )


def labels(drawn: PageText) -> str:
    passage = passage_of_page(drawn)
    starts = (passage.text[start:stop] for start, stop in passage.rows(0, len(passage.text)))
    return " ".join(text.split(".")[0] for text in starts if "." in text or "Part" in text)


def test_each_part_is_read_down_its_own_columns() -> None:
    assert labels(worksheet()) == "Part 1 a b c d e f g h Part 2 a b c d"


def test_sums_belong_to_the_letters_of_their_part() -> None:
    found = answers(read_paper([worksheet()]))
    assert found["1.g"] == "6"
    assert found["2.b"] == "17；3"
    assert found["2.d"] == "90；5"


def test_a_letter_read_as_a_capital_counts_among_small_ones() -> None:
    assert answers(read_paper([worksheet(third="C. 34 + 0 =34")]))["2.c"] == "34；4"


def test_a_column_whose_letter_was_lost_takes_the_one_between_its_neighbours() -> None:
    assert answers(read_paper([worksheet(third="34 + 0 =34")]))["2.c"] == "34；4"


def test_two_columns_with_a_heading_in_each_stay_two_columns() -> None:
    left = "一、选择题\n1. 甲是\n2. 乙是\n3. 丙是\n4. 丁是\n5. 戊是\n6. 己是"
    right = "7. 庚是\n8. 辛是\n二、填空题\n1. 壬是\n2. 癸是\n3. 子是\n4. 丑是"
    drawn = page(*rows(left, 80, 100), *rows(right, 520, 100))
    assert labels(drawn) == "1 2 3 4 5 6 7 8 1 2 3 4"
