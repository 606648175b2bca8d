"""What the answers that await review can still change about a class."""

from dataclasses import dataclass

from shared.contract.class_report import ClassReport


@dataclass(frozen=True, slots=True)
class ReviewBounds:
    """Answers and students that wait, and between what the mean score rate will end."""

    answers: int
    students: int
    lowest: float | None
    highest: float | None


def review_bounds(report: ClassReport) -> ReviewBounds:
    """Count what is ungraded; the bounds take all of it as wrong, and all of it as right.

    Questions whose points nobody said count in neither. The mean is over all students, so that it
    never is of a selection.
    """
    points = {item.address: item.full_score or 0.0 for item in report.items}
    low, high = [], []
    for student in report.students:
        open_points = sum(
            points.get(address, 0.0) for address, share in student.shares.items() if share is None
        )
        full = student.full + open_points
        if full > 0:
            low.append(student.earned / full)
            high.append((student.earned + open_points) / full)
    return ReviewBounds(
        answers=sum(student.ungraded for student in report.students),
        students=sum(student.ungraded > 0 for student in report.students),
        lowest=sum(low) / len(low) if low else None,
        highest=sum(high) / len(high) if high else None,
    )
