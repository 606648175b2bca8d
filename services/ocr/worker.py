"""The ocr worker: composition root of the service."""

from services.ocr.adapters.engines import open_reader
from services.ocr.adapters.label_weights import read_classifier
from services.ocr.settings import OcrSettings
from services.ocr.stage import OcrStage
from shared.messaging.pipeline_stage import PipelineStage
from shared.messaging.worker import run_worker
from shared.storage.blobs import BlobStore


def build_stages(settings: OcrSettings, blobs: BlobStore) -> tuple[PipelineStage, ...]:
    """The stages that this service runs; loads the models."""
    reader = open_reader(settings.ocr_engine, settings.ocr_threads)
    return (OcrStage(blobs, reader, read_classifier()),)


def main() -> None:
    """Run a worker process until it is asked to stop."""
    run_worker("ocr", OcrSettings(), build_stages)


if __name__ == "__main__":
    main()
