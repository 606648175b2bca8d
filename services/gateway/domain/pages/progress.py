"""How far an exam is, as people are shown it: by expected time, and never backwards."""

from datetime import datetime

from shared.contract.exams import Exam

#: Not before it has ended: a bar that stands at 100 says that something hangs.
_MOST = 98


def shown_progress(exam: Exam, remaining_seconds: float, now: datetime) -> int:
    """Percent from 0 to 100: the pipeline's own, or the share of the expected time if that is more.

    Reading a page is most of the time and one step of the pipeline, so its figure alone would
    stand still. Of a further run nobody knows when it began, so it has the pipeline's figure.
    """
    if exam.completed_at is not None:
        return exam.progress
    by_time = 0.0
    if exam.run == 1:
        spent = max((now - exam.created_at).total_seconds(), 0.0)
        by_time = 100.0 * spent / max(spent + remaining_seconds, 1.0)
    return min(max(exam.progress, int(by_time)), _MOST)
