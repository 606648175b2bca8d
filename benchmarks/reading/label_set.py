"""Views of drawn labels with their states: what the classifier of labels is trained on."""

import numpy as np
from label_pages import label_pages
from numpy.typing import NDArray

from services.ocr.domain.drawings.label_state import STATES
from services.ocr.domain.drawings.label_views import label_views
from services.ocr.domain.drawings.option_labels import OptionLabel
from services.ocr.domain.ink.page_ink import page_ink

#: How far readers' boxes are off a letter's middle, across and down, in heights of a Chinese
#: character, and by how much (log) the measured height is: spreads on pages of print.
OFF_EM, SIZE_SPREAD = (0.15, 0.09), 0.12
#: Views of each label, each a little off in its own way.
TIMES = 2


def label_set(seed: int, pages: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Views (n, 2, side, side) as bytes, and the positions (n,) of their states in STATES."""
    views, states = [], []
    for page in label_pages(seed, pages):
        chance = np.random.default_rng((seed, len(states)))
        ink = page_ink(page.image)
        for _ in range(TIMES):
            em = page.em_px * float(np.exp(chance.normal(0, SIZE_SPREAD)))
            off = chance.normal(0, OFF_EM, (len(page.labels), 2)) * page.em_px
            labels = [
                OptionLabel(label.x + dx, label.y + dy, label.x, is_read=True)
                for label, (dx, dy) in zip(page.labels, off.tolist(), strict=True)
            ]
            views.append(np.round(label_views(ink, labels, em) * 255).astype(np.uint8))
            states += [STATES.index(label.state) for label in page.labels]
    return np.concatenate(views), np.array(states)
