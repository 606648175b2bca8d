"""The English sentences of the advice."""

from services.diagnose.domain.advice.findings import Findings, PointFinding, SectionFinding
from services.diagnose.domain.advice.wording import MOST_ADDRESSES


class EnglishWording:
    """Speaks to a student, teacher and parent, plainly and without routine praise."""

    def score(self, findings: Findings) -> str:
        """Points, graded and ungraded questions."""
        score = findings.score
        if not findings.graded:
            return (
                f"None of the {_count(findings.questions, 'question')} could be graded "
                "automatically; the diagnosis has to wait for a teacher's marks."
            )
        text = f"{findings.graded} of {_count(findings.questions, 'question')} graded"
        if score.rate is not None and score.in_questions:
            text += f": {score.earned:g} right ({score.rate:.0%})"
        elif score.rate is not None:
            text += f": {score.earned:g} of {score.full:g} points ({score.rate:.0%})"
        if findings.review:
            verb = "awaits" if len(findings.review) == 1 else "await"
            text += (
                f"; {_count(len(findings.review), 'question')} {verb} review and count neither way"
            )
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
        return "By topic: " + "; ".join(parts) + "."

    def no_points(self) -> str:
        """Say that no question names a knowledge point."""
        return "No question names its topic, so only scores are given and no topic is judged."

    def strength(self, point: PointFinding) -> str:
        """A strong point with its evidence."""
        return (
            f"{point.name}: {_evidence(point)}; estimated mastery {point.mastery:.0%} "
            f"(90 % interval {point.low:.0%} to {point.high:.0%})."
        )

    def weakness(self, point: PointFinding) -> str:
        """A weak point with its evidence."""
        return (
            f"{point.name}: {_evidence(point)}; estimated mastery {point.mastery:.0%} "
            f"(90 % interval {point.low:.0%} to {point.high:.0%}), below 60 % with probability "
            f"{point.certainty:.0%}. Points lost in {_listed(point.lost)}."
        )

    def practise(self, point: PointFinding) -> str:
        """What to do about a weak point."""
        return (
            f"Start with {point.name}: redo {_listed(point.lost)} without looking at the answers, "
            "find the first step that goes wrong, read that part of the textbook, then check with "
            "three to five similar exercises."
        )

    def redo(self, addresses: tuple[str, ...]) -> str:
        """Wrong answers that belong to no weak point."""
        return (
            f"Go over {_listed(addresses)}: note the cause (concept, reading, calculation or "
            "writing), and solve the same again alone a week later."
        )

    def probe(self, points: tuple[PointFinding, ...]) -> str:
        """Points with losses but too few items to judge."""
        names = "; ".join(f"{point.name} ({_listed(point.lost)})" for point in points)
        return (
            f"Points were lost in {names}, but the answers are too few or too mixed "
            "to call it a weakness; two or three more exercises on each would settle it."
        )

    def unanswered(self, addresses: tuple[str, ...]) -> str:
        """Questions left empty."""
        pronoun = "was" if len(addresses) == 1 else "were"
        return (
            f"{_sentence(_listed(addresses))} {pronoun} left empty: find out first whether the "
            "reason was not knowing, overlooking or lack of time; each needs a different remedy."
        )

    def review(self, addresses: tuple[str, ...]) -> str:
        """Questions a person has to grade."""
        return (
            f"A teacher should check {_listed(addresses)}: the writing, the answer or the marking "
            "is not certain enough, so no points were given and none were counted as lost."
        )

    def mismatch(self, section: str, written: str, computed: str) -> str:
        """A written sum that differs from ours."""
        where = f"section {section}" if section else "the paper"
        return (
            f"The total written on {where} is {written}, but its questions add up to {computed}; "
            "please check."
        )

    def conflicts(self, addresses: tuple[str, ...]) -> str:
        """Questions whose evidence disagrees."""
        return (
            f"For {_listed(addresses)} the teacher's marks and the answer key disagree; please "
            "confirm which one holds."
        )

    def nothing_lost(self) -> str:
        """Every graded question earned all its points."""
        return "No graded question lost points; a harder paper would show what comes next."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _evidence(point: PointFinding) -> str:
    if point.full:
        return f"{point.earned:g} of {point.full:g} points on {_count(point.items, 'question')}"
    return f"{len(point.lost)} of {_count(point.items, 'question')} lost"


def _listed(addresses: tuple[str, ...]) -> str:
    noun = "question" if len(addresses) == 1 else "questions"
    shown = ", ".join(addresses[:MOST_ADDRESSES])
    if len(addresses) > MOST_ADDRESSES:
        return f"{noun} {shown} and {len(addresses) - MOST_ADDRESSES} more"
    return f"{noun} {shown}"


def _sentence(text: str) -> str:
    """``text`` with a capital first letter; the rest, such as a section's letter, stays."""
    return text[:1].upper() + text[1:]
