"""Makes the C heap give large blocks back, where it is glibc's."""

import ctypes

#: Parameter numbers of mallopt(3).
M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
LARGE_BLOCK_BYTES = 1 << 20
ARENAS = 2


def return_large_blocks() -> bool:
    """Fix the size from which blocks are mapped, and returned when freed; False without glibc.

    glibc raises that size to 32 MB as blocks are freed, and the activations of a detector, which
    differ with every page, then fragment the heap: on an A3 page the peak was 666 MB with the
    sliding threshold and 431 MB with a fixed one, and 236 against 80 MB stayed.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return bool(mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK_BYTES) and mallopt(M_ARENA_MAX, ARENAS))
