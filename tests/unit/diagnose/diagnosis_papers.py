"""Small papers and keys for the diagnosis tests."""

from collections.abc import Iterable

from shared.contract.answer_key import AnswerKey, KeyQuestion, KeySection
from shared.contract.questions import Evidence, EvidenceKind, QuestionType
from shared.contract.reading import ReadAnswer, ReadPaper, ReadQuestion

SINGLE = QuestionType.SINGLE_CHOICE


def key_section(
    label: str, answers: Iterable[str], points: float = 5, kind: QuestionType = SINGLE
) -> KeySection:
    questions = tuple(
        KeyQuestion(number=str(n), type=kind, answer=answer, points=points)
        for n, answer in enumerate(answers, start=1)
    )
    return KeySection(label=label, title=f"Section {label}", questions=questions)


def answer_key(*sections: KeySection) -> AnswerKey:
    return AnswerKey(title="A paper", subject="mathematics", sections=sections)


def read_question(
    ordinal: int,
    number: str,
    answer: str | None,
    *,
    section: str = "",
    confidence: float = 0.97,
    marks: tuple[Evidence, ...] = (),
    kind: QuestionType = SINGLE,
    points: float | None = None,
) -> ReadQuestion:
    return ReadQuestion(
        ordinal=ordinal,
        section=section,
        number=number,
        type=kind,
        points=points,
        answer=None if answer is None else ReadAnswer(text=answer, confidence=confidence),
        marks=marks,
    )


def read_paper(*questions: ReadQuestion, written_total: float | None = None) -> ReadPaper:
    return ReadPaper(questions=questions, written_total=written_total)


def mark(text: str, confidence: float = 0.95) -> Evidence:
    return Evidence(kind=EvidenceKind.MARK, text=text, confidence=confidence)


def written(text: str, confidence: float = 0.95) -> Evidence:
    return Evidence(kind=EvidenceKind.SCORE, text=text, confidence=confidence)
