"""Makes the C heap give large blocks back, where it is glibc's."""

import ctypes

#: Parameter numbers of mallopt(3).
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
#: Blocks from this size on are mapped; the free end of the heap is given back beyond this size.
LARGE_BLOCK_BYTES, KEPT_BYTES = 4 << 20, 32 << 20
ARENAS = 2


def return_large_blocks() -> bool:
    """Fix the size from which blocks are mapped, and returned when freed; False without glibc.

    glibc raises that size to 32 MB as blocks are freed, and the activations of a detector, which
    differ with every page, then fragment the heap. Smaller blocks stay in it: mapped anew for
    every line, their page faults take a third of the time.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    wishes = (
        (M_MMAP_THRESHOLD, LARGE_BLOCK_BYTES),
        (M_TRIM_THRESHOLD, KEPT_BYTES),
        (M_ARENA_MAX, ARENAS),
    )
    return all(bool(mallopt(parameter, value)) for parameter, value in wishes)
