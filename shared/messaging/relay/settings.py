"""Settings of a relay process."""

from pydantic import Field

from shared.settings import ServiceSettings


class RelaySettings(ServiceSettings):
    """How much is moved at once, how often, and how long things are kept."""

    #: Messages published per round.
    relay_batch: int = Field(default=100, ge=1, le=1000)
    #: Longest sleep between two looks at the outbox; a notification ends it at once.
    relay_poll_seconds: float = Field(default=1.0, ge=0.05, le=60.0)
    #: Seconds between two rounds of reaping.
    relay_reap_seconds: float = Field(default=2.0, ge=0.1, le=600.0)
    #: Tasks per queue that may wait at the broker; as many as are being worked on if that is more.
    relay_window: int = Field(default=4, ge=1, le=1000)
    #: A waiting task rises by one priority every so many seconds.
    relay_aging_seconds: float = Field(default=300.0, ge=0.1, le=86400.0)
    #: Published messages are kept this long, for whoever looks into an incident.
    outbox_retention_days: float = Field(default=7.0, gt=0)
    #: Exams, and practice papers of lectures, are erased so long after their end; 0 keeps them.
    exam_retention_days: float = Field(default=0.0, ge=0)
    #: Files that no row names are erased when they are this old; 0 keeps them.
    sweep_hours: float = Field(default=24.0, ge=0)
    #: A published message whose task has not begun after this time is taken for lost.
    relay_redrive_seconds: float = Field(default=120.0, ge=1.0, le=3600.0)
