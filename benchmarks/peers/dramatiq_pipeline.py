"""Seven bare Dramatiq actors on RabbitMQ with confirms; ``dramatiq`` runs this module."""

import os

import dramatiq
from dramatiq.brokers.rabbitmq import RabbitmqBroker

from benchmarks.peers.usual import STAGES, add, work

dramatiq.set_broker(RabbitmqBroker(url=os.environ["AMQP_URL"], confirm_delivery=True))


def _stage(number: int):  # noqa: ANN202 -- an actor
    @dramatiq.actor(actor_name=STAGES[number], queue_name=f"peer-{STAGES[number]}")
    def run(exam_id: str) -> None:
        work(number, exam_id)
        if number + 1 < len(STAGES):
            actors[number + 1].send(exam_id)

    return run


actors = [_stage(number) for number in range(len(STAGES))]


def submit(exam_id: str) -> None:
    """Accept an exam."""
    add(exam_id)
    actors[0].send(exam_id)
