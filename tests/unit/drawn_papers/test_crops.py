"""Digits of real writers come as masks, a set for each writer, without what is no digit."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from uploads.crops import load_crops


def _write_crop(path: Path, *, high: int = 24, has_rule: bool = False) -> None:
    image = Image.new("L", (30, 40), 230)
    brush = ImageDraw.Draw(image)
    brush.line((14, 6, 14, 6 + high), fill=40, width=4)
    if has_rule:
        brush.point([(3, 38), (4, 38)], fill=90)
    image.save(path)


def _folder(folder: Path, digits: str, **crop: bool | int) -> Path:
    rows = ["file,digit,quiz"]
    for digit in digits:
        _write_crop(folder / f"{digit}.png", **crop)
        rows.append(f"{digit}.png,{digit},one")
    (folder / "labels.csv").write_text("\n".join(rows) + "\n")
    return folder


def test_a_writer_with_all_digits_is_taken(tmp_path: Path) -> None:
    (writer,) = load_crops(_folder(tmp_path, "0123456789"))

    assert set(writer) == set("0123456789")
    assert np.asarray(writer["1"][0]).max() > 200


def test_a_speck_beside_the_digit_is_left_out(tmp_path: Path) -> None:
    (writer,) = load_crops(_folder(tmp_path, "0123456789", has_rule=True))

    assert writer["1"][0].width < 10


def test_a_writer_who_lacks_a_digit_cannot_write_sheets(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="all ten digits"):
        load_crops(_folder(tmp_path, "012345678"))


def test_blots_are_no_digits(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="all ten digits"):
        load_crops(_folder(tmp_path, "0123456789", high=5))
