"""How sure figures are: percentile intervals from resampling (Efron 1979)."""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

Places = npt.NDArray[np.int64]
Figures = dict[str, float | list[float]]
_ROUNDS = 300
_EDGES = (2.5, 97.5)


def bootstrap_intervals(
    figures: Callable[[Places], Mapping[str, float]], count: int, *, rounds: int = _ROUNDS
) -> Figures:
    """95 % intervals [low, high] of ``figures`` over ``count`` independent units.

    ``figures`` is called with the positions of a resample's units. Keys get the ending
    ``_interval``. Without units there are no intervals. The random numbers are seeded.
    """
    if not count:
        return {}
    random = np.random.default_rng(0)
    found = [figures(random.integers(0, count, count)) for _ in range(rounds)]
    return {
        f"{key}_interval": [
            round(float(edge), 4)
            for edge in np.percentile([figure[key] for figure in found], _EDGES)
        ]
        for key in found[0]
    }
