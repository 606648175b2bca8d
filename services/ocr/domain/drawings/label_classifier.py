"""A small convolutional network that tells what a pen did to an option's label."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from services.ocr.domain.drawings.label_state import STATES, LabelState
from services.ocr.domain.drawings.label_views import label_views
from services.ocr.domain.drawings.option_labels import OptionLabel
from services.ocr.domain.ink.page_ink import PageInk
from services.ocr.domain.ink.raster import Floats

#: Labels that are looked at together: some megabytes of memory.
BATCH = 32
#: Convolutions whose values are pooled.
POOLED = 2


@dataclass(frozen=True, slots=True)
class LabelLook:
    """The probabilities of a label's states, in the order of STATES; they sum to 1."""

    label: OptionLabel
    probabilities: tuple[float, ...]

    def of(self, state: LabelState) -> float:
        """The probability of ``state``."""
        return self.probabilities[STATES.index(state)]

    @property
    def likeliest(self) -> LabelState:
        """The state with the highest probability."""
        return STATES[int(np.argmax(self.probabilities))]


@dataclass(frozen=True, slots=True)
class LabelClassifier:
    """Weights of the network: convolutions (out, in, side, side), then dense layers (out, in).

    The first convolution goes in steps of two pixels; after the first POOLED ones the largest of
    every two by two values is kept. ``temperature`` divides the last layer's outputs, so that
    probabilities are as often right as they say (Guo et al. 2017).
    """

    filters: tuple[Floats, ...]
    filter_biases: tuple[Floats, ...]
    dense: tuple[Floats, ...]
    dense_biases: tuple[Floats, ...]
    temperature: float

    def look(
        self, ink: PageInk, labels: Sequence[OptionLabel], em_px: float
    ) -> tuple[LabelLook, ...]:
        """Looks at ``labels`` of a page whose Chinese characters are ``em_px`` high."""
        found = []
        for start in range(0, len(labels), BATCH):
            some = labels[start : start + BATCH]
            rows = self.probabilities(label_views(ink, some, em_px)).tolist()
            found += [LabelLook(label, tuple(row)) for label, row in zip(some, rows, strict=True)]
        return tuple(found)

    def probabilities(self, views: Floats) -> Floats:
        """Probabilities (labels, states) of the states for views (labels, 2, side, side)."""
        values = views
        for number, (kernel, bias) in enumerate(zip(self.filters, self.filter_biases, strict=True)):
            sums = _convolved(values, kernel, step=1 if number else 2)
            values = np.maximum(sums + bias[:, None, None], 0)
            if number < POOLED:
                values = _pooled(values)
        values = values.reshape(len(views), -1)
        for weights, bias in zip(self.dense[:-1], self.dense_biases[:-1], strict=True):
            values = np.maximum(values @ weights.T + bias, 0)
        logits = (values @ self.dense[-1].T + self.dense_biases[-1]) / self.temperature
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares: Floats = powers / powers.sum(axis=1, keepdims=True)
        return shares


def _convolved(values: Floats, kernel: Floats, step: int) -> Floats:
    """Values (n, in, side, side) under ``kernel`` (out, in, k, k), padded to keep their side."""
    side = kernel.shape[-1]
    half = side // 2
    padded = np.pad(values, ((0, 0), (0, 0), (half, half), (half, half)))
    windows = sliding_window_view(padded, (side, side), axis=(2, 3))[:, :, ::step, ::step]
    count, depth, rows, columns = windows.shape[:4]
    flat = windows.transpose(0, 2, 3, 1, 4, 5).reshape(count * rows * columns, depth * side * side)
    made: Floats = flat @ kernel.reshape(len(kernel), -1).T
    return made.reshape(count, rows, columns, -1).transpose(0, 3, 1, 2)


def _pooled(values: Floats) -> Floats:
    count, depth, rows, columns = values.shape
    pooled: Floats = values.reshape(count, depth, rows // 2, 2, columns // 2, 2).max(axis=(3, 5))
    return pooled
