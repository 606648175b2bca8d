"""``python -m tests.chaos.process NAME``: one process of the chaos run, with quick engines.

CHAOS_PATCH takes one protection out, to show that the account notices.
"""

import os
import sys
from typing import Any

from shared.messaging.relay.process import main as run_relay
from shared.messaging.relay.publisher import Publisher
from shared.messaging.worker import run_worker
from shared.settings import ServiceSettings
from tests.chaos.behaviour import SERVICES, quick_factory
from tests.chaos.patches import PATCHES


def _die_between_publish_and_commit() -> None:
    """Make this relay vanish after the broker has a message and before PostgreSQL knows."""
    send = Publisher._send
    sent = 0

    def send_and_sometimes_die(self: Publisher, row: Any) -> None:
        nonlocal sent
        send(self, row)
        sent += 1
        if sent == 5:
            os._exit(9)

    Publisher._send = send_and_sometimes_die  # type: ignore[method-assign]


def main() -> None:
    """Run the process that the first argument names."""
    name = sys.argv[1]
    patch = os.environ.get("CHAOS_PATCH")
    if patch:
        PATCHES[patch]()
    if name in SERVICES:
        pause = float(os.environ.get("CHAOS_PAUSE_SECONDS", "0.1"))
        run_worker(name, ServiceSettings(), quick_factory(name, pause))
    else:
        if name == "dying-relay":
            _die_between_publish_and_commit()
        run_relay()


if __name__ == "__main__":
    main()
