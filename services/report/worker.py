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
from shared.contract.versions import versions
from shared.messaging.chores import Chore
from shared.messaging.pipeline_stage import PipelineStage
from shared.messaging.practice import PracticeChore
from shared.messaging.worker import run_worker
from shared.storage.blobs import BlobStore, open_blob_store


def build_stages(
    settings: ReportSettings,
    blobs: BlobStore,
) -> tuple[PipelineStage, ...]:
    """The stages that this service runs; loads the font."""
    font = SansFont()
    files = ExamFiles(HtmlReport(font), TypstPdf(font), PillowPages(), versions())
    return (ReportStage(blobs, files, ZoneInfo(settings.time_zone)), CompletionStage())


def build_chores(blobs: BlobStore) -> tuple[Chore, ...]:
    """What this service does beside its queues."""
    return (PracticeChore(PracticeDrawing(blobs, TypstPdf(SansFont()))),)


def main() -> None:
    """Run a worker process until it is asked to stop."""
    settings = ReportSettings()
    chores = build_chores(open_blob_store(settings.blob_url))
    run_worker("report", settings, build_stages, chores=chores)


if __name__ == "__main__":
    main()
