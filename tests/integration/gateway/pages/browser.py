"""A browser without a screen: keeps cookies, follows nothing by itself, sends our forms."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from tests.integration.gateway.conftest import Edge

PAGE = {"Accept": "text/html,application/xhtml+xml", "Accept-Language": "en"}


class Browser(httpx2.AsyncClient):
    """Asks for pages the way a browser does."""

    def __init__(self, address: str) -> None:
        super().__init__(base_url=address, headers=PAGE, follow_redirects=False)
        self.csrf = ""

    async def sign_in(self, token: str, **fields: str) -> httpx2.Response:
        answer = await self.post("/sign-in", data={"key": token, **fields})
        if answer.status_code == 303:
            self.csrf = csrf_of((await self.get("/exams")).text)
        return answer

    async def submit(self, path: str, **fields: Any) -> httpx2.Response:
        return await self.post(path, data={"csrf_token": self.csrf, **fields})


def csrf_of(page: str) -> str:
    """The session's token, from a page."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', page)
    assert found is not None, page[:500]
    return found[1]


@asynccontextmanager
async def signed_in(edge: Edge) -> AsyncIterator[Browser]:
    """A browser with the session of the test's own key."""
    async with Browser(edge.address) as browser:
        await browser.sign_in(edge.token)
        yield browser
