"""Which errors of the database are its own trouble, and no fault of what was asked."""

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

#: Classes of SQLSTATE (PostgreSQL, appendix A): connection exception, insufficient resources (disk
#: full, out of memory, too many connections), operator intervention, system error, and refused
#: log-ins, which a deployment causes and mends.
_CLASSES = frozenset({"08", "53", "57", "58", "28"})
#: Lock not available, serialization failure, deadlock, read-only transaction, idle session ended.
_STATES = frozenset({"55P03", "40001", "40P01", "25006", "25P03"})


class ServerAway(ConnectionError):
    """The network did not bring a statement to the server, or its answer back."""


#: What has nothing to do with what was asked.
_OF_THE_CONNECTION = (
    ServerAway,
    PoolTimeout,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


def is_server_trouble(error: BaseException) -> bool:
    """Whether the same statement may succeed later: the server is away, full, busy or read only."""
    if isinstance(error, _OF_THE_CONNECTION):
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    cause = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(cause, "sqlstate", None)
    return isinstance(state, str) and (state[:2] in _CLASSES or state in _STATES)
