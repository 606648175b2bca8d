"""A grid of equal outlines at one pitch: the options of an answer card, row by row."""

from dataclasses import dataclass

import numpy as np

from services.ocr.domain.ink.raster import Floats

#: A missing place speaks against a grid as much as so many speak for it.
MISSING = 2.0
#: What a place counts where only some ink is.
GONE_OVER = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class OptionGrid:
    """Rows × columns of places: middles (rows × columns × 2) and sides (width, height) in pixels.

    ``seen`` are the places where an outline or a fill is, ``there`` those where anything is.
    """

    middles: Floats
    sides: tuple[float, float]
    seen: Floats
    there: Floats

    @property
    def lengths(self) -> tuple[int, ...]:
        """The options of each row: up to the last where anything is."""
        return tuple(int(np.flatnonzero(row).max(initial=-1)) + 1 for row in self.there)

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
        """How much speaks for the grid: the places seen against those that are missing.

        Where only some ink is, a pen may have gone over the rim.
        """
        seen, there = np.count_nonzero(self.seen), np.count_nonzero(self.there)
        found = seen + GONE_OVER * (there - seen)
        return float(found - MISSING * (sum(self.lengths) - found))

    @property
    def found_share(self) -> float:
        """How much of the grid is there, 0..1."""
        whole = sum(self.lengths)
        return (self.weight + MISSING * whole) / ((1 + MISSING) * whole)

    def columns(self, first: int, stop: int) -> "OptionGrid":
        """The grid with the columns from ``first`` to before ``stop`` alone."""
        run = slice(first, stop)
        return OptionGrid(self.middles[:, run], self.sides, self.seen[:, run], self.there[:, run])

    def with_columns_before(self, count: int) -> "OptionGrid":
        """The grid with ``count`` more columns at its beginning, none of which was seen."""
        step = self.middles[:, 1:2] - self.middles[:, :1]
        more = [self.middles[:, :1] - n * step for n in range(count, 0, -1)]
        middles = np.concatenate([*more, self.middles], axis=1)
        none = np.zeros((len(self.seen), count), bool)
        seen = np.concatenate([none, self.seen], axis=1)
        return OptionGrid(middles, self.sides, seen, np.concatenate([~none, self.there], axis=1))

    def swapped(self) -> "OptionGrid":
        """The grid with its columns as rows, and x and y exchanged."""
        middles = self.middles.transpose(1, 0, 2)[:, :, ::-1]
        return OptionGrid(middles, (self.sides[1], self.sides[0]), self.seen.T, self.there.T)
