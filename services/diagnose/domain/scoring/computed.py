"""Judges sums, conversions, comparisons and equations by working them out, without a key.

A student who is right is believed sooner than one who is wrong: that two readings agree with
arithmetic by chance is rare, but one misread figure makes every right answer look wrong.
"""

from dataclasses import dataclass

from services.diagnose.domain.comparing.outcomes import Outcome
from services.diagnose.domain.comparing.worked import Worked, work_out
from services.diagnose.domain.comparing.written_form import is_blank
from services.diagnose.domain.scoring.alignment import Pair
from services.diagnose.domain.scoring.judgement import Judgement
from shared.contract.documents import QuestionResult
from shared.contract.questions import Evidence, EvidenceKind, Verdict
from shared.contract.reading import Asked, AskedKind

#: From here on print and answer are read surely. Real drills: of 10 sums with a misread sign the
#: surest had .94, of 13 misread answers .96.
SURE_PRINT, SURE_ANSWER = 0.96, 0.98
#: An answer that looks like the right one has to be read this surely to be called wrong.
_SURE_FIGURES = 0.995
#: What is left of the doubt in both readings when they agree: by the number of figures.
_ONE_FIGURE, _MORE_FIGURES = 0.3, 0.15
#: The trust in a sum whose sign was read as another one.
_REPAIRED = 0.95
#: Never enough to decide, nor to make another verdict doubtful.
_UNSURE = 0.49


@dataclass(frozen=True, slots=True)
class Computed:
    """What a question comes to, and what that says of the answer; no judgement without one."""

    asked: Asked
    worked: Worked
    judgement: Judgement | None


def compute(pair: Pair) -> Computed | None:
    """What arithmetic says of a question; None where it asks for none or the key has its answer."""
    read = pair.read
    if read is None or read.asked is None or (pair.key and pair.key.question.answer.strip()):
        return None
    text = read.answer.text if read.answer is not None else ""
    worked = work_out(read.asked, text)
    if worked is None:
        return None
    if read.answer is None or is_blank(text) or worked.outcome is Outcome.UNDECIDED:
        return Computed(read.asked, worked, None)
    if worked.is_repaired and read.asked.confidence >= SURE_PRINT:
        # The print was read surely: the student took one sign for another, or it is chance.
        return Computed(read.asked, worked, None)
    sureness = _sureness(read.asked, worked, read.answer.confidence)
    share = 1.0 if worked.outcome is Outcome.RIGHT else 0.0
    return Computed(read.asked, worked, Judgement(EvidenceKind.COMPUTED, share, sureness))


def _sureness(asked: Asked, worked: Worked, answer: float) -> float:
    both = asked.confidence * answer
    if worked.outcome is Outcome.RIGHT:
        if asked.kind is AskedKind.COMPARISON:
            # One of three signs agrees by chance too often.
            return both
        figures = sum(char.isdigit() for char in worked.text)
        doubt = (1 - both) * (_ONE_FIGURE if figures < 2 else _MORE_FIGURES)
        return (1 - doubt) * (_REPAIRED if worked.is_repaired else 1.0)
    least = _SURE_FIGURES if worked.is_near else SURE_ANSWER
    is_sure = asked.confidence >= SURE_PRINT and answer >= least
    return both if is_sure else min(both, _UNSURE)


def with_computed(result: QuestionResult, computed: Computed | None) -> QuestionResult:
    """``result`` with the computed answer, unless it is left open and the print is in doubt."""
    if computed is None:
        return result
    is_open = result.verdict is Verdict.NEEDS_REVIEW
    if is_open and computed.asked.confidence < SURE_PRINT:
        return result
    asked, text = computed.asked, computed.worked.text
    spelled = f"{asked.left} {text} {asked.right}"
    if asked.kind is not AskedKind.COMPARISON:
        spelled = f"{asked.left} = {asked.right}".replace("____", text)
    evidence = Evidence(kind=EvidenceKind.COMPUTED, text=spelled, confidence=asked.confidence)
    return result.model_copy(
        update={"correct_answer": text, "evidence": (*result.evidence, evidence)}
    )
