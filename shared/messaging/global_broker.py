"""Dramatiq's global broker, which nobody uses here: whoever takes it is told so at once."""

from typing import Any, NoReturn

import dramatiq

_ADVICE = (
    "this project has no global broker; start a worker with `python -m services.<name>.worker`, "
    "and give actors the broker that build_broker() makes"
)


class NoGlobalBroker(dramatiq.Broker):
    """Refuses what Dramatiq's command line and an actor without a broker would do with it.

    Without it ``dramatiq services.ocr.worker`` would connect to a broker on this machine and idle,
    with no actor and no queue, and look as if it worked.
    """

    def __init__(self) -> None:
        super().__init__(middleware=[])

    def emit_after(self, signal: str, *_: Any, **__: Any) -> NoReturn:  # noqa: ARG002 -- hook signature
        """Raises ImportError, with which Dramatiq's command line ends."""
        raise ImportError(_ADVICE)

    def declare_actor(self, actor: Any) -> NoReturn:  # noqa: ARG002 -- same
        """Raises RuntimeError."""
        raise RuntimeError(_ADVICE)
