"""Reads and writes the classifier of option labels: one compressed numpy file, no pickles."""

from pathlib import Path

import numpy as np

from services.ocr.domain.drawings.label_classifier import LabelClassifier
from services.ocr.domain.drawings.label_state import STATES

#: The weights that come with the project; their card is beside them.
SHIPPED = Path(__file__).parents[1] / "models" / "label_states.npz"

_LAYERS = ("filters", "filter_biases", "dense", "dense_biases")


def write_classifier(classifier: LabelClassifier, file: Path) -> None:
    """Write ``classifier`` to ``file`` with 16-bit weights."""
    layers = {
        f"{name}_{number}": values.astype(np.float16)
        for name in _LAYERS
        for number, values in enumerate(getattr(classifier, name))
    }
    np.savez_compressed(
        file,
        states=np.array([state.value for state in STATES]),
        temperature=np.array(classifier.temperature, np.float32),
        **layers,
    )


def read_classifier(file: Path = SHIPPED) -> LabelClassifier:
    """The classifier in ``file``; raises ValueError for one of other states."""
    with np.load(file, allow_pickle=False) as data:
        if [str(name) for name in data["states"]] != [state.value for state in STATES]:
            raise ValueError("not a classifier of this version's label states")
        layers = {
            name: tuple(
                data[key].astype(np.float32)
                for key in sorted(data.files)
                if key.rpartition("_")[0] == name
            )
            for name in _LAYERS
        }
        return LabelClassifier(**layers, temperature=float(data["temperature"]))
