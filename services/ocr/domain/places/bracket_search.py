"""Finds brackets that the line reader saw but whose strokes are broken or touch others."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from services.ocr.domain.ink.page_ink import PageInk
from services.ocr.domain.places.bracket_shapes import Bracket
from services.ocr.domain.places.read_brackets import CLOSING, OPENING, middle_of
from shared.contract.model import BBox
from shared.contract.reading import TextLine

#: How far a bracket may stand from where it was read, in heights of a Chinese character.
REACH_X_EM, REACH_Y_EM = 0.95, 0.3
#: Correlation from which the pattern is a bracket.
MIN_LIKENESS = 0.45
#: An opening bracket that figures follow, or what they look like, and then a unit.
UNCLOSED = re.compile(
    r"[(（][^()（）\u4e00-\u9fff]{0,8}(?=[\u4e00-\u9fff]|(?<=\d)(?:[kcdm]?m|k?g|m?L)(?:$|[^a-zA-Z]))"
)
#: A bracket stands so far before the middle of the character behind it, in heights of its line.
BEFORE_SHARE = 0.5
#: Share of a character's box at each side that may be its neighbour's.
EDGE_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Hint:
    """A bracket character that was read around ``x``, ``y``, in page pixels."""

    x: float
    y: float
    is_opening: bool


def hints(lines: Iterable[TextLine]) -> list[Hint]:
    """Where brackets were read, and where closing ones must be that writing hides."""
    found = []
    for line in lines:
        for index, char in enumerate(line.chars):
            if len(char.text) == 1 and char.text in OPENING + CLOSING:
                found.append(Hint(*middle_of(char.bbox), char.text in OPENING))
            stop = hidden_end(line, index)
            if stop is not None:
                x, y = middle_of(line.chars[stop].bbox)
                x -= BEFORE_SHARE * line.chars[stop].bbox[3]
                found.append(Hint(x, y, is_opening=False))
    return found


def hidden_end(line: TextLine, opening: int) -> int | None:
    """The character behind the hidden other half of the bracket at ``opening``; None without one.

    Figures that run over a closing bracket hide it. Behind it stands a unit.
    """
    spelled = "".join(char.text for char in line.chars)
    if len(spelled) != len(line.chars):
        return None
    match = UNCLOSED.match(spelled, opening)
    return match.end() if match else None


def with_hinted(
    brackets: Sequence[Bracket],
    hints: Iterable[Hint],
    ink: PageInk,
    em_px: float,
    characters: Sequence[BBox] = (),
) -> list[Bracket]:
    """``brackets`` and those that hints lead to, by the pattern of the nearest bracket found.

    No bracket stands in the middle of one of ``characters``.
    """
    found = list(brackets)
    for hint in hints:
        if any(_is_at(bracket, hint, em_px) for bracket in found):
            continue
        pattern = _pattern(brackets, hint)
        bracket = None if pattern is None else _search(pattern, hint, ink, em_px, characters)
        if bracket is not None:
            found.append(bracket)
    return found


def middle_part(box: BBox) -> tuple[float, float, float, float]:
    """Where the strokes of a character are no neighbour's: left, right, top and bottom."""
    x, y, width, height = box
    edge = EDGE_SHARE * width
    return x + edge, x + width - edge, y, y + height


def _is_at(bracket: Bracket, hint: Hint, em_px: float) -> bool:
    x = bracket.box[0] + bracket.box[2] / 2
    return (
        bracket.is_opening == hint.is_opening
        and abs(x - hint.x) <= REACH_X_EM * em_px
        and abs(bracket.middle - hint.y) <= 0.6 * em_px
    )


def _pattern(brackets: Sequence[Bracket], hint: Hint) -> Bracket | None:
    """The round bracket of median height among the nearest, turned to open as the hint says."""
    round_ones = [b for b in brackets if b.bulge > 0]
    if not round_ones:
        return None
    near = sorted(round_ones, key=lambda b: abs(b.middle - hint.y) + 0.1 * abs(b.box[0] - hint.x))
    some = sorted(near[:5], key=lambda b: b.box[3])
    model = some[len(some) // 2]
    if model.is_opening == hint.is_opening:
        return model
    flipped = np.ascontiguousarray(model.strokes[:, ::-1])
    return Bracket(model.box, hint.is_opening, model.bulge, flipped)


def _search(
    pattern: Bracket, hint: Hint, ink: PageInk, em_px: float, characters: Sequence[BBox]
) -> Bracket | None:
    """Where around ``hint`` the darkness is most like ``pattern``."""
    _, _, width, height = pattern.box
    left = max(0, round(hint.x - REACH_X_EM * em_px - width / 2))
    top = max(0, round(hint.y - REACH_Y_EM * em_px - height / 2))
    right = round(hint.x + REACH_X_EM * em_px + width / 2) + 1
    bottom = round(hint.y + REACH_Y_EM * em_px + height / 2) + 1
    window = ink.darkness[top:bottom, left:right]
    # A border of paper: a bracket stands free on its hollow side.
    model = cv2.copyMakeBorder(pattern.strokes, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    if window.shape[0] < model.shape[0] or window.shape[1] < model.shape[1]:
        return None
    likeness = cv2.matchTemplate(window, model, cv2.TM_CCOEFF_NORMED)
    for box in characters:
        first, last, above, below = middle_part(box)
        x, y = left + 1 + width / 2, top + 1 + height / 2
        likeness[
            max(0, math.ceil(above - y)) : max(0, math.floor(below - y) + 1),
            max(0, math.ceil(first - x)) : max(0, math.floor(last - x) + 1),
        ] = 0.0
    _, best, _, place = cv2.minMaxLoc(likeness)
    if best < MIN_LIKENESS:
        return None
    box = (left + place[0] + 1, top + place[1] + 1, width, height)
    return Bracket(box, hint.is_opening, pattern.bulge, pattern.strokes)
