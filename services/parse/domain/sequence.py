"""Chooses which numbers on the pages begin questions: the most consistent chain of them."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from services.parse.domain.geometry import median
from services.parse.domain.glyphs import GAP, Passage
from services.parse.domain.numbering import LEVELS, NumberToken, Style, plain_label, read_number
from services.parse.domain.sections import Heading
from shared.contract.answer_key import AnswerKey

#: An answer may stand before the number: （ √ ）1. or ____1. or B 1.
_LEADING_ANSWER = re.compile(
    r"\s*(?:[（(\[〔][^（()）\]〕\d]{0,6}[)）\]〕]|[_＿]+\s*\S{0,3}?[_＿\s]*"
    r"|[A-H√×✓TF]{1,4}\s+)\s*(?=\d)"
)
_INSTRUCTIONS = re.compile(
    r"\s*(?:[★☆*※◆]\s*)?(?:注意事项|考生须知|答题须知"
    r"|答题要求|考生注意|温馨提示|说明"
    r"|instructions?\b|directions\b|notes?\s*[:：]|important\b"
    r"|read (?:the|these) .{0,40}carefully)",
    re.IGNORECASE,
)
_WINDOW = 60
#: One number with a sign at the margin scores 1.8; one that starts late or stands alone less.
_MIN_SCORE = 1.0
_MIN_BARE = 4


@dataclass(frozen=True, slots=True)
class Start:
    """A place where a question may begin. ``index`` is where its row or segment begins.

    ``body`` is the index after the number; ``section`` counts headings passed, 0 before the first.
    """

    index: int
    body: int
    style: Style
    number: int
    section: int
    weight: float


@dataclass(frozen=True, slots=True)
class _Layout:
    passage: Passage
    headings: Sequence[Heading]
    numbers: dict[str, frozenset[str]]
    lefts: dict[tuple[int, int], float]
    em: float


def _layout(passage: Passage, headings: Sequence[Heading], key: AnswerKey | None) -> _Layout:
    edges: dict[tuple[int, int], list[float]] = {}
    heights = []
    for start, stop in passage.rows(0, len(passage.text)):
        if stop > start:
            glyph = passage.glyphs[start]
            edges.setdefault((glyph.page, glyph.column), []).append(glyph.bbox[0])
            heights.append(glyph.bbox[3])
    numbers: dict[str, frozenset[str]] = {}
    for section in key.sections if key else ():
        label = plain_label(section.label)
        # The key may ask for parts: 19(1) is part of the question 19.
        found = frozenset(
            re.split(r"[-.．（(]", plain_label(question.number))[0]
            for question in section.questions
        )
        numbers[label] = numbers.get(label, frozenset()) | found
    lefts = {place: sorted(xs)[len(xs) // 8] for place, xs in edges.items()}
    return _Layout(passage, headings, numbers, lefts, 0.8 * median(heights, 20.0))


def _weight(layout: _Layout, index: int, token: NumberToken, label: str) -> float:
    passage = layout.passage
    weight = 0.2 if token.is_doubtful else 1.0
    if token.style is Style.BARE:
        weight = 0.15
    glyph = passage.glyphs[index]
    is_row_start = index == 0 or passage.text[index - 1] == "\n"
    if is_row_start:
        left = layout.lefts.get((glyph.page, glyph.column), glyph.bbox[0])
        weight += 0.3 if glyph.bbox[0] - left < 1.6 * layout.em else -0.1
    else:
        weight -= 0.35
    known = layout.numbers.get(plain_label(label))
    if known is None and layout.numbers:
        known = frozenset().union(*layout.numbers.values())
    if known is not None:
        weight += 0.4 if str(token.number) in known else -1.0
    return weight


def _positions(passage: Passage) -> list[int]:
    """Where a number could start a question: at row starts and after wide gaps."""
    positions = []
    for start, stop in passage.rows(0, len(passage.text)):
        positions.append(start)
        positions += [
            i + 1
            for i in range(start, stop)
            if passage.text[i] == GAP
            or (
                passage.text[i] == " "
                and passage.glyphs[i + 1].segment != passage.glyphs[i - 1].segment
                and i > start
            )
        ]
    return positions


def _instructed(passage: Passage, headings: Sequence[Heading]) -> tuple[int, int]:
    """The slice of instructions to candidates, whose numbered points are no questions."""
    first = headings[0].start if headings else len(passage.text)
    for start, stop in passage.rows(0, first):
        if not _INSTRUCTIONS.match(passage.text[start:stop]):
            continue
        expected = 1
        for row, end in passage.rows(stop + 1, first):
            token = read_number(passage.text[row:end].lstrip())
            if token is not None and token.style in LEVELS[0]:
                if token.number < expected:
                    return start, row
                expected = token.number + 1
        return start, (first if headings else start)
    return 0, 0


def find_starts(
    passage: Passage, headings: Sequence[Heading], key: AnswerKey | None = None
) -> tuple[Start, ...]:
    """All places that look like the start of a question, in reading order."""
    layout = _layout(passage, headings, key)
    hidden = _instructed(passage, headings)
    starts = []
    for index in _positions(passage):
        if hidden[0] <= index < hidden[1] or any(h.start <= index < h.stop for h in headings):
            continue
        stop = passage.row_stop(index)
        text = passage.text[index:stop]
        bracket = _LEADING_ANSWER.match(text)
        skipped = bracket.end() if bracket else len(text) - len(text.lstrip())
        token = read_number(text[skipped:])
        if token is None:
            continue
        if bracket and token.style is not Style.DOT:
            continue
        section = sum(1 for heading in headings if heading.start <= index)
        label = headings[section - 1].label if section else ""
        body = index + skipped + token.length
        weight = _weight(layout, index, token, label)
        starts.append(Start(index, body, token.style, token.number, section, weight))
    return tuple(starts)


def _usable(starts: Sequence[Start]) -> list[Start]:
    """Keeps, in each section, the outermost style that its numbering can be made of."""
    kept: list[Start] = []
    last = 0
    for section in sorted({start.section for start in starts}):
        members = [start for start in starts if start.section == section]
        for level in LEVELS:
            chosen = [start for start in members if start.style in level]
            numbers = {start.number for start in chosen if start.weight > 0.1}
            if numbers & {1, last + 1, last + 2} or _run(numbers) >= 3:
                kept += chosen
                last = _last_of_run(numbers, last)
                break
    return kept


def _run(numbers: set[int]) -> int:
    """The length of the longest run of consecutive numbers."""
    best = length = 0
    previous = None
    for number in sorted(numbers):
        length = length + 1 if previous is not None and number == previous + 1 else 1
        best, previous = max(best, length), number
    return best


def _last_of_run(numbers: set[int], before: int) -> int:
    number = before + 1 if before + 1 in numbers else 1
    while number + 1 in numbers:
        number += 1
    return number


def _step(one: Start, other: Start) -> float:
    """How well ``other`` follows ``one`` as the next question."""
    ahead = other.number - one.number
    if one.section == other.section:
        if other.style is not one.style:
            return -1.5
        if ahead == 1:
            return 1.0
        return -0.5 * (ahead - 1) if ahead > 1 else -1.8
    if ahead == 1:
        return 1.0
    if other.number == 1:
        return 0.9
    return -0.4 * min(ahead, 6) if ahead > 1 else -1.5


def _entry(start: Start) -> float:
    return 0.5 if start.number == 1 else -0.15 * min(start.number, 8)


def choose_starts(starts: Sequence[Start]) -> tuple[Start, ...]:
    """The chain of starts with the largest sum of weights and steps.

    Dynamic programming over candidates in reading order; leaving one out costs nothing, so a
    number inside a stem stays out unless it continues the numbering.
    """
    usable = sorted(_usable(starts), key=lambda start: start.index)
    scores: list[float] = []
    before: list[int | None] = []
    for position, start in enumerate(usable):
        best, origin = _entry(start), None
        for earlier in range(max(0, position - _WINDOW), position):
            score = scores[earlier] + _step(usable[earlier], start)
            if score > best and usable[earlier].body <= start.index:
                best, origin = score, earlier
        scores.append(best + start.weight)
        before.append(origin)
    if not scores:
        return ()
    chain: list[Start] = []
    position_or_none: int | None = max(range(len(scores)), key=scores.__getitem__)
    while position_or_none is not None:
        chain.append(usable[position_or_none])
        position_or_none = before[position_or_none]
    return tuple(reversed(chain)) if _is_credible(chain, max(scores)) else ()


def _is_credible(chain: Sequence[Start], score: float) -> bool:
    """Whether a chain may be a paper's numbering and no stray number or column of figures."""
    if all(start.style is Style.BARE for start in chain):
        return len(chain) >= _MIN_BARE
    return score >= _MIN_SCORE


def repeated_numbers(starts: Sequence[Start]) -> tuple[tuple[int, int], ...]:
    """(section, number) that a chain holds more than once."""
    counts = Counter((start.section, start.number) for start in starts)
    return tuple(sorted(address for address, count in counts.items() if count > 1))
