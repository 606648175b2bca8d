"""How long an exam will still take."""

from shared.contract.exams import Exam
from shared.contract.stages import COLD_START_REMAINING_SECONDS, TERMINAL, Status

#: The prior holds for one page; every further page adds the reading time of one.
SECONDS_PER_PAGE = (
    COLD_START_REMAINING_SECONDS[Status.OCR_PROCESSING]
    - COLD_START_REMAINING_SECONDS[Status.OCR_COMPLETED]
)
_BEFORE_READING_ENDS = frozenset({Status.UPLOADED, Status.OCR_PROCESSING})


def remaining_seconds(exam: Exam) -> int:
    """Seconds until ``exam`` ends, from the cold-start table and its pages; 0 when it has ended."""
    if exam.status in TERMINAL:
        return 0
    seconds = COLD_START_REMAINING_SECONDS[exam.status]
    if exam.status in _BEFORE_READING_ENDS and exam.pages_total:
        # The table's own page is taken out before the pages that are left are added.
        seconds += (exam.pages_total - exam.pages_done - 1) * SECONDS_PER_PAGE
    return seconds
