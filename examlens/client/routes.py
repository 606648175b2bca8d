"""Every route as a method of both clients. Both send the same call, each waits its own way."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, Self, TypeVar, overload

from examlens.client import calls, operation_calls, practice_calls
from examlens.client.call import Call

GivenT = ParamSpec("GivenT")
ResultT = TypeVar("ResultT")


class Blocking(ABC):
    """A client whose methods return results."""

    @abstractmethod
    def _run(self, call: Call[ResultT]) -> ResultT: ...


class Awaiting(ABC):
    """A client whose methods are awaited."""

    @abstractmethod
    async def _run(self, call: Call[ResultT]) -> ResultT: ...


class Route(Generic[GivenT, ResultT]):
    """A method with the parameters of ``make``, which runs the call that ``make`` returns."""

    def __init__(self, make: Callable[GivenT, Call[ResultT]]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, client: None, owner: type) -> Self: ...
    @overload
    def __get__(self, client: Blocking, owner: type) -> Callable[GivenT, ResultT]: ...
    @overload
    def __get__(
        self, client: Awaiting, owner: type
    ) -> Callable[GivenT, Coroutine[Any, Any, ResultT]]: ...
    def __get__(self, client: Blocking | Awaiting | None, owner: type) -> Any:
        """The method of ``client``."""
        if client is None:
            return self

        def run(*args: GivenT.args, **kwargs: GivenT.kwargs) -> Any:
            return client._run(self._make(*args, **kwargs))  # noqa: SLF001 -- Route is part of it

        return update_wrapper(run, self._make)


class Routes:
    """The routes that are one request. Those that wait or stream each client has itself."""

    submit = Route(calls.submit)
    submit_batch = Route(calls.submit_batch)
    batch = Route(calls.batch)
    cancel_batch = Route(calls.cancel_batch)
    retry_batch = Route(calls.retry_batch)
    exams = Route(calls.exams)
    stream_token = Route(calls.stream_token)
    exam = Route(calls.exam)
    result = Route(calls.result)
    artefact = Route(calls.artefact)
    page = Route(calls.page)
    crop = Route(calls.crop)
    questions = Route(calls.questions)
    question = Route(calls.question)
    correct = Route(calls.correct)
    review = Route(calls.review)
    cancel = Route(calls.cancel)
    retry = Route(calls.retry)
    delete = Route(calls.delete)
    create_paper = Route(calls.create_paper)
    create_paper_csv = Route(calls.create_paper_csv)
    replace_paper = Route(calls.replace_paper)
    paper = Route(calls.paper)
    papers = Route(calls.papers)
    scores = Route(calls.scores)
    rescore = Route(calls.rescore)
    class_report = Route(calls.class_report)
    class_page = Route(calls.class_page)
    class_table = Route(calls.class_table)
    order_practice = Route(practice_calls.order)
    practice = Route(practice_calls.state)
    practice_items = Route(practice_calls.items)
    practice_file = Route(practice_calls.file)
    cancel_practice = Route(practice_calls.cancel)
    retry_practice = Route(practice_calls.retry)
    delete_practice = Route(practice_calls.delete)
    queues = Route(operation_calls.queues)
    dead_letters = Route(operation_calls.dead_letters)
    replay_dead_letter = Route(operation_calls.replay)
    replay_dead_job = Route(operation_calls.replay_job)
    webhook_deliveries = Route(operation_calls.deliveries)
    redeliver_webhook = Route(operation_calls.redeliver)
    webhook_targets = Route(operation_calls.targets)
    enable_webhook_target = Route(operation_calls.enable_target)
    webhook_secret = Route(operation_calls.secret)
    rotate_webhook_secret = Route(operation_calls.rotate_secret)
    audit = Route(operation_calls.audit)
    limits = Route(operation_calls.limits)
    version = Route(operation_calls.version)
    is_alive = Route(operation_calls.is_alive)
    is_ready = Route(operation_calls.is_ready)
