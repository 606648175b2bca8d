"""The service itself: its limits, version and health."""

from typing import Literal

from shared.contract.model import Document


class LimitsBody(Document):
    """What one submission may consist of."""

    media_types: tuple[str, ...]
    max_files: int
    max_file_bytes: int
    max_upload_bytes: int
    max_body_bytes: int
    max_wait_seconds: int
    #: Of one batch: students, and bytes when unpacked.
    max_batch_students: int
    max_batch_bytes: int


class VersionBody(Document):
    """What answers."""

    name: str
    version: str
    api: str


class HealthBody(Document):
    """Whether the process lives, or is ready to serve."""

    status: Literal["ok"]
