"""The final account: what became of every exam, and everything that should not be."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.behaviour import expected_end
from tests.chaos.checker import GONE, Case, judge
from tests.chaos.final_state import FinalState
from tests.chaos.history import History

_SUPPRESSED = re.compile(r'"outcome": "(not_due|fenced|superseded)"')
_ENDED = frozenset({"COMPLETED", "FAILED", "CANCELLED"})


@dataclass(frozen=True, slots=True)
class Account:
    """Counts at the end of a run, and the ``faults`` that the checker found, in sentences."""

    exams: int
    completed: int
    failed: int
    cancelled: int
    erased: int
    stuck: int
    answers: int
    webhooks: int
    suppressed_duplicates: int
    faults: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        """Nothing was lost, repeated, untrue or left over."""
        return not self.faults

    def line(self, seed: int) -> str:
        """The run's last line."""
        names = [name for name in self.__slots__ if name != "faults"]
        parts = " ".join(f"{name}={getattr(self, name)}" for name in names)
        return f"chaos seed={seed} {parts} faults={len(self.faults)}"


def settle_accounts(
    history: History, final: FinalState, logs: Path, side_faults: Sequence[str] = ()
) -> Account:
    """Judge what clients were told by what is left; ``side_faults`` are of work beside exams."""
    case = Case(history, final, expected_end)
    ends = Counter(case.end_of(exam_id).split()[0] for _, exam_id, _ in case.customers())
    return Account(
        exams=ends.total(),
        completed=ends["COMPLETED"],
        failed=ends["FAILED"],
        cancelled=ends["CANCELLED"],
        erased=ends[GONE],
        stuck=sum(exam["status"] not in _ENDED for exam in final.exams.values()),
        answers=len(list(history)),
        webhooks=len(final.received),
        suppressed_duplicates=_suppressed(logs),
        faults=(*judge(history, final, expected_end), *side_faults),
    )


def _suppressed(logs: Path) -> int:
    """Deliveries that the workers found to be repeats or too late."""
    texts = (path.read_text(errors="replace") for path in logs.glob("*.log"))
    return sum(len(_SUPPRESSED.findall(text)) for text in texts)
