"""What a pen did to the label of a printed option."""

from enum import StrEnum


class LabelState(StrEnum):
    """Looks of a label, in the order of the classifier's outputs."""

    #: Nothing but print, or a neighbour's ink.
    NONE = "none"
    #: A loop or a box around the label, or around all of its option.
    RING = "ring"
    #: A tick over the label or beside it.
    TICK = "tick"
    #: A line under the label or its option.
    UNDERLINE = "underline"
    #: One or two strokes through the label or through all of its option.
    STRUCK = "struck"
    #: A ring with a stroke through it.
    CANCELLED = "cancelled"
    #: So much ink over the label that it hardly shows: chosen, or crossed out.
    FILLED = "filled"


#: The classifier's outputs.
STATES = tuple(LabelState)
#: States that say the same of an option: it is the answer, or it is not. A line under a label says
#: so, too, but may be a printed one; ink that covers it may mean either.
CHOSEN = frozenset({LabelState.RING, LabelState.TICK})
CROSSED_OUT = frozenset({LabelState.STRUCK, LabelState.CANCELLED})
