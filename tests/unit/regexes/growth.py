"""How long a regular expression searches in texts made against it.

The texts come from the expression itself: what leads to each of its repetitions, then one sign
that repetitions of it accept, many times, then one that ends no match. Cubic and exponential costs
show in texts of a few hundred signs. A search may be quadratic, as it tries every place; a match
may not.
"""

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

#: Signs of a text; the short ones come first, where exponential costs show already.
SIZES = (16, 20, 24, 28, 32, 36, 40, 45, 50, 60, 120, 250, 500, 1000, 2000)
#: Longer texts are matched, but not searched.
_MOST_SEARCHED = 500
#: Seconds of the processor. Measured: 0.2 at most where nothing is cubic, else 0.4 and more.
MOST_SECONDS = 0.3
_REPEATS = {codes.MAX_REPEAT, codes.MIN_REPEAT}
_SAMPLES = {
    codes.CATEGORY_DIGIT: "1", codes.CATEGORY_SPACE: " ", codes.CATEGORY_WORD: "a",
    codes.CATEGORY_NOT_DIGIT: "a", codes.CATEGORY_NOT_SPACE: "a", codes.CATEGORY_NOT_WORD: " ",
}  # fmt: skip
_MOST_PUMPS, _MOST_LEADS = 8, 6
_NEVER = "\x00"


@dataclass(frozen=True)
class Slow:
    """An expression, and the text in which its search passed the bound."""

    pattern: str
    lead: str
    pump: str
    size: int


def find_slow(pattern: re.Pattern[str]) -> Slow | None:
    """The first text found in which ``pattern`` searches too long."""
    tree = parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    pumps = list(dict.fromkeys(_signs(tree)))[:_MOST_PUMPS]
    leads = list(dict.fromkeys(["", *_leads(tree)]))[:_MOST_LEADS]
    for lead in leads:
        for pump in pumps:
            for size in SIZES:
                text = lead + pump * (size // len(pump)) + _NEVER
                start = time.process_time()
                pattern.match(text)
                if size <= _MOST_SEARCHED:
                    pattern.search(text)
                if time.process_time() - start > MOST_SECONDS:
                    return Slow(pattern.pattern, lead, pump, size)
    return None


def _signs(tree: Iterable[Any]) -> Iterator[str]:
    """What the repetitions of ``tree`` accept, one sign each; then whole turns of them."""
    for code, value in tree:
        if code in _REPEATS:
            _, most, body = value
            if most > 20:
                yield from _accepted(body)
                turn = _example(body)
                if len(turn) > 1:
                    yield turn
            yield from _signs(body)
        for part in _parts(code, value):
            yield from _signs(part)


def _accepted(tree: Iterable[Any]) -> Iterator[str]:
    for code, value in tree:
        if code is codes.LITERAL:
            yield chr(value)
        elif code is codes.IN:
            yield from _members(value)
        elif code in {codes.ANY, codes.NOT_LITERAL}:
            yield "a"
            yield " "
        for part in (*_parts(code, value), *([value[2]] if code in _REPEATS else ())):
            yield from _accepted(part)


def _members(items: list[Any]) -> Iterator[str]:
    if items[0][0] is codes.NEGATE:
        yield from (char for char in "a 1" if _is_outside(char, items[1:]))
        return
    for code, value in items[:4]:
        if code is codes.CATEGORY:
            yield _SAMPLES[value]
        else:
            yield chr(value if code is codes.LITERAL else value[0])


def _is_outside(char: str, items: list[Any]) -> bool:
    for code, value in items:
        if code is codes.LITERAL and ord(char) == value:
            return False
        if code is codes.RANGE and value[0] <= ord(char) <= value[1]:
            return False
        if code is codes.CATEGORY and _SAMPLES[value] == char:
            return False
    return True


def _parts(code: Any, value: Any) -> list[Any]:
    """The parts of a group, a choice or a look-around."""
    if code is codes.SUBPATTERN:
        return [value[3]]
    if code is codes.BRANCH:
        return list(value[1])
    if code in {codes.ASSERT, codes.ASSERT_NOT}:
        return [value[1]]
    return [value] if code is codes.ATOMIC_GROUP else []


def _leads(tree: Iterable[Any], before: str = "") -> Iterator[str]:
    """What leads to each repetition without an end."""
    for code, value in tree:
        if code in _REPEATS:
            if value[1] > 20 and before:
                yield before
            yield from _leads(value[2], before)
        for part in _parts(code, value):
            yield from _leads(part, before)
        before += _example([(code, value)])


def _example(tree: Iterable[Any]) -> str:
    """A short text that ``tree`` matches, apart from look-arounds."""
    text = ""
    for code, value in tree:
        if code is codes.LITERAL:
            text += chr(value)
        elif code is codes.IN:
            text += next(_members(value), "")
        elif code in {codes.ANY, codes.NOT_LITERAL}:
            text += "a"
        elif code in _REPEATS:
            text += _example(value[2]) * max(min(value[0], 3), 0)
        elif code is codes.BRANCH:
            text += _example(value[1][0])
        elif code in {codes.SUBPATTERN, codes.ATOMIC_GROUP}:
            text += _example(_parts(code, value)[0])
    return text
