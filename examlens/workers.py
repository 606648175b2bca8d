"""The worker services as parts of one process: their settings, stages and jobs."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from shared.contract.services import WORKERS, Service
from shared.messaging.job_work import JobWork
from shared.messaging.stage_runner import PipelineStage
from shared.settings import ServiceSettings
from shared.storage.blobs import BlobStore


def _no_jobs(_: ServiceSettings, __: BlobStore) -> tuple[JobWork, ...]:
    """The jobs of a service that has none."""
    return ()


@dataclass(frozen=True, slots=True)
class Worker:
    """What the modules of one worker service offer."""

    settings: type[ServiceSettings]
    build_stages: Callable[[ServiceSettings, BlobStore], tuple[PipelineStage, ...]]
    build_jobs: Callable[[ServiceSettings, BlobStore], tuple[JobWork, ...]]


def load_worker(service: Service) -> Worker:
    """Import ``service`` and find its parts by their names, which all workers share.

    ``settings.py`` has a class named after the service, as ``OcrSettings``; ``worker.py`` has
    ``build_stages`` and, when it has jobs, ``build_jobs``.
    """
    worker = import_module(service.module)
    settings = import_module(f"services.{service.name}.settings")
    return Worker(
        getattr(settings, f"{service.name.capitalize()}Settings"),
        worker.build_stages,
        getattr(worker, "build_jobs", _no_jobs),
    )


def load_workers() -> tuple[Worker, ...]:
    """Every worker service."""
    return tuple(load_worker(service) for service in WORKERS)
