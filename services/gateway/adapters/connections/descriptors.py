"""How many connections this process can hold: each takes a file descriptor."""

import resource

#: Database, blobs, log, temporary files, and the other parts of a process that serves everything.
_RESERVED = 256
_MOST = 65_536


def raise_descriptor_limit() -> int:
    """Raise the soft limit of open files as far as allowed; returns what it is now.

    Systems set it to 1,024 for programs that use select(2), which this is not. At the limit a
    server can take no connection, nor open a file for those it has.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST if hard == resource.RLIM_INFINITY else min(hard, _MOST)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return soft if soft != resource.RLIM_INFINITY else _MOST


def most_connections(wanted: int) -> int:
    """``wanted``, or fewer where the limit of open files allows no more; at least 16."""
    return max(min(wanted, raise_descriptor_limit() - _RESERVED), 16)
