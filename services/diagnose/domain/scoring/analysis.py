"""Puts alignment, evidence and points together: a verdict and a score for every question."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from services.diagnose.domain.estimation.difficulty import ItemDifficulty, item_difficulty
from services.diagnose.domain.model.exam_context import ExamContext
from services.diagnose.domain.points.knowledge_points import knowledge_points
from services.diagnose.domain.points.point_index import PointIndex
from services.diagnose.domain.points.tenant_index import TenantIndex
from services.diagnose.domain.scoring.addresses import address
from services.diagnose.domain.scoring.alignment import Pair, align
from services.diagnose.domain.scoring.computed import compute, with_computed
from services.diagnose.domain.scoring.corrections import with_answer, with_verdict
from services.diagnose.domain.scoring.drill_points import DrillPoints
from services.diagnose.domain.scoring.drill_topics import topics
from services.diagnose.domain.scoring.error_causes import error_cause
from services.diagnose.domain.scoring.judgement import Ruling, ScoringRules, judge, rule
from services.diagnose.domain.scoring.totals import mismatches, section_scores, total_score
from shared.contract.answer_key import AnswerKey
from shared.contract.corrections import Change
from shared.contract.documents import Analysis, QuestionResult
from shared.contract.notes import Note, NoteKind
from shared.contract.questions import Evidence, EvidenceKind, Verdict
from shared.contract.reading import ReadPaper


@dataclass(frozen=True, slots=True)
class AnalysisInput:
    """What the analysis needs. Without a key only marks, written scores and arithmetic decide."""

    paper: ReadPaper
    key: AnswerKey | None
    subject: str | None
    #: What people corrected, by the ordinal of the question.
    changes: Mapping[int, Change] = field(default_factory=dict)
    context: ExamContext = field(default_factory=ExamContext)
    #: The taxonomies and taggers of whoever submitted the paper.
    tenant: TenantIndex = field(default_factory=TenantIndex)
    #: The questions of the exam's run before this one.
    earlier: tuple[QuestionResult, ...] = ()
    #: Counts the answer keys that the paper has had.
    key_version: int | None = None

    @property
    def is_mixed(self) -> bool:
        """Whether the pages may be of several students: only people say then what is graded."""
        return any(note.kind is NoteKind.MIXED_PAGES for note in self.paper.warnings)

    @property
    def known_subject(self) -> str | None:
        """The given subject, else the answer key's."""
        return self.subject or (self.key.subject if self.key else None)


def _raise(error: Exception) -> None:
    raise error


def analyse(
    source: AnalysisInput,
    rules: ScoringRules,
    index: PointIndex,
    tell: Callable[[Exception], None] = _raise,
) -> Analysis:
    """Score a paper. Totals are sums; questions nobody could grade are in none of them.

    A question whose scoring raises is left to a person, with a note, when ``tell`` takes the error.
    """
    scoring = _Scoring(source, rules, index)
    # A key question that the pages lack gets an ordinal after all others.
    unseen = max((read.ordinal for read in source.paper.questions), default=0)
    questions: list[QuestionResult] = []
    notes: list[Note] = []
    for aligned in align(source.paper, source.key):
        if aligned.read is None:
            unseen += 1
        ordinal = aligned.read.ordinal if aligned.read else unseen
        try:
            result, said = scoring.score(aligned, ordinal)
        except Exception as error:  # noqa: BLE001 - one question never fails an exam; it is told of
            tell(error)
            result, said = scoring.left_open(aligned, ordinal)
        questions.append(result)
        notes += said
    found = tuple(questions)
    sections = section_scores(found, source.paper, source.key)
    return Analysis(
        score=total_score(
            found, has_key=source.key is not None, in_questions=scoring.drill.counts_questions
        ),
        sections=sections,
        questions=found,
        notes=(*notes, *mismatches(found, source.paper)),
    )


class _Scoring:
    """Scores the questions of one paper, one at a time."""

    def __init__(self, source: AnalysisInput, rules: ScoringRules, index: PointIndex) -> None:
        self._source, self._rules, self._index = source, rules, index
        self.drill = DrillPoints.of(source.paper, source.key)

    def score(self, aligned: Pair, ordinal: int) -> tuple[QuestionResult, list[Note]]:
        """The question's result and what is to be said of it."""
        source, index = self._source, self._index
        change = source.changes.get(ordinal, Change())
        pair = with_answer(aligned, ordinal, change)
        full = _full_score(pair)
        computed = compute(pair)
        opinion = computed.judgement if computed else None
        key = pair.key.question if pair.key else None
        judgements = judge(pair.read, key, full, self._rules, opinion)
        ruling = rule(judgements, pair.certainty, self._rules.threshold)
        if source.is_mixed and change.student_answer is None:
            ruling = Ruling(Verdict.NEEDS_REVIEW, None, 0.0)
        worth = full if full is not None else self.drill.points_of(pair)
        result = with_verdict(_result(pair, ruling, worth, ordinal), change)
        result = with_computed(result, computed)
        names = change.knowledge_points or (key.knowledge_points if key else ())
        subject, language = source.known_subject, source.context.language
        points = knowledge_points(subject, names, index)
        points = points or topics(pair, index, language)
        points = points or index.suggest(subject, _wording(result))
        cause = error_cause(result)
        said = cause.in_language(language) if cause else result.error_cause
        found = {"error_cause": said, "error_kind": cause.name if cause else None}
        result = result.model_copy(update={"knowledge_points": points, **found})
        return result, _notes(pair, ruling, address(result), has_key=source.key is not None)

    def left_open(self, pair: Pair, ordinal: int) -> tuple[QuestionResult, list[Note]]:
        """The question as it was read, for a person to judge, or as a person has judged it."""
        ruling = Ruling(Verdict.NEEDS_REVIEW, None, 0.0)
        change = self._source.changes.get(ordinal, Change())
        result = with_verdict(_result(pair, ruling, _full_score(pair), ordinal), change)
        return result, [Note(kind=NoteKind.SCORING_FAILED, where=address(result))]


def _wording(question: QuestionResult) -> str:
    return " ".join((question.stem, *(option.text for option in question.options)))


def _full_score(pair: Pair) -> float | None:
    """The key's points, else the printed ones."""
    if pair.key is not None:
        return pair.key.question.points
    return pair.read.points if pair.read is not None else None


def _result(pair: Pair, ruling: Ruling, full: float | None, ordinal: int) -> QuestionResult:
    read, key = pair.read, pair.key.question if pair.key else None
    kind = key.type if key is not None else read.type if read is not None else None
    if kind is None:
        raise ValueError("a pair needs a read question or a key question")
    score = None if ruling.share is None or full is None else round(ruling.share * full, 4)
    difficulty = _difficulty(pair)
    return QuestionResult(
        ordinal=ordinal,
        section=pair.key.section.label if pair.key else read.section if read else "",
        number=key.number if key else read.number if read else "",
        type=kind,
        stem=(read.stem if read else "") or (key.stem if key and key.stem else ""),
        options=read.options if read else (),
        student_answer=read.answer.text if read and read.answer else None,
        correct_answer=key.answer if key else None,
        verdict=ruling.verdict,
        score=score,
        full_score=full,
        confidence=min(max(ruling.confidence, 0.0), 1.0),
        knowledge_points=(),
        difficulty=difficulty.share,
        difficulty_sd=difficulty.sd,
        error_cause=None,
        evidence=_evidence(pair),
    )


def _difficulty(pair: Pair) -> ItemDifficulty:
    if pair.key is None:
        return item_difficulty()
    key, siblings = pair.key.question, pair.key.section.questions
    mean = sum(question.points for question in siblings) / len(siblings)
    return item_difficulty(
        label=key.difficulty,
        class_score_rate=key.class_score_rate,
        position=pair.key.position,
        relative_points=key.points / mean,
    )


def _evidence(pair: Pair) -> tuple[Evidence, ...]:
    found: tuple[Evidence, ...] = ()
    if pair.read is not None:
        found += pair.read.answer.evidence if pair.read.answer else ()
        found += pair.read.marks
    if pair.key is not None:
        found += (Evidence(kind=EvidenceKind.KEY, text=pair.key.question.answer),)
    return found


def _notes(pair: Pair, ruling: Ruling, where: str, *, has_key: bool) -> list[Note]:
    notes = [
        Note(kind=NoteKind.CONFLICT, where=where, details=conflict) for conflict in ruling.conflicts
    ]
    if pair.read is None:
        notes.append(Note(kind=NoteKind.QUESTION_NOT_FOUND, where=where))
    elif pair.key is None and has_key:
        notes.append(Note(kind=NoteKind.NOT_IN_KEY, where=where))
    elif pair.certainty < 1:
        details = (pair.read.number,)
        notes.append(Note(kind=NoteKind.NUMBER_MISREAD, where=where, details=details))
    return notes
