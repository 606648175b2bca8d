"""The words of read pages are enumerations whose JSON is the word."""

import pytest

from shared.contract.reading import InkColour, PenMark, Region, RegionKind


@pytest.mark.parametrize("kind", RegionKind)
def test_a_region_is_stored_with_its_word(kind: RegionKind) -> None:
    region = Region(kind=kind, bbox=(0, 0, 1, 1))
    assert f'"kind":"{kind.value}"' in region.model_dump_json()
    assert Region.model_validate_json(region.model_dump_json()).kind is kind


def test_words_of_a_later_version_are_read_as_something_else() -> None:
    box = [0, 0, 1, 1]
    assert Region.model_validate({"kind": "map", "bbox": box}).kind is RegionKind.OTHER
    mark = PenMark.model_validate({"kind": "tick", "bbox": box, "colour": "violet"})
    assert mark.colour is InkColour.OTHER
