"""Layer 4: what makes two read papers one, and what keeps them apart."""

import pytest

from services.parse.domain.paper_identity import is_same_paper, print_of
from shared.contract.duplicates import PaperPrint
from shared.contract.questions import QuestionType
from shared.contract.reading import PaperMetadata, ReadAnswer, ReadPaper, ReadQuestion

TEXT = "一、选择题 1. 下列说法正确的是（ ） 2. 计算 3+4 的值 3. 判断 4. 选择 5. 填空 6. 作答"


def paper(
    answers: str = "ABCDAB",
    *,
    name: str | None = "王小明",
    number: str | None = None,
    confidence: float = 0.95,
    text: str = TEXT,
) -> ReadPaper:
    return ReadPaper(
        metadata=PaperMetadata(student_name=name, student_number=number),
        questions=tuple(
            ReadQuestion(
                ordinal=ordinal,
                section="一",
                number=str(ordinal),
                type=QuestionType.SINGLE_CHOICE,
                answer=ReadAnswer(text=letter.strip(), confidence=confidence),
            )
            for ordinal, letter in enumerate(answers, start=1)
        ),
        text=text,
    )


def printed(found: ReadPaper, student_ref: str | None = None) -> PaperPrint:
    made = print_of(found, 0.8, student_ref)
    assert made is not None
    return made


def test_the_same_answers_of_the_same_student_are_one_paper() -> None:
    again = paper(text=TEXT.replace("（ ）", "( )").replace("判断", "判 断"))
    assert is_same_paper(printed(again), printed(paper()))


def test_a_declared_student_stands_for_a_name() -> None:
    ours = printed(paper(name=None), "s-1")
    assert is_same_paper(ours, printed(paper(name=None), "s-1"))
    assert not is_same_paper(ours, printed(paper(name=None), "s-2"))


@pytest.mark.parametrize(
    "other",
    [
        paper("ABCDAC"),
        paper(name="李小红"),
        paper(number="0412"),
        paper(text="完全不同的另一张试卷，" * 8),
    ],
    ids=["an answer", "the name", "the number", "the text"],
)
def test_whatever_differs_makes_two_papers(other: ReadPaper) -> None:
    assert not is_same_paper(printed(paper(number="0411")), printed(other))


@pytest.mark.parametrize(
    "vague",
    [
        paper(confidence=0.7),
        paper("AB    "),
        paper("ABCD"),
        paper(name=None),
        paper().model_copy(update={"questions": ()}),
    ],
    ids=["uncertain", "mostly empty", "few questions", "nobody's", "no questions"],
)
def test_papers_that_identify_nobody_are_never_compared(vague: ReadPaper) -> None:
    assert print_of(vague, 0.8, None) is None


def test_full_marks_without_a_name_identify_nobody() -> None:
    assert print_of(paper("AAAAAAAAAAAAAAAAAAAA", name=None), 0.8, None) is None
