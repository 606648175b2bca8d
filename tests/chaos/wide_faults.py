"""Faults that take longer than the short run has: frozen, full, busy and read-only servers."""

import asyncio
import random
import signal
import time

import asyncpg
import pika

from shared.contract.stages import QUEUES
from tests.chaos.clock import NOTICED_AFTER_SECONDS
from tests.chaos.faults import (
    FAULTS,
    Fault,
    freeze,
    half_open,
    kill,
    latency,
    proxy_of,
    refuse,
    reset_connections,
)
from tests.chaos.memory import resident_bytes
from tests.chaos.stores import DirectoryStore
from tests.chaos.world import StoreKind, World

#: Below what the broker refuses, and above what any message of ours has.
_HUGE_BYTES = 1_000_000
#: Beyond every lease of the run.
_OUTAGE_SECONDS = 6.0
#: Longer than the limit of a lock.
_LOCK_SECONDS = 12.0


def forget(side: str) -> Fault:
    """Established connections to ``side`` swallow everything from now on, and nothing closes them.

    So does an address that failed over, or a firewall that forgot them.
    """

    def fault(world: World, _: random.Random) -> str:
        world.proxies.call(proxy_of(world, side).forget_all)
        return f"all connections to the {side} forgotten"

    return fault


def read_only_database(world: World, _: random.Random) -> str:
    """Every transaction is refused what it wants to write, as on a standby."""
    asyncio.run(_execute(world, "ALTER SYSTEM SET default_transaction_read_only = on"))
    time.sleep(_OUTAGE_SECONDS)
    asyncio.run(_execute(world, "ALTER SYSTEM RESET default_transaction_read_only"))
    return f"read-only PostgreSQL for {_OUTAGE_SECONDS:.0f} s"


async def _execute(world: World, statement: str) -> None:
    connection = await asyncpg.connect(world.database_url)
    await connection.execute(statement)
    await connection.execute("SELECT pg_reload_conf()")
    await connection.close()


def exhausted_database(world: World, _: random.Random) -> str:
    """Others have taken every connection that is left, and those that break cannot be replaced."""
    return f"{asyncio.run(_take_connections(world))} connections of PostgreSQL taken"


async def _take_connections(world: World) -> int:
    taken: list[asyncpg.Connection] = []
    try:
        while True:
            taken.append(await asyncpg.connect(world.database_url))
    except asyncpg.TooManyConnectionsError:
        await asyncio.to_thread(world.proxies.call, world.database_proxy.reset_all)
        await asyncio.sleep(_OUTAGE_SECONDS)
    finally:
        for connection in taken:
            await connection.close()
    return len(taken)


def lock(table: str) -> Fault:
    """Somebody holds a lock on ``table`` for longer than anybody waits, as CREATE INDEX does."""

    async def hold(world: World) -> None:
        connection = await asyncpg.connect(world.database_url)
        async with connection.transaction():
            await connection.execute(f"LOCK TABLE {table} IN SHARE MODE")
            await asyncio.sleep(_LOCK_SECONDS)
        await connection.close()

    def fault(world: World, _: random.Random) -> str:
        asyncio.run(hold(world))
        return f"{table} locked for {_LOCK_SECONDS:.0f} s"

    return fault


def huge_messages(world: World, _: random.Random) -> str:
    """Somebody sends each queue a message that is far too large, and one that is none."""
    url = pika.URLParameters(world.rabbitmq.url)
    with pika.BlockingConnection(url) as connection:
        channel = connection.channel()
        for queue in QUEUES:
            channel.basic_publish("", queue, b"x" * _HUGE_BYTES)
            channel.basic_publish("", queue, b'{"queue_name": 1}')
    return "a huge and a broken message in every queue"


def kill_the_largest(world: World, _: random.Random) -> str:
    """The machine has no memory left, so the kernel ends whoever has most, guilty or not."""
    running = [p for p in world.supervisor.processes if p.process is not None]
    victim = max(running, key=lambda p: resident_bytes(p.process.pid))
    victim.send(signal.SIGKILL)
    return f"SIGKILL {victim.name}, which had most memory"


def set_clock(seconds: int) -> Fault:
    """Somebody sets the services' clock, and some seconds later sets it right."""

    def fault(world: World, _: random.Random) -> str:
        world.clock.set(seconds)
        time.sleep(_OUTAGE_SECONDS + NOTICED_AFTER_SECONDS)
        world.clock.set(0)
        return f"clocks {seconds:+} s for {_OUTAGE_SECONDS:.0f} s"

    return fault


def full_disk(world: World, _: random.Random) -> str:
    """The disk of the files has no room left."""
    store = world.store
    if not isinstance(store, DirectoryStore) or store.disk is None:
        return "no disk of its own to fill: that needs root"
    filler = store.disk / "filler"
    try:
        with filler.open("wb", buffering=0) as file:
            while True:
                file.write(b"x" * 65536)
    except OSError:
        time.sleep(_OUTAGE_SECONDS)
    finally:
        filler.unlink()
    return f"full disk for {_OUTAGE_SECONDS:.0f} s"


def unmounted_store(world: World, _: random.Random) -> str:
    """The folder of the files is not there, as when its disk is not mounted."""
    store = world.store
    if not isinstance(store, DirectoryStore):
        return "no folder to take away"
    away = store.root.with_name("away")
    store.root.rename(away)
    time.sleep(_OUTAGE_SECONDS)
    away.rename(store.root)
    return f"no folder of files for {_OUTAGE_SECONDS:.0f} s"


WIDE_FAULTS: tuple[Fault, ...] = (
    *FAULTS,
    *(freeze(kind) for kind in ("gateway", "relay", "report")),
    kill("gateway"),
    *(forget(side) for side in ("broker", "database")),
    read_only_database,
    exhausted_database,
    *(lock(table) for table in ("exams", "stage_tasks", "outbox")),
    huge_messages,
    kill_the_largest,
    *(set_clock(seconds) for seconds in (3600, -3600)),
)
#: What can be done to files depends on where they are.
STORE_FAULTS: dict[StoreKind, tuple[Fault, ...]] = {
    "directory": (unmounted_store,),
    "disk": (full_disk, unmounted_store, full_disk),
    "bucket": tuple(
        make("store") for make in (forget, latency, refuse, half_open, reset_connections)
    ),
}
