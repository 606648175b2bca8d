"""What an uploaded sheet consists of: markup with named places, questions, and what a hand does."""

from dataclasses import dataclass, field
from enum import StrEnum

from markup import string

from shared.contract.questions import QuestionType


class Manner(StrEnum):
    """How a hand puts something on the sheet."""

    #: Written into its place.
    PLAIN = "plain"
    #: Larger than its place: over brackets and rules.
    OVER = "over"
    #: A first attempt struck out, the final text beside it.
    REWRITTEN = "rewritten"
    #: A first attempt struck out, the final text above it.
    CORRECTED_ABOVE = "corrected_above"
    #: A first attempt blotted out, the final text beside it.
    BLOTTED = "blotted"
    #: Several lines from the upper left corner of the place.
    LINES = "lines"
    #: A ring around the place.
    RINGED = "ringed"
    #: A tick over the place.
    TICKED = "ticked"
    #: A stroke through the place.
    STRUCK = "struck"
    #: A bubble or box filled; then by halves, with a dot, a stroke, a cross, a tick.
    FILLED = "filled"
    HALF_FILLED = "half_filled"
    DOTTED = "dotted"
    LINED = "lined"
    CROSSED = "crossed"
    TICKED_IN = "ticked_in"
    #: A filling rubbed out: a grey shade is left.
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Writing:
    """Something of the student's hand at the named ``place``; ``first`` is a struck attempt."""

    place: str
    text: str = ""
    manner: Manner = Manner.PLAIN
    first: str = ""
    is_centred: bool = True


@dataclass(frozen=True, slots=True)
class Question:
    """One thing asked. ``response`` is what the student means, "" for a place left empty.

    ``is_known`` is false where what the student wrote is working that has no one reading. The
    places are where a teacher's mark goes: the first of them has the final answer.
    """

    label: str
    number: str
    type: QuestionType
    answer: str
    response: str
    places: tuple[str, ...]
    points: float = 1
    is_known: bool = True

    @property
    def address(self) -> str:
        """``label.number``, or the number alone on a sheet without sections."""
        return f"{self.label}.{self.number}".lstrip(".")

    @property
    def is_right(self) -> bool:
        """Whether the response is the answer."""
        return self.response == self.answer


@dataclass(slots=True)
class Sheet:
    """One completed sheet before it is printed. ``section_points`` are those that are printed."""

    kind: str
    subject: str
    language: str
    title: str
    source: str = ""
    grade: str | None = None
    questions: list[Question] = field(default_factory=list)
    writings: list[Writing] = field(default_factory=list)
    section_titles: dict[str, str] = field(default_factory=dict)
    section_points: dict[str, float] = field(default_factory=dict)

    @property
    def full(self) -> float:
        """The sum of all questions' points."""
        return sum(question.points for question in self.questions)

    @property
    def earned(self) -> float:
        """The points of the questions that were answered rightly."""
        return sum(question.points for question in self.questions if question.is_right)


def slot(name: str, width_pt: float, *, height_em: float = 1.2, line: str = "") -> str:
    """Markup of a named empty place; ``line`` is a stroke such as ``(bottom: 0.6pt)``."""
    drawn = f", line: {line}" if line else ""
    return f'#slot("{name}", {width_pt:.1f}pt, h: {height_em}em{drawn});'


def rule(name: str, width_pt: float, *, height_em: float = 1.2) -> str:
    """Markup of a place on a printed rule."""
    return slot(name, width_pt, height_em=height_em, line="(bottom: 0.6pt)")


def bracket(name: str, width_pt: float) -> str:
    """Markup of a place in half-width brackets that no line end divides."""
    return f"#box[( {slot(name, width_pt)} )]"


def named(name: str, markup: str) -> str:
    """Markup of something printed whose box is wanted."""
    return f'#named("{name}", [{markup}]);'


def words(text: str) -> str:
    """Markup that prints ``text`` as it stands."""
    return string(text) if text else ""
