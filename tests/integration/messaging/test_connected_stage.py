"""A stage with connections of its own is given the pool first and closed on its loop at the end."""

import asyncio
from dataclasses import dataclass, field

from shared.contract.messages import StageTask
from shared.contract.stages import SPECS, Stage
from shared.db.database import Database
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.broker import build_broker
from shared.messaging.worker import Workers, get_event_loop_thread, register_actors
from shared.settings import ServiceSettings


@dataclass
class ConnectingStage:
    """Records what happens to it."""

    stage: Stage = Stage.ANALYSIS
    seen: list[object] = field(default_factory=list)
    loop: asyncio.AbstractEventLoop | None = None

    async def load(self, uow: UnitOfWork, task: StageTask) -> None:
        self.seen.append("load")

    async def compute(self, work: None, /) -> None:
        self.seen.append("compute")

    async def save(self, uow: UnitOfWork, task: StageTask, output: None, /) -> None:
        self.seen.append("save")

    def connect(self, database: Database) -> None:
        self.seen.append(database)

    async def disconnect(self) -> None:
        self.seen.append("closed")
        self.loop = asyncio.get_running_loop()


def test_a_stages_connections_live_as_long_as_its_workers(database_url: str) -> None:
    broker, stage = build_broker(None), ConnectingStage()
    database = Database(database_url, size=1, application="test")
    register_actors(broker, [stage], database, ServiceSettings(database_url=database_url))
    assert stage.seen == [database]
    workers = Workers(broker, {SPECS[stage.stage].queue}, threads=1)
    workers.start()
    loop_thread = get_event_loop_thread()
    assert loop_thread is not None
    loop = loop_thread.loop
    workers.stop(grace_seconds=0)
    assert stage.seen == [database, "closed"]
    assert stage.loop is loop
    broker.close()
