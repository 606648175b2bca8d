"""Steps that gateway, relay and workers may take, for PostgreSQL and for the model alike."""

import random
from collections.abc import Callable, Iterator
from typing import Any

from shared.contract.exams import Upload
from shared.contract.failures import FailureCode
from shared.contract.messages import StageTask
from shared.contract.reading import PageImage, PageText
from shared.contract.stages import SPECS, TERMINAL, Priority, Stage, Status
from shared.db.repositories.exams import ForbiddenTransition
from shared.db.repositories.outbox import DispatchRules
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.attempt.following import what_follows
from shared.messaging.runs import RunConflict, cancel, retry, start_run
from shared.messaging.task_creation import enqueue
from tests.simulation.sides import Side, Work

#: Time passes in steps of 20 seconds. All of these end in the second half of one, so both sides see
#: them end in the same step, however slow the machine is.
LEASE_SECONDS, HOLD_SECONDS, REST_SECONDS, REDRIVE_SECONDS = 35.0, 55.0, 15.0, 75.0
_AGING_SECONDS = 55.0
PASSING = (0.0, 0.0, 20.0, 40.0, 100.0)
#: What the model does not tell of in its own words.
REFUSALS = (RunConflict, ForbiddenTransition)


def submit(exam_id: str, tenant_id: str, priority: Priority, digest: str) -> Work:
    async def work(uow: UnitOfWork, side: Side) -> Any:
        values = {"id": exam_id, "tenant_id": tenant_id, "priority": priority, "language": "en"}
        exam = await uow.exams.add(values)
        earlier = await uow.identities.claim(tenant_id, exam_id, {1: digest})
        if earlier is not None:
            return earlier
        file = Upload(ordinal=0, blob_key="k", media_type="t", size_bytes=1, sha256=digest)
        await uow.uploads.add(exam_id, [file])
        await enqueue(uow, exam, Stage.INGEST)
        return exam

    return work


def claim(task: StageTask, max_crashes: int | None = None) -> Work:
    async def work(uow: UnitOfWork, side: Side) -> Any:
        return await uow.stage_life.claim(task, LEASE_SECONDS, max_crashes=max_crashes)

    return work


def finish(task: StageTask, token: int, pages: int, *, goes_on: bool) -> Work:
    """As ``record`` does, with the pages that an ingest makes."""

    async def work(uow: UnitOfWork, side: Side) -> Any:
        successor = SPECS[task.stage].successor if goes_on else None
        served = [] if successor is None else [successor]
        found = await uow.stage_life.finish(
            task, side.tokens[token], 1.0, successor=successor, served=served
        )
        if found is None or not found.is_finished:
            return found
        if task.stage is Stage.INGEST:
            images = [
                PageImage(number=n, blob_key="k", width_px=1, height_px=1)
                for n in range(1, pages + 1)
            ]
            await uow.pages.replace(task.exam_id, task.run, tuple(images))
        elif task.stage is Stage.OCR:
            read = PageText(page=task.page, width_px=1, height_px=1, lines=())
            await uow.page_texts.replace(task.exam_id, task.run, read)
        numbers: tuple[int, ...] = (0,)
        if task.stage is Stage.INGEST:
            numbers = await uow.pages.numbers(task.exam_id, task.run)
        lease = LEASE_SECONDS if found.may_go_on else None
        following = what_follows(found.exam, task, numbers, lease_seconds=lease)
        return found, await uow.stage_life.hand_on(found.exam, following)

    return work


def extend(task: StageTask, token: int) -> Work:
    return lambda uow, side: uow.tasks.extend(task, side.tokens[token], LEASE_SECONDS)


def tell_alone(task: StageTask, token: int) -> Work:
    return lambda uow, side: uow.tasks.tell_alone(task, side.tokens[token])


def release(task: StageTask, token: int, *, is_counted: bool) -> Work:
    async def work(uow: UnitOfWork, side: Side) -> Any:
        exam = await uow.exams.lock(task.exam_id)
        is_ours = await uow.tasks.release(
            task, side.tokens[token], delay_seconds=REST_SECONDS, is_attempt_counted=is_counted
        )
        if is_ours and exam is not None:
            await uow.outbox.add(exam, task, delay_seconds=REST_SECONDS)
        return is_ours

    return work


def give_up(task: StageTask, token: int) -> Work:
    async def work(uow: UnitOfWork, side: Side) -> Any:
        exam = await uow.exams.lock(task.exam_id)
        if exam is None or exam.status in TERMINAL:
            return None
        if not await uow.tasks.bury(task, side.tokens[token]):
            return False
        code = FailureCode.ATTEMPTS_EXHAUSTED
        failed = await uow.exams.move(
            exam, Status.FAILED, stage=task.stage, page=task.page or None, error_code=code
        )
        await uow.dead_letters.add(failed, task, code, "here")
        return failed

    return work


def absolve(task: StageTask, *, is_counted: bool) -> Work:
    return lambda uow, side: uow.tasks.absolve(task, is_attempt_counted=is_counted)


def expire() -> Work:
    async def work(uow: UnitOfWork, side: Side) -> Any:
        expired = sorted(await uow.tasks.expired(100), key=lambda t: t.model_dump_json())
        for task in expired:
            await uow.outbox.add_again(task)
        return expired

    return work


def redrive() -> Work:
    async def work(uow: UnitOfWork, side: Side) -> Any:
        counted = await uow.tasks.dispatched(REDRIVE_SECONDS)
        found = await uow.tasks.stranded(REDRIVE_SECONDS, list(counted), 100)
        stranded = sorted(found, key=lambda t: t.model_dump_json())
        for task in stranded:
            await uow.outbox.add_again(task)
        return sorted((str(stage), count) for stage, count in counted.items()), stranded

    return work


def hand_out(limit: int, rules: DispatchRules, noted: int) -> Work:
    """A round of the relay, which notes the first ``noted`` messages that it holds."""

    async def work(uow: UnitOfWork, side: Side) -> Any:
        ids = [row.id for row in side.claimed[:noted]]
        rows = await uow.outbox.claim(limit, HOLD_SECONDS, rules, published=ids)
        side.claimed = [*side.claimed[noted:], *rows]
        return rows

    return work


def take_back(kept: int) -> Work:
    async def work(uow: UnitOfWork, side: Side) -> Any:
        await uow.outbox.unclaim(side.claimed[kept:])
        side.claimed = side.claimed[:kept]

    return work


def note() -> Work:
    async def work(uow: UnitOfWork, side: Side) -> Any:
        if side.claimed:
            await uow.outbox.mark_published([side.claimed[0].id])
            side.claimed = side.claimed[1:]

    return work


def of_exam(exam_id: str, what: str) -> Work:
    """What people do: ``cancel``, ``retry``, or a run from the analysis on."""

    async def work(uow: UnitOfWork, side: Side) -> Any:
        exam = await uow.exams.lock(exam_id)
        if exam is None:
            return None
        if what == "cancel":
            return await cancel(uow, exam)
        if what == "retry":
            return await retry(uow, exam)
        return await start_run(uow, exam, Stage.ANALYSIS)

    return work


def look(exam_id: str, run: int) -> Work:
    async def work(uow: UnitOfWork, side: Side) -> Any:
        progress = await uow.runs.progress(exam_id, run)
        told = [(str(p.stage), p.tasks, p.done, p.running, p.dead, p.attempts) for p in progress]
        unread = await uow.runs.unread_pages(exam_id, run)
        return told, unread, await uow.runs.is_worked_on(exam_id, run)

    return work


def take_key(tenant_id: str, key: str) -> Work:
    async def work(uow: UnitOfWork, side: Side) -> Any:
        holder = await uow.idempotency.take(tenant_id, key, HOLD_SECONDS)
        if holder is not None:
            side.tokens.append(holder)
        return holder

    return work


def of_key(tenant_id: str, key: str, holder: int, what: str) -> Work:
    """What happens to a key: ``hold``, ``finish``, ``release``, ``find`` or ``forget``."""

    async def work(uow: UnitOfWork, side: Side) -> Any:
        keys, mine = uow.idempotency, side.tokens[holder]
        if what == "hold":
            return await keys.hold(tenant_id, key, mine, HOLD_SECONDS)
        if what == "finish":
            return await keys.finish(tenant_id, key, mine, "print", {"a": 1})
        if what == "release":
            return await keys.release(tenant_id, key, mine)
        if what == "forget":
            return await keys.forget(tenant_id, key, "print")
        found = await keys.find(tenant_id, key)
        return None if found is None else (found.fingerprint, found.answer)

    return work


class Walk:
    """A seeded walk through the steps. It knows of the rows only what the model says."""

    def __init__(self, seed: int, tenants: list[str]) -> None:
        self._rng, self._tenants = random.Random(seed), tenants
        self._exams: list[str] = []
        self._rules = DispatchRules(self._rng.choice((1, 2, 4)), _AGING_SECONDS)

    def next(self, tasks: list[dict[str, Any]], tokens: int) -> tuple[str, Work]:
        """The next step, with its name; ``tasks`` are the rows of ``stage_tasks``."""
        rng = self._rng
        made = list(self._possible(tasks, tokens))
        name, make = rng.choices([m[:2] for m in made], [m[2] for m in made])[0]
        return name, make()

    def _possible(
        self, tasks: list[dict[str, Any]], tokens: int
    ) -> Iterator[tuple[str, Callable[[], Work], int]]:
        rng, rules = self._rng, self._rules
        if len(self._exams) < 5:
            yield "submit", self._submit, 6
        yield "hand out", lambda: hand_out(rng.randint(1, 4), rules, rng.randint(0, 2)), 8
        yield "expire", expire, 3
        yield "redrive", redrive, 3
        yield "take back", lambda: take_back(rng.randint(0, 1)), 2
        yield "note", note, 3
        key, tenant = rng.choice("ab"), rng.choice(self._tenants)
        yield "take key", lambda: take_key(tenant, key), 2
        if tokens:
            deeds = ("hold", "finish", "release", "find", "forget")
            token = rng.randrange(tokens)
            yield "key", lambda: of_key(tenant, key, token, rng.choice(deeds)), 2
        if not tasks:
            return
        row = rng.choice([t for t in tasks if t["state"] != "done"] or tasks)
        task = StageTask(
            exam_id=row["exam_id"], run=row["run"], stage=Stage(row["stage"]), page=row["page"]
        )
        yield "claim", lambda: claim(task, rng.choice((None, None, 1))), 14
        yield "look", lambda: look(task.exam_id, task.run), 2
        deed = rng.choice(("cancel", "retry", "analyse"))
        yield deed, lambda: of_exam(task.exam_id, deed), 2
        yield "absolve", lambda: absolve(task, is_counted=rng.random() < 0.5), 1
        if tokens:
            token = rng.choice([tokens - 1, tokens - 1, rng.randrange(tokens)])
            held = rng.choice([t for t in tasks if t["state"] == "running"] or tasks)
            mine = StageTask(
                exam_id=held["exam_id"],
                run=held["run"],
                stage=Stage(held["stage"]),
                page=held["page"],
            )
            pages, goes_on = rng.randint(1, 3), rng.random() < 0.5
            yield "finish", lambda: finish(mine, token, pages, goes_on=goes_on), 16
            yield "extend", lambda: extend(mine, token), 2
            yield "alone", lambda: tell_alone(mine, token), 2
            yield "release", lambda: release(mine, token, is_counted=rng.random() < 0.5), 3
            yield "give up", lambda: give_up(mine, token), 2

    def _submit(self) -> Work:
        number = len(self._exams) + 1
        exam_id = f"00000000-0000-4000-9000-{number:012x}"
        self._exams.append(exam_id)
        rng = self._rng
        priority = rng.choice((Priority.LOW, Priority.NORMAL, Priority.NORMAL, Priority.URGENT))
        return submit(exam_id, rng.choice(self._tenants), priority, f"{rng.randint(1, 4)}" * 64)

    def passing(self) -> float:
        """How much time passes before the next step."""
        return self._rng.choice(PASSING)

    def is_rolled_back(self) -> bool:
        """Whether the next step is taken back."""
        return self._rng.random() < 0.1
