"""What stands on rules: each rule in its column, each writing on one rule, rows that go on."""

from services.parse.domain.paper import read_paper
from shared.contract.reading import InkColour, MarkKind, PageText, PenMark, Region, RegionKind
from tests.unit.parse.drawn import answers, line, page


def ruled(drawn: PageText, *rules: tuple[float, float, float]) -> PageText:
    """``drawn`` with rules as (left, y, width)."""
    regions = tuple(Region(kind=RegionKind.BLANK, bbox=(x, y, w, 2)) for x, y, w in rules)
    return drawn.model_copy(update={"regions": regions})


def two_columns() -> PageText:
    left = [line("一、填空题", 60, 200), line("1. 左边第一题里的三角形的高大约是", 60, 240)]
    left += [line(f"{n}. 左边一题的高是多少", 60, 240 + 40 * n) for n in range(2, 7)]
    right = [line(f"{n}. 右边一题的宽是多少", 520, 160 + 40 * n) for n in range(7, 13)]
    return page(*left, *right)


def test_a_rule_of_the_other_column_is_no_place_of_the_question_beside_it() -> None:
    found = answers(read_paper([ruled(two_columns(), (522, 268, 40))]))
    assert found["一.1"] is None


def test_a_teachers_red_stroke_takes_nothing_from_an_answer() -> None:
    drawn = ruled(
        page(line("一、填空题", 80, 200), line("1. 皮的意思是", 80, 240), line("调皮", 330, 238)),
        (320, 264, 120),
    )
    stroke = PenMark(kind=MarkKind.STRIKE, bbox=(340, 220, 200, 60), colour=InkColour.RED)
    assert answers(read_paper([drawn.model_copy(update={"marks": (stroke,)})])) == {"一.1": "调皮"}


def sentence(last: float, *rules: tuple[float, float, float]) -> PageText:
    first = line("1. 根据意思写诗句", 80, 240)
    return ruled(
        page(
            line("一、填空题", 80, 200),
            line("牧童回来吃饱了饭已经是黄昏之后了他连衣也不脱", 80, 320),
            first,
            line("一叶渔船两小童，收篙", 290, 226, em=26),
            line("停棹坐船中", 84, last, em=26),
        ).model_copy(update={"width_px": 600}),
        *rules,
    )


def test_a_blank_that_goes_on_in_the_next_row_is_one_answer() -> None:
    drawn = sentence(274, (290, 262, 250), (80, 310, 460))
    assert answers(read_paper([drawn]))["一.1"] == "一叶渔船两小童，收篙停棹坐船中"


def test_writing_between_two_rules_stands_on_the_nearer_one() -> None:
    drawn = sentence(248, (290, 262, 250), (80, 281, 460))
    read = answers(read_paper([drawn]))["一.1"] or ""
    assert read.count("一叶渔船") == 1
