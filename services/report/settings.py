"""Settings of the report worker."""

from pydantic import field_validator

from shared.settings import ServiceSettings
from shared.webhooks.addresses import parse_networks


class ReportSettings(ServiceSettings):
    """Drawing needs nothing beyond what every process has."""

    #: Networks of the house that webhooks may go to, such as ``10.2.0.0/16, fd12:3::/48``; unset,
    #: they go to public addresses only.
    webhook_networks: str = ""

    @field_validator("webhook_networks")
    @classmethod
    def _names_networks(cls, text: str) -> str:
        parse_networks(text)
        return text
