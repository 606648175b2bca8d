"""``python -m tests.chaos.broken_fault``: a chaos run whose one fault fails by itself."""

import os
import random
import signal

from tests.chaos.__main__ import main
from tests.chaos.world import World


def ask_a_frozen_broker(world: World, _: random.Random) -> str:
    """The broker stands still, so that rabbitmqctl waits for it in vain."""
    os.killpg(world.rabbitmq.pid, signal.SIGSTOP)
    world.rabbitmq.control_timeout_seconds = 3
    return world.rabbitmq.control("stop_app")


if __name__ == "__main__":
    main([ask_a_frozen_broker])
