"""Guessing keys is cheap for us, costs the guesser an address, and leaves no trace on real keys."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest

from services.gateway.adapters.access.key_ring import KeyRing
from services.gateway.domain.access.keys import Scope, new_token, parse_authorization
from services.gateway.domain.access.networks import client_network
from shared.db.database import Database
from shared.db.unit_of_work import UnitOfWork
from tests.integration.gateway.conftest import NewKey, StartGateway
from tests.integration.gateway.test_access import bearer


class CountedDatabase(Database):
    """Counts its transactions."""

    transactions = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[UnitOfWork]:
        self.transactions += 1
        async with super().transaction() as uow:
            yield uow


@pytest.fixture
async def counted(database_url: str) -> AsyncIterator[CountedDatabase]:
    opened = CountedDatabase(database_url, size=2, application="test")
    yield opened
    await opened.close()


def wrong(token: str) -> str:
    return token[:-1] + ("a" if token[-1] != "a" else "b")


async def ask(ring: KeyRing, token: str) -> bool:
    credential = parse_authorization(f"Bearer {token}")
    assert credential is not None
    return await ring.caller(credential) is not None


async def test_a_made_up_key_is_looked_up_once(counted: CountedDatabase) -> None:
    ring, token = KeyRing(counted, 60.0), new_token()[0]
    assert [await ask(ring, token) for _ in range(50)] == [False] * 50
    assert counted.transactions == 1


async def test_a_wrong_secret_neither_marks_a_key_as_used_nor_costs_more_than_one_look_up(
    counted: CountedDatabase, database: Database, new_key: NewKey
) -> None:
    ring, token = KeyRing(counted, 60.0), await new_key()
    assert [await ask(ring, wrong(token)) for _ in range(50)] == [False] * 50
    assert counted.transactions == 1
    async with database.transaction() as uow:
        key = await uow.api_keys.find(token.split("_")[1])
        assert key is not None
        assert key.last_used_at is None
    assert await ask(ring, token)
    while counted.transactions == 1:  # noqa: ASYNC110 -- it is written beside the request
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    async with database.transaction() as uow:
        key = await uow.api_keys.find(token.split("_")[1])
        assert key is not None
        assert key.last_used_at is not None
    assert counted.transactions == 2


async def test_guesses_push_no_real_key_out(counted: CountedDatabase, new_key: NewKey) -> None:
    ring, token = KeyRing(counted, 60.0), await new_key()
    assert await ask(ring, token)
    before = counted.transactions
    for _ in range(20):
        await ask(ring, wrong(token))
        await ask(ring, token)
    assert counted.transactions == before


async def test_a_revoked_key_that_was_guessed_at_stays_revoked(
    counted: CountedDatabase, database: Database, new_key: NewKey
) -> None:
    ring, token = KeyRing(counted, 0.0), await new_key()
    assert await ask(ring, token)
    async with database.transaction() as uow:
        await uow.api_keys.revoke(token.split("_")[1])
    assert not await ask(ring, token)


async def test_an_address_with_many_wrong_keys_is_told_to_wait_and_keys_in_use_go_on(
    start_gateway: StartGateway, new_key: NewKey
) -> None:
    in_use, fresh = await new_key(Scope.READ), await new_key(Scope.READ)
    async with (
        start_gateway(wrong_keys_per_minute=3, key_cache_seconds=60.0) as address,
        httpx2.AsyncClient(base_url=f"{address}/api/v1") as http,
    ):

        async def status(token: str, of: str = "203.0.113.7") -> int:
            headers = bearer(token) | {"X-Forwarded-For": of}
            return (await http.get("/exams", headers=headers)).status_code

        assert await status(in_use) == 200
        guesses = [await status(new_token()[0]) for _ in range(5)]
        assert guesses == [401, 401, 401, 429, 429]
        # A key that is looked up anew could be a guess as well. One in use needs no look-up.
        assert await status(fresh) == 429
        assert await status(in_use) == 200
        assert await status(wrong(in_use)) == 429
        assert await status(fresh, of="203.0.113.8") == 200
        refused = await http.get(
            "/exams", headers=bearer(new_token()[0]) | {"X-Forwarded-For": "203.0.113.7"}
        )
        assert refused.json()["code"] == "rate_limited"
        assert 1 <= int(refused.headers["retry-after"]) <= 60


async def test_stream_tokens_of_made_up_keys_are_counted_as_well(
    start_gateway: StartGateway,
) -> None:
    async with (
        start_gateway(wrong_keys_per_minute=2, key_cache_seconds=60.0) as address,
        httpx2.AsyncClient(base_url=f"{address}/api/v1") as http,
    ):
        made_up = f"exs_{new_token()[1].key_id}_4102444800_{'A' * 43}"
        path = f"/exams/00000000-0000-4000-8000-00000000000a/events?stream_token={made_up}"
        codes = [(await http.get(path)).status_code for _ in range(3)]
    assert codes == [401, 401, 429]


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_an_address_stands_for_its_network(host: str, network: str) -> None:
    assert client_network(host) == network
