"""Private Redis servers: one by itself, a cluster, and one that a sentinel watches."""

import time
from collections.abc import Iterator

import pytest
from redis import Redis

from examlens.servers.rabbitmq import free_port
from examlens.servers.redis import PrivateRedis, find_redis
from tests.availability import unavailable
from tests.servers import server_directory

_SLOTS = 16384
MASTER = "exams"


@pytest.fixture(scope="session")
def redis_server() -> Iterator[PrivateRedis]:
    """A private Redis that a test may stop."""
    if find_redis() is None:
        unavailable("redis-server")
    with server_directory() as directory:
        server = PrivateRedis(directory).start()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def redis_cluster() -> Iterator[str]:
    """The address of a cluster of three nodes, each with a third of the slots."""
    if find_redis() is None:
        unavailable("redis-server")
    with server_directory() as directory:
        # By themselves nodes talk to each other 10,000 ports higher, which may be no port at all.
        buses = [free_port() for _ in range(3)]
        nodes = [
            PrivateRedis(
                directory / str(bus), "--cluster-enabled", "yes", "--cluster-port", str(bus)
            ).start()
            for bus in buses
        ]
        bounds = [_SLOTS * n // 3 for n in range(4)]
        clients = [Redis.from_url(node.url) for node in nodes]
        for n, client in enumerate(clients):
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", bounds[n], bounds[n + 1] - 1)
            client.execute_command("CLUSTER", "MEET", "127.0.0.1", nodes[0].port, buses[0])
        for client in clients:
            while b"cluster_state:ok" not in client.execute_command("CLUSTER", "INFO"):
                time.sleep(0.05)
            client.close()
        yield f"redis+cluster://127.0.0.1:{nodes[0].port},127.0.0.1:{nodes[1].port}"
        for node in nodes:
            node.stop()


@pytest.fixture(scope="session")
def redis_sentinel() -> Iterator[str]:
    """The address of a master that one sentinel knows by name."""
    if find_redis() is None:
        unavailable("redis-server")
    with server_directory() as directory:
        master = PrivateRedis(directory / "master").start()
        (directory / "sentinel").mkdir()
        file = directory / "sentinel" / "sentinel.conf"
        file.write_text(f"sentinel monitor {MASTER} 127.0.0.1 {master.port} 1\n")
        sentinel = PrivateRedis(directory / "sentinel", str(file), "--sentinel").start()
        yield f"redis+sentinel://127.0.0.1:{sentinel.port}/{MASTER}/0"
        sentinel.stop()
        master.stop()
