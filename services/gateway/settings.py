"""Settings of a gateway process."""

from pathlib import Path

from pydantic import Field

from shared.settings import ServiceSettings


class GatewaySettings(ServiceSettings):
    """Where the gateway listens, and what it accepts."""

    gateway_host: str = "127.0.0.1"
    gateway_port: int = Field(default=8000, ge=0, le=65535)
    #: Bring the database to this code's schema before serving.
    migrate_on_start: bool = True
    #: File, for its owner's eyes alone, that gets the first admin key when no key was ever made.
    #: Unset: it is shown on the terminal, and without one none is made.
    first_key_file: Path | None = None
    #: Processes that serve the port together, one for each core. Each has its own database
    #: connections and, without a Redis, its own count of requests.
    gateway_processes: int = Field(default=1, ge=1, le=64)
    #: Database connections of each process.
    gateway_connections: int = Field(default=10, ge=2, le=200)
    max_files: int = Field(default=40, ge=1, le=1000)
    max_file_bytes: int = Field(default=50_000_000, ge=1)
    #: All of one submission; fields and boundaries included.
    max_upload_bytes: int = Field(default=256_000_000, ge=1)
    #: One batch: students, and bytes of all its parts when unpacked.
    max_batch_students: int = Field(default=200, ge=1, le=2000)
    max_batch_bytes: int = Field(default=1_000_000_000, ge=1)
    #: Bodies of all other requests.
    max_body_bytes: int = Field(default=2_000_000, ge=1024)
    #: Connections at a time; fewer where the limit of open files is lower.
    max_connections: int = Field(default=4000, ge=16, le=60_000)
    #: Seconds within which a request's head is complete.
    head_seconds: float = Field(default=10.0, gt=0)
    #: Seconds within which a body brings its next bytes, and all of them.
    body_idle_seconds: float = Field(default=30.0, gt=0)
    body_total_seconds: float = Field(default=600.0, gt=0)
    #: Longest answer to ``status?wait=``.
    max_wait_seconds: int = Field(default=60, ge=0, le=300)
    #: Estimates of remaining time rest on facts that are at most this old.
    forecast_seconds: float = Field(default=2.0, ge=0.0, le=60.0)
    #: How long a browser stays signed in; using the pages prolongs it.
    session_hours: float = Field(default=12.0, gt=0.0, le=720.0)
    #: How long a key's row is believed. A revoked key ends after at most this time.
    key_cache_seconds: float = Field(default=5.0, ge=0.0, le=300.0)
    #: Requests of each group that one key may make per minute; 0 is no limit. Gateways with a Redis
    #: grant them together, others each by itself.
    requests_per_minute: int = Field(default=6000, ge=0)
    polls_per_minute: int = Field(default=6000, ge=0)
    downloads_per_minute: int = Field(default=3000, ge=0)
    changes_per_minute: int = Field(default=3000, ge=0)
    submissions_per_minute: int = Field(default=600, ge=0)
    #: Wrong keys that one address may send per minute; 0 is no limit.
    wrong_keys_per_minute: int = Field(default=60, ge=0)
    #: Times that one address may try to sign in per minute; 0 is no limit.
    sign_ins_per_minute: int = Field(default=30, ge=0)
    #: With this many unfinished exams of all tenants the gateway refuses further ones of those who
    #: have their equal part of them.
    max_unfinished_exams: int = Field(default=10_000, ge=1)
