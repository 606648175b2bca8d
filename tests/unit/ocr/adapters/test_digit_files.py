"""The shipped classifier of digits belongs to the recogniser that is installed."""

from pathlib import Path

import numpy as np
import pytest

from services.ocr.adapters import digit_files
from services.ocr.adapters.digit_files import shipped_digits, write_digits
from services.ocr.adapters.onnx_models import RECOGNISER, model_path, with_output
from services.ocr.domain.text.digits import DigitClassifier
from tests.unit.ocr.adapters.wire_format import fields

#: What the README of the weights promises at most.
MAX_BYTES = 300_000


def test_weights_of_another_recogniser_are_refused() -> None:
    with pytest.raises(ValueError, match="another recogniser"):
        shipped_digits("0" * 64)


def test_the_shipped_weights_are_small_and_tell_their_sources() -> None:
    file = Path(digit_files.__file__).parents[1] / digit_files.FOLDER / digit_files.NAME
    with np.load(file, allow_pickle=False) as data:
        assert data["weights"].shape == (768, 10)
        assert all(str(source)[:3] in {"109", "111"} for source in data["sources"])
    assert file.stat().st_size <= MAX_BYTES


def test_written_weights_hold_what_was_trained(tmp_path: Path) -> None:
    file = tmp_path / "digits.npz"
    write_digits(DigitClassifier(np.ones((4, 10)), np.zeros(10), frozenset({"q1"})), "ab", file)
    with np.load(file, allow_pickle=False) as data:
        assert str(data["recogniser"]) == "ab"
        assert data["sources"].tolist() == ["q1"]
        assert data["weights"].tolist() == np.ones((4, 10)).tolist()


def test_a_model_gets_one_more_output_and_stays_the_same() -> None:
    model = model_path(RECOGNISER).read_bytes()
    longer = with_output(model, "a.map")
    assert longer.startswith(model)
    ((graph, inside),) = fields(longer[len(model) :])
    ((output, value),) = fields(inside)
    assert (graph, output, fields(value)) == (7, 12, [(1, b"a.map")])


def test_a_name_too_long_for_its_length_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        with_output(b"", "x" * 126)
