"""Counts verdicts that contradict what is true: what the key or arithmetic says of the writing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from examlens.evaluate.reading_manifest import Address, ReadingPaper, address_of, parse_address
from services.diagnose.domain.comparing.answers import compare
from services.diagnose.domain.comparing.outcomes import Outcome
from services.diagnose.domain.comparing.worked import work_out
from shared.contract.answer_key import KeyQuestion
from shared.contract.documents import QuestionResult
from shared.contract.questions import Verdict
from shared.contract.reading import Asked, ReadPaper

_VERDICTS = {Outcome.RIGHT: Verdict.CORRECT, Outcome.WRONG: Verdict.INCORRECT}
_CHECKED = frozenset({Verdict.CORRECT, Verdict.INCORRECT, Verdict.UNANSWERED})


@dataclass(frozen=True, slots=True)
class VerdictCounts:
    """``total`` verdicts could be checked; of them ``wrong`` contradict the truth.

    ``unanswered`` places were called empty, ``unanswered_wrong`` of them hold an answer.
    """

    total: int = 0
    wrong: int = 0
    unanswered: int = 0
    unanswered_wrong: int = 0


def count_verdicts(
    expected: ReadingPaper,
    read: Mapping[Address, QuestionResult],
    paper: ReadPaper | None,
    key: Callable[[Address], Address],
) -> VerdictCounts:
    """Check every verdict that counts on a question whose writing is known.

    What needs review counts nowhere. A verdict that the manifest names is taken before the key's,
    and that before what arithmetic says of the question as it was read.
    """
    told = {key(parse_address(name)): verdict for name, verdict in expected.truth.verdicts.items()}
    written = {key(parse_address(name)): text for name, text in expected.truth.answers.items()}
    keyed = _keyed(expected, key)
    asked = {q.ordinal: q.asked for q in paper.questions} if paper else {}
    total = wrong = unanswered = unanswered_wrong = 0
    for address in told.keys() | written.keys():
        question = read.get(address)
        if question is None or question.verdict not in _CHECKED:
            continue
        true = told.get(address) or _true_verdict(
            written[address], keyed.get(address), question, asked.get(question.ordinal)
        )
        if question.verdict is Verdict.UNANSWERED:
            unanswered += 1
            unanswered_wrong += written.get(address) not in {"", None}
            true = true or Verdict.CORRECT  # anything but unanswered
        total += true is not None
        wrong += true is not None and true is not question.verdict
    return VerdictCounts(total, wrong, unanswered, unanswered_wrong)


def _keyed(expected: ReadingPaper, key: Callable[[Address], Address]) -> dict[Address, KeyQuestion]:
    sections = expected.key.sections if expected.key else ()
    return {
        key(address_of(section.label, question.number)): question
        for section in sections
        for question in section.questions
    }


def _true_verdict(
    written: str, keyed: KeyQuestion | None, question: QuestionResult, asked: Asked | None
) -> Verdict | None:
    """What should be said of ``written``; None where neither key nor arithmetic decides."""
    if not written:
        return Verdict.UNANSWERED
    if keyed is not None and keyed.answer.strip():
        found = compare(keyed.type, written, keyed.answer, question.options)
        return _VERDICTS.get(found.outcome)
    worked = work_out(asked, written) if asked is not None else None
    return _VERDICTS.get(worked.outcome) if worked is not None else None
