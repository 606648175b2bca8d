"""Settings of the report worker."""

from shared.settings import ServiceSettings


class ReportSettings(ServiceSettings):
    """What every process has; drawing a report needs nothing beyond it."""
