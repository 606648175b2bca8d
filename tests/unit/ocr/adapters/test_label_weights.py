"""The classifier of labels is kept in one file, and comes back as it was."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from services.ocr.adapters.label_weights import SHIPPED, read_classifier, write_classifier
from services.ocr.domain.drawings.label_state import STATES
from services.ocr.domain.drawings.label_views import VIEW_PX


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    shipped = replace(read_classifier(), temperature=2.0)
    write_classifier(shipped, tmp_path / "copy.npz")
    again = read_classifier(tmp_path / "copy.npz")
    views = np.random.default_rng(1).random((3, 2, VIEW_PX, VIEW_PX), np.float32)
    assert again.temperature == 2.0
    assert np.array_equal(again.probabilities(views), shipped.probabilities(views))


def test_the_states_of_a_label_share_its_probability() -> None:
    views = np.random.default_rng(2).random((2, 2, VIEW_PX, VIEW_PX), np.float32)
    shares = read_classifier().probabilities(views)
    assert shares.shape == (2, len(STATES))
    assert shares.sum(axis=1) == pytest.approx([1, 1])


def test_weights_for_other_states_are_refused(tmp_path: Path) -> None:
    with np.load(SHIPPED) as data:
        kept = dict(data)
    np.savez(tmp_path / "other.npz", **(kept | {"states": np.array(["marked"])}))
    with pytest.raises(ValueError, match="states"):
        read_classifier(tmp_path / "other.npz")


def test_the_shipped_weights_stay_small() -> None:
    assert SHIPPED.stat().st_size <= 300_000
