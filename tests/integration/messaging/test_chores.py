"""Work beside the queues: repeated, and never the end of the thread."""

import asyncio
from dataclasses import dataclass, field

from shared.db.database import Database
from shared.messaging.chores import ChoreThread


@dataclass
class ScriptedChore:
    """Fails when it is told to, and has so many things to do."""

    name: str = "scripted"
    failures: int = 0
    things: int = 3
    done: list[int] = field(default_factory=list)

    async def run_once(self, database: Database) -> bool:
        if self.failures:
            self.failures -= 1
            raise RuntimeError("out of order")
        if len(self.done) == self.things:
            return False
        async with database.transaction() as uow:
            answer = await uow.connection.exec_driver_sql("SELECT 1")
            self.done.append(int(answer.scalar_one()))
        return True


async def run_until_done(database: Database, *chores: ScriptedChore) -> ChoreThread:
    thread = ChoreThread(chores, database.url, pause_seconds=0.02)
    thread.start()
    async with asyncio.timeout(20):
        while any(len(c.done) < c.things for c in chores):  # noqa: ASYNC110 -- another thread works
            await asyncio.sleep(0.02)
    return thread


async def test_a_chore_that_fails_is_tried_again_and_holds_nobody_up(database: Database) -> None:
    broken, well = ScriptedChore(failures=3), ScriptedChore()
    thread = await run_until_done(database, broken, well)
    thread.stop()
    assert (len(broken.done), len(well.done)) == (3, 3)


async def test_a_process_without_chores_starts_and_stops(database: Database) -> None:
    thread = ChoreThread((), database.url)
    thread.start()
    thread.stop()


async def test_stopping_ends_the_pause(database: Database) -> None:
    thread = ChoreThread([ScriptedChore(things=0)], database.url, pause_seconds=3600)
    thread.start()
    async with asyncio.timeout(10):
        await asyncio.to_thread(thread.stop)
