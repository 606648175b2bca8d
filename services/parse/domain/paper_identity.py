"""What identifies a completed paper after reading: all its answers, its text and who wrote it."""

import hashlib
import json

from rapidfuzz import fuzz

from services.parse.domain.text.meaning import meaning
from shared.contract.duplicates import PaperPrint
from shared.contract.reading import ReadPaper

#: So many answers at least; fewer agree by chance.
MIN_ANSWERS = 5
#: Share of the questions that may be left empty: who answers little looks like everybody else.
MAX_EMPTY_SHARE = 0.5
#: Similarity of two texts of one paper, 0 to 100; readings of one sheet have over 97.
MIN_SIMILARITY = 95.0


def print_of(paper: ReadPaper, threshold: float, student_ref: str | None) -> PaperPrint | None:
    """The print of ``paper``; None when it does not say for certain whose answers these are.

    That is where any answer is read with less confidence than ``threshold`` or its place was not
    found, where most are empty, or where neither a declared nor a written name tells the student:
    the right answers to a paper are the same in everybody's hand.
    """
    answers = [question.answer for question in paper.questions]
    if any(answer is None or answer.confidence < threshold for answer in answers):
        return None
    written = sum(1 for answer in answers if answer and answer.text)
    if written < MIN_ANSWERS or written < (1 - MAX_EMPTY_SHARE) * len(answers):
        return None
    student = {
        "ref": student_ref or "",
        "name": meaning(paper.metadata.student_name),
        "number": meaning(paper.metadata.student_number),
    }
    if not student_ref and len(student["name"]) < 2 and len(student["number"]) < 3:
        return None
    rows = [
        (question.section, question.number, meaning(question.answer.text))
        for question in paper.questions
        if question.answer is not None
    ]
    digest = hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()
    return PaperPrint(digest=digest, text=meaning(paper.text), student=student)


def is_same_paper(ours: PaperPrint, known: PaperPrint) -> bool:
    """Whether both have the same answers and text, and were written by the same student."""
    if ours.digest != known.digest or not _is_same_student(ours.student, known.student):
        return False
    return fuzz.ratio(ours.text, known.text, score_cutoff=MIN_SIMILARITY) > 0


def _is_same_student(ours: dict[str, str], known: dict[str, str]) -> bool:
    """Whether something that tells the student is the same in both, and nothing is different."""
    told = [(ours[key], known[key]) for key in ours if ours[key] and known.get(key)]
    return bool(told) and all(one == other for one, other in told)
