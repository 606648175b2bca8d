"""``examlens queues``: what waits, what runs and what died, straight from the database."""

from rich.table import Table

from examlens.commands.session import console, in_database
from shared.contract.jobs import JOB_SPECS
from shared.contract.stages import SPECS
from shared.db.unit_of_work import UnitOfWork

_Row = tuple[str, str, int, int, float, int]


def queues() -> None:
    """Show every queue: tasks that wait and run, how long the oldest has waited, dead letters."""
    table = Table("queue", "actor", "waiting", "running", "oldest", "dead")
    for queue, actor, waiting, running, oldest_seconds, dead in in_database(_look):
        table.add_row(
            queue, actor, str(waiting), str(running), f"{oldest_seconds:.0f} s", str(dead)
        )
    console.print(table)


async def _look(uow: UnitOfWork) -> list[_Row]:
    letters = await uow.census.dead_letters()
    dead_jobs = await uow.job_counts.count_dead()
    stages: list[_Row] = [
        (
            SPECS[depth.stage].queue,
            depth.stage.value,
            depth.waiting,
            depth.running,
            depth.oldest_waiting_seconds,
            letters[depth.stage],
        )
        for depth in await uow.runs.queue_depths()
    ]
    jobs: list[_Row] = [
        (
            JOB_SPECS[depth.kind].queue,
            depth.kind.value,
            depth.waiting,
            depth.running,
            depth.oldest_waiting_seconds,
            dead_jobs[JOB_SPECS[depth.kind].queue],
        )
        for depth in await uow.job_counts.depths()
    ]
    return [*stages, *jobs]
