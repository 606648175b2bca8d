"""Chooses which numbers begin questions: the most consistent chain of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from services.parse.domain.questions.starts import UNREAD_NUMBER, Start
from services.parse.domain.text.numbering import LEVELS, Style

_WINDOW = 60
#: One number with a sign at the margin scores 1.8; one that starts late or stands alone less.
_MIN_SCORE = 1.0
_MIN_BARE = 4
#: A number with a sign weighs this much where it begins a row at the margin.
_AT_MARGIN = 1.0
#: So many numbers in sequence are no accident.
_LONG_RUN = 3
#: What a number loses whose style is rare in the paper.
_RARE_STYLE = 0.6


def _usable(starts: Sequence[Start]) -> list[Start]:
    """Keeps, in each section, the outermost style that its numbering can be made of."""
    kept: list[Start] = []
    last = 0
    styles: set[Style] = set()
    starts = _by_common_style(starts)
    for section in sorted({start.section for start in starts}):
        members = [start for start in starts if start.section == section]
        chosen = _going_on(members, styles) or _level(members, last)
        styles = {start.style for start in chosen}
        kept += chosen
        last = _last_of_run({start.number for start in chosen}, last)
    return kept


def _going_on(members: Sequence[Start], styles: set[Style]) -> list[Start]:
    """The starts in the styles of the section before, where there are several: papers keep to one.

    Circled numbers are often misread, so that they do not seem to go on.
    """
    same = [start for start in members if start.style in styles]
    clear = {start.index for start in same if not start.is_doubtful and start.weight >= _AT_MARGIN}
    return same if styles == {Style.CIRCLED} and len(clear) >= _LONG_RUN else []


def _by_common_style(starts: Sequence[Start]) -> list[Start]:
    """The starts; those in a style that the paper uses much less than its neighbours weigh less."""
    counts = Counter(start.style for start in starts if not start.is_doubtful)
    most = {style: max(counts[other] for other in level) for level in LEVELS for style in level}
    return [
        replace(start, weight=start.weight - _RARE_STYLE)
        if counts[start.style] < 0.5 * most[start.style]
        else start
        for start in starts
    ]


def _level(members: Sequence[Start], last: int) -> list[Start]:
    """The starts of the outermost level that begins or continues the numbering.

    A level of nothing but doubtful numbers, or numbers inside of rows, counts only when no inner
    level has a longer run. On a page from the middle of a paper any clear number of the outermost
    level will do.
    """
    levels = [[start for start in members if start.style in level] for level in LEVELS]
    expected = {1, last + 1, last + 2}
    for depth, level in enumerate(levels):
        clear = {start.number for start in level if not start.is_doubtful and start.weight > 0}
        ahead = {start.number for start in level if start.weight >= _AT_MARGIN}
        is_stray = any(_begins_before(other, level) for other in levels[depth + 1 :])
        if (clear & ahead & expected and not is_stray) or _run(clear) >= _LONG_RUN:
            return level
        numbers = {start.number for start in level if start.weight > 0}
        inner = [_run({start.number for start in other}) for other in levels[depth + 1 :]]
        if numbers & expected and _run(numbers) >= max(inner, default=0):
            return level
    return next((level for level in levels[:3] if level), [])


def _begins_before(inner: Sequence[Start], outer: Sequence[Start]) -> bool:
    """Whether a long run of inner numbers begins before any outer one: it is no question's parts.

    The stray number among them is then a quantity: x1, x2, ... of a formula.
    """
    clear = [start for start in inner if not start.is_doubtful and start.weight >= _AT_MARGIN]
    numbers = {start.number for start in clear}
    own = {start.number for start in outer if start.weight >= _AT_MARGIN}
    if not outer or _run(numbers) < max(_LONG_RUN, 2 * _run(own)):
        return False
    return min(start.index for start in clear) < min(start.index for start in outer)


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
    read = [start for start in starts if start.number != UNREAD_NUMBER]
    usable = sorted(_usable(read), key=lambda start: start.index)
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
