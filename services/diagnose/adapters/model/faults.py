"""How one attempt to ask a provider fails."""


class TransientFault(Exception):
    """One attempt failed in a way that the next may not.

    ``retry_after`` are the seconds that the provider asked for. ``is_outage`` is False where the
    provider works but has too much to do.
    """

    def __init__(
        self, outcome: str, *, retry_after: float | None = None, is_outage: bool = True
    ) -> None:
        super().__init__(outcome)
        self.outcome, self.retry_after, self.is_outage = outcome, retry_after, is_outage


class Refusal(Exception):
    """The provider refuses this request. ``is_general`` when it would refuse any other too.

    ``text`` is what it said, in small letters; it may quote the request and is not for logs.
    """

    def __init__(self, status: int, *, is_general: bool, text: str = "") -> None:
        super().__init__(str(status))
        self.is_general, self.text = is_general, text
