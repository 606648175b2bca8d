"""``python -m services.gateway.issue_key NAME [SCOPE …]``: a new API key, from inside the image."""

import argparse
import asyncio
from collections.abc import Sequence

from services.gateway.bootstrap import DEFAULT_TENANT, create_key
from services.gateway.domain.access.keys import ALL_SCOPES, Scope
from services.gateway.settings import GatewaySettings
from shared.db.database import Database


async def issue(database_url: str, name: str, scopes: Sequence[Scope], tenant: str) -> str:
    """Make the key and return its token, which is stored nowhere."""
    database = Database(database_url, size=1, application="issue-key")
    try:
        async with database.transaction() as uow:
            return await create_key(uow, name=name, scopes=scopes, tenant=tenant)
    finally:
        await database.close()


def main() -> None:
    """Print the token of a new key; with no scope named it has all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("scopes", nargs="*", type=Scope)
    parser.add_argument("--tenant", default=DEFAULT_TENANT, help="created when it is new")
    given = parser.parse_args()
    scopes = given.scopes or ALL_SCOPES
    url = GatewaySettings().database_url
    print(asyncio.run(issue(url, given.name, scopes, given.tenant)))  # noqa: T201 -- its purpose


if __name__ == "__main__":
    main()
