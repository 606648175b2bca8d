"""The colours of a report; each has at least 4.5:1 contrast on white (WCAG 2.2, 1.4.3)."""

from shared.contract.documents import Direction, MasteryLevel
from shared.contract.questions import Verdict

INK = "#1f2933"
MUTED = "#52606d"
RULE = "#d5dbe3"
TRACK = "#e8ecf1"
ACCENT = "#1f5f8b"

VERDICT_INK: dict[Verdict, str] = {
    Verdict.CORRECT: "#18794e",
    Verdict.PARTIAL: "#935f00",
    Verdict.INCORRECT: "#c0322b",
    Verdict.UNANSWERED: "#596575",
    Verdict.NEEDS_REVIEW: "#6b3fa0",
}

DIRECTION_INK: dict[Direction, str] = {
    Direction.BETTER: "#18794e",
    Direction.WORSE: "#c0322b",
    Direction.UNCLEAR: "#596575",
}

LEVEL_INK: dict[MasteryLevel, str] = {
    MasteryLevel.STRONG: "#18794e",
    MasteryLevel.ADEQUATE: "#1f5f8b",
    MasteryLevel.WEAK: "#c0322b",
    MasteryLevel.INSUFFICIENT_EVIDENCE: "#596575",
}
