"""A thread of the one process is begun again when it ends by an error."""

import threading

from shared.messaging.loop_thread import LoopThread


def test_work_that_ends_by_an_error_is_begun_again_until_it_returns() -> None:
    begun: list[int] = []
    ended = threading.Event()

    async def run() -> None:
        begun.append(len(begun))
        if len(begun) < 3:
            raise ConnectionResetError
        ended.set()

    thread = LoopThread("test", run, pause_seconds=0.01)
    assert thread.problems() == []
    thread.start()
    assert ended.wait(5)
    thread.join(5)
    assert begun == [0, 1, 2]


def test_a_thread_that_has_ended_is_a_problem() -> None:
    async def run() -> None:
        return

    thread = LoopThread("test", run)
    thread.start()
    thread.join(5)
    assert thread.problems() == ["the thread test has ended"]
