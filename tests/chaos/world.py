"""Real servers behind fault proxies, and every service as a supervised process."""

import asyncio
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import asyncpg

from examlens.processes import Supervisor
from examlens.servers.postgres import PrivatePostgres
from examlens.servers.rabbitmq import PrivateRabbitmq, free_port
from services.gateway.bootstrap import DEFAULT_TENANT
from services.gateway.domain.access.keys import ALL_SCOPES
from services.gateway.issue_key import issue
from shared.db.migrate import upgrade
from tests.chaos.behaviour import SERVICES
from tests.chaos.clock import Clock
from tests.chaos.memory import MemoryLimit
from tests.chaos.proxy import FaultProxy, ProxyThread, Target
from tests.chaos.quick_stages import EFFECTS_TABLE
from tests.chaos.stores import Store, bucket_store, directory_store

#: Where files are: in a directory, in one on a small disk of its own, or in a bucket of S3.
StoreKind = Literal["directory", "disk", "bucket"]


@dataclass
class World:
    """Everything that a fault can be done to."""

    directory: Path
    postgres: PrivatePostgres
    rabbitmq: PrivateRabbitmq
    store: Store
    proxies: ProxyThread
    database_proxy: FaultProxy
    broker_proxy: FaultProxy
    supervisor: Supervisor
    #: What the services take for the time of day.
    clock: Clock
    #: Of every gateway.
    addresses: tuple[str, ...]
    key: str

    @property
    def address(self) -> str:
        """Of the first gateway."""
        return self.addresses[0]

    @property
    def database_url(self) -> str:
        """PostgreSQL without the proxy, for the harness itself."""
        return self.postgres.url


def _settings(database_port: int, broker_port: int) -> dict[str, str]:
    return {
        "DATABASE_URL": f"postgresql://postgres@127.0.0.1:{database_port}/postgres",
        "AMQP_URL": f"amqp://guest:guest@127.0.0.1:{broker_port}/%2F",
        "EXAMLENS_WORKER_THREADS": "4",
        "EXAMLENS_LEASE_SECONDS": "4",
        "EXAMLENS_RETRY_BACKOFF_SECONDS": "0.3",
        "EXAMLENS_RELAY_POLL_SECONDS": "0.3",
        "EXAMLENS_RELAY_REAP_SECONDS": "0.5",
        "EXAMLENS_RELAY_REDRIVE_SECONDS": "10",
        "EXAMLENS_SUBMISSIONS_PER_MINUTE": "0",
        "EXAMLENS_WEBHOOK_NETWORKS": "127.0.0.0/8",
        "EXAMLENS_REQUESTS_PER_MINUTE": "0",
        # A killed gateway holds its idempotency keys this long, and a minute more.
        "EXAMLENS_BODY_TOTAL_SECONDS": "1",
        "EXAMLENS_SHUTDOWN_GRACE_SECONDS": "5",
        "dramatiq_restart_delay": "500",
    }


@contextmanager
def running_world(
    directory: Path,
    overrides: dict[str, str],
    *,
    consumer_timeout_ms: int,
    older: Path | None = None,
    commands: Mapping[str, list[str]] | None = None,
    store: StoreKind = "directory",
    gateways: int = 1,
) -> Iterator[World]:
    """Start the world, and end all of it afterwards.

    ``older`` is a checkout of an earlier version, whose relay and workers work beside this one's.
    """
    with ExitStack() as stack:
        postgres = PrivatePostgres(directory / "postgres").start()
        stack.callback(postgres.stop)
        upgrade(postgres.url)
        key = asyncio.run(_prepare(postgres.url))
        rabbitmq = PrivateRabbitmq(
            directory / "rabbitmq", consumer_timeout_ms=consumer_timeout_ms
        ).start()
        stack.callback(rabbitmq.stop)
        proxies = ProxyThread()
        stack.callback(proxies.stop)
        socket_path = Path(postgres.url.partition("host=")[2]) / ".s.PGSQL.5432"
        database_proxy = FaultProxy(Target(socket_path=socket_path))
        broker_proxy = FaultProxy(Target(port=rabbitmq.port))
        for proxy in (database_proxy, broker_proxy):
            proxies.call(proxy.start)
            stack.callback(proxies.call, proxy.close)
        files = stack.enter_context(_open_store(store, directory, proxies))
        clock = Clock(directory / "clock")
        settings = _settings(database_proxy.port, broker_proxy.port) | files.environment
        settings |= clock.environment | overrides
        ports = [free_port() for _ in range(gateways)]
        supervisor = Supervisor(
            directory / "log",
            settings,
            replicas={"relay": 2, "ocr": 2},
            commands=dict(_gateways(ports))
            | {
                name: [sys.executable, "-m", "tests.chaos.process", name]
                for name in ("relay", *SERVICES)
            }
            | dict(commands or {}),
        )
        # Before the start: told to end in the middle of it, a run has to end what it started.
        stack.callback(supervisor.stop, 20)
        supervisor.start()
        memory = MemoryLimit(supervisor.processes)
        stack.callback(memory.stop)
        memory.start()
        if older is not None:
            second = _supervise_older(older, directory / "log", settings)
            stack.callback(second.stop, 20)
            second.start()
        yield World(
            directory,
            postgres,
            rabbitmq,
            files,
            proxies,
            database_proxy,
            broker_proxy,
            supervisor,
            clock,
            tuple(f"http://127.0.0.1:{port}" for port in ports),
            key,
        )


def _open_store(
    kind: StoreKind, directory: Path, proxies: ProxyThread
) -> AbstractContextManager[Store]:
    if kind == "bucket":
        return bucket_store(directory, proxies)
    return directory_store(directory, has_own_disk=kind == "disk")


def _gateways(ports: Sequence[int]) -> Iterator[tuple[str, list[str]]]:
    """The command of each gateway, which listens on one of ``ports``."""
    for number, port in enumerate(ports, start=1):
        name = "gateway" if number == 1 else f"gateway-{number}"
        setting = f"EXAMLENS_GATEWAY_PORT={port}"
        yield name, ["env", setting, sys.executable, "-m", "services.gateway.app"]


#: Runs this version's harness on another version's packages: what is imported stays.
_ON_OTHER_CODE = """
import sys
sys.path.insert(0, sys.argv.pop(1))
import examlens, services, shared
sys.path.pop(0)
from tests.chaos.process import main
main()
"""


def _supervise_older(checkout: Path, logs: Path, settings: dict[str, str]) -> Supervisor:
    """The relay and every worker of ``checkout``."""
    command = [sys.executable, "-c", _ON_OTHER_CODE, str(checkout)]
    commands = {f"older-{name}": [*command, name] for name in ("relay", *SERVICES)}
    return Supervisor(logs, settings, commands=commands)


async def _prepare(url: str) -> str:
    connection = await asyncpg.connect(url)
    await connection.execute(EFFECTS_TABLE)
    await connection.close()
    return await issue(url, "chaos", ALL_SCOPES, DEFAULT_TENANT)


def dying_relay_environment(world: World) -> dict[str, str]:
    """What a relay needs that is meant to die between publishing and committing."""
    return os.environ | world.supervisor.named("relay")[0].environment
