"""How a student's mastery of each point changed over the papers taken so far."""

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from services.diagnose.domain.estimation.mastery import LEAST_ITEMS
from shared.contract.documents import Direction, Mastery, MasteryTrend, TrendPoint
from shared.contract.history import PastDiagnosis

#: A change is named when it is this probable. Students remember being told that they got worse.
_SURE_CHANGE = 0.9
_INTERVAL_SD = NormalDist().inv_cdf(0.95)
_EDGE = 0.005
_NORMAL = NormalDist()


def mastery_trends(
    now: PastDiagnosis, earlier: Sequence[PastDiagnosis]
) -> tuple[MasteryTrend, ...]:
    """The points of ``now`` that an earlier paper estimated too, in the order of ``now``.

    Papers with fewer than two items on a point say nothing of it and are left out, so a trend
    has at least two entries. The last one, ``now``, is compared with the precision-weighted
    mean of the others.
    """
    papers = [*sorted(earlier, key=lambda paper: (paper.at, paper.exam_id)), now]
    trends = []
    for mastery in now.mastery:
        entries = [
            (paper, found)
            for paper in papers
            if (found := _of_point(paper, mastery.knowledge_point.id)) is not None
        ]
        if len(entries) < 2 or entries[-1][0] is not now:
            continue
        trends.append(
            MasteryTrend(
                knowledge_point=mastery.knowledge_point,
                entries=tuple(_entry(paper, found) for paper, found in entries),
                direction=_direction([found for _, found in entries]),
            )
        )
    return tuple(trends)


def _of_point(paper: PastDiagnosis, point: str) -> Mastery | None:
    return next(
        (m for m in paper.mastery if m.knowledge_point.id == point and m.items >= LEAST_ITEMS),
        None,
    )


def _entry(paper: PastDiagnosis, mastery: Mastery) -> TrendPoint:
    return TrendPoint(
        exam_id=paper.exam_id,
        at=paper.at,
        items=mastery.items,
        mastery=mastery.mastery,
        interval=mastery.interval,
    )


def _direction(found: Sequence[Mastery]) -> Direction:
    """Better or worse when that is probable, else unclear. Estimates count as independent."""
    means, variances = np.array([_in_logits(mastery) for mastery in found]).T
    precision = 1 / variances[:-1]
    before = float(precision @ means[:-1] / precision.sum())
    spread = float(variances[-1] + 1 / precision.sum()) ** 0.5
    is_better = _NORMAL.cdf((float(means[-1]) - before) / spread)
    if is_better > _SURE_CHANGE:
        return Direction.BETTER
    return Direction.WORSE if is_better < 1 - _SURE_CHANGE else Direction.UNCLEAR


def _in_logits(mastery: Mastery) -> tuple[float, float]:
    """Mean and variance; the interval is the normal one of the logit."""
    low, high = mastery.interval
    low, middle, high = (
        float(np.log(share / (1 - share)))
        for share in np.clip([low, mastery.mastery, high], _EDGE, 1 - _EDGE)
    )
    sd = max((high - low) / (2 * _INTERVAL_SD), 0.05)
    return middle, sd**2
