"""Reads and writes the classifier of digits: one compressed numpy file, no pickles."""

from importlib import resources
from pathlib import Path

import numpy as np

from services.ocr.domain.text.digits import DigitClassifier

#: Where it lies in the package ``services.ocr``.
FOLDER, NAME = "weights", "digits.npz"


def write_digits(classifier: DigitClassifier, recogniser: str, file: Path) -> None:
    """Write ``classifier`` to ``file``; ``recogniser`` is the digest of the model it looks into."""
    np.savez_compressed(
        file,
        weights=classifier.weights.astype(np.float32),
        biases=classifier.biases.astype(np.float32),
        sources=np.array(sorted(classifier.sources)),
        recogniser=np.array(recogniser),
    )


def shipped_digits(recogniser: str) -> DigitClassifier:
    """The classifier that comes with the project.

    Raises ValueError where it was trained on another recogniser: every channel means another thing.
    """
    with (
        (resources.files("services.ocr") / FOLDER / NAME).open("rb") as file,
        np.load(file, allow_pickle=False) as data,
    ):
        if str(data["recogniser"]) != recogniser:
            raise ValueError("the digits were trained on another recogniser than is installed")
        sources = frozenset(str(source) for source in data["sources"])
        return DigitClassifier(data["weights"], data["biases"], sources)
