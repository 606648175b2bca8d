"""Tags a question with topics: a linear model over hashed n-grams, scored with numpy."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.diagnose.domain.tagging.question_features import Block, QuestionText, block_features

Floats = npt.NDArray[np.float32]

#: How much the leaves' probabilities add to their module's score.
_LEAF_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class SparseWeights:
    """Weights by feature: entries ``starts[b]:starts[b+1]`` are of bucket b.

    ``classes`` (m,) and ``values`` (m,) int8, to be multiplied by ``scales`` (classes,); ``biases``
    (classes,).
    """

    starts: npt.NDArray[np.int64]
    classes: npt.NDArray[np.uint16]
    values: npt.NDArray[np.int8]
    scales: Floats
    biases: Floats

    def score(self, buckets: npt.NDArray[np.int64], values: Floats) -> Floats:
        """The scores of all classes for one question's features."""
        starts, ends = self.starts[buckets], self.starts[buckets + 1]
        sizes = ends - starts
        places = np.repeat(starts - np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes)
        places = places + np.arange(int(sizes.sum()))
        weights = np.repeat(values, sizes) * self.values[places]
        sums = np.bincount(self.classes[places], weights, minlength=len(self.scales))
        return np.asarray(sums * self.scales + self.biases, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Tags:
    """Topics of a question, best first; leaves with probabilities; and difficulty 0..1."""

    modules: tuple[tuple[str, float], ...]
    leaves: tuple[tuple[str, float], ...]
    difficulty: float


@dataclass(frozen=True, slots=True)
class Tagger:
    """A trained model of one language. ``parents`` (leaves,) is the module of each leaf.

    The classes of ``weights`` are the modules, then the leaves as logits, then difficulty.
    """

    modules: tuple[str, ...]
    leaves: tuple[str, ...]
    parents: npt.NDArray[np.int64]
    inverse_frequency: Floats
    weights: SparseWeights
    #: Hashes of the stems that were trained on, so that nobody measures on them.
    trained_stems: frozenset[int] = frozenset()

    def tag(self, text: QuestionText, top: int = 5) -> Tags:
        """The ``top`` modules and leaves of a question."""
        scores = self.weights.score(*feature_vector(block_features(text), self.inverse_frequency))
        modules, rest = scores[: len(self.modules)], scores[len(self.modules) :]
        logits = rest[: len(self.leaves)]
        leaves = np.exp(logits - logits.max())
        leaves = (leaves / leaves.sum()).astype(np.float32)
        modules = modules + _LEAF_SHARE * np.bincount(self.parents, leaves, len(modules))
        return Tags(
            _best(self.modules, modules, top),
            _best(self.leaves, leaves, top),
            float(np.clip(rest[len(self.leaves)], 0.0, 1.0)),
        )


def feature_vector(
    blocks: Iterable[Block], inverse_frequency: Floats
) -> tuple[npt.NDArray[np.int64], Floats]:
    """Buckets and values of all blocks, each of the length of its weight."""
    buckets, values = [], []
    for block in blocks:
        features = block.features
        weighted = features.values * inverse_frequency[features.buckets]
        length = float(np.linalg.norm(weighted))
        if length > 0:
            buckets.append(features.buckets)
            values.append(weighted * np.float32(block.weight / length))
    if not buckets:
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    return np.concatenate(buckets), np.concatenate(values)


def _best(names: tuple[str, ...], scores: Floats, top: int) -> tuple[tuple[str, float], ...]:
    order = np.argsort(-scores, kind="stable")[:top]
    return tuple((names[i], float(scores[i])) for i in order)
