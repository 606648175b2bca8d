"""Whatever clients, workers and the relay do in whatever order, exams are what the model says."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from services.gateway.bootstrap import create_key
from services.gateway.domain.access.keys import ALL_SCOPES
from shared.db.database import Database
from shared.storage.blobs import BlobStore
from tests.integration.lifecycle.machine import Lifecycle
from tests.integration.lifecycle.workers import Environment
from tests.small_world import SmallWorld, http_client

#: More of them take longer and find more: a night may have thousands.
EXAMPLES = int(os.environ.get("EXAMLENS_LIFECYCLE_EXAMPLES", "8"))
STEPS = int(os.environ.get("EXAMLENS_LIFECYCLE_STEPS", "30"))


@pytest.fixture
def environment(own_database_url: str, blobs: BlobStore) -> Iterator[Environment]:
    # A loop of its own: hypothesis calls each step like a plain function.
    loop, stack = asyncio.new_event_loop(), AsyncExitStack()

    async def start() -> Environment:
        database = Database(own_database_url, size=5, application="test")
        stack.push_async_callback(database.close)
        async with database.transaction() as uow:
            token = await create_key(uow, name="test", scopes=ALL_SCOPES)
        world = SmallWorld(database, blobs)
        stack.callback(world.close)
        await world.prepare()
        return Environment(
            loop, world, await stack.enter_async_context(http_client(database, blobs, token))
        )

    yield loop.run_until_complete(start())
    loop.run_until_complete(stack.aclose())
    loop.close()


@pytest.mark.timeout(240 + 20 * EXAMPLES)
def test_any_order_of_steps_leaves_every_exam_as_the_model_has_it(
    environment: Environment,
) -> None:
    run_state_machine_as_test(
        lambda: Lifecycle(environment),
        settings=settings(
            max_examples=EXAMPLES,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            stateful_step_count=STEPS,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
