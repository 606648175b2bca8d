"""The worker services as parts of one process: their settings, stages and chores."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from shared.contract.services import WORKERS, Service
from shared.messaging.chores import Chore
from shared.messaging.stage_runner import PipelineStage
from shared.settings import ServiceSettings
from shared.storage.blobs import BlobStore


def _no_chores(_: BlobStore) -> tuple[Chore, ...]:
    """The chores of a service that has none."""
    return ()


@dataclass(frozen=True, slots=True)
class Worker:
    """What the modules of one worker service offer."""

    settings: type[ServiceSettings]
    build_stages: Callable[[ServiceSettings, BlobStore], tuple[PipelineStage, ...]]
    build_chores: Callable[[BlobStore], tuple[Chore, ...]]


def load_worker(service: Service) -> Worker:
    """Import ``service`` and find its parts by their names, which all workers share.

    ``settings.py`` has a class named after the service, as ``OcrSettings``; ``worker.py`` has
    ``build_stages`` and, when there is work beside the queues, ``build_chores``.
    """
    worker = import_module(service.module)
    settings = import_module(f"services.{service.name}.settings")
    return Worker(
        getattr(settings, f"{service.name.capitalize()}Settings"),
        worker.build_stages,
        getattr(worker, "build_chores", _no_chores),
    )


def load_workers() -> tuple[Worker, ...]:
    """Every worker service."""
    return tuple(load_worker(service) for service in WORKERS)
