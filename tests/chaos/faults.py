"""What goes wrong during a chaos run. Every fault ends by itself and names what it did."""

import asyncio
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import asyncpg

from shared.contract.services import SERVICE_NAMES, WORKER_NAMES
from tests.chaos.proxy import FaultProxy
from tests.chaos.stores import BucketStore
from tests.chaos.world import World, dying_relay_environment

Fault = Callable[[World, random.Random], str]


def kill(kind: str) -> Fault:
    """SIGKILL one process of ``kind``; its supervisor starts it again."""

    def fault(world: World, rng: random.Random) -> str:
        victim = rng.choice(world.supervisor.named(kind))
        victim.send(signal.SIGKILL)
        return f"SIGKILL {victim.name}"

    return fault


def freeze(kind: str) -> Fault:
    """A worker stands still for longer than its leases, then goes on as if nothing had been."""

    def fault(world: World, rng: random.Random) -> str:
        victim = rng.choice(world.supervisor.named(kind))
        victim.send(signal.SIGSTOP)
        time.sleep(6)
        victim.send(signal.SIGCONT)
        return f"SIGSTOP {victim.name} for 6 s"

    return fault


def restart_all_workers(world: World, _: random.Random) -> str:
    """A rolling restart under load: SIGTERM to one worker after the other."""
    for kind in WORKER_NAMES:
        for process in world.supervisor.named(kind):
            process.send(signal.SIGTERM)
        time.sleep(1)
    return "rolling restart of all workers"


def close_all_connections(world: World, _: random.Random) -> str:
    """The broker throws everybody out."""
    world.rabbitmq.control("close_all_connections", "chaos")
    return "rabbitmqctl close_all_connections"


def restart_broker(world: World, _: random.Random) -> str:
    """The broker is away for some seconds and keeps its queues."""
    world.rabbitmq.control("stop_app")
    time.sleep(2)
    world.rabbitmq.control("start_app")
    return "broker stop and start"


def empty_broker(world: World, _: random.Random) -> str:
    """The broker comes back without a queue and without a message."""
    world.rabbitmq.control("stop_app")
    world.rabbitmq.control("reset")
    world.rabbitmq.control("start_app")
    return "broker reset to empty"


def restart_postgres(world: World, _: random.Random) -> str:
    """PostgreSQL restarts in the middle of everybody's transactions."""
    world.postgres.restart()
    return "PostgreSQL restart"


def memory_alarm(world: World, _: random.Random) -> str:
    """The broker stops reading from publishers."""
    world.rabbitmq.control("set_vm_memory_high_watermark", "0.00001")
    time.sleep(5)
    world.rabbitmq.control("set_vm_memory_high_watermark", "0.6")
    return "memory alarm for 5 s"


def relay_dies_before_its_commit(world: World, _: random.Random) -> str:
    """A further relay publishes messages and vanishes before PostgreSQL knows."""
    command = [sys.executable, "-m", "tests.chaos.process", "dying-relay"]
    relay = subprocess.Popen(
        command,
        env=dying_relay_environment(world),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        relay.wait(10)
    except subprocess.TimeoutExpired:
        relay.kill()
        relay.wait()
        return "a relay that found nothing to publish"
    return "relay killed between publish and commit"


def proxy_of(world: World, side: str) -> FaultProxy:
    """What stands between the services and ``side``: broker, database or, in a bucket, store."""
    if side == "store":
        assert isinstance(world.store, BucketStore)
        return world.store.proxy
    return {"broker": world.broker_proxy, "database": world.database_proxy}[side]


def reset_connections(side: str) -> Fault:
    """Every connection to ``side`` is cut."""

    def fault(world: World, _: random.Random) -> str:
        world.proxies.call(proxy_of(world, side).reset_all)
        return f"all connections to the {side} reset"

    return fault


def half_open(side: str) -> Fault:
    """What is sent to and by ``side`` vanishes for a while, then the connections break."""

    def fault(world: World, _: random.Random) -> str:
        proxy = proxy_of(world, side)
        proxy.is_half_open = True
        time.sleep(4)
        proxy.is_half_open = False
        world.proxies.call(proxy.reset_all)
        return f"half-open connections to the {side} for 4 s"

    return fault


def latency(side: str) -> Fault:
    """Every chunk to and from ``side`` is late."""

    def fault(world: World, _: random.Random) -> str:
        proxy = proxy_of(world, side)
        proxy.latency_seconds = 0.05
        time.sleep(4)
        proxy.latency_seconds = 0.0
        return f"50 ms latency to the {side} for 4 s"

    return fault


def refuse(side: str) -> Fault:
    """Nobody gets a new connection to ``side`` for a while, and the old ones break."""

    def fault(world: World, _: random.Random) -> str:
        proxy = proxy_of(world, side)
        proxy.is_refusing = True
        world.proxies.call(proxy.reset_all)
        time.sleep(3)
        proxy.is_refusing = False
        return f"the {side} refuses connections for 3 s"

    return fault


def migrate_additively(world: World, rng: random.Random) -> str:
    """The next version's migration runs while this version's processes work."""
    asyncio.run(_widen_tables(world.database_url, f"added_{rng.randrange(1_000_000)}"))
    return "additive migration under load"


async def _widen_tables(database_url: str, column: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        for table in ("exams", "stage_tasks", "outbox", "events"):
            # As migrations do: a lock that is not got soon must not queue up everybody else.
            await connection.execute("SET lock_timeout = '5s'")
            await connection.execute(f"ALTER TABLE {table} ADD COLUMN {column} text DEFAULT 'new'")
    finally:
        await connection.close()


FAULTS: tuple[Fault, ...] = (
    *(kill(kind) for kind in SERVICE_NAMES),
    freeze("ocr"),
    restart_all_workers,
    close_all_connections,
    restart_broker,
    empty_broker,
    restart_postgres,
    memory_alarm,
    migrate_additively,
    relay_dies_before_its_commit,
    *(
        make(side)
        for make in (reset_connections, half_open, latency, refuse)
        for side in ("broker", "database")
    ),
)
#: For the short run: those that need no slow command.
QUICK_FAULTS: tuple[Fault, ...] = (
    *(kill(kind) for kind in SERVICE_NAMES),
    freeze("ocr"),
    close_all_connections,
    restart_postgres,
    migrate_additively,
    relay_dies_before_its_commit,
    reset_connections("broker"),
    reset_connections("database"),
)
