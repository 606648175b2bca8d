"""What every blob store raises, whatever library it stands on."""

import errno

#: The store has no room: waiting for a person helps, repeating at once does not.
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


class BlobStoreError(Exception):
    """The blob store is away, full or refuses. What was asked may or may not have happened."""

    def __init__(self, *, is_full: bool = False) -> None:
        super().__init__("full" if is_full else "away")
        self.is_full = is_full


def blob_store_error(error: BaseException) -> BlobStoreError:
    """``error`` of a library or the system as what callers handle; its text stays behind."""
    return BlobStoreError(is_full=isinstance(error, OSError) and error.errno in _NO_ROOM)
