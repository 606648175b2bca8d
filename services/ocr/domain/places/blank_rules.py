"""Free level rules to write on: underlines that belong to no table, no formula and no word."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from services.ocr.domain.ink.page_ink import EDGE_LEVEL, PageInk, Pieces, faint_ink
from services.ocr.domain.ink.raster import Grey, Mask
from services.ocr.domain.ink.ruled_lines import Rule, straight_fit
from services.ocr.domain.places.dotted_rules import dotted_rules
from services.ocr.domain.places.text_rows import TextRow
from shared.contract.model import BBox

#: A blank is at least this long, and at most so thick, in heights of a Chinese character.
MIN_LENGTH_EM, MAX_THICKNESS_EM = 1.2, 0.25
#: A piece of a rule is at least this long; pieces with a smaller gap are one rule.
PIECE_EM, JOIN_EM = 0.8, 1.2
#: Gaps up to this are bridged where a pen wrote across the rule: share of the gap with ink.
BRIDGED_EM, BRIDGED_SHARE = 4.0, 0.85
#: Only rules longer than this can be seen to bend.
BENT_PX = 200
#: Strokes of large letters, bars of fractions and minus signs are shorter than this.
SHORT_EM = 3.0
#: Share of a rule with ink closely below it: fractions, roots and overlines have that.
MAX_BELOW_SHARE, LETTER_GAP_EM = 0.3, 0.35
#: Height of a drawing, in heights of a Chinese character, and its share of a rule.
DRAWN_EM, MOSTLY_DRAWN = 3.0, 0.6
#: Blanks run along the text: their slope differs from that of the text by less than this.
MAX_TURN = 0.035
#: How far away a row of text tells a rule's slope, in heights of a Chinese character, and how much
#: less its distance along the row counts.
NEAR_ROW_EM, ASIDE_SHARE = 4.0, 0.15
#: Share of a rule that has ink; strokes of letters in a row leave more gaps.
MIN_COVERED_SHARE = 0.94
#: Share of a rule that nothing touches from above or below.
MIN_FREE_SHARE = 0.2


def blank_rules(
    ink: PageInk, pieces: Pieces, em_px: float, text: Sequence[TextRow], closed: Sequence[BBox]
) -> list[Rule]:
    """Rules to write on, from top to bottom.

    ``pieces`` are those of the black ink, ``em_px`` is the height of a Chinese character. ``text``
    are the pieces of read lines, ``closed`` the boxes of ruled tables, whose rules are no blanks.
    """
    solid = [
        trimmed
        for rule in _solid_rules(ink, em_px)
        if _covered(rule, ink.darkness) >= MIN_COVERED_SHARE
        and (trimmed := _trimmed(rule, ink.black, em_px)) is not None
    ]
    found = [*solid, *dotted_rules(pieces, ink.darkness, em_px)]
    usual = _page_slope(found)
    blanks = [
        rule
        for rule in found
        if rule.length >= MIN_LENGTH_EM * em_px
        and rule.thickness_px <= max(4.5, MAX_THICKNESS_EM * em_px)
        and abs(_slope(rule) - _slope_at(rule, text, em_px, usual)) <= MAX_TURN
        and not _is_in(rule, closed, em_px)
        and not _is_drawn(rule, pieces, em_px)
        and not _is_crowned(rule, ink.black, em_px)
        and not _is_stroke(rule, text, em_px)
    ]
    blanks.sort(key=lambda r: (r.at(r.start), r.start))
    return [r for i, r in enumerate(blanks) if not any(_repeats(r, o) for o in blanks[:i])]


def _solid_rules(ink: PageInk, em_px: float) -> list[Rule]:
    """Long level strokes; pieces of one rule are joined."""
    # Paler than ink counts, too: thin rules are grey, above all beside a dark stroke.
    dark = faint_ink(ink.darkness)
    # The rims of coloured strokes have no colour.
    pens = cv2.dilate(cv2.bitwise_or(ink.red, ink.coloured), np.ones((5, 5), np.uint8))
    dark = cv2.subtract(dark, pens)
    # A rule one pixel thick and slightly turned is a staircase: thicken it before opening.
    thick = cv2.dilate(dark, np.ones((2, 1), np.uint8))
    piece = max(9, round(PIECE_EM * em_px))
    opened = cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, piece), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=8)
    pieces = [
        rule
        for label in range(1, len(stats))
        if (rule := _followed(labels, stats[label], label)) is not None
    ]
    return _joined(pieces, ink.darkness, em_px)


def _followed(labels: Mask, stat: Mask, label: int) -> Rule | None:
    """The straight or slightly bent line through one piece; None for thick ones."""
    x, y, width, height = (int(v) for v in stat[:4])
    own = labels[y : y + height, x : x + width] == label
    counts = own.sum(axis=0)
    thickness = max(1.0, float(np.median(counts)) - 1)
    if thickness > 0.2 * width or height > thickness + 4 + 0.1 * width:
        return None
    columns = np.arange(x, x + width, dtype=float)
    # The thickened line reaches half a pixel further down than the drawn one.
    centres = (own * np.arange(height)[:, None]).sum(axis=0) / counts + y - 0.5
    middle = float(columns.mean())
    bend, slope, height_there = (
        np.polyfit(columns - middle, centres, 2)
        if width > BENT_PX
        else (0.0, *straight_fit(columns - middle, centres))
    )
    # Back from positions that count from the middle, where fitting is precise.
    level = bend * middle**2 - slope * middle + height_there
    curve = (float(bend), float(slope - 2 * bend * middle), float(level))
    return Rule(float(x), float(x + width), curve, thickness)


def _joined(pieces: list[Rule], darkness: Grey, em_px: float) -> list[Rule]:
    """Pieces that continue each other, as one rule each, straight between their ends."""
    rules: list[Rule] = []
    open_rules: list[int] = []
    for piece in sorted(pieces, key=lambda r: r.start):
        # What ends too far before this piece ends too far before all that follow.
        open_rules = [i for i in open_rules if piece.start - rules[i].end <= BRIDGED_EM * em_px]
        for index in open_rules:
            rule = rules[index]
            gap = piece.start - rule.end
            if gap < -2 or not _meet(rule, piece):
                continue
            if gap <= JOIN_EM * em_px or _is_bridged(rule, piece, darkness):
                rules[index] = _merged(rule, piece)
                break
        else:
            open_rules.append(len(rules))
            rules.append(piece)
    return rules


def _is_bridged(rule: Rule, piece: Rule, darkness: Grey) -> bool:
    """Whether ink fills the gap between two pieces, such as writing that hides the rule there."""
    heights = [rule.at(rule.end), piece.at(piece.start)]
    slope = (heights[1] - heights[0]) / max(1.0, piece.start - rule.end)
    level = heights[0] - slope * rule.end
    gap = Rule(rule.end, piece.start, (0.0, slope, level), rule.thickness_px)
    return _covered(gap, darkness) >= BRIDGED_SHARE


def _meet(rule: Rule, piece: Rule) -> bool:
    miss = abs(rule.at(rule.end) - piece.at(piece.start))
    return miss <= 2 + 0.5 * rule.thickness_px


def _merged(first: Rule, second: Rule) -> Rule:
    along = np.concatenate([np.linspace(r.start, r.end, 9) for r in (first, second)])
    across = np.concatenate(
        [np.asarray(r.offset(np.linspace(r.start, r.end, 9))) for r in (first, second)]
    )
    curve = np.polyfit(along, across, 1)
    thickness = max(first.thickness_px, second.thickness_px)
    return Rule(first.start, second.end, tuple(float(c) for c in curve), thickness)


def _slope(rule: Rule) -> float:
    rise = rule.at(rule.end) - rule.at(rule.start)
    return rise / max(1.0, rule.length)


def _page_slope(rules: Sequence[Rule]) -> float:
    """The slope of most rule on the page, by length; 0 without rules."""
    if not rules:
        return 0.0
    ordered = sorted((_slope(rule), rule.length) for rule in rules)
    half = sum(length for _, length in ordered) / 2
    for slope, length in ordered:
        half -= length
        if half <= 0:
            return slope
    return ordered[-1][0]


def _slope_at(rule: Rule, text: Sequence[TextRow], em_px: float, usual: float) -> float:
    """The slope of the nearest row of text: a curved page has many; ``usual`` away from text."""
    x = (rule.start + rule.end) / 2
    y = rule.at(x)
    nearest, slope = NEAR_ROW_EM * em_px, usual
    for row in text:
        left, top, width, height = row.box
        aside = max(left - x, x - left - width, 0.0)
        away = abs(top + height / 2 - y) + ASIDE_SHARE * aside
        if away < nearest:
            nearest, slope = away, row.slope
    return slope


def _is_in(rule: Rule, closed: Sequence[BBox], em_px: float) -> bool:
    x, y = (rule.start + rule.end) / 2, rule.at((rule.start + rule.end) / 2)
    reach = 0.4 * em_px
    return any(
        box[0] - reach <= x <= box[0] + box[2] + reach
        and box[1] - reach <= y <= box[1] + box[3] + reach
        for box in closed
    )


def _covered(rule: Rule, darkness: Grey) -> float:
    """The share of the rule's length that is dark on its curve.

    Darkness rather than ink, which leaves out a pale rule beside a dark stroke.
    """
    columns = np.arange(max(0, round(rule.start)), min(darkness.shape[1], round(rule.end)))
    rows = np.rint(np.asarray(rule.offset(columns.astype(float)))).astype(int)
    reach = round(rule.thickness_px / 2) + 1
    band = np.clip(rows[:, None] + np.arange(-reach, reach + 1), 0, darkness.shape[0] - 1)
    dark = (darkness[band, columns[:, None]] >= EDGE_LEVEL).any(axis=1)
    return float(dark.mean()) if len(columns) else 0.0


def _trimmed(rule: Rule, ink: Mask, em_px: float) -> Rule | None:
    """The rule without strokes of letters that it runs into: from its first free piece to its last.

    None when it has no free piece: a row of letters that stand on one level.
    """
    columns = np.arange(max(0, round(rule.start)), min(ink.shape[1], round(rule.end)))
    rows = np.rint(np.asarray(rule.offset(columns.astype(float)))).astype(int)
    near = round(rule.thickness_px / 2) + 2
    beside = np.concatenate([np.arange(-near - 2, -near + 1), np.arange(near, near + 3)])
    band = np.clip(rows[:, None] + beside, 0, ink.shape[0] - 1)
    is_free = ~(ink[band, columns[:, None]] > 0).any(axis=1)
    piece = max(3, round(0.25 * em_px))
    opened = cv2.morphologyEx(
        is_free.astype(np.uint8)[None], cv2.MORPH_OPEN, np.ones((1, piece), np.uint8)
    )[0]
    free = columns[opened > 0]
    if len(free) < MIN_FREE_SHARE * len(columns):
        return None
    return replace(rule, start=float(free[0]), end=float(free[-1]) + 1)


def _is_drawn(rule: Rule, pieces: Pieces, em_px: float) -> bool:
    """Whether the rule hangs together with something far higher than writing: a drawing."""
    columns = np.arange(max(0, round(rule.start)), min(pieces.labels.shape[1], round(rule.end)))
    rows = np.rint(np.asarray(rule.offset(columns.astype(float)))).astype(int)
    band = np.clip(rows[:, None] + np.arange(-1, 2), 0, pieces.labels.shape[0] - 1)
    labels = pieces.labels[band, columns[:, None]].max(axis=1)
    high = pieces.stats[labels, cv2.CC_STAT_HEIGHT] > DRAWN_EM * em_px
    return bool(np.mean(high & (labels > 0)) > MOSTLY_DRAWN) if len(labels) else False


def _is_crowned(rule: Rule, ink: Mask, em_px: float) -> bool:
    """Whether ink hangs closely below much of the rule, as under the bar of a fraction."""
    columns = np.arange(max(0, round(rule.start)), min(ink.shape[1], round(rule.end)))
    rows = np.asarray(rule.offset(columns.astype(float)))
    first = np.ceil(rows + rule.thickness_px / 2 + 0.1 * em_px + 1).astype(int)
    depth = max(2, round(0.36 * em_px))
    band = np.clip(first[:, None] + np.arange(depth), 0, ink.shape[0] - 1)
    below = np.any(ink[band, columns[:, None]] > 0, axis=1).reshape(1, -1)
    # The characters of a denominator stand apart a little.
    gap = max(3, round(LETTER_GAP_EM * em_px))
    joined = cv2.morphologyEx(below.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((1, gap), np.uint8))
    return float(np.mean(joined)) > MAX_BELOW_SHARE


def _is_stroke(rule: Rule, text: Sequence[TextRow], em_px: float) -> bool:
    """Whether a short rule runs through a line of text rather than under it.

    What is short is told by the characters of that line.
    """
    x = (rule.start + rule.end) / 2
    y = rule.at(x)
    for row in text:
        left, top, width, height = row.box
        own_em = max(em_px, row.em_px)
        is_beside = left <= x <= left + width and top <= y <= _foot(top, height, own_em)
        if is_beside and rule.length < SHORT_EM * own_em:
            return True
    return False


def _foot(top: float, height: float, em_px: float) -> float:
    """The y that the letters of a line's box reach; high boxes hold writing and its rule, too."""
    is_plain = height <= 1.8 * em_px
    return top + height / 2 + 0.5 * em_px if is_plain else top + 0.72 * height


def _repeats(rule: Rule, other: Rule) -> bool:
    """Whether ``other`` is the same rule, found as dots and as a line."""
    shared = min(rule.end, other.end) - max(rule.start, other.start)
    if shared < 0.5 * min(rule.length, other.length):
        return False
    x = (rule.start + rule.end) / 2
    return abs(rule.at(x) - other.at(x)) <= 4 + other.thickness_px
