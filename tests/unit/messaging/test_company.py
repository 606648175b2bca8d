"""Who works beside whom in one process."""

import asyncio
from contextlib import suppress

from shared.messaging.attempt.company import Company


async def _work(company: Company, name: str, seen: list[str], *, is_alone: bool = False) -> None:
    async with company.alone() if is_alone else company.together():
        seen.append(f"{name} begins")
        await asyncio.sleep(0.02)
        seen.append(f"{name} ends")


async def test_any_number_works_together() -> None:
    seen: list[str] = []
    company = Company()
    await asyncio.gather(_work(company, "a", seen), _work(company, "b", seen))
    assert seen == ["a begins", "b begins", "a ends", "b ends"]


async def test_one_that_wants_to_be_alone_goes_before_newcomers_and_has_nobody_beside_it() -> None:
    seen: list[str] = []
    company = Company()
    await asyncio.gather(
        _work(company, "old", seen),
        _work(company, "suspect", seen, is_alone=True),
        _work(company, "new", seen),
        _work(company, "second suspect", seen, is_alone=True),
    )
    assert seen.index("old ends") < seen.index("suspect begins")
    for begins, ends in zip(seen[::2], seen[1::2], strict=True):
        assert begins.split()[:-1] == ends.split()[:-1]


async def test_one_that_gives_up_waiting_lets_the_others_go_on() -> None:
    seen: list[str] = []
    company = Company()
    async with company.together():
        waiting = asyncio.create_task(_work(company, "suspect", seen, is_alone=True))
        newcomer = asyncio.create_task(_work(company, "new", seen))
        await asyncio.sleep(0)
        assert not seen
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        await newcomer
    assert seen == ["new begins", "new ends"]
