"""The parse worker: composition root of the service."""

from services.parse.settings import ParseSettings
from services.parse.stage import ParseStage
from shared.messaging.pipeline_stage import PipelineStage
from shared.messaging.worker import run_worker
from shared.storage.blobs import BlobStore


def build_stages(
    settings: ParseSettings,
    blobs: BlobStore,  # noqa: ARG001 -- every service's factory has the same shape
) -> tuple[PipelineStage, ...]:
    """The stages that this service runs."""
    return (ParseStage(settings.review_threshold),)


def main() -> None:
    """Run a worker process until it is asked to stop."""
    run_worker("parse", ParseSettings(), build_stages)


if __name__ == "__main__":
    main()
