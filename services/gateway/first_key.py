"""The first admin key of an installation: to a terminal or a file of one's own, never to a log."""

import os
import sys
from pathlib import Path

import structlog

from services.gateway.bootstrap import ensure_admin_key
from shared.db.database import Database

log = structlog.get_logger(__name__)


async def hand_over_first_key(database: Database, file: Path | None) -> None:
    """Make an admin key if no key was ever made, and give it to whoever started this process.

    It goes into ``file``, which its owner alone may read, or to the terminal. With neither no key
    is made: what a service prints is collected as a log. Raises OSError where ``file`` cannot be
    written; then there is no key either.
    """
    is_terminal = sys.stdout.isatty()
    async with database.transaction() as uow:
        if file is None and not is_terminal:
            if not await uow.api_keys.has_any():
                log.warning("gateway.no_key", hint="python -m services.gateway.issue_key NAME")
            return
        token = await ensure_admin_key(uow)
        if token is not None and file is not None:
            # Before the commit: a key that nobody got would be the only one there is.
            _write_privately(file, token)
    if token is not None and file is None:
        print(f"First admin key (shown once): {token}", flush=True)  # noqa: T201 -- a terminal


def _write_privately(file: Path, text: str) -> None:
    """Write ``file`` so that only its owner can read it, also where it was there already."""
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(text)
