"""Tells light writing on a dark page, as negatives, dark modes and blackboards have it."""

import numpy as np

from services.ingest.domain.raster import Rgb, shrink_side, to_grey
from services.ingest.domain.sheet.text_rows import WORKING_SIDE, characters_in_rows

#: A page has more paper than ink: one whose middle level is above this is light.
DARK_LEVEL = 127
#: Light characters in rows that a negative has at least, and so many times more than dark ones.
#: Of 36 photos and scans those with a dark desk have 0.02 times as many. All but one of their
#: negatives, a sheet of bubbles, have over twice as many.
MIN_CHARACTERS, MANY_TIMES = 6, 2.0


def is_negative(image: Rgb) -> bool:
    """Whether most of ``image`` is dark and what stands in rows on it is light."""
    grey, _ = shrink_side(to_grey(image), WORKING_SIDE)
    if np.median(grey) > DARK_LEVEL:
        return False
    light = len(characters_in_rows(255 - grey).heights)
    dark = len(characters_in_rows(grey).heights)
    return light >= MIN_CHARACTERS and light > MANY_TIMES * dark


def positive_of(negative: Rgb) -> Rgb:
    """``negative`` with every colour turned into its opposite, as programs make negatives."""
    return 255 - negative
