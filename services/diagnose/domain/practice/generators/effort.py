"""How much work an item is, measured by its working and not by what it is called."""

import re

from shared.contract.practice import PracticeItem

#: What costs a step: an operation, a root, a fraction, a power, or a relation to be written down.
_STEP = re.compile(r"\\(?:times|div|frac|sqrt|cdot|sin|cos|tan|log|le|ge)|\^|[-+=<>](?=[ \\\d(])")
_NUMBER = re.compile(r"\d")
#: Digits weigh little: 47 × 38 is more work than 4 × 3, but less than another operation.
_DIGIT = 0.1


def effort_of(item: PracticeItem) -> float:
    """Operations and relations of the working, and a tenth for each digit that is written in it."""
    return len(_STEP.findall(item.solution)) + _DIGIT * len(_NUMBER.findall(item.solution))
