"""Rate limits as clients are told of them (draft-ietf-httpapi-ratelimit-headers)."""

import math
from dataclasses import dataclass

_WINDOW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class QuotaState:
    """What is left of a quota after a request."""

    policy: str
    quota: int
    remaining: int
    #: Seconds until more is available.
    reset_seconds: float
    is_exceeded: bool

    @property
    def headers(self) -> dict[str, str]:
        """The two header fields of the draft; Retry-After as well when the quota is used up."""
        reset = max(math.ceil(self.reset_seconds), 0)
        fields = {
            "RateLimit-Policy": f'"{self.policy}";q={self.quota};w={_WINDOW_SECONDS}',
            "RateLimit": f'"{self.policy}";r={self.remaining};t={reset}',
        }
        if self.is_exceeded:
            fields["Retry-After"] = str(max(reset, 1))
        return fields
