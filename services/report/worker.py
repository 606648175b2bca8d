"""The report worker: composition root of the service."""

from services.report.adapters.fonts import SansFont
from services.report.adapters.html import HtmlReport
from services.report.adapters.typst_pdf import TypstPdf
from services.report.settings import ReportSettings
from services.report.stage import CompletionStage, ReportStage
from shared.contract.versions import versions
from shared.messaging.stage_runner import PipelineStage
from shared.messaging.worker import run_worker
from shared.storage.blobs import BlobStore


def build_stages(
    settings: ReportSettings,  # noqa: ARG001 -- every service's factory has the same shape
    blobs: BlobStore,
) -> tuple[PipelineStage, ...]:
    """The stages that this service runs; loads the font."""
    font = SansFont()
    return (ReportStage(blobs, HtmlReport(font), TypstPdf(font), versions()), CompletionStage())


def main() -> None:
    """Run a worker process until it is asked to stop."""
    run_worker("report", ReportSettings(), build_stages)


if __name__ == "__main__":
    main()
