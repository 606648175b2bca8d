"""Seven Celery tasks on Redis; ``celery -A benchmarks.peers.celery_pipeline worker`` runs them."""

import os

from celery import Celery

from benchmarks.peers.usual import STAGES, add, work

app = Celery("peer", broker=os.environ["REDIS_URL"])
# What a project sets that does not want to lose tasks with a worker.
app.conf.update(task_acks_late=True, worker_prefetch_multiplier=1, task_ignore_result=True)


def _stage(number: int):  # noqa: ANN202 -- Celery has no types
    @app.task(name=STAGES[number])
    def run(exam_id: str) -> None:
        work(number, exam_id)
        if number + 1 < len(STAGES):
            tasks[number + 1].delay(exam_id)

    return run


tasks = [_stage(number) for number in range(len(STAGES))]


def submit(exam_id: str) -> None:
    """Accept an exam."""
    add(exam_id)
    tasks[0].delay(exam_id)
