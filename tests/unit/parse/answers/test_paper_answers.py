"""Answers at options, on blanks and in brackets, and how sure they are."""

from services.parse.domain.paper import read_paper
from shared.contract.questions import QuestionType
from shared.contract.reading import (
    InkColour,
    MarkKind,
    PenMark,
    ReadAnswer,
    Region,
    RegionKind,
    TextChar,
    TextLine,
)
from tests.unit.parse.drawn import answers, column, line, page, sheet


def test_blanks_found_on_the_image_say_what_was_written_on_them() -> None:
    printed = line("1. 则常数的值为12.", 80, 260)
    heading = line("一、填空题", 80, 200)
    left = printed.bbox[0] + printed.bbox[2] - 34
    drawn = page(heading, printed).model_copy(
        update={"regions": (Region(kind=RegionKind.BLANK, bbox=(left, 284, 23, 2)),)}
    )
    assert answers(read_paper([drawn])) == {"一.1": "12"}


def test_several_blanks_are_joined_in_order() -> None:
    paper = read_paper([sheet("一、填空题\n1. 长__3__米，宽__4__米")])
    assert answers(paper) == {"一.1": "3；4"}


def test_a_circled_option_is_the_answer() -> None:
    drawn = sheet("一、选择题\n1. 正确的是\nA. 甲 | B. 乙")
    circle = PenMark(kind=MarkKind.CIRCLE, bbox=(474, 276, 32, 32), confidence=0.9)
    paper = read_paper([drawn.model_copy(update={"marks": (circle,)})])
    assert answers(paper) == {"一.1": "B"}


def test_a_ring_tells_its_letter_where_the_label_was_not_seen_as_one() -> None:
    drawn = sheet("一、选择题\n1. 正确的是\nA. 甲 B乙 C. 丙 D. 丁")
    row = drawn.lines[2]
    ring = PenMark(kind=MarkKind.CIRCLE, bbox=(row.bbox[0] + 46, row.bbox[1] - 4, 32, 32))
    (question,) = read_paper([drawn.model_copy(update={"marks": (ring,)})]).questions
    assert question.answer is not None
    assert question.answer.text == "B"


def test_a_question_none_of_whose_options_is_marked_was_left_out() -> None:
    drawn = sheet(
        "一、选择题\n1. 甲是\nA. 甲 | B. 乙\nC. 丙 | D. 丁\n2. 乙是\nA. 甲 | B. 乙\nC. 丙 | D. 丁"
        "\n3. 丙是\nA. 甲 | B. 乙\nC. 丙 | D. 丁"
    )
    circles = tuple(
        PenMark(kind=MarkKind.CIRCLE, bbox=(474, y, 32, 32), confidence=0.9) for y in (276, 396)
    )
    labels = tuple(
        Region(kind=RegionKind.UNMARKED, bbox=(x, y, 20, 24)) for x in (78, 478) for y in (520, 560)
    )
    paper = read_paper([drawn.model_copy(update={"marks": circles, "regions": labels})])
    assert answers(paper) == {"一.1": "B", "一.2": "B", "一.3": ""}
    left_out = paper.questions[2].answer
    assert left_out is not None
    assert left_out.confidence >= 0.9


def test_where_no_mark_is_clear_no_question_was_surely_left_out() -> None:
    drawn = sheet(
        "一、选择题\n1. 甲是\nA. 甲 | B. 乙\nC. 丙 | D. 丁\n2. 乙是\nA. 甲 | B. 乙\nC. 丙 | D. 丁"
    )
    circle = PenMark(kind=MarkKind.CIRCLE, bbox=(474, 276, 32, 32), confidence=0.7)
    labels = tuple(
        Region(kind=RegionKind.UNMARKED, bbox=(x, y, 20, 24)) for x in (78, 478) for y in (400, 440)
    )
    paper = read_paper([drawn.model_copy(update={"marks": (circle,), "regions": labels})])
    answer = paper.questions[1].answer
    assert answer is None or answer.confidence < 0.8


def test_where_few_options_are_marked_unmarked_ones_say_nothing() -> None:
    """The answers may stand on a sheet that was not uploaded, or was not read."""
    question = "是\nA. 甲 | B. 乙\nC. 丙 | D. 丁"
    drawn = sheet("一、选择题\n" + "\n".join(f"{n}. 甲{question}" for n in range(1, 7)))
    circles = tuple(
        PenMark(kind=MarkKind.CIRCLE, bbox=(474, y, 32, 32), confidence=0.9) for y in (276, 396)
    )
    labels = tuple(
        Region(kind=RegionKind.UNMARKED, bbox=(x, 120 * n + row, 20, 24))
        for x in (78, 478)
        for n in range(6)
        for row in (280, 320)
        if n > 1
    )
    paper = read_paper([drawn.model_copy(update={"marks": circles, "regions": labels})])
    assert answers(paper) == {"一.1": "B", "一.2": "B"} | {f"一.{n}": None for n in range(3, 7)}


def test_a_bracket_in_an_options_formula_is_no_place_for_the_answer() -> None:
    written = sheet("一、选择题\n1. 比值为（ A ）\nA. 1 | B. (R)\nC. 2 | D. (d)2")
    assert answers(read_paper([written])) == {"一.1": "A"}
    empty = sheet("一、选择题\n1. 比值为（   ）\nA. 1 | B. (R)\nC. 2 | D. (d)2")
    assert answers(read_paper([empty])) == {"一.1": ""}


def test_points_that_begin_a_row_are_no_options() -> None:
    drawn = sheet(
        "一、选择题\n1. 过焦点的直线交抛物线于\nA, B两点，则弦长为（ C ）\nA. 1 | B. 2\nC. 3 | D. 4"
    )
    assert answers(read_paper([drawn])) == {"一.1": "C"}


def test_a_short_answer_stands_anywhere_on_a_rule_of_its_own_row() -> None:
    drawn = sheet("一、填空题\n1. 三角形的面积是\n2. 高是")
    rule = Region(kind=RegionKind.BLANK, bbox=(80, 296, 110, 2))
    written = line("10", 165, 274)
    lower = drawn.lines[2].model_copy(update={"bbox": (80.0, 360.0, 90.0, 24.0)})
    moved = drawn.model_copy(
        update={"lines": (*drawn.lines[:2], written, lower), "regions": (rule,)}
    )
    paper = read_paper([moved])
    assert answers(paper) == {"一.1": "10", "一.2": None}
    assert paper.questions[0].answer is not None
    assert paper.questions[0].answer.evidence[0].bbox[2] == 110


def test_what_was_written_is_no_part_of_the_stem() -> None:
    drawn = sheet("一、选择题\n1. 正确的是（    ）\nA. 甲 | B. 乙\n二、填空题\n2. 面积是")
    first, last = drawn.lines[1], drawn.lines[-1]
    letter = line("B", first.bbox[0] + first.bbox[2] - 40, first.bbox[1])
    number = line("12", last.bbox[0] + last.bbox[2] + 30, last.bbox[1])
    rule = Region(
        kind=RegionKind.BLANK, bbox=(last.bbox[0] + last.bbox[2] + 10, last.bbox[1] + 24, 90, 2)
    )
    written = drawn.model_copy(update={"lines": (*drawn.lines, letter, number), "regions": (rule,)})
    paper = read_paper([written])
    assert answers(paper) == {"一.1": "B", "二.2": "12"}
    assert [question.stem for question in paper.questions] == ["正确的是（）", "面积是 ____"]


def test_a_rule_in_the_middle_of_a_stem_is_a_blank_there() -> None:
    before, after = line("1. They", 80, 240), line("have arrived.", 320, 240)
    rule = Region(kind=RegionKind.BLANK, bbox=(200, 264, 100, 2))
    heading, written = line("一、填空题", 80, 200), line("must", 220, 240)
    drawn = page(heading, before, after, written).model_copy(update={"regions": (rule,)})
    (question,) = read_paper([drawn]).questions
    assert question.answer is not None
    assert question.answer.text == "must"
    assert question.stem == "They ____ have arrived."


def test_a_seven_among_clear_ts_is_a_barred_f() -> None:
    rows = "\n".join(f"{n}. Sentence.（ {sign} ）" for n, sign in enumerate("T7T7", start=1))
    paper = read_paper([sheet(f"Section B True or false\n{rows}")])
    assert answers(paper) == {"B.1": "T", "B.2": "F", "B.3": "T", "B.4": "F"}
    sure = [question.answer and question.answer.confidence >= 0.8 for question in paper.questions]
    assert sure == [True, False, True, False]


def test_a_seven_beside_clear_fs_is_a_hasty_t() -> None:
    rows = "\n".join(f"{n}. Sentence.（ {sign} ）" for n, sign in enumerate("F7TF", start=1))
    paper = read_paper([sheet(f"Section B True or false\n{rows}")])
    assert answers(paper)["B.2"] == "T"


def test_corners_of_a_figure_are_no_options() -> None:
    drawn = sheet("一、填空题\n1. 三角形的高是\nA | B\n0\n2. 面积是")
    rule = Region(kind=RegionKind.BLANK, bbox=(80, 268, 90, 2))
    (first, _) = read_paper([drawn.model_copy(update={"regions": (rule,)})]).questions
    assert first.type is QuestionType.FILL_IN


def test_a_blank_on_a_row_of_its_own_belongs_to_the_row_above() -> None:
    drawn = sheet("一、填空题\n1. 三角形的面积是\n2. 高是")
    rule = Region(kind=RegionKind.BLANK, bbox=(80, 290, 90, 2))
    gone = drawn.lines[2].model_copy(update={"bbox": (80.0, 320.0, 90.0, 24.0)})
    moved = drawn.model_copy(update={"lines": (*drawn.lines[:2], gone), "regions": (rule,)})
    assert answers(read_paper([moved])) == {"一.1": "", "一.2": None}


def test_an_answer_beside_a_lost_number_is_left_to_a_person() -> None:
    drawn = sheet(
        "一、选择题（共4小题）\n1. 甲是（ A ）\nA. 甲 | B. 乙\n2. 乙是（ B ）\nA. 甲 | B. 乙"
        "\n丙是（ A ）\n4. 丁是（ B ）\nA. 甲 | B. 乙"
    )
    sure = {q.number: q.answer.confidence >= 0.8 for q in read_paper([drawn]).questions if q.answer}
    assert sure["1"]
    assert not sure["2"]


def test_a_section_is_answered_with_one_pair_of_signs() -> None:
    drawn = page(*column("Section B True or false\n( F ) 1) One.\n( T ) 2) Two.\n(   ) 3) Three."))
    told = (("√", 0.9), ("F", 0.4))
    odd = TextLine(
        text="F",
        bbox=(95.0, 320.0, 14.0, 22.0),
        chars=(TextChar(text="F", bbox=(95.0, 320.0, 14.0, 22.0), likely=told),),
    )
    clear = tuple(
        TextLine(
            text=sign,
            bbox=(95.0, y, 14.0, 22.0),
            chars=(TextChar(text=sign, bbox=(95.0, y, 14.0, 22.0), likely=((sign, 0.99),)),),
        )
        for sign, y in (("F", 240.0), ("T", 280.0))
    )
    bare = tuple(
        one.model_copy(update={"text": one.text.replace(" F ", "   ").replace(" T ", "   ")})
        for one in drawn.lines
    )
    paper = read_paper([drawn.model_copy(update={"lines": (*bare, *clear, odd)})])
    assert answers(paper) == {"B.1": "F", "B.2": "T", "B.3": "F"}


def test_a_struck_out_letter_does_not_count() -> None:
    drawn = sheet("一、选择题\n1. 正确的是（A C）\nA. 甲 B. 乙 C. 丙")
    text = drawn.lines[1]
    per_char = text.bbox[2] / (len("正确的是（") + 0.3 + 0.55 * 2 + 0.3 + 0.55 * 2 + 1)
    left = text.bbox[0] + per_char * (0.55 * 2 + 0.3 + 5)
    strike = PenMark(kind=MarkKind.STRIKE, bbox=(left, text.bbox[1] + 6, per_char * 0.6, 10))
    paper = read_paper([drawn.model_copy(update={"marks": (strike,)})])
    assert answers(paper) == {"一.1": "C"}


def test_a_letter_whose_option_was_not_read_is_an_answer() -> None:
    paper = read_paper([sheet("一、选择题\n1. 正确的是（ D ）\nA. 甲 B. 乙 C. 丙")])
    (question,) = paper.questions
    assert question.answer is not None
    assert question.answer.text == "D"
    assert question.answer.confidence >= 0.9


def _at_options(*marks: tuple[str, MarkKind], confidence: float = 0.9) -> ReadAnswer | None:
    """The answer of a choice among A to D, each in a row of its own, with marks at its labels."""
    drawn = sheet("一、选择题\n1. 正确的是\nA. 甲\nB. 乙\nC. 丙\nD. 丁")
    boxes = {
        letter: (row.bbox[0], row.bbox[1], 22.0, 24.0)
        for letter, row in zip("ABCD", drawn.lines[2:], strict=True)
    }
    made = tuple(
        PenMark(kind=kind, bbox=boxes[letter], colour=InkColour.BLACK, confidence=confidence)
        for letter, kind in marks
    )
    clean = tuple(
        Region(kind=RegionKind.UNMARKED, bbox=boxes[letter])
        for letter in "ABCD"
        if letter not in {marked for marked, _ in marks}
    )
    (question,) = read_paper([drawn.model_copy(update={"marks": made, "regions": clean})]).questions
    return question.answer


STRIKE, CIRCLE, TICK = MarkKind.STRIKE, MarkKind.CIRCLE, MarkKind.TICK


def test_a_ring_beside_struck_options_is_the_answer() -> None:
    answer = _at_options(("A", STRIKE), ("B", STRIKE), ("D", CIRCLE))
    assert answer is not None
    assert answer.text == "D"
    assert answer.confidence >= 0.8


def test_the_only_option_that_is_not_struck_is_the_answer() -> None:
    answer = _at_options(("A", STRIKE), ("C", STRIKE), ("D", STRIKE))
    assert answer is not None
    assert (answer.text, answer.confidence) == ("B", 0.9)


def test_of_two_options_that_are_not_struck_none_is_the_answer() -> None:
    answer = _at_options(("A", STRIKE), ("C", STRIKE))
    assert answer is None or answer.text == ""


def test_a_ring_with_a_stroke_chooses_nothing() -> None:
    answer = _at_options(("B", CIRCLE), ("B", STRIKE), ("D", CIRCLE))
    assert answer is not None
    assert answer.text == "D"
    assert answer.confidence >= 0.8


def test_two_chosen_options_of_one_answer_are_for_a_person() -> None:
    answer = _at_options(("B", CIRCLE), ("D", CIRCLE))
    assert answer is not None
    assert (answer.text, answer.confidence) == ("BD", 0.5)


def test_an_option_that_alone_has_no_tick_is_for_a_person() -> None:
    """Where the statement that is wrong is asked for, students tick the others."""
    answer = _at_options(("A", TICK), ("B", TICK), ("D", TICK))
    assert answer is not None
    assert (answer.text, answer.confidence) == ("C", 0.5)


def test_a_first_option_without_its_stop_stands_behind_the_number() -> None:
    drawn = page(
        line("( C ) 2. A six", 80, 200),
        line("B. five", 480, 200),
        line("C. four", 130, 240),
        line("D. three", 480, 240),
    )
    (question,) = read_paper([drawn]).questions
    assert [(option.label, option.text) for option in question.options] == [
        ("A", "six"),
        ("B", "five"),
        ("C", "four"),
        ("D", "three"),
    ]
    assert question.answer is not None
    assert question.answer.text == "C"


def test_a_letter_that_was_read_where_no_ink_was_seen_is_for_a_person() -> None:
    drawn = sheet("一、选择题\n1. 正确的是（ B ）\nA. 甲 B. 乙 C. 丙 D. 丁")
    row = drawn.lines[1]
    room = Region(kind=RegionKind.EMPTY, bbox=(row.bbox[0] + 120, row.bbox[1], 30, 24))
    (question,) = read_paper([drawn.model_copy(update={"regions": (room,)})]).questions
    assert question.answer is not None
    assert question.answer.text == "B"
    assert question.answer.confidence <= 0.5


def test_what_was_read_in_a_place_without_brackets_is_its_answer() -> None:
    heading = line("一、选择题", 80, 200)
    printed = line("1. 正确的是", 160, 240)
    written = line("A", 100, 240, confidence=0.45)
    options = column("A. 甲 B. 乙 C. 丙 D. 丁", x=160, y=280)
    unsure = Region(kind=RegionKind.INK, bbox=(98.0, 238.0, 24.0, 28.0))
    drawn = page(heading, printed, written, *options).model_copy(update={"regions": (unsure,)})
    (question,) = read_paper([drawn]).questions
    assert question.answer is not None
    assert question.answer.text == "A"
    assert question.answer.confidence < 0.8


def test_the_unit_of_a_result_in_the_students_working_is_no_answer() -> None:
    heading = line("一、填空题", 80, 200)
    printed = line("1. 住宿学生有 232 人。", 80, 240)
    working = line("66÷2=33(", 80, 300), line("间", 185, 300), line(")", 210, 300)
    rule = Region(kind=RegionKind.BLANK, bbox=(208.0, 264.0, 45.0, 2.0))
    drawn = page(heading, printed, *working).model_copy(update={"regions": (rule,)})
    assert answers(read_paper([drawn])) == {"一.1": "232"}


def test_brackets_of_an_instruction_are_no_places() -> None:
    rows = column("二、填空题\n1. 在（  ）里填上合适的单位。\n铅笔长约20（")
    written = line("cm", 240, 280), line("）", 280, 280)
    assert answers(read_paper([page(*rows, *written)])) == {"二.1": "cm"}


def test_a_cross_between_figures_is_the_sign_of_a_product() -> None:
    paper = read_paper([sheet("二、填空题\n1. 写成综合算式是（ 40+5x7 ）")])
    assert answers(paper) == {"二.1": "40+5×7"}


def test_a_bracket_with_writing_makes_a_question_one_to_fill_in() -> None:
    printed = line("2. 改写成综合算式是（", 80, 240), line("）。", 460, 240)
    written = line("40+5×7", 340, 240)
    (question,) = read_paper([page(line("二、我会填", 80, 200), *printed, written)]).questions
    assert question.type is QuestionType.FILL_IN
    assert question.answer is not None
    assert question.answer.text == "40+5×7"


def test_a_written_bracket_among_the_rows_of_options_is_the_stems() -> None:
    rows = column("一、选择题\n1. 已知方程组，则值是\nA. 甲 B. 乙\nC. 丙\nD. 丁")
    written = line("（", 500, 320), line("A", 540, 320), line("）", 570, 320)
    assert answers(read_paper([page(*rows, *written)])) == {"一.1": "A"}
