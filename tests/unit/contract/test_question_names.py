"""What questions are called: as on the paper."""

import pytest

from shared.contract.failures import Language
from shared.contract.question_names import QuestionNames
from tests.question_results import numbered

_RUNNING = (("一", "1"), ("一", "2"), ("二", "3"))
_ANEW = (("一", "1"), ("二", "1"), ("一", "2"))


@pytest.mark.parametrize(
    ("paper", "language", "expected"),
    [
        (_RUNNING, Language.ZH, "第 1、2、3 题"),
        (_RUNNING, Language.EN, "questions 1, 2 and 3"),
        (_ANEW, Language.ZH, "一、第 1、2 题；二、第 1 题"),
        (_ANEW, Language.EN, "questions 1 and 2 of section 一; question 1 of section 二"),
        ((("", "听力第3题"),), Language.ZH, "听力第3题"),
    ],
)
def test_numbers_that_run_through_need_no_section(
    paper: tuple[tuple[str, str], ...], language: Language, expected: str
) -> None:
    questions = [numbered(i, section, number) for i, (section, number) in enumerate(paper, 1)]
    assert QuestionNames(questions, language).several(questions) == expected


def test_a_long_list_is_cut_and_says_how_long_it_is() -> None:
    questions = [numbered(n, "", str(n)) for n in range(1, 21)]
    assert QuestionNames(questions, Language.ZH).several(questions).endswith("12 题等共 20 题")
    assert QuestionNames(questions, Language.EN).several(questions).endswith("and 8 more")
