"""Prints every figure of the diagnosis as JSON lines, with 95 % intervals.

Usage: python benchmarks/diagnosis/measure.py [--responses DIR] [--items FILE.jsonl ...], where DIR
holds data.txt and q.txt, and a FILE labelled questions. Scoring and evidence need no data: their
papers are generated here. Of the files, questions that the shipped tagger was trained on are left
out. Ends with 1 where a promise that has to hold always does not.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from examlens.evaluate.mastery import DIFFICULTIES, evaluate_mastery
from examlens.evaluate.tagging import evaluate_tagging
from services.diagnose.domain.comparing.answers import compare
from services.diagnose.domain.comparing.outcomes import Outcome
from services.diagnose.domain.estimation.earned_shares import earned_share
from services.diagnose.domain.estimation.mastery import LEAST_ITEMS, estimate_mastery
from shared.contract.documents import KnowledgePoint, MasteryLevel, QuestionResult
from shared.contract.questions import QuestionType, Verdict

_ROOT = Path(__file__).parents[2]
Figures = dict[str, object]


def wilson(share: float, count: int) -> list[float]:
    """The 95 % interval of a share (Wilson 1927), which a bootstrap of a share of 1 has not."""
    z2 = 1.96**2
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = 1.96 / (1 + z2 / count) * (share * (1 - share) / count + z2 / (4 * count**2)) ** 0.5
    return [round(middle - half, 4), round(min(middle + half, 1.0), 4)]


def scoring(seed: int = 2024, rounds: int = 60) -> Figures:
    """Precision and recall of "right" on generated pairs of answer and key."""
    sys.path.insert(0, str(_ROOT))
    # The tests' generator, found at run time.
    from tests.unit.diagnose.comparing.answer_pairs import generate  # noqa: PLC0415

    pairs = generate(seed, rounds)
    start = time.perf_counter()
    found = Counter((p.kind, compare(p.type, p.student, p.key).outcome) for p in pairs)
    seconds = time.perf_counter() - start
    right = sum(n for (_, outcome), n in found.items() if outcome is Outcome.RIGHT)
    equal = sum(n for (kind, _), n in found.items() if kind == "equivalent")
    hits = found["equivalent", Outcome.RIGHT]
    return {
        "pairs": len(pairs),
        "precision": round(hits / right, 4),
        "precision_interval": wilson(hits / right, right),
        "recall": round(hits / equal, 4),
        "recall_interval": wilson(hits / equal, equal),
        "wrong_called_undecided": sum(
            n for (kind, o), n in found.items() if kind != "equivalent" and o is Outcome.UNDECIDED
        ),
        "milliseconds_per_pair": round(1000 * seconds / len(pairs), 3),
    }


def evidence(seed: int = 2024, papers: int = 400) -> Figures:
    """Points with fewer than two graded items that are shown as insufficient evidence."""
    draw = random.Random(seed)  # noqa: S311 - not for secrets
    thin = shown = named = 0
    for _ in range(papers):
        questions = _paper(draw)
        for found in estimate_mastery(questions):
            mastery = found.mastery
            graded = sum(
                mastery.knowledge_point in question.knowledge_points
                and earned_share(question) is not None
                for question in questions
            )
            if mastery.knowledge_point.id.startswith("parent:"):
                continue
            is_named = mastery.level is not MasteryLevel.INSUFFICIENT_EVIDENCE
            thin += graded < LEAST_ITEMS
            shown += graded < LEAST_ITEMS and not is_named
            named += is_named
    share = shown / thin
    return {
        "papers": papers,
        "points_with_fewer_than_two_items": thin,
        "shown_as_insufficient": share,
        "shown_as_insufficient_interval": wilson(share, thin),
        "other_points_with_a_level": named,
    }


def _paper(draw: random.Random) -> tuple[QuestionResult, ...]:
    """A paper of any size whose points have any number of items, some of them ungraded."""
    points = [
        KnowledgePoint(id=f"k{n}", name=f"k{n}", path=(f"area {n % 3}", f"k{n}"))
        for n in range(draw.randint(1, 8))
    ]
    verdicts = (Verdict.CORRECT, Verdict.INCORRECT, Verdict.UNANSWERED, Verdict.NEEDS_REVIEW)
    return tuple(
        _question(ordinal, draw.choice(verdicts), draw.choice(points), draw.random())
        for ordinal in range(1, draw.randint(2, 16))
    )


def _question(
    ordinal: int, verdict: Verdict, point: KnowledgePoint, difficulty: float
) -> QuestionResult:
    score = {Verdict.CORRECT: 2.0, Verdict.NEEDS_REVIEW: None}.get(verdict, 0.0)
    return QuestionResult(
        ordinal=ordinal,
        section="",
        number=str(ordinal),
        type=QuestionType.FILL_IN,
        stem="",
        options=(),
        student_answer="",
        correct_answer="",
        verdict=verdict,
        score=score,
        full_score=2.0,
        confidence=1.0,
        knowledge_points=(point,),
        difficulty=difficulty,
        error_cause=None,
        evidence=(),
    )


def _print(name: str, measured: Callable[[], Figures]) -> Figures:
    found = measured()
    shown = {k: round(v, 4) if isinstance(v, float) else v for k, v in found.items()}
    print(json.dumps({"measure": name, **shown}), flush=True)
    return found


def main() -> int:
    """Measure scoring and evidence, and whatever data was given for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--responses", type=Path)
    parser.add_argument("--items", type=Path, nargs="*", default=[])
    given = parser.parse_args()
    scored = _print("scoring", scoring)
    shown = _print("evidence", evidence)
    if given.responses is not None:
        for difficulty in DIFFICULTIES:
            _print(
                f"mastery, difficulty {difficulty}",
                lambda known=difficulty: {**evaluate_mastery(given.responses, known)},
            )
    for file in given.items:
        _print(f"tagging {file.name}", lambda file=file: {**evaluate_tagging(file)})
    return int(scored["precision"] != 1.0 or shown["shown_as_insufficient"] != 1.0)


if __name__ == "__main__":
    sys.exit(main())
