"""Puts a class's figures together as the document that is stored and shown."""

from collections.abc import Mapping

from services.diagnose.domain.classes.figures import (
    LEAST_FOR_DISCRIMINATION,
    ClassStatistics,
    ItemStatistics,
    PointStatistics,
    StudentPaper,
    class_statistics,
)
from services.diagnose.domain.classes.refit import ClassRefit, refit, refitted_mastery
from services.diagnose.domain.comparing.option_letters import option_letters
from services.diagnose.domain.estimation.difficulty import item_difficulty
from services.diagnose.domain.estimation.earned_shares import earned_share
from services.diagnose.domain.scoring.addresses import address
from shared.contract import class_report as document
from shared.contract.documents import QuestionResult

#: More decimals than this are noise, and would make equal reports differ.
_DECIMALS = 4


def class_report(
    papers: tuple[StudentPaper, ...], references: Mapping[str, str | None]
) -> document.ClassReport:
    """The report of ``papers``, whose ``student`` is an exam id.

    ``references`` maps exam ids to student references.
    """
    papers = tuple(
        sorted(papers, key=lambda paper: (references[paper.student] or "", paper.student))
    )
    fitted = refit([paper.analysis for paper in papers])
    if fitted is not None:
        papers = tuple(_refitted(paper, fitted) for paper in papers)
    found = class_statistics(papers)
    questions = {address(q): q for paper in reversed(papers) for q in paper.analysis.questions}
    return document.ClassReport(
        students=tuple(_student(paper, references[paper.student]) for paper in papers),
        distribution=_distribution(found),
        items=tuple(_item(item, questions[item.address], fitted) for item in found.items),
        points=tuple(_point(point) for point in found.points),
        most_missed=found.most_missed,
        at_risk=tuple(
            document.StudentAtRisk(
                exam_id=student.student,
                student_ref=references[student.student],
                rate=round(student.rate, _DECIMALS),
                weak_points=student.weak_points,
            )
            for student in found.at_risk
        ),
        is_refitted=fitted is not None,
    )


def _refitted(paper: StudentPaper, fitted: ClassRefit) -> StudentPaper:
    mastery = refitted_mastery(paper.analysis, fitted)
    diagnosis = paper.diagnosis.model_copy(update={"mastery": mastery})
    return StudentPaper(paper.student, paper.analysis, diagnosis)


def _distribution(found: ClassStatistics) -> document.ScoreDistribution | None:
    known = found.distribution
    if known is None:
        return None
    return document.ScoreDistribution(
        students=known.students,
        mean=round(known.mean, _DECIMALS),
        median=round(known.median, _DECIMALS),
        deviation=round(known.deviation, _DECIMALS),
        bands=known.bands,
    )


def _student(paper: StudentPaper, reference: str | None) -> document.ClassStudent:
    score = paper.analysis.score
    shares = {address(q): earned_share(q) for q in paper.analysis.questions}
    return document.ClassStudent(
        exam_id=paper.student,
        student_ref=reference,
        earned=score.earned,
        full=score.full,
        rate=score.rate,
        ungraded=score.ungraded,
        shares={where: _rounded(share) for where, share in shares.items()},
    )


def _item(
    item: ItemStatistics, question: QuestionResult, fitted: ClassRefit | None
) -> document.ClassItem:
    return document.ClassItem(
        address=item.address,
        type=question.type,
        full_score=question.full_score,
        knowledge_points=tuple(point.name for point in question.knowledge_points),
        graded=item.graded,
        score_rate=_rounded(item.score_rate),
        difficulty=_rounded(_difficulty(item, fitted)),
        discrimination=_rounded(item.discrimination),
        answers=_answers(item, question),
        fitted=None if fitted is None else fitted.items.get(item.address),
    )


def _difficulty(item: ItemStatistics, fitted: ClassRefit | None) -> float | None:
    """From the class's own model, else from its score rate; None for a small class."""
    if fitted is not None and item.address in fitted.difficulties:
        return fitted.difficulties[item.address].share
    if item.graded < LEAST_FOR_DISCRIMINATION:
        return None
    return item_difficulty(class_score_rate=item.score_rate).share


def _answers(item: ItemStatistics, question: QuestionResult) -> tuple[document.AnswerCount, ...]:
    key = option_letters(question.correct_answer or "", question.options)
    right = "".join(sorted(key)) if key else (question.correct_answer or "").strip()
    return tuple(
        document.AnswerCount(
            answer=answer, students=count, is_right=bool(answer) and answer == right
        )
        for answer, count in item.answers
    )


def _point(point: PointStatistics) -> document.ClassPoint:
    return document.ClassPoint(
        knowledge_point=point.knowledge_point,
        mean_mastery=round(point.mean_mastery, _DECIMALS),
        levels=dict(point.levels),
        students=tuple(
            document.PointOfStudent(
                exam_id=student, mastery=round(mastery, _DECIMALS), level=point.level_of[student]
            )
            for student, mastery in point.mastery.items()
        ),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DECIMALS)
