"""Settings that every process has; each service adds its own fields in its ``settings.py``."""

import os
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)


class ServiceSettings(BaseSettings):
    """Read once, in ``main()``, from the environment; plain values are passed down from there."""

    model_config = SettingsConfigDict(
        env_prefix="EXAMLENS_", frozen=True, extra="ignore", populate_by_name=True
    )

    #: Directory with files named like settings, for what should not stand in the environment.
    secrets_dir: Path | None = None
    #: PostgreSQL, as ``postgresql://user:password@host:port/database``.
    database_url: str = Field(validation_alias="DATABASE_URL")
    #: RabbitMQ, as ``amqp://user:password@host:port/vhost``. Unset: the in-memory broker.
    amqp_url: str | None = Field(default=None, validation_alias="AMQP_URL")
    #: Where page images and reports are kept: a directory or an ``s3://bucket/prefix`` address.
    blob_url: str = "./var/blobs"
    #: Redis, for caches and the rate limits of several gateways: ``redis://host:port/0``,
    #: ``redis+cluster://host:port,host:port`` or ``redis+sentinel://host:port,host:port/name/0``.
    #: Unset: caches have two tiers and each gateway counts by itself.
    redis_url: str | None = None
    #: Connections of one process to Redis; in a cluster, to each node.
    redis_max_connections: int = Field(default=50, ge=1, le=10_000)
    #: Worker threads of this process: the only limit on concurrent tasks.
    worker_threads: int = Field(default=2, ge=1, le=128)
    #: Queues that this process consumes, with commas between them; unset, all of its service's.
    worker_queues: str = ""
    #: Threads beside those, for work that mostly waits for others: deliveries of webhooks.
    waiting_threads: int = Field(default=16, ge=1, le=256)
    #: A worker process ends, and is started again, after about so many messages, or when it has
    #: about so many megabytes of memory; 0 is no limit. What it has begun it finishes.
    max_tasks: int = Field(default=0, ge=0)
    max_rss_mb: int = Field(default=0, ge=0)
    #: Work on a stage that takes longer is told of in the log and as a metric; 0 is no limit.
    soft_limit_seconds: float = Field(default=60.0, ge=0.0)
    #: Work on a stage that takes longer has failed and is tried again; what it still computes is
    #: ended with the process. Unset (0): two minutes.
    hard_limit_seconds: float = Field(default=0.0, ge=0.0, le=240.0)
    #: Attempts at a stage before its exam fails. Unset (0): four.
    max_attempts: int = Field(default=0, ge=0, le=20)
    #: Port of /metrics, /livez and /readyz on ``metrics_host``; 0 takes a free one.
    metrics_port: int = Field(default=0, ge=0, le=65535)
    metrics_host: str = "127.0.0.1"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"
    #: A collector that takes OTLP over HTTP, as ``http://host:4318``. Unset: no spans are sent.
    otlp_endpoint: str | None = Field(default=None, validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT")
    #: File to which every span is appended as a line of JSON. Unset: none are written.
    trace_file: Path | None = None
    #: IANA name, such as ``Asia/Shanghai``, of the zone in which dates are shown to tenants without
    #: one of their own (``examlens tenants time-zone``).
    time_zone: str = "UTC"
    #: How long a claimed task may go without a heartbeat before it is given to another worker.
    lease_seconds: float = Field(default=30.0, ge=1.0, le=600.0)
    #: First pause before a failed task is tried again; it doubles with every attempt.
    retry_backoff_seconds: float = Field(default=5.0, ge=0.05, le=600.0)
    #: How long a worker that is asked to stop may take to finish what it has begun.
    shutdown_grace_seconds: float = Field(default=30.0, ge=0.0, le=600.0)

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            return ZoneInfo(name).key
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{name!r} is no IANA time zone") from error

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 -- the signature is given
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 -- same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments go first, then the environment, then the files of ``secrets_dir``."""
        directory = os.environ.get("EXAMLENS_SECRETS_DIR")
        if not directory:
            return (init_settings, env_settings)
        return (init_settings, env_settings, SecretsSettingsSource(settings_cls, directory))


def blob_directory(blob_url: str) -> Path | None:
    """The local directory behind ``blob_url``, or None when it names a bucket."""
    return None if "://" in blob_url else Path(blob_url).expanduser().resolve()
