"""The ingest worker: composition root of the service."""

from services.ingest.adapters.pdfium_pages import PdfiumPages
from services.ingest.adapters.pillow_images import PillowImages
from services.ingest.division import BatchDivision
from services.ingest.settings import IngestSettings
from services.ingest.stage import IngestStage
from shared.messaging.job_work import JobWork
from shared.messaging.pipeline_stage import PipelineStage
from shared.messaging.worker import run_worker
from shared.storage.blobs import BlobStore


def build_jobs(_: IngestSettings, blobs: BlobStore) -> tuple[JobWork, ...]:
    """The work of this service that belongs to no exam's run."""
    return (BatchDivision(blobs),)


def build_stages(settings: IngestSettings, blobs: BlobStore) -> tuple[PipelineStage, ...]:
    """The stages that this service runs."""
    return (IngestStage(blobs, settings.limits, PillowImages(), PdfiumPages()),)


def main() -> None:
    """Run a worker process until it is asked to stop."""
    run_worker("ingest", IngestSettings(), build_stages, build_jobs)


if __name__ == "__main__":
    main()
