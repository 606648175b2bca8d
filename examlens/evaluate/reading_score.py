"""Scores what the stages read of papers against what is true of them."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import Enum, auto

from examlens.evaluate.character_error import CharacterErrors, count_errors
from examlens.evaluate.reading_manifest import (
    Address,
    ReadingPaper,
    address_of,
    parse_address,
    plain_label,
)
from examlens.evaluate.reading_verdicts import count_verdicts
from shared.contract.documents import ExamResult, QuestionResult
from shared.contract.notation.verdicts import FALSE, TRUE
from shared.contract.questions import EvidenceKind, Verdict
from shared.contract.reading import PageText, ReadPaper

#: Two totals closer than this are the same number of points.
_POINTS_TOLERANCE = 1e-6
_LETTERS = re.compile(r"[A-H](?:[,、;/]?[A-H])*")


class Outcome(Enum):
    """What became of one answer."""

    RIGHT = auto()
    #: Read as something else than what was written, for certain or with doubt.
    WRONG = auto()
    #: Nothing was read, and the question was left to a person or not found.
    MISSING = auto()


@dataclass(frozen=True, slots=True)
class PaperScore:
    """Counts of one paper; sums of them are the counts of a set.

    ``sections_right`` is of the points that the result gives, ``sections_printed_right`` of those
    read from the headings. ``characters`` are printed ones. ``seconds`` are of the OCR engine.
    """

    papers: int = 0
    answers_total: int = 0
    answers_right: int = 0
    answers_wrong: int = 0
    answers_missing: int = 0
    certain_total: int = 0
    certain_right: int = 0
    sections_total: int = 0
    sections_right: int = 0
    sections_printed_right: int = 0
    totals_total: int = 0
    totals_right: int = 0
    questions_true: int = 0
    questions_found: int = 0
    questions_matched: int = 0
    character_errors: int = 0
    characters: int = 0
    pages: int = 0
    seconds: float = 0.0
    verdicts_total: int = 0
    verdicts_wrong: int = 0
    unanswered_total: int = 0
    unanswered_wrong: int = 0


def score_paper(
    expected: ReadingPaper,
    result: ExamResult | None,
    pages: Sequence[PageText],
    *,
    printed_text: str | None = None,
    paper: ReadPaper | None = None,
    certain_confidence: float = 0.8,
) -> PaperScore:
    """Compare one paper's result with what is expected of it.

    ``result`` is None for an exam that failed. Then everything true of it was missed. With
    ``paper`` what was found on the pages is taken from there, because a result also lists what only
    the answer key names. ``printed_text`` is the content of the file that the truth names.
    An answer is certain when it was not left for review and its own reading has at least
    ``certain_confidence``. A teacher's tick makes a verdict certain, but not the reading beside it.
    """
    answers = {parse_address(name): text for name, text in expected.truth.answers.items()}
    true = _true_addresses(expected) or set(answers)
    found = _found_addresses(result, paper)
    key = _choose_key(true | set(answers))
    matched = Counter(map(key, true)) & Counter(map(key, found))
    read = _by_address(result, key)
    outcomes = [
        _judge(written, read.get(key(address)), certain_confidence)
        for address, written in answers.items()
    ]
    verdicts = count_verdicts(expected, read, paper, key)
    errors = count_errors(printed_text, _lines(pages)) if printed_text else CharacterErrors(0, 0)
    section_points = expected.truth.section_points
    return PaperScore(
        papers=1,
        answers_total=len(answers),
        answers_right=sum(outcome is Outcome.RIGHT for outcome, _ in outcomes),
        answers_wrong=sum(outcome is Outcome.WRONG for outcome, _ in outcomes),
        answers_missing=sum(outcome is Outcome.MISSING for outcome, _ in outcomes),
        certain_total=sum(is_certain for _, is_certain in outcomes),
        certain_right=sum(
            is_certain and outcome is Outcome.RIGHT for outcome, is_certain in outcomes
        ),
        sections_total=len(section_points),
        sections_right=_sections_right(section_points, _scored_sections(result)),
        sections_printed_right=_sections_right(section_points, _printed_sections(paper)),
        totals_total=int(expected.truth.earned is not None),
        totals_right=int(_is_total_right(expected.truth.earned, result)),
        questions_true=len(true),
        questions_found=len(found),
        questions_matched=matched.total(),
        character_errors=errors.errors,
        characters=errors.characters,
        pages=len(pages),
        seconds=sum(page.seconds for page in pages),
        verdicts_total=verdicts.total,
        verdicts_wrong=verdicts.wrong,
        unanswered_total=verdicts.unanswered,
        unanswered_wrong=verdicts.unanswered_wrong,
    )


def summarise(scores: Iterable[PaperScore]) -> dict[str, float | None]:
    """The figures of a set, in the order that ``evaluate reading`` prints; None where undefined."""
    total = _sum(scores)
    return {
        "papers": total.papers,
        "answers_total": total.answers_total,
        "answers_right": total.answers_right,
        "answers_wrong": total.answers_wrong,
        "answers_missing": total.answers_missing,
        "sections_total": total.sections_total,
        "sections_right": total.sections_right,
        "totals_total": total.totals_total,
        "totals_right": total.totals_right,
        "question_precision": _share(total.questions_matched, total.questions_found),
        "question_recall": _share(total.questions_matched, total.questions_true),
        "cer": _share(total.character_errors, total.characters),
        "seconds_per_page": _share(total.seconds, total.pages),
        "pages": total.pages,
        "sections_printed_right": total.sections_printed_right,
        "certain_total": total.certain_total,
        "certain_right": total.certain_right,
        "verdicts_total": total.verdicts_total,
        "verdicts_wrong": total.verdicts_wrong,
        "unanswered_total": total.unanswered_total,
        "unanswered_wrong": total.unanswered_wrong,
    }


def by_kind(
    scored: Iterable[tuple[ReadingPaper, PaperScore]],
) -> dict[str, dict[str, float | None]]:
    """The figures of each kind of paper that the manifest names, in its order."""
    kinds: dict[str, list[PaperScore]] = {}
    for paper, score in scored:
        if paper.kind is not None:
            kinds.setdefault(paper.kind, []).append(score)
    return {kind: summarise(scores) for kind, scores in kinds.items()}


def is_same_answer(read: str, written: str) -> bool:
    """Whether ``read`` is what a reasonable person would take ``written`` for.

    Case, width, spaces, brackets and closing punctuation do not matter; letters of a choice may
    come in any order; √, T, true and 对 are one answer, as are ×, F, false and 错.
    """
    first, second = _plain_answer(read), _plain_answer(written)
    if first == second:
        return True
    said = {first.casefold(), second.casefold()}
    if said <= TRUE or said <= FALSE:
        return True
    if _LETTERS.fullmatch(first) and _LETTERS.fullmatch(second):
        return _letters(first) == _letters(second)
    return False


def _plain_answer(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).upper()
    folded = folded.replace("−", "-").replace("–", "-")
    folded = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", re.sub(r"\s+", "", folded))
    bare = folded.strip(".。,，;；:：_")
    while len(bare) > 2 and (bare[0], bare[-1]) in {("(", ")"), ("[", "]"), ("【", "】")}:
        bare = bare[1:-1]
    return bare


def _letters(text: str) -> set[str]:
    return set(re.findall("[A-H]", text))


def _true_addresses(expected: ReadingPaper) -> set[Address]:
    if expected.key is None:
        return set()
    return {
        address_of(section.label, question.number)
        for section in expected.key.sections
        for question in section.questions
    }


def _found_addresses(result: ExamResult | None, paper: ReadPaper | None) -> list[Address]:
    source = paper or result
    if source is None:
        return []
    return [address_of(question.section, question.number) for question in source.questions]


def _choose_key(addresses: Iterable[Address]) -> Callable[[Address], Address]:
    """How addresses are compared: by number alone where numbers run through the whole paper.

    A misread section heading is counted with the sections, not again with each of its questions.
    """
    numbers = Counter(number for _, number in addresses)
    if all(count == 1 for count in numbers.values()):
        return lambda address: ("", address[1])
    return lambda address: address


def _by_address(
    result: ExamResult | None, key: Callable[[Address], Address]
) -> dict[Address, QuestionResult]:
    read: dict[Address, QuestionResult] = {}
    for question in result.questions if result else ():
        # The first of two questions under one number is the one in its place.
        read.setdefault(key(address_of(question.section, question.number)), question)
    return read


def _judge(
    written: str, question: QuestionResult | None, certain_confidence: float
) -> tuple[Outcome, bool]:
    """What became of one answer, and whether it was given as certain."""
    if question is None:
        return Outcome.MISSING, False
    is_reviewed = question.verdict is Verdict.NEEDS_REVIEW
    is_sure = _reading_confidence(question) >= certain_confidence
    is_certain = is_sure and (not is_reviewed or question.correct_answer is None)
    text = question.student_answer
    if not text:
        is_empty = question.verdict is Verdict.UNANSWERED or (text == "" and not is_reviewed)
        if is_empty and is_sure:
            return (Outcome.WRONG if written else Outcome.RIGHT), True
        return Outcome.MISSING, False
    return (Outcome.RIGHT if is_same_answer(text, written) else Outcome.WRONG), is_certain


def _reading_confidence(question: QuestionResult) -> float:
    """How sure the reading of the answer is. Without a reading: how sure the result is."""
    read = [e.confidence for e in question.evidence if e.kind is EvidenceKind.ANSWER]
    return min(read, default=question.confidence)


def _scored_sections(result: ExamResult | None) -> dict[str, float]:
    return {plain_label(s.label): s.full for s in result.sections} if result else {}


def _printed_sections(paper: ReadPaper | None) -> dict[str, float]:
    if paper is None:
        return {}
    return {plain_label(s.label): s.points for s in paper.sections if s.points is not None}


def _sections_right(expected: Mapping[str, float], found: Mapping[str, float]) -> int:
    return sum(
        abs(found.get(plain_label(label), -1.0) - points) < _POINTS_TOLERANCE
        for label, points in expected.items()
    )


def _is_total_right(earned: float | None, result: ExamResult | None) -> bool:
    if earned is None or result is None:
        return False
    return abs(result.score.earned - earned) < _POINTS_TOLERANCE


def _lines(pages: Iterable[PageText]) -> list[str]:
    return [line.text for page in pages for line in page.lines]


def _sum(scores: Iterable[PaperScore]) -> PaperScore:
    listed = tuple(scores)
    return PaperScore(
        **{f.name: sum(getattr(score, f.name) for score in listed) for f in fields(PaperScore)}
    )


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
