"""``examlens queues`` and ``workers``: what waits, runs and died, and who works on it."""

import os

import pika
import pika.exceptions
import typer
from rich.table import Table

from examlens.commands.session import Exit, complaints, console, in_database
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


def workers() -> None:
    """Show who works: consumers of every queue, as RabbitMQ counts them, and the tasks in hand."""
    address = os.environ.get("AMQP_URL")
    if address is None:
        complaints.print("AMQP_URL is not set. Without RabbitMQ all work is done by one process.")
        raise typer.Exit(Exit.USAGE)
    rows = in_database(_look)
    try:
        consumers = _consumers(address, {queue for queue, *_ in rows})
    except (pika.exceptions.AMQPError, OSError):
        complaints.print("RabbitMQ does not answer at AMQP_URL.")
        raise typer.Exit(Exit.UNREACHABLE) from None
    table = Table("queue", "actor", "consumers", "running", "waiting")
    for queue, actor, waiting, running, *_ in rows:
        found = consumers[queue]
        # A queue that nobody has declared has never had a worker.
        shown = "none yet" if found is None else str(found)
        table.add_row(queue, actor, shown, str(running), str(waiting))
    console.print(table)


def _consumers(address: str, names: set[str]) -> dict[str, int | None]:
    """How many consume each queue; None where there is no such queue."""
    connection = pika.BlockingConnection(pika.URLParameters(address))
    found: dict[str, int | None] = {}
    try:
        for name in sorted(names):
            # A channel each: asking for a queue that is not there closes it.
            channel = connection.channel()
            try:
                found[name] = channel.queue_declare(name, passive=True).method.consumer_count
            except pika.exceptions.ChannelClosedByBroker:
                found[name] = None
    finally:
        connection.close()
    return found


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
