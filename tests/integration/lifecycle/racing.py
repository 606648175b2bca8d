"""Steps that are taken at the same time: the end must be that of one order of them."""

import asyncio
import copy
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx2

from tests.integration.lifecycle.exam_model import ModelExam, Refused
from tests.integration.lifecycle.workers import Environment, Held, Workers

#: What a client may ask for while somebody else does something.
STEPS = ("cancel", "erase", "retry", "correct", "delete")


@dataclass(frozen=True)
class Racer:
    """A step of the world that has not begun, and the same step of the model.

    ``success`` is what it is answered when it is taken; a worker gives no answer.
    """

    work: Awaitable[Any]
    step: Callable[[ModelExam], None]
    success: int | None

    def step_on(self, model: ModelExam) -> int | None:
        """Take the model's step; returns what it is answered."""
        if self.success is not None and model.is_gone:
            return 404
        try:
            self.step(model)
        except Refused:
            return 409
        return self.success


class Races:
    """Lets clients and workers begin together."""

    def __init__(self, environment: Environment, workers: Workers) -> None:
        self._environment, self._workers = environment, workers

    def client(self, exam: ModelExam, name: str) -> Racer:
        """Somebody who asks for the step ``name``."""
        http, address = self._environment.http, f"/exams/{exam.exam_id}"
        if name == "delete":
            return Racer(http.delete(address), ModelExam.delete, 204)
        if name == "correct":
            question = self._environment.run(http.get(f"{address}/questions/1"))
            headers = {"If-Match": question.headers.get("etag", '"none"')}
            change = {"student_answer": "B"}
            request = http.patch(f"{address}/questions/1", json=change, headers=headers)
            return Racer(request, lambda model: model.correct(1, "B"), 202)
        if name == "retry":
            request = http.post(f"{address}/retry", json={})
            return Racer(request, lambda model: model.retry(None), 202)
        is_erasing = name == "erase"
        request = http.post(f"{address}/cancel", json={"erase": is_erasing})
        return Racer(request, lambda model: model.cancel(is_erasing=is_erasing), 202)

    def worker(self, worker: Held) -> Racer:
        """A worker that comes to its end."""
        end = self._workers.let_go(worker)
        return Racer(end, lambda model: model.give(worker.attempt, "done"), None)

    def run(self, exam: ModelExam, racers: list[Racer]) -> None:
        """Let them run. Raises AssertionError when no order of them explains what came of it."""
        given = self._environment.run(_all_of(racers))
        http = self._environment.http
        told = self._environment.run(http.get(f"/exams/{exam.exam_id}"))
        found = None if told.status_code == 404 else (told.json()["status"], told.json()["run"])
        for order in (racers, racers[::-1]):
            model = copy.deepcopy(exam)
            expected = {id(racer): racer.step_on(model) for racer in order}
            state = None if model.is_gone else (model.status, model.run)
            if state == found and expected == given:
                exam.become(model)
                return
        raise AssertionError(f"no order explains {list(given.values())} and {found} of {exam}")


async def _all_of(racers: list[Racer]) -> dict[int, int | None]:
    answers = await asyncio.gather(*(racer.work for racer in racers))
    return {
        id(racer): answer.status_code if isinstance(answer, httpx2.Response) else None
        for racer, answer in zip(racers, answers, strict=True)
    }
