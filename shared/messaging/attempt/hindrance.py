"""Which errors are no fault of the work: a server, a disk or this machine was in the way."""

import errno

from shared.db.trouble import is_server_trouble
from shared.storage.failure import BlobStoreError

#: No room, no descriptors, no memory, a disk that fails or can only be read.
_MACHINE_TROUBLE = frozenset(
    {
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOMEM,
        errno.EROFS,
        errno.EIO,
    }
)


def is_hindrance(error: BaseException) -> bool:
    """Whether the same work may succeed later although nobody changes it.

    Connections that an engine opens itself are its own matter: a model that is away is counted.
    """
    if isinstance(error, BlobStoreError):
        return True
    if isinstance(error, OSError) and error.errno in _MACHINE_TROUBLE:
        return True
    return is_server_trouble(error)
