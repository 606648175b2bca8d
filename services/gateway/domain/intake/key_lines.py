"""Answer keys as teachers type them: "1-10 CDBBA DACAB", one run of questions a line."""

import re
from dataclasses import dataclass

from shared.contract.answer_key import KeyQuestion
from shared.contract.questions import QuestionType

#: "1-10 CDBBA DACAB" or "11 x=3"; the range may be written in several ways.
_LINE = re.compile(
    r"\s*(\d{1,3})\s*(?:(?:[-–—~～至到]|\.\.)\s*(\d{1,3}))?\s*[.、:：)）]?\s*(.*\S)\s*"
)
_SIGNS = re.compile(r"[\s,，;；、|]+")
#: "1. C 2. D 3. AB": several questions on a line, each with its number.
_NUMBERED = re.compile(r"(\d{1,3})\s*[.、:：)）]\s*([^\s,，;；]+)")
_TRUE_FALSE = re.compile(r"[√✓✔×✗✘TF对错]+", re.IGNORECASE)
_LETTERS = re.compile(r"[A-H]+", re.IGNORECASE)
_MOST_QUESTIONS = 300


class UnreadableLine(ValueError):
    """A line that is no answers; ``line`` counts from 1. ``reason`` is a code for the page."""

    def __init__(self, line: int, reason: str, *, expected: int = 0, found: int = 0) -> None:
        super().__init__(line, reason)
        self.line, self.reason, self.expected, self.found = line, reason, expected, found


@dataclass(frozen=True, slots=True)
class _Run:
    """Questions ``first`` to ``last`` of a line, and what was written behind them."""

    line: int
    first: int
    last: int
    text: str


def parse_key_lines(text: str, points: float) -> tuple[KeyQuestion, ...]:
    """The questions of typed lines, each worth ``points``.

    Letters become choices, several for one question a multiple choice; ticks and crosses become
    true or false; everything else is a written answer. Raises UnreadableLine.
    """
    questions: list[KeyQuestion] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        pairs = _NUMBERED.findall(line)
        if len(pairs) > 1:
            questions += [_question(int(n), answer, points) for n, answer in pairs]
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise UnreadableLine(number, "no_number")
        first, last = int(found[1]), int(found[2] or found[1])
        if last < first or last - first >= _MOST_QUESTIONS:
            raise UnreadableLine(number, "range")
        questions += _questions(_Run(number, first, last, found[3]), points)
    return tuple(questions)


def _questions(run: _Run, points: float) -> list[KeyQuestion]:
    count = run.last - run.first + 1
    if count == 1:
        return [_question(run.first, run.text, points)]
    joined = _SIGNS.sub("", run.text)
    parts = [part for part in _SIGNS.split(run.text) if part]
    is_signs = _LETTERS.fullmatch(joined) or _TRUE_FALSE.fullmatch(joined)
    # "AB C AD" for three questions are parts; "CDBBA DACAB" for ten are signs.
    answers = parts if len(parts) == count else list(joined) if is_signs else parts
    if len(answers) != count:
        raise UnreadableLine(run.line, "count", expected=count, found=len(answers))
    # Among other letters F is an option, among T's it is "false".
    kind = QuestionType.TRUE_FALSE if _TRUE_FALSE.fullmatch(joined) else None
    return [_question(run.first + at, answer, points, kind) for at, answer in enumerate(answers)]


def _question(
    number: int, answer: str, points: float, kind: QuestionType | None = None
) -> KeyQuestion:
    return KeyQuestion(
        number=str(number), type=kind or _type(answer), answer=_normal(answer), points=points
    )


def _type(answer: str) -> QuestionType:
    if _LETTERS.fullmatch(answer):
        return QuestionType.SINGLE_CHOICE if len(answer) == 1 else QuestionType.MULTIPLE_CHOICE
    if len(answer) == 1 and _TRUE_FALSE.fullmatch(answer):
        return QuestionType.TRUE_FALSE
    return QuestionType.FILL_IN


def _normal(answer: str) -> str:
    return answer.upper() if _LETTERS.fullmatch(answer) else answer
