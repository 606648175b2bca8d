"""Drills are read in the order in which their numbers count on, whatever columns they stand in."""

from services.parse.domain.paper import read_paper
from shared.contract.reading import AskedKind, TextLine
from tests.unit.parse.drawn import answers, line, page


def grid(rows: list[list[str]], x: float = 80.0, y: float = 200.0) -> list[TextLine]:
    """Sums in columns half a page apart, as drills print them."""
    return [
        line(text, x + 450 * at, y + 40 * down)
        for down, row in enumerate(rows)
        for at, text in enumerate(row)
        if text
    ]


def test_numbers_that_count_along_the_rows_are_read_along_the_rows() -> None:
    sums = [
        [f"{2 * n + 1}、{n + 1}+2={n + 3}", f"{2 * n + 2}、{n + 1}×2={2 * n + 2}"] for n in range(8)
    ]
    found = answers(read_paper([page(line("口算题卡", 400, 100), *grid(sums))]))
    assert len(found) == 16
    assert found["1"] == "3"
    assert found["2"] == "2"
    assert found["16"] == "16"


def test_a_number_may_run_into_the_first_figure_of_its_sum() -> None:
    sums = [["1. 180÷9=20", "2.11×4=44"], ["3.90÷3=30", "4.28÷4=7"], ["5. 6+94=100", "6.66÷6=11"]]
    sums += [[f"{n}.{n}×2={2 * n}", f"{n + 1}. {n}+1={n + 1}"] for n in range(7, 15, 2)]
    found = answers(read_paper([page(line("计算", 400, 100), *grid(sums))]))
    assert found["2"] == "44"
    assert found["3"] == "30"
    assert found["13"] == "26"


def test_sums_with_decimals_are_no_numbered_sums() -> None:
    sums = [
        ["1.9+4=5.9", "7.3+1=8.3"],
        ["4.4×2=8.8", "2.7×2=5.4"],
        ["2.5+1=3.5", "3.6+2=5.6"],
        ["3.1×3=9.3", "8.8-4=4.8"],
    ]
    found = answers(read_paper([page(line("小数口算", 400, 100), *grid(sums))]))
    # They count down their columns.
    first, second = ["5.9", "8.8", "3.5", "9.3"], ["8.3", "5.4", "5.6", "4.8"]
    assert [found[str(n)] for n in range(1, 9)] == first + second


def test_parts_whose_headings_stand_left_hold_what_stands_right_of_them() -> None:
    paper = read_paper(
        [
            page(
                line("一、口算", 80, 150),
                *grid([[f"{n}+1={n + 1}", f"{n}+2={n + 2}"] for n in range(1, 6)]),
                line("二、巧算", 80, 420),
                *grid([[f"{n}×1={n}", f"{n}×2={2 * n}"] for n in range(1, 6)], y=480),
            )
        ]
    )
    counts = {label: sum(q.section == label for q in paper.questions) for label in ("一", "二")}
    assert counts == {"一": 10, "二": 10}


def stack(top: str, lower: str, result: str, x: float, y: float) -> list[TextLine]:
    texts = (top, lower, result)
    width = 40.0
    lines = [line(text, 0, y + 28 * at + (10 if at == 2 else 0)) for at, text in enumerate(texts)]
    return [
        row.model_copy(update={"bbox": (x + width - row.bbox[2], *row.bbox[1:])}) for row in lines
    ]


def test_numbers_in_a_stack_are_a_sum_with_its_result_below_the_rule() -> None:
    stacks = [
        ("758", "+74", "832"),
        ("831", "-79", "752"),
        ("598", "- 43", "555"),
        ("27", "×3", "81"),
    ]
    lines = [row for at, item in enumerate(stacks) for row in stack(*item, 100 + 200 * at, 200)]
    paper = read_paper([page(line("一、列竖式计算", 80, 120), *lines)])
    assert list(answers(paper).values()) == ["832", "752", "555", "81"]
    first = paper.questions[0].asked
    assert first is not None
    assert (first.kind, first.left) == (AskedKind.SUM, "758+74")


def test_a_stack_without_its_sign_is_asked_for_and_not_worked_out() -> None:
    stacks = [
        ("758", "+74", "832"),
        ("831", "-79", "752"),
        ("571", "87", "484"),
        ("27", "×3", "81"),
    ]
    lines = [row for at, item in enumerate(stacks) for row in stack(*item, 100 + 200 * at, 200)]
    paper = read_paper([page(line("一、列竖式计算", 80, 120), *lines)])
    assert paper.questions[2].answer is not None
    assert paper.questions[2].answer.text == "484"


def test_columns_of_figures_without_a_sign_are_no_sums() -> None:
    stacks = [("12", "34", "56")] * 4
    lines = [row for at, item in enumerate(stacks) for row in stack(*item, 100 + 200 * at, 200)]
    text = "1. 下列说法正确的是（ B ）"
    paper = read_paper([page(line(text, 80, 120), *lines)])
    assert len(paper.questions) == 1


def test_an_equation_asks_for_its_unknown() -> None:
    sums = [
        ["x-10=3,x=13", "x+5=26,x=21"],
        ["9x=225,x=25", "x-6=24,x=30"],
        ["10x=360.x=36", "7x=161,x=23"],
    ]
    paper = read_paper([page(line("一、求未知数x", 80, 150), *grid(sums))])
    found = answers(paper)
    assert [found[f"一.{n}"] for n in range(1, 7)] == ["13", "25", "36", "21", "30", "23"]
    asked = next(question.asked for question in paper.questions if question.number == "2")
    assert asked is not None
    assert (asked.kind, asked.left, asked.right) == (AskedKind.EQUATION, "9____", "225")


def test_a_sum_whose_equals_sign_is_hidden_keeps_its_place_and_has_no_answer() -> None:
    texts = ["19×20=380", "68-22=46", "21×20+15", "12+29=41", "90+14=104"]
    paper = read_paper([page(line("口算", 400, 100), *grid([[text] for text in texts]))])
    assert [q.answer.text if q.answer else None for q in paper.questions] == [
        "380",
        "46",
        None,
        "41",
        "104",
    ]


def test_a_full_bracket_is_answered_where_the_others_of_the_page_are() -> None:
    wide = ["7+( 9    )=16", "4+( 6    )=10", "128÷( 4    )=32", "( 20    )×3=60"]
    sums = [[text] for text in [*wide, "(47)×6=282"]]
    found = answers(read_paper([page(line("一、在括号里填上合适的数", 80, 150), *grid(sums))]))
    assert [*found.values()][-1] == "47"


def test_a_comparison_may_have_its_sign_in_a_bracket() -> None:
    sums = [["37+2（<）75-35", "6×8(<)63-3"], ["42-30（<）4×5", "20+50(>)65-46"]]
    found = answers(read_paper([page(line("一、比大小", 80, 150), *grid(sums))]))
    assert [*found.values()] == ["<", "<", "<", ">"]
