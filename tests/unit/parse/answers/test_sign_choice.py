from hypothesis import given
from hypothesis import strategies as st

from services.parse.domain.answers.sign_choice import (
    choose_signs,
    likeliest_pair,
    pair_in,
    possible_signs,
)
from services.parse.domain.text.glyphs import Glyph
from shared.contract.notation.verdicts import SIGNS
from shared.contract.questions import QuestionType


def glyph(**likely: float) -> Glyph:
    ranked = tuple(sorted(likely.items(), key=lambda item: -item[1]))
    return Glyph(ranked[0][0] if ranked else "?", (0, 0, 10, 10), 0.5, 1, likely=ranked)


def test_the_best_possible_sign_is_chosen_and_not_the_best_of_all() -> None:
    chosen = choose_signs([glyph(E=0.6, F=0.3)], "TF")
    assert chosen is not None
    assert chosen.text == "F"


def test_two_possible_signs_that_are_alike_leave_doubt() -> None:
    chosen = choose_signs([glyph(A=0.5, D=0.4)], "ABCD")
    assert chosen is not None
    assert chosen.confidence < 0.6


def test_signs_that_cannot_be_meant_are_not_chosen() -> None:
    assert choose_signs([glyph(H=0.9)], "ABCD") is None
    assert choose_signs([Glyph("B", (0, 0, 9, 9), 0.9, 1)], "ABCD") is None


def test_a_heading_names_the_signs_that_it_asks_for() -> None:
    assert pair_in("判断题（正确的写“对”，错误的写“错”）") == "对错"
    assert pair_in("True (T) or false (F)") == "TF"
    assert pair_in("判断题") == "√×TF对错"


def test_free_answers_have_no_signs() -> None:
    assert possible_signs(QuestionType.FILL_IN, "ABCD", "填空题") == ""


@given(
    values=st.lists(
        st.dictionaries(st.sampled_from("ABCDEF"), st.floats(1e-4, 1), min_size=1),
        min_size=1,
        max_size=4,
    )
)
def test_a_choice_has_one_sign_for_each_stroke_and_a_probability(
    values: list[dict[str, float]],
) -> None:
    chosen = choose_signs([glyph(**likely) for likely in values], "ABCD")
    if chosen is not None:
        assert len(chosen.text) == len(values)
        assert set(chosen.text) <= set("ABCD")
        assert 0 < chosen.confidence <= 1


def test_the_sign_of_a_product_is_not_asked_for() -> None:
    assert pair_in("True or false (T or F) (4 × 4 = 16 points)") == "TF"


def test_answers_of_a_section_tell_their_pair_together() -> None:
    hasty = (("√", 1.0), ("F", 0.05))
    assert likeliest_pair([(("T", 0.99),), hasty, (("T", 0.98),), hasty]) == "TF"
    assert likeliest_pair([(("√", 0.9),), (("×", 0.9),)]) == "√×"


def test_answers_that_fit_no_pair_leave_all_open() -> None:
    assert likeliest_pair([]) == SIGNS
    assert likeliest_pair([(("A", 0.9),)]) == SIGNS
