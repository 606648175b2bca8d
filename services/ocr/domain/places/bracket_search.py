"""Finds brackets that the line reader saw but whose strokes are broken or touch others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from services.ocr.domain.ink.page_ink import PageInk
from services.ocr.domain.places.bracket_shapes import Bracket

#: How far a bracket may stand from where it was read, in heights of a Chinese character.
REACH_X_EM, REACH_Y_EM = 0.95, 0.3
#: Correlation from which the pattern is a bracket.
MIN_LIKENESS = 0.45


@dataclass(frozen=True, slots=True)
class Hint:
    """A bracket character that was read around ``x``, ``y``, in page pixels."""

    x: float
    y: float
    is_opening: bool


def with_hinted(
    brackets: Sequence[Bracket], hints: Iterable[Hint], ink: PageInk, em_px: float
) -> list[Bracket]:
    """``brackets`` and those that hints lead to, by the pattern of the nearest bracket found."""
    found = list(brackets)
    for hint in hints:
        if any(_is_at(bracket, hint, em_px) for bracket in found):
            continue
        pattern = _pattern(brackets, hint)
        bracket = None if pattern is None else _search(pattern, hint, ink, em_px)
        if bracket is not None:
            found.append(bracket)
    return found


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


def _search(pattern: Bracket, hint: Hint, ink: PageInk, em_px: float) -> Bracket | None:
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
    _, best, _, place = cv2.minMaxLoc(likeness)
    if best < MIN_LIKENESS:
        return None
    box = (left + place[0] + 1, top + place[1] + 1, width, height)
    return Bracket(box, hint.is_opening, pattern.bulge, pattern.strokes)
