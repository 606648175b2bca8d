"""The title of a paper is what stands large in its head, and nothing beside it."""

from services.parse.domain.paper import read_paper
from shared.contract.reading import TextLine
from tests.unit.parse.drawn import column, line, page

BODY = column("一、填空题\n1. 长__3__米", y=300.0)


def title_of(*head: TextLine) -> str | None:
    return read_paper([page(*head, *BODY)]).metadata.title


def test_captions_beside_and_below_a_title_are_none_of_it() -> None:
    title = line("古诗词三首", 300, 60, em=40)
    caption = line("听课文朗读", 700, 90, em=16)
    # The box of a line may be as high as a title's.
    below = line("中听到有人操着柔媚的南方口音", 500, 110, em=18)
    tall = below.model_copy(update={"bbox": (500.0, 110.0, below.bbox[2], 46.0)})
    assert title_of(title, caption, tall) == "古诗词三首"


def test_ornaments_beside_a_title_are_none_of_it() -> None:
    assert (
        title_of(line("F", 100, 60, em=60), line("第二单元检测卷", 300, 70, em=40))
        == "第二单元检测卷"
    )


def test_a_title_may_have_two_rows_and_a_number() -> None:
    lesson, number = line("Lesson", 100, 60, em=40), line("1", 300, 60, em=60)
    assert title_of(lesson, number) == "Lesson 1"
    rows = line("第八章", 300, 60, em=30), line("章末综合训练", 300, 100, em=40)
    assert title_of(*rows) == "第八章章末综合训练"


def test_full_marks_and_time_below_a_title_are_none_of_it() -> None:
    title = line("English Test, Unit 4", 300, 60, em=40)
    assert title_of(title, line("Full marks: 100 Time: 45 minutes", 300, 110, em=28)) == (
        "English Test, Unit 4"
    )
