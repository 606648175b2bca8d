"""Reads and writes trained taggers: one compressed numpy file, no pickles."""

from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import IO

import numpy as np

from services.diagnose.domain.tagging.question_features import BUCKETS, LAYOUT
from services.diagnose.domain.tagging.tagger import SparseWeights, Tagger


def write_tagger(tagger: Tagger, file: Path) -> None:
    """Write ``tagger`` to ``file``."""
    np.savez_compressed(
        file,
        layout=np.array(LAYOUT),
        modules=np.array(tagger.modules),
        leaves=np.array(tagger.leaves),
        parents=tagger.parents.astype(np.uint16),
        inverse_frequency=tagger.inverse_frequency.astype(np.float16),
        # Sizes per feature compress better than their running sums.
        sizes=np.diff(tagger.weights.starts).astype(np.uint16),
        classes=tagger.weights.classes,
        values=tagger.weights.values,
        scales=tagger.weights.scales,
        biases=tagger.weights.biases,
        trained_stems=np.array(sorted(tagger.trained_stems), dtype=np.uint32),
    )


def read_tagger(file: Path | IO[bytes]) -> Tagger:
    """Read a tagger; raises ValueError for a file of another layout."""
    with np.load(file, allow_pickle=False) as data:
        if int(data.get("layout", 1)) != LAYOUT or len(data["sizes"]) != BUCKETS:
            raise ValueError("not a tagger file of this version")
        starts = np.concatenate([[0], np.cumsum(data["sizes"], dtype=np.int64)])
        weights = SparseWeights(
            starts, data["classes"], data["values"], data["scales"], data["biases"]
        )
        return Tagger(
            modules=tuple(str(name) for name in data["modules"]),
            leaves=tuple(str(name) for name in data["leaves"]),
            parents=data["parents"].astype(np.int64),
            inverse_frequency=data["inverse_frequency"].astype(np.float32),
            weights=weights,
            trained_stems=frozenset(int(stem) for stem in data["trained_stems"]),
        )


@lru_cache(maxsize=4)
def shipped_tagger(language: str) -> Tagger:
    """The mathematics tagger of ``zh`` or ``en`` that comes with the project."""
    folder = resources.files("services.diagnose") / "taxonomy"
    with (folder / f"tagger_mathematics_{language}.npz").open("rb") as file:
        return read_tagger(file)
