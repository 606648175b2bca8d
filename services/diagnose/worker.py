"""The diagnose worker: composition root of the service."""

from services.diagnose.adapters.points import shipped_points
from services.diagnose.class_job import ClassReportChore
from services.diagnose.domain.comparison import ComparisonRules
from services.diagnose.domain.judgement import ScoringRules
from services.diagnose.settings import DiagnoseSettings
from services.diagnose.stage import AnalysisStage, DiagnosticStage
from shared.messaging.stage_runner import PipelineStage
from shared.messaging.worker import run_worker
from shared.storage.blobs import BlobStore

#: What this service does beside its queues.
CHORES = (ClassReportChore(),)


def build_stages(
    settings: DiagnoseSettings,
    blobs: BlobStore,  # noqa: ARG001 -- every service's factory has the same shape
) -> tuple[PipelineStage, ...]:
    """The stages that this service runs."""
    rules = ScoringRules(
        threshold=settings.verdict_confidence,
        comparison=ComparisonRules(
            missed_options=settings.missed_options, spelling_edits=settings.spelling_edits
        ),
    )
    return (AnalysisStage(rules, shipped_points()), DiagnosticStage())


def main() -> None:
    """Run a worker process until it is asked to stop."""
    run_worker("diagnose", DiagnoseSettings(), build_stages, chores=CHORES)


if __name__ == "__main__":
    main()
