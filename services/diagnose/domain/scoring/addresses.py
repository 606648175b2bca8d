"""How reports and notes name a question."""

from shared.contract.documents import QuestionResult


def address(question: QuestionResult) -> str:
    """``section.number``, or the number alone where a paper has no sections."""
    return f"{question.section}.{question.number}".lstrip(".")
