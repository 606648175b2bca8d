"""How many questions a report lists."""

from shared.contract.documents import ExamResult

#: The largest real papers have 200 questions. A list of 30,000 took 6 GB of memory to set.
MOST_LISTED = 1000


def listed(result: ExamResult) -> ExamResult:
    """``result`` with the questions that are listed one by one: the first thousand."""
    return result.model_copy(update={"questions": result.questions[:MOST_LISTED]})
