"""Straight and slightly bent rules on a page: found by morphology, followed, and joined.

A rule is kept as a curve rather than as pixels, so that a gap, a crossing letter or a worn spot
does not end it.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from services.ocr.domain.ink.raster import Floats, Grey, Mask

#: Shares of the page's longer side: what a rule's straight piece and a whole rule measure at least.
PIECE_SHARE, RULE_SHARE = 0.009, 0.016
#: A rule may be broken by gaps of this share of the page.
GAP_SHARE = 0.02
#: Share of a rule that has ink.
MIN_DRAWN_SHARE = 0.55
#: Share of a rule's length with paper beside it, on its freer and on its other side. Strokes of
#: neighbouring characters line up, too, but stand between other strokes.
MIN_FREE_SHARES = (0.75, 0.5)
#: Slope up to which a line still counts as level (or upright).
MAX_SLOPE = 0.14
#: Pixels by which points may miss the curve of their rule.
MAX_MISS_PX = 3.0


@dataclass(frozen=True, slots=True)
class Rule:
    """A line from ``start`` to ``end`` along its main direction, in pixels.

    Its offset across that direction at position t is the polynomial ``curve`` of t - ``middle``,
    highest power first; centring keeps its precision. ``thickness_px`` is its mean; ``dot_step_px``
    the distance of its dots, 0 for a drawn line.
    """

    start: float
    end: float
    curve: tuple[float, ...]
    thickness_px: float
    middle: float = 0.0
    dot_step_px: float = 0.0

    def offset(self, position: Floats | float) -> Floats:
        """Where across the direction the rule runs at ``position`` along it."""
        return np.asarray(_value(self.curve, np.asarray(position) - self.middle))

    def at(self, position: float) -> float:
        """``offset`` at one position: thousands of rules are compared end by end."""
        value = 0.0
        for weight in self.curve:
            value = value * (position - self.middle) + weight
        return value

    @property
    def length(self) -> float:
        """Extent along the direction, in pixels."""
        return self.end - self.start


def ink_mask(grey: Grey) -> Mask:
    """Where ``grey`` is darker than the paper around it."""
    window = max(15, (max(grey.shape) // 40) | 1)
    mask: Mask = cv2.adaptiveThreshold(
        grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, window, 14
    )
    return mask


def level_rules(ink: Mask) -> list[Rule]:
    """Rules that run from left to right; positions are x, offsets y."""
    side = max(ink.shape)
    piece = max(9, round(PIECE_SHARE * side))
    # A rule one pixel thick and slightly turned is a staircase: thicken it before opening.
    thick = cv2.dilate(ink, np.ones((2, 1), np.uint8))
    opened = cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, piece), np.uint8))
    joined = cv2.dilate(opened, np.ones((3, 5), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    pieces = [
        rule
        for label in range(1, count)
        if stats[label, cv2.CC_STAT_WIDTH] >= 1.5 * piece
        and (rule := _followed(labels, stats[label], label, opened)) is not None
    ]
    rules = _joined(pieces, GAP_SHARE * side)
    return [rule for rule in rules if rule.length >= RULE_SHARE * side and _stands_free(rule, ink)]


def _stands_free(rule: Rule, ink: Mask) -> bool:
    """Whether there is ink along the rule and paper on both sides of it."""
    along = np.arange(int(rule.start), int(rule.end) + 1).clip(0, ink.shape[1] - 1)
    across = np.round(rule.offset(along)).astype(int)

    def has_ink(shift: int) -> Floats:
        return np.asarray(ink[np.clip(across + shift, 0, ink.shape[0] - 1), along] > 0)

    drawn = np.any([has_ink(shift) for shift in range(-2, 3)], axis=0)
    beside = round(rule.thickness_px / 2) + 4
    free = sorted(1.0 - float(has_ink(side * beside).mean()) for side in (-1, 1))
    return bool(
        drawn.mean() >= MIN_DRAWN_SHARE
        and free[1] >= MIN_FREE_SHARES[0]
        and free[0] >= MIN_FREE_SHARES[1]
    )


def upright_rules(ink: Mask) -> list[Rule]:
    """Rules that run from top to bottom; positions are y, offsets x."""
    return level_rules(np.ascontiguousarray(ink.T))


def _value(curve: tuple[float, ...], position: Floats) -> Floats:
    value = np.zeros_like(position, float)
    for weight in curve:
        value = value * position + weight
    return value


def _followed(labels: Mask, stat: Mask, label: int, opened: Mask) -> Rule | None:
    """The curve through one component, or None when it is no thin line."""
    x, y, width, height = (int(v) for v in stat[:4])
    window = (slice(y, y + height), slice(x, x + width))
    own = (labels[window] == label) & (opened[window] > 0)
    rows, columns = np.nonzero(own)
    if len(columns) == 0:
        return None
    counts = np.bincount(columns, minlength=width)
    used = np.flatnonzero(counts)
    centres = np.bincount(columns, weights=rows, minlength=width)[used] / counts[used] + y
    positions = used + float(x)
    middle = float(positions.mean())
    curve = _fit(positions - middle, centres)
    good = np.abs(_value(curve, positions - middle) - centres) < MAX_MISS_PX
    if np.count_nonzero(good) < 0.7 * len(used):
        return None
    ends = _value(curve, positions[[0, -1]] - middle)
    slope = (ends[1] - ends[0]) / max(1, width)
    thickness = float(np.median(counts[used]))
    if abs(slope) > MAX_SLOPE or thickness > 0.25 * width:
        return None
    curve = _fit(positions[good] - middle, centres[good])
    return Rule(float(positions[0]), float(positions[-1]), curve, thickness, middle)


def _fit(positions: Floats, offsets: Floats) -> tuple[float, float, float]:
    """A straight line through short pieces, a parabola through long ones, which may be bent.

    ``positions`` are relative to their mean.
    """
    if len(positions) < 3:
        return 0.0, 0.0, float(np.mean(offsets))
    if positions[-1] - positions[0] > 150 and len(positions) > 60:
        powers = np.stack([positions**2, positions, np.ones_like(positions)])
        bend, slope, offset = np.linalg.lstsq(powers.T, offsets, rcond=None)[0].tolist()
        return bend, slope, offset
    return 0.0, *straight_fit(positions, offsets)


def straight_fit(positions: Floats, offsets: Floats) -> tuple[float, float]:
    """Slope and offset at 0 of the line of least squares: a page has thousands of short pieces."""
    middle, level = float(positions.mean()), float(offsets.mean())
    away = positions - middle
    slope = float(away @ offsets) / float(away @ away)
    return slope, level - slope * middle


def _joined(pieces: list[Rule], gap: float) -> list[Rule]:
    """Pieces that continue each other, as one rule each."""
    rules: list[Rule] = []
    open_rules: list[int] = []
    for piece in sorted(pieces, key=lambda r: r.start):
        # What ends too far before this piece ends too far before all that follow.
        open_rules = [i for i in open_rules if piece.start - rules[i].end <= gap]
        index = next((i for i in open_rules if _continues(rules[i], piece, gap)), None)
        if index is None:
            open_rules.append(len(rules))
            rules.append(piece)
        else:
            rules[index] = _merged(rules[index], piece)
    return rules


def _continues(rule: Rule, piece: Rule, gap: float) -> bool:
    if piece.start - rule.end > gap or piece.end < rule.end:
        return False
    # Straight continuation from each side: a parabola runs away outside its own range.
    meeting = (rule.end + piece.start) / 2
    miss = abs(_straight(rule, meeting, rule.end) - _straight(piece, meeting, piece.start))
    return miss < MAX_MISS_PX + 0.02 * max(0.0, piece.start - rule.end)


def _straight(rule: Rule, position: float, near: float) -> float:
    inside = near + (0.3 * rule.length if near == rule.start else -0.3 * rule.length)
    a, b = rule.at(near), rule.at(inside)
    return a + (position - near) * (a - b) / (near - inside) if near != inside else a


def _merged(first: Rule, second: Rule) -> Rule:
    positions = np.concatenate(
        [
            np.linspace(rule.start, rule.end, max(4, int(rule.length) // 4))
            for rule in (first, second)
        ]
    )
    offsets = np.concatenate(
        [
            rule.offset(np.linspace(rule.start, rule.end, max(4, int(rule.length) // 4)))
            for rule in (first, second)
        ]
    )
    order = np.argsort(positions)
    total = first.length + second.length
    thickness = (first.thickness_px * first.length + second.thickness_px * second.length) / max(
        1.0, total
    )
    middle = float(positions.mean())
    curve = _fit(positions[order] - middle, offsets[order])
    return Rule(first.start, max(first.end, second.end), curve, thickness, middle)
