"""What was missed of a paper, in words."""

from collections.abc import Iterator

from examlens.evaluate.reading_manifest import ReadingPaper, address_of, parse_address
from examlens.evaluate.reading_score import is_same_answer
from shared.contract.documents import ExamResult


def describe_misses(index: int, paper: ReadingPaper, result: ExamResult | None) -> Iterator[str]:
    """One line per answer that was read differently, or not at all."""
    if result is None:
        yield f"{index} {paper.files[0]}: the exam failed"
        return
    read = {address_of(q.section, q.number): q for q in result.questions}
    for name, written in paper.truth.answers.items():
        question = read.get(parse_address(name))
        if question is None:
            yield f"{index} {paper.files[0]} {name}: not found, written {written!r}"
        elif not is_same_answer(question.student_answer or "", written):
            yield (
                f"{index} {paper.files[0]} {name}: read {question.student_answer!r}, "
                f"written {written!r} ({question.verdict.value}, {question.confidence:.2f})"
            )
