"""Where customers go: several gateways behind one client."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import httpx2


@dataclass(frozen=True, slots=True)
class Shop:
    """Where customers go, and where they want to be called."""

    addresses: Sequence[str]
    key: str
    callback_url: str | None = None

    def open(self) -> httpx2.AsyncClient:
        """A client whose requests go to one gateway after the other."""
        return httpx2.AsyncClient(
            transport=AnyGateway(self.addresses),
            base_url=f"{self.addresses[0]}/api/v1",
            headers={"Authorization": f"Bearer {self.key}"},
        )


class AnyGateway(httpx2.AsyncBaseTransport):
    """Sends every request to the next of several gateways, as a balancer does."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._next = itertools.cycle(httpx2.URL(address) for address in addresses)
        self._real = httpx2.AsyncHTTPTransport(limits=httpx2.Limits(max_connections=200))

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send it on."""
        gateway = next(self._next)
        request.url = request.url.copy_with(host=gateway.host, port=gateway.port)
        return await self._real.handle_async_request(request)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._real.aclose()
