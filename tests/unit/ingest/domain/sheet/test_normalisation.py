"""Pages come out upright, level, flat and evenly lit, and clean scans untouched."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from services.ingest.domain.raster import rotate, to_grey, turn_quarters
from services.ingest.domain.sheet.normalisation import normalise
from services.ingest.domain.sheet.orientation import text_direction
from services.ingest.domain.sheet.page_outline import find_outline

SENTENCE = (
    "which of these answers is right when the second train leaves at noon and then stops for two"
    " long minutes before it goes on"
)
WORDS = SENTENCE.split()


def page(width: int = 900, height: int = 1200) -> np.ndarray:
    """A page of text in lines of different length, like a paper."""
    image = Image.new("RGB", (width, height), (250, 250, 250))
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=20)
    random = np.random.default_rng(5)
    for y in range(90, height - 90, 34):
        words = random.choice(WORDS, int(random.integers(4, 12)))
        draw.text((80, y), " ".join(words), (20, 20, 20), font=font)
    return np.array(image)


def on_a_desk(image: np.ndarray, skew: float = 0.0) -> np.ndarray:
    """``image`` photographed on a dark desk, in perspective, light falling off to one side."""
    height, width = image.shape[:2]
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    target = np.array([[190, 160], [1010, 120], [1100, 1400], [110, 1350]], np.float32)
    if skew:
        turn = cv2.getRotationMatrix2D((600, 800), skew, 1.0)
        target = cv2.transform(target[None], turn)[0].astype(np.float32)
    matrix = cv2.getPerspectiveTransform(source, target)
    photo = np.full((1600, 1250, 3), (60, 45, 35), np.uint8)
    cv2.warpPerspective(image, matrix, (1250, 1600), photo, borderMode=cv2.BORDER_TRANSPARENT)
    light = np.linspace(1.0, 0.62, 1250)[None, :, None]
    return (photo * light).astype(np.uint8)


@pytest.mark.parametrize("skew", [-12.0, -4.3, 0.0, 0.7, 2.0, 9.5])
@pytest.mark.parametrize("quarters", [0, 1])
def test_lines_are_level_to_a_third_of_a_degree(skew: float, quarters: int) -> None:
    tilted = turn_quarters(rotate(page(), skew), quarters)
    result = normalise(tilted, 8_000_000)
    assert not result.is_photo
    left_over = text_direction(to_grey(result.image))
    assert (left_over.quarters, abs(left_over.skew_degrees) < 0.3) == (0, True)
    turned = (result.turned_degrees + skew + 90 * quarters) % 180
    assert min(turned, 180 - turned) < 0.3


def test_a_framed_sheet_is_levelled_without_losing_its_frame() -> None:
    image = page()
    cv2.rectangle(image, (30, 30), (870, 1170), (0, 0, 0), 6)
    result = normalise(rotate(image, 3.0), 8_000_000)
    assert result.turned_degrees == pytest.approx(-3.0, abs=0.3)
    assert result.image.shape[0] >= 1200
    assert result.image.shape[1] >= 900


def test_a_dotted_margin_does_not_turn_a_sheet_with_a_few_answers() -> None:
    """Its dots make the sharpest line there is; which way the sheet lies is left to reading."""
    image = np.full((1754, 1240), 255, np.uint8)
    for y in range(500, 1300, 5):
        cv2.circle(image, (100, y), 1, 0, -1)
    for number in range(1, 9):
        for x, y in ((200 + 80 * number, 140), (205 + 80 * number, 190)):
            cv2.putText(image, str(number), (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 0, 2)
    assert text_direction(image).quarters == 0


def test_a_clean_scan_is_not_changed() -> None:
    image = page()
    result = normalise(image, 8_000_000)
    assert np.array_equal(result.image, image)
    assert (result.turned_degrees, result.is_photo) == (0.0, False)


def test_a_black_frame_on_white_paper_is_not_taken_for_a_sheet() -> None:
    image = page()
    cv2.rectangle(image, (60, 60), (840, 1140), (0, 0, 0), 8)
    assert find_outline(image) is None


@pytest.mark.parametrize("skew", [0.0, 6.0, -8.0])
def test_a_sheet_on_a_desk_is_taken_out_flat(skew: float) -> None:
    result = normalise(on_a_desk(page(), skew), 8_000_000)
    assert result.is_photo
    height, width = result.image.shape[:2]
    assert height / width == pytest.approx(4 / 3, rel=0.12)
    border = np.concatenate([result.image[:6].ravel(), result.image[-6:].ravel()])
    assert np.percentile(border, 2) > 200
    assert abs(text_direction(to_grey(result.image)).skew_degrees) < 0.4


def test_a_corner_in_deep_shadow_still_belongs_to_the_sheet() -> None:
    photo = on_a_desk(page()).astype(np.float32)
    photo[photo.max(axis=2) < 70] = (70, 95, 30)
    x, y = np.meshgrid(np.linspace(0, 1, 1250), np.linspace(1, 0, 1600))
    shadow = np.clip(1.75 - 0.75 * (x + y), 0.5, 1.0)[..., None]
    found = find_outline((photo * shadow).astype(np.uint8))
    assert found is not None
    assert found.corners == pytest.approx(
        np.array([[190, 160], [1010, 120], [1100, 1400], [110, 1350]]), abs=25
    )


def test_uneven_light_becomes_even_and_ink_stays_dark() -> None:
    result = normalise(on_a_desk(page()), 8_000_000).image
    grey = to_grey(result)
    papers = [np.percentile(part, 70) for part in np.array_split(grey, 6, axis=1)]
    assert max(papers) - min(papers) < 12
    assert np.percentile(grey, 1) < 120


def test_red_ink_stays_red_when_light_is_evened_out() -> None:
    image = page()
    cv2.line(image, (200, 600), (300, 700), (220, 30, 40), 9)
    result = normalise(on_a_desk(image), 8_000_000).image.astype(int)
    red = (result[..., 0] - result[..., 1:].max(axis=2)) > 70
    assert 200 < np.count_nonzero(red) < 4000


def test_a_bent_sheet_comes_out_with_straight_edges() -> None:
    photo = on_a_desk(page())
    x, y = np.meshgrid(np.arange(1250, dtype=np.float32), np.arange(1600, dtype=np.float32))
    bent = cv2.remap(photo, x, y - (30 * np.sin(np.pi * x / 1250)).astype(np.float32), 1)
    flat = normalise(bent, 8_000_000).image
    assert text_direction(to_grey(flat)).quarters == 0
    top, bottom = to_grey(flat)[:12], to_grey(flat)[-12:]
    assert min(np.percentile(top, 3), np.percentile(bottom, 3)) > 190


def test_large_pictures_shrink_to_the_limit() -> None:
    result = normalise(page(1800, 2400), 1_000_000)
    assert result.image.shape[0] * result.image.shape[1] <= 1_000_000
    assert result.image.shape[0] / result.image.shape[1] == pytest.approx(4 / 3, rel=0.01)
