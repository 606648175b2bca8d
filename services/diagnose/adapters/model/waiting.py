"""How long to wait before the next attempt."""

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_LONGEST_BACKOFF_SECONDS = 20.0


def retry_after_seconds(header: str | None, now: datetime | None = None) -> float | None:
    """Seconds of a Retry-After header: a number or an HTTP date (RFC 9110, 10.2.3); else None."""
    text = (header or "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = (moment - (now or datetime.now(UTC))).total_seconds()
    # A negative wait is over; "nan" and "inf" are numbers for Python alone.
    return max(seconds, 0.0) if seconds < 1e9 else None


def backoff_seconds(attempt: int, first_seconds: float, retry_after: float | None) -> float:
    """The wait after failed ``attempt`` (1, 2, …): jittered, doubling, never below Retry-After."""
    ceiling: float = min(first_seconds * 2 ** (attempt - 1), _LONGEST_BACKOFF_SECONDS)
    jittered: float = random.uniform(0.5, 1.0) * ceiling  # noqa: S311 -- spreads, keeps no secret
    return jittered if retry_after is None else retry_after + random.uniform(0.0, 0.1) * ceiling  # noqa: S311
