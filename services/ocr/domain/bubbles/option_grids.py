"""A grid of equal outlines at one pitch: the options of an answer card, row by row."""

from dataclasses import dataclass

import numpy as np

from services.ocr.domain.ink.raster import Floats

#: A missing place speaks against a grid as much as so many speak for it.
MISSING = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class OptionGrid:
    """Rows × columns of places: middles (rows × columns × 2) and sides (width, height) in pixels.

    ``seen`` are the places where an outline or a fill is; ``lengths`` the options of each row.
    """

    middles: Floats
    sides: tuple[float, float]
    seen: Floats
    lengths: tuple[int, ...]

    @property
    def pitch(self) -> tuple[float, float]:
        """The distances to the right and down, in pixels; the sides where there is no neighbour."""
        right = np.diff(self.middles[:, :, 0], axis=1)
        down = np.diff(self.middles[:, :, 1], axis=0)
        across = float(np.median(right)) if right.size else 2 * self.sides[0]
        return across, float(np.median(down)) if down.size else 2 * self.sides[1]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Around all places: x, y, width, height."""
        half = np.array(self.sides) / 2
        low = self.middles.reshape(-1, 2).min(axis=0) - half
        high = self.middles.reshape(-1, 2).max(axis=0) + half
        return float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])

    @property
    def weight(self) -> float:
        """How much speaks for the grid: the places seen against those that are missing."""
        missing = sum(self.lengths) - int(np.count_nonzero(self.seen))
        return float(np.count_nonzero(self.seen)) - MISSING * missing

    def columns(self, first: int, stop: int) -> "OptionGrid":
        """The grid with the columns from ``first`` to before ``stop`` alone."""
        lengths = tuple(max(0, min(stop, length) - first) for length in self.lengths)
        return OptionGrid(
            self.middles[:, first:stop], self.sides, self.seen[:, first:stop], lengths
        )

    def swapped(self) -> "OptionGrid":
        """The grid with its columns as rows, and x and y exchanged."""
        seen = self.seen.T
        lengths = tuple(int(np.flatnonzero(row).max(initial=-1)) + 1 for row in seen)
        middles = self.middles.transpose(1, 0, 2)[:, :, ::-1]
        return OptionGrid(middles, (self.sides[1], self.sides[0]), seen, lengths)

    def scaled(self, factor: float) -> "OptionGrid":
        """The grid on a page that is ``factor`` times as large."""
        sides = self.sides[0] * factor, self.sides[1] * factor
        return OptionGrid(self.middles * factor, sides, self.seen, self.lengths)
