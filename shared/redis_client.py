"""Opens a client of Redis from an address: one server, a cluster, or what sentinels name."""

from typing import Any, TypeAlias
from urllib.parse import ParseResult, unquote, urlparse

from redis.asyncio import BlockingConnectionPool, Redis, RedisCluster, Sentinel
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import SentinelConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

RedisClient: TypeAlias = Redis | RedisCluster
#: What a client raises when its server is away or refuses.
REDIS_ERRORS = (RedisError, OSError)

_DEFAULT_PORT, _SENTINEL_PORT = 6379, 26379


class _WaitingSentinelPool(SentinelConnectionPool, BlockingConnectionPool):
    """Whoever finds all connections in use waits for one, as with a single server."""

    async def disconnect(self, inuse_connections: bool = True) -> None:
        """End the connections, those to the sentinels as well; asking these opens new ones."""
        await super().disconnect(inuse_connections)
        for sentinel in self.sentinel_manager.sentinels:
            await sentinel.aclose()


def open_redis(url: str, *, max_connections: int, patience_seconds: float) -> RedisClient:
    """A client of the Redis at ``url``; nothing is connected yet.

    ``redis://`` or ``rediss://user:password@host:port/database`` is one server,
    ``redis+cluster://host:port,host:port`` a cluster that any of these nodes tells about,
    ``redis+sentinel://host:port,host:port/name/database`` the master that sentinels know by
    ``name``; with ``rediss+`` in TLS. User and password are those of the data nodes.

    ``patience_seconds`` bounds a connection, an answer and the wait for one of at most
    ``max_connections`` connections (in a cluster: to each node). A broken connection is replaced
    once without a pause. Raises ValueError for an address of another form.
    """
    options: dict[str, Any] = {
        "socket_timeout": patience_seconds,
        "socket_connect_timeout": patience_seconds,
        "retry": Retry(NoBackoff(), 1),
    }
    parsed = urlparse(url)
    scheme, _, kind = parsed.scheme.partition("+")
    if not kind:
        pool = BlockingConnectionPool.from_url(
            url, max_connections=max_connections, timeout=patience_seconds, **options
        )
        return Redis.from_pool(pool)
    if scheme not in {"redis", "rediss"} or kind not in {"cluster", "sentinel"}:
        raise ValueError(f"{parsed.scheme} is no way to reach Redis")
    if parsed.username:
        options["username"] = unquote(parsed.username)
    if parsed.password:
        options["password"] = unquote(parsed.password)
    if kind == "cluster":
        nodes = [ClusterNode(host, port) for host, port in _places(parsed, _DEFAULT_PORT)]
        # Each wait is bounded by itself; the client's own repetitions are for moved keys.
        return RedisCluster(
            startup_nodes=nodes,
            max_connections=max_connections,
            ssl=scheme == "rediss",
            **options,
        )
    name, _, database = parsed.path.strip("/").partition("/")
    if not name:
        raise ValueError("the address of sentinels ends with the name of their master")
    is_secure = scheme == "rediss"
    pool = _WaitingSentinelPool(  # type: ignore[no-untyped-call]  # the library is not typed here
        name,
        Sentinel(  # type: ignore[no-untyped-call]  # same
            _places(parsed, _SENTINEL_PORT),
            sentinel_kwargs={
                "socket_timeout": patience_seconds,
                "socket_connect_timeout": patience_seconds,
                "ssl": is_secure,
            },
        ),
        ssl=is_secure,
        max_connections=max_connections,
        timeout=patience_seconds,
        db=int(database or 0),
        **options,
    )
    return Redis.from_pool(pool)


def _places(parsed: ParseResult, port: int) -> list[tuple[str, int]]:
    """The hosts and ports of an address that names several."""
    found = []
    for place in parsed.netloc.rpartition("@")[2].split(","):
        one = urlparse(f"//{place}")
        if one.hostname:
            found.append((one.hostname, one.port or port))
    if not found:
        raise ValueError("the address names no host")
    return found
