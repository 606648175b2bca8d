"""The English sentences of the advice."""

from services.diagnose.domain.advice.findings import (
    Findings,
    PointFinding,
    Questions,
    SectionFinding,
    SlipFinding,
    in_order,
)
from services.diagnose.domain.advice.remedies import habit, remedy
from shared.contract.documents import Contrast
from shared.contract.failures import Language
from shared.contract.question_names import QuestionNames

_REASONS = {
    Contrast.EASY_LOST: ", but what was lost is easier than what was right",
    Contrast.HARD_LOST: ", and what was lost is harder than what was right",
}


class EnglishWording:
    """Speaks to a student, teacher and parent, plainly and without routine praise."""

    def __init__(self, names: QuestionNames) -> None:
        self._names = names

    def score(self, findings: Findings) -> str:
        """Points, and what is open; or that the paper was read and not scored."""
        score = findings.score
        if not findings.graded:
            asked = _count(findings.questions, "question")
            if not findings.has_key:
                return (
                    f"{asked} read, not scored: there is no answer key, and no marking on the "
                    "paper. Add a key to get a score and a diagnosis."
                )
            return (
                f"None of the {asked} could be graded automatically; the diagnosis has to wait "
                "for a teacher's marks."
            )
        unit = "questions" if score.in_questions else "points"
        text = f"{findings.graded} of {_count(findings.questions, 'question')} graded"
        if score.rate is not None:
            # Without a key the rest is not open but unknown.
            left_open = score.open if findings.has_key else 0.0
            earned, full = score.earned, score.full + left_open
            text = f"{earned:g} of {full:g} {'right' if score.in_questions else unit}"
            if left_open:
                text += f", {left_open:g} open ({earned:g}-{earned + left_open:g})"
        left = findings.questions - findings.graded
        if left and not findings.has_key:
            text += (
                f". There is no answer key: only the {findings.graded} that can be worked out or "
                f"were marked count, the other {left} were read, not scored"
            )
        elif findings.review and not score.open:
            verb = "awaits" if len(findings.review) == 1 else "await"
            text += f"; {_count(len(findings.review), 'question')} {verb} review"
        return text + "."

    def lowest_section(self, section: SectionFinding) -> str:
        """The section that lost most."""
        return (
            f'Most points were lost in "{section.name}": '
            f"{section.lost_items} of {section.items} questions, "
            f"{section.earned:g} of {section.full:g} points earned."
        )

    def levels(self, findings: Findings) -> str:
        """How many points are weak, strong, or cannot be judged."""
        parts = []
        if findings.weak:
            names = ", ".join(point.name for point in findings.weak[:3])
            more = " and others" if len(findings.weak) > 3 else ""
            parts.append(f"{_count(len(findings.weak), 'topic')} clearly weak ({names}{more})")
        if findings.strong:
            names = ", ".join(point.name for point in findings.strong[::-1][:3])
            more = " and others" if len(findings.strong) > 3 else ""
            parts.append(f"{_count(len(findings.strong), 'topic')} secure ({names}{more})")
        if findings.adequate:
            parts.append(f"{_count(len(findings.adequate), 'topic')} adequate")
        if findings.undecided:
            parts.append(
                f"{_count(len(findings.undecided), 'topic')} with too few or too mixed "
                "answers to judge"
            )
        return "By topic: " + "; ".join(parts) + "." if parts else ""

    def no_points(self) -> str:
        """Say that no question names a knowledge point."""
        return "No question names its topic, so only scores are given and no topic is judged."

    def strength(self, point: PointFinding) -> str:
        """A strong point with its evidence."""
        return (
            f"{point.name}: {_evidence(point)}{_reason(point)}; estimated mastery "
            f"{point.mastery:.0%} "
            f"(90 % interval {point.low:.0%} to {point.high:.0%})."
        )

    def weakness(self, point: PointFinding) -> str:
        """A weak point with its evidence."""
        return (
            f"{point.name}: {_evidence(point)}{_reason(point)}; estimated mastery "
            f"{point.mastery:.0%} (90 % interval {point.low:.0%} to {point.high:.0%}), below 60 % "
            f"with probability {point.certainty:.0%}. "
            f"Points lost in {self._names.several(in_order(point.lost))}."
        )

    def why_weak(self, point: PointFinding) -> str:
        """What a parent reads of a weak point."""
        named = self._names.several(in_order(point.lost))
        return f"{_sentence(_evidence(point))}{_reason(point)}: {named}."

    def why_unsure(self, point: PointFinding) -> str:
        """What a parent reads of a point with losses that is not called weak."""
        named = self._names.several(in_order(point.lost))
        return (
            f"{_sentence(_evidence(point))}: {named}. Too few to call it weak; two or three more "
            "exercises would settle it."
        )

    def slip_title(self, slip: SlipFinding) -> str:
        """What several slips have in common."""
        return _sentence(habit(slip.kind, Language.EN))

    def why_slip(self, slip: SlipFinding) -> str:
        """In which questions the slip was made."""
        named = self._names.several(in_order(slip.lost))
        return f"The same slip {len(slip.lost)} times: {named}."

    def other_title(self, lost: Questions) -> str:
        """Wrong answers that have no point in common."""
        return "Go over the other mistakes" if len(lost) > 1 else "Go over the mistake"

    def why_other(self, lost: Questions) -> str:
        """Which they are."""
        named = _sentence(self._names.several(in_order(lost)))
        return f"{named}; they have no weak topic in common." if len(lost) > 1 else f"{named}."

    def do(self, lost: Questions, *, is_point: bool) -> str:
        """What to do about questions that cost points."""
        first = lost[0]
        if first.error_kind is not None:
            return (
                f"{_sentence(self._names.one(first))}: {remedy(first.error_kind, Language.EN)}. "
                "Then three to five similar exercises."
            )
        named = self._names.several(in_order(lost))
        if is_point:
            return (
                f"Redo {named} without looking at the answers, find the first step that goes "
                "wrong, read that part of the textbook, then do three to five similar exercises."
            )
        return (
            f"Correct {named}, note the cause (concept, reading, calculation or writing), and "
            "solve the same again alone a week later."
        )

    def unanswered(self, questions: Questions) -> str:
        """Questions left empty."""
        verb = "was" if len(questions) == 1 else "were"
        return (
            f"{_sentence(self._names.several(questions))} {verb} left empty: find out first "
            "whether the reason was not knowing, overlooking or lack of time; each needs a "
            "different remedy."
        )

    def review(self, questions: Questions) -> str:
        """Questions a person has to grade."""
        return (
            f"A teacher should check {self._names.several(questions)}: the writing, the answer or "
            "the marking is not certain enough, so no points were given and none were counted as "
            "lost."
        )

    def mismatch(self, section: str, written: str, computed: str) -> str:
        """A written sum that differs from ours."""
        where = f"section {section}" if section else "the paper"
        return (
            f"The total written on {where} is {written}, but its questions add up to {computed}; "
            "please check."
        )

    def conflicts(self, questions: Questions) -> str:
        """Questions whose evidence disagrees."""
        return (
            f"For {self._names.several(questions)} the teacher's marks and the answer key "
            "disagree; please confirm which one holds."
        )

    def nothing_lost(self) -> str:
        """Every graded question earned all its points."""
        return "No graded question lost points; a harder paper would show what comes next."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _evidence(point: PointFinding) -> str:
    points = f", {point.earned:g} of {point.full:g} points" if point.full else ""
    return f"{point.right} of {_count(point.items, 'question')} right{points}"


def _reason(point: PointFinding) -> str:
    return "" if point.contrast is None else _REASONS[point.contrast]


def _sentence(text: str) -> str:
    """``text`` with a capital first letter; the rest, such as a section's letter, stays."""
    return text[:1].upper() + text[1:]
