"""The model of PostgreSQL does what PostgreSQL does, alone and where two transactions meet."""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from shared.contract.messages import StageTask
from shared.contract.stages import Priority, Stage
from shared.db.database import Database
from shared.db.repositories import outbox, stage_life
from shared.db.repositories.outbox import DispatchRules
from tests.servers import _fresh_database
from tests.simulation import steps
from tests.simulation.sides import COLUMNS, ModelSide, RealSide, Side, Work, told_of
from tests.small_world import FORGET_EVERYTHING

EXAM = "00000000-0000-4000-9000-0000000000aa"
#: A night may have more: longer walks, and every meeting in every circumstance.
SEEDS = int(os.environ.get("EXAMLENS_MODEL_WALKS", "4"))
STEPS = 80
IS_WHOLE = os.environ.get("EXAMLENS_MODEL_WHOLE") == "1"
#: In the short test each meeting happens in one of the four circumstances.
CIRCUMSTANCES = [(held, undone) for held in (True, False) for undone in (False, True)]


@pytest.fixture(scope="module")
def url(postgres_url: str) -> Iterator[str]:
    with _fresh_database(postgres_url) as made:
        yield made


@pytest_asyncio.fixture
async def real(url: str) -> AsyncIterator[RealSide]:
    database = Database(url, size=4, application="test")
    yield RealSide(database)
    await database.close()


class TakenBack(Exception):
    """Rolls a step back."""


async def done(side: Side, work: Work, *, is_rolled_back: bool = False) -> Any:
    """What the step returned, or how it was refused."""
    claimed = list(side.claimed)
    result: Any = None
    try:
        async with side.database.transaction() as uow:
            result = await work(uow, side)
            if is_rolled_back:
                raise TakenBack  # noqa: TRY301 -- inside of the transaction, which it ends
    except (TakenBack, *steps.REFUSALS) as error:
        side.claimed = claimed
        return type(error).__name__, told_of(result, side)
    return told_of(result, side)


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_any_walk_of_steps_leaves_the_same_rows_in_both(real: RealSide, seed: int) -> None:
    await walk_beside(real, seed)


async def walk_beside(real: RealSide, seed: int) -> None:
    """Take the steps of ``seed`` in both; the rows of earlier walks are forgotten first."""
    async with real.database.transaction() as uow:
        for statement in FORGET_EVERYTHING[:-1]:
            await uow.connection.execute(text(statement))
    real.tokens, real.claimed, model = [], [], ModelSide()
    async with real.database.transaction() as uow:
        tenants = [await uow.tenants.ensure(name) for name in ("one", "other")]
    walk = steps.Walk(seed, sorted(tenants))
    taken: list[str] = []
    for _ in range(STEPS):
        seconds = walk.passing()
        name, work = walk.next((await model.rows("stage_tasks"))["stage_tasks"], len(model.tokens))
        is_rolled_back = walk.is_rolled_back()
        taken.append(f"{seconds:.0f} s, {name}{' taken back' * is_rolled_back}")
        found = []
        for side in (real, model):
            await side.pass_time(seconds)
            found.append(await done(side, work, is_rolled_back=is_rolled_back))
        assert found[0] == found[1], taken[-12:]
        rows = [await side.rows(*COLUMNS) for side in (real, model)]
        for table in COLUMNS:
            assert rows[0][table] == rows[1][table], (table, taken[-12:])


def task(page: int, stage: Stage = Stage.OCR) -> StageTask:
    return StageTask(exam_id=EXAM, run=1, stage=stage, page=page)


RULES = DispatchRules(4, 300.0)
#: What may happen to an exam of two pages of which the first is being read.
MEETINGS: dict[str, Callable[[], Work]] = {
    "claim the first": lambda: steps.claim(task(1)),
    "claim the second": lambda: steps.claim(task(2)),
    "finish": lambda: steps.finish(task(1), 1, 2, goes_on=True),
    "finish with an old token": lambda: steps.finish(task(1), 0, 2, goes_on=False),
    "extend": lambda: steps.extend(task(1), 1),
    "release": lambda: steps.release(task(1), 1, is_counted=True),
    "give up": lambda: steps.give_up(task(1), 1),
    "absolve": lambda: steps.absolve(task(1), is_counted=True),
    "expire": steps.expire,
    "redrive": steps.redrive,
    "hand out": lambda: steps.hand_out(10, RULES, 0),
    "take back": lambda: steps.take_back(0),
    "cancel": lambda: steps.of_exam(EXAM, "cancel"),
    "look": lambda: steps.look(EXAM, 1),
}


async def prepare(side: Side, tenant_id: str, seconds: float) -> None:
    """Two pages; the first is held under the second token, since ``seconds``."""
    await done(side, steps.submit(EXAM, tenant_id, Priority.NORMAL, "f" * 64))
    await done(side, steps.hand_out(10, RULES, 0))
    await done(side, steps.claim(task(0, Stage.INGEST)))
    await done(side, steps.finish(task(0, Stage.INGEST), 0, 2, goes_on=False))
    side.claimed = []
    await side.rows("outbox")
    await done(side, steps.hand_out(10, RULES, 0))
    await done(side, steps.claim(task(1)))
    await side.pass_time(seconds)


async def meet(side: Side, first: Work, second: Work, *, is_rolled_back: bool) -> Any:
    """The second begins while the first has done everything but to commit."""

    async def hold(ready: asyncio.Event, go_on: asyncio.Event) -> Any:
        try:
            async with side.database.transaction() as uow:
                result = await first(uow, side)
                ready.set()
                await go_on.wait()
                if is_rolled_back:
                    raise TakenBack  # noqa: TRY301 -- same
        except (TakenBack, *steps.REFUSALS) as error:
            ready.set()
            return type(error).__name__
        return told_of(result, side)

    ready, go_on = asyncio.Event(), asyncio.Event()
    holding = asyncio.create_task(hold(ready, go_on))
    await ready.wait()
    waiting = asyncio.create_task(done(side, second))
    is_blocked = await side.is_blocked(waiting)
    go_on.set()
    return is_blocked, await holding, await waiting


@pytest.mark.parametrize(
    "number", range(4), ids=["held", "held, undone", "run out", "run out, undone"]
)
async def test_two_transactions_that_meet_wait_and_end_alike_in_both(
    real: RealSide, number: int
) -> None:
    is_held, is_rolled_back = CIRCUMSTANCES[number]
    seconds = 0.0 if is_held else 100.0
    async with real.database.transaction() as uow:
        tenant_id = await uow.tenants.ensure("one")
    meetings = list(itertools.product(MEETINGS, MEETINGS))
    for first, second in meetings if IS_WHOLE else meetings[number::4]:
        async with real.database.transaction() as uow:
            for statement in FORGET_EVERYTHING[:-1]:
                await uow.connection.execute(text(statement))
        found = []
        for side in (RealSide(real.database), ModelSide()):
            await prepare(side, tenant_id, seconds)
            works = MEETINGS[first](), MEETINGS[second]()
            ended = await meet(side, *works, is_rolled_back=is_rolled_back)
            found.append((ended, await side.rows(*COLUMNS)))
        assert found[0][0] == found[1][0], (first, second)
        for table in COLUMNS:
            assert found[0][1][table] == found[1][1][table], (first, second, table)


@pytest.mark.parametrize("is_rolled_back", [False, True])
async def test_a_relay_that_waits_to_note_a_message_hands_out_alike_in_both(
    real: RealSide, is_rolled_back: bool
) -> None:
    """The exam of the noted message is cancelled, and with it a message that is due."""
    async with real.database.transaction() as uow:
        tenant_id = await uow.tenants.ensure("one")
        for statement in FORGET_EVERYTHING[:-1]:
            await uow.connection.execute(text(statement))
    found = []
    for side in (RealSide(real.database), ModelSide()):
        await done(side, steps.submit(EXAM, tenant_id, Priority.NORMAL, "f" * 64))
        await done(side, steps.hand_out(10, RULES, 0))
        await done(side, steps.claim(task(0, Stage.INGEST)))
        await done(side, steps.finish(task(0, Stage.INGEST), 0, 3, goes_on=False))
        side.claimed = []
        await done(side, steps.hand_out(1, RULES, 0))
        works = steps.of_exam(EXAM, "cancel"), steps.hand_out(10, RULES, 1)
        ended = await meet(side, *works, is_rolled_back=is_rolled_back)
        found.append((ended, await side.rows(*COLUMNS)))
    assert found[0] == found[1]
    assert found[0][0][0], "the relay waited"


#: Conditions of the real statements, taken out one at a time: the model must disagree then.
SQL = {
    "fence": ("_FINISH", " AND t.token = $5", " AND $5::uuid IS NOT NULL"),
    "state of the claim": ("_CLAIM", "t.state = 'pending' AND t.due_at", "t.due_at"),
    "rest": (
        "_CLAIM",
        "t.state = 'pending' AND t.due_at <= clock_timestamp()",
        "t.state = 'pending'",
    ),
    "crashes": (
        "_CLAIM",
        "crashes = t.crashes + (t.state = 'running')::int",
        "crashes = t.crashes",
    ),
    "message of a claimed task": (
        "_CLAIM",
        "AND published_at IS NULL AND claimed_until IS NOT NULL",
        "AND false",
    ),
    "messages that are held": (
        "_CLAIM_OUTBOX",
        "AND (o.claimed_until IS NULL OR o.claimed_until < statement_timestamp())",
        "",
    ),
    "places": ("_CLAIM_OUTBOX", "WHERE place <= places OR own_place <= own_places", ""),
}


@pytest.mark.parametrize("condition", SQL)
async def test_the_model_disagrees_with_sql_that_lacks_a_condition(
    real: RealSide, condition: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, present, instead = SQL[condition]
    module = outbox if name == "_CLAIM_OUTBOX" else stage_life
    attribute = name.removesuffix("_OUTBOX")
    statement = getattr(module, attribute)
    assert present in statement
    monkeypatch.setattr(module, attribute, statement.replace(present, instead))

    async def walk() -> None:
        for seed in range(10):
            await walk_beside(real, seed)

    with pytest.raises(AssertionError):
        await walk()
