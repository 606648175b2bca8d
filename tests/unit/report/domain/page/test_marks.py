"""Marks lie on their page."""

from hypothesis import given
from hypothesis import strategies as st

from services.report.domain.page.marks import clamp_box
from shared.contract.reading import PageImage

_ANY = st.floats(allow_nan=True, allow_infinity=True)


_PAGE = PageImage(number=1, blob_key="k", width_px=1000, height_px=1400)


@given(st.tuples(_ANY, _ANY, _ANY, _ANY))
def test_a_clamped_box_lies_on_its_page(bbox: tuple[float, float, float, float]) -> None:
    box = clamp_box(bbox, _PAGE)
    if box is not None:
        x, y, width, height = box
        assert x >= 0
        assert y >= 0
        assert x + width <= 1000.001
        assert y + height <= 1400.001
