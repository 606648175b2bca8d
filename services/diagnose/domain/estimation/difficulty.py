"""How hard an item is, from every source there is, with its variance.

The scale: the average student earns 70 % of the points of an item of difficulty 0.5, which is the
usual share in a school exam. One logit of difficulty is one unit of the Rasch model (Rasch 1960).
"""

import math
from dataclasses import dataclass

#: Rasch difficulty, in logits, of an item of which the average student earns 70 %.
TYPICAL_LOGIT = -math.log(0.7 / 0.3)
#: Standard deviations in logits: a class's own results, an author's label, position and points.
_SD_CLASS_RATE, _SD_LABEL, _SD_PLACE = 0.3, 0.7, 1.0
_PER_POINT = 0.3
_LEAST, _MOST = 0.02, 0.98


@dataclass(frozen=True, slots=True)
class ItemDifficulty:
    """Rasch difficulty in logits and its standard deviation."""

    logit: float
    sd: float

    @property
    def share(self) -> float:
        """The difficulty on the 0..1 scale of the documents."""
        return 1 / (1 + math.exp(-(self.logit - TYPICAL_LOGIT)))


def logit_of(difficulty: float) -> float:
    """The Rasch difficulty that ``difficulty`` (0..1) stands for."""
    share = min(max(difficulty, _LEAST), _MOST)
    return TYPICAL_LOGIT + math.log(share / (1 - share))


def item_difficulty(
    *,
    label: float | None = None,
    class_score_rate: float | None = None,
    position: float | None = None,
    relative_points: float | None = None,
    point_count: int = 0,
    mean_point_count: float = 0.0,
) -> ItemDifficulty:
    """All sources combined, each weighted by its precision.

    ``position`` 0..1 is the place within the section: papers go from easy to hard.
    ``relative_points`` is the item's points divided by the section's mean. ``point_count`` is how
    many knowledge points the item needs, ``mean_point_count`` the paper's mean: more are harder.
    """
    place = _place_logit(position, relative_points)
    place += _PER_POINT * (point_count - mean_point_count)
    sources = [(place, _SD_PLACE)]
    if label is not None:
        sources.append((logit_of(label), _SD_LABEL))
    if class_score_rate is not None:
        rate = min(max(class_score_rate, _LEAST), _MOST)
        sources.append((-math.log(rate / (1 - rate)), _SD_CLASS_RATE))
    precision = sum(1 / sd**2 for _, sd in sources)
    return ItemDifficulty(sum(b / sd**2 for b, sd in sources) / precision, precision**-0.5)


def _place_logit(position: float | None, relative_points: float | None) -> float:
    logit = TYPICAL_LOGIT
    if position is not None:
        logit += 0.8 * (position - 0.5)
    if relative_points:
        logit += 0.5 * math.log(min(max(relative_points, 0.25), 4.0))
    return logit
