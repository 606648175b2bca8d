"""The report worker: composition root of the service."""

from zoneinfo import ZoneInfo

from services.report.adapters.fonts import SansFont
from services.report.adapters.html_report import HtmlReport
from services.report.adapters.pillow_pages import PillowPages
from services.report.adapters.typst_pdf import TypstPdf
from services.report.practice import PracticeDrawing
from services.report.settings import ReportSettings
from services.report.stage import CompletionStage, ReportStage
from services.report.steps.exam_files import ExamFiles
from services.report.webhooks import WebhookDelivery
from shared.contract.versions import versions
from shared.messaging.job_work import JobWork
from shared.messaging.pipeline_stage import PipelineStage
from shared.messaging.worker import run_worker
from shared.storage.blobs import BlobStore
from shared.webhooks.addresses import parse_networks
from shared.webhooks.sender import HttpSender


def build_stages(
    settings: ReportSettings,
    blobs: BlobStore,
) -> tuple[PipelineStage, ...]:
    """The stages that this service runs; loads the font."""
    font = SansFont()
    files = ExamFiles(HtmlReport(font), TypstPdf(font), PillowPages(), versions())
    return (ReportStage(blobs, files, ZoneInfo(settings.time_zone)), CompletionStage())


def build_jobs(settings: ReportSettings, blobs: BlobStore) -> tuple[JobWork, ...]:
    """The work of this service that belongs to no exam's run."""
    sender = HttpSender(allowed=parse_networks(settings.webhook_networks))
    return (PracticeDrawing(blobs, TypstPdf(SansFont())), WebhookDelivery(sender))


def main() -> None:
    """Run a worker process until it is asked to stop."""
    run_worker("report", ReportSettings(), build_stages, build_jobs)


if __name__ == "__main__":
    main()
