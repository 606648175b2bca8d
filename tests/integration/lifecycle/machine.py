"""Everything that can happen to exams, in any order, compared with the model after every step."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import httpx2
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    precondition,
    rule,
)
from sqlalchemy import text

from shared.contract.messages import StageTask
from shared.contract.stages import Stage, Status
from tests.integration.lifecycle.exam_model import Ending, ModelExam, Refused, student_of
from tests.integration.lifecycle.final_state import compare_with
from tests.integration.lifecycle.racing import STEPS, Races
from tests.integration.lifecycle.workers import Environment, Held, Workers
from tests.small_world import FORGET_EVERYTHING

_PNG = b"\x89PNG\r\n\x1a\n"
_KEYS = ("first", "second")


@dataclass(frozen=True)
class Kept:
    """What an Idempotency-Key stands for."""

    content: int
    is_forced: bool
    status: int
    exam_id: str


@dataclass
class Identities:
    """Which exam a content belongs to, unless it was forced."""

    holders: dict[int, ModelExam] = field(default_factory=dict)

    def living(self, content: int) -> ModelExam | None:
        """The exam that another with this content would repeat."""
        held = self.holders.get(content)
        if held is None or held.is_gone or held.is_erased:
            return None
        return None if held.status in {Status.FAILED, Status.CANCELLED} else held


class Lifecycle(RuleBasedStateMachine):
    """Clients, workers and the relay take turns; every step is one of theirs."""

    exams = Bundle("exams")
    held = Bundle("held")

    def __init__(self, environment: Environment) -> None:
        super().__init__()
        self.run, self.world = environment.run, environment.world
        self.http, self.workers = environment.http, Workers(environment)
        self.races = Races(environment, self.workers)
        self.known: dict[str, ModelExam] = {}
        self.identities, self.kept = Identities(), dict[str, Kept]()
        self.at_broker: list[StageTask] = []
        self.run(self._forget_everything())

    # Clients.

    @rule(
        target=exams,
        content=st.integers(0, 2),
        is_forced=st.booleans(),
        key=st.sampled_from((None, *_KEYS)),
    )
    def submit(self, content: int, is_forced: bool, key: str | None) -> Any:
        answer = self.run(self._post_exam(content, is_forced, key))
        kept = None if key is None else self.kept.get(key)
        if kept is not None:
            if (kept.content, kept.is_forced) != (content, is_forced):
                assert answer.status_code == 422
                return multiple()
            assert answer.status_code == kept.status
            assert answer.headers["idempotency-replayed"] == "true"
            assert answer.json()["exam_id"] == kept.exam_id
            return multiple()
        body = answer.json()
        if key is not None:
            self.kept[key] = Kept(content, is_forced, answer.status_code, body["exam_id"])
        earlier = None if is_forced else self.identities.living(content)
        if earlier is not None:
            assert answer.status_code == 200
            assert body["duplicate"] == {"layer": 1, "of": earlier.exam_id}
            return multiple()
        assert answer.status_code == 202
        exam = self.known[body["exam_id"]] = ModelExam(body["exam_id"], content)
        if not is_forced:
            self.identities.holders[content] = exam
        return exam

    @rule(exam=exams, is_erasing=st.booleans())
    def cancel(self, exam: ModelExam, is_erasing: bool) -> None:
        answer = self._post(f"/exams/{exam.exam_id}/cancel", {"erase": is_erasing})
        self._expect(exam, answer, lambda: exam.cancel(is_erasing=is_erasing))

    @rule(exam=exams, from_stage=st.none() | st.sampled_from(list(Stage)))
    def retry(self, exam: ModelExam, from_stage: Stage | None) -> None:
        answer = self._post(f"/exams/{exam.exam_id}/retry", {"from_stage": from_stage})
        self._expect(exam, answer, lambda: exam.retry(from_stage))

    @rule(exam=exams, ordinal=st.integers(1, 2), letter=st.sampled_from("BCD"))
    def correct(self, exam: ModelExam, ordinal: int, letter: str) -> None:
        address = f"/exams/{exam.exam_id}/questions/{ordinal}"
        question = self.run(self.http.get(address))
        headers = {"If-Match": question.headers.get("etag", '"none"')}
        change = {"student_answer": letter}
        answer = self.run(self.http.patch(address, json=change, headers=headers))
        self._expect(exam, answer, lambda: exam.correct(ordinal, letter))

    @rule(exam=exams)
    def delete(self, exam: ModelExam) -> None:
        answer = self.run(self.http.delete(f"/exams/{exam.exam_id}"))
        assert answer.status_code == (404 if exam.is_gone else 204)
        exam.delete()

    @rule(number=st.integers(0, 5))
    def replay(self, number: int) -> None:
        letters = self.run(self.http.get("/dead-letters")).json()["items"]
        expected = [(e.exam_id, run) for e in self.known.values() for run in e.letters]
        assert sorted((x["exam_id"], x["run"]) for x in letters) == sorted(expected)
        if not letters:
            return
        letter = letters[number % len(letters)]
        exam = self.known[letter["exam_id"]]
        answer = self._post(f"/dead-letters/{letter['id']}/replay", {})
        self._expect(exam, answer, lambda: exam.replay(letter["run"]))

    # Two at once.

    @rule(exam=exams, first=st.sampled_from(STEPS), second=st.sampled_from(STEPS))
    def race(self, exam: ModelExam, first: str, second: str) -> None:
        if first != second:
            self.races.run(exam, [self.races.client(exam, first), self.races.client(exam, second)])

    @rule(worker=consumes(held), name=st.sampled_from(STEPS))
    def race_with_worker(self, worker: Held, name: str) -> None:
        rival = self.races.client(worker.exam, name)
        self.races.run(worker.exam, [rival, self.races.worker(worker)])

    # The relay and the broker.

    @rule()
    def publish(self) -> None:
        order = {exam_id: place for place, exam_id in enumerate(self.known)}
        arrived = self.run(self.world.publish())
        # Repeated runs have to see them in the same order; the database promises none.
        arrived.sort(key=lambda task: (order[task.exam_id], task.run, task.stage, task.page))
        self.at_broker += arrived

    @rule()
    def reap(self) -> None:
        self.run(self.world.reap())
        for exam in self.known.values():
            if not exam.is_gone:
                exam.reap()

    @precondition(lambda self: self.at_broker)
    @rule(number=st.integers(0, 40))
    def lose(self, number: int) -> None:
        self._deliver(number, is_kept=False)

    # Workers.

    @precondition(lambda self: self.at_broker)
    @rule(
        number=st.integers(0, 40),
        ending=st.sampled_from(("done", "done", "done", "failed", "refused", "vanished")),
        is_redelivered=st.booleans(),
    )
    def work(self, number: int, ending: Ending, is_redelivered: bool) -> None:
        self._work(self._deliver(number, is_kept=is_redelivered), ending)

    @rule()
    def work_off(self) -> None:
        self.publish()
        while self.at_broker:
            self._work(self._deliver(0, is_kept=False), "done")

    @precondition(lambda self: self.at_broker)
    @rule(target=held, number=st.integers(0, 40))
    def begin(self, number: int) -> Any:
        begun = self._begin(self._deliver(number, is_kept=False))
        return multiple() if begun is None else begun

    @rule(worker=held)
    def stall(self, worker: Held) -> None:
        if worker.is_ours and not worker.exam.tasks[worker.attempt.key].crashes:
            self.workers.expire(worker)
            worker.exam.stall(worker.attempt.key)
            worker.is_stalled = True

    @rule(worker=consumes(held), ending=st.sampled_from(("done", "done", "failed", "refused")))
    def end(self, worker: Held, ending: Ending) -> None:
        self.workers.end(worker, "done" if worker.is_stalled else ending)

    # What must always hold.

    @invariant()
    def every_status_is_the_models(self) -> None:
        listed = self.run(self.http.get("/exams", params={"limit": 100})).json()["items"]
        told = {body["exam_id"]: (body["status"], body["run"]) for body in listed}
        present = [exam for exam in self.known.values() if not exam.is_gone]
        assert told == {exam.exam_id: (exam.status, exam.run) for exam in present}

    def teardown(self) -> None:
        """Let everything end, and look at all that is left."""
        try:
            self.workers.end_all()
            self._work_off_everything()
            self.every_status_is_the_models()
            for exam in self.known.values():
                assert exam.has_ended, exam
            self.run(compare_with(self.world, list(self.known.values()), content_of))
        finally:
            self.run(self.workers.stop())

    def _work_off_everything(self) -> None:
        for _ in range(40):
            self.publish()
            if not self.at_broker:
                self.reap()
                self.publish()
                if not self.at_broker:
                    return
            while self.at_broker:
                self._work(self._deliver(0, is_kept=False), "done")
        raise AssertionError("the work does not end")

    # How it is done.

    def _deliver(self, number: int, *, is_kept: bool) -> StageTask:
        place = number % len(self.at_broker)
        return self.at_broker[place] if is_kept else self.at_broker.pop(place)

    def _work(self, task: StageTask, ending: Ending) -> None:
        begun = self._begin(task)
        if begun is not None:
            self.workers.end(begun, ending)

    def _begin(self, task: StageTask) -> Held | None:
        return self.workers.begin(self.known[task.exam_id], task)

    def _expect(self, exam: ModelExam, answer: httpx2.Response, step: Any) -> None:
        """``answer`` says what the model says, which takes the same ``step``."""
        if exam.is_gone:
            assert answer.status_code == 404
            return
        try:
            step()
        except Refused:
            assert answer.status_code in {409, 410}, (exam, answer.text)
            return
        assert answer.status_code == 202, (exam, answer.text)
        body = answer.json()
        assert (body["status"], body["run"]) == (exam.status, exam.run), exam

    def _post(self, address: str, body: dict[str, Any]) -> httpx2.Response:
        return self.run(self.http.post(address, json=body))

    async def _post_exam(self, content: int, is_forced: bool, key: str | None) -> httpx2.Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        data = {"student_ref": student_of(content), "force": str(is_forced).lower()}
        files = [("files", ("a.png", content_of(content)))]
        return await self.http.post("/exams", files=files, data=data, headers=headers)

    async def _forget_everything(self) -> None:
        async with self.world.database.transaction() as uow:
            for statement in FORGET_EVERYTHING:
                await uow.connection.execute(text(statement))


def content_of(number: int) -> bytes:
    """The file that every exam with this content brings."""
    return _PNG + hashlib.sha256(str(number).encode()).digest()
