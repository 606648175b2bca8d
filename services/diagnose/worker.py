"""The diagnose worker: composition root of the service."""

from services.diagnose.adapters.cache.memory import MemoryTier
from services.diagnose.adapters.cache.redis_tier import RedisTier
from services.diagnose.adapters.cache.tiered import TieredCache
from services.diagnose.adapters.lecture_text import lecture_text
from services.diagnose.adapters.model.breaker import CircuitBreaker
from services.diagnose.adapters.model.budget import Prices
from services.diagnose.adapters.model.client import ModelClient, RetryRules
from services.diagnose.adapters.model.session import ChatSessions, ModelLimits
from services.diagnose.adapters.model.transport import ChatTransport
from services.diagnose.adapters.taxonomy.tenant_points import TenantPoints
from services.diagnose.domain.comparing.outcomes import ComparisonRules
from services.diagnose.domain.points.cache_keys import lifetimes
from services.diagnose.domain.scoring.judgement import ScoringRules
from services.diagnose.settings import DiagnoseSettings
from services.diagnose.stage import AnalysisStage, DiagnosticStage
from services.diagnose.steps.assistant import Assistant, ModelTasks
from services.diagnose.steps.class_reports import ClassReports
from services.diagnose.steps.exam_practice import ExamPractice
from services.diagnose.steps.practice_selection import PracticeSelection
from shared.messaging.job_work import JobWork
from shared.messaging.pipeline_stage import PipelineStage
from shared.messaging.worker import run_worker
from shared.storage.blobs import BlobStore


def build_jobs(_: DiagnoseSettings, blobs: BlobStore) -> tuple[JobWork, ...]:
    """The work of this service that belongs to no exam's run."""
    return (PracticeSelection(blobs, TenantPoints(blobs), lecture_text), ClassReports())


def build_stages(settings: DiagnoseSettings, blobs: BlobStore) -> tuple[PipelineStage, ...]:
    """The stages that this service runs."""
    rules = ScoringRules(
        threshold=settings.verdict_confidence,
        comparison=ComparisonRules(
            missed_options=settings.missed_options, spelling_edits=settings.spelling_edits
        ),
    )
    assistant = build_assistant(settings)
    points = TenantPoints(blobs)
    return (
        AnalysisStage(rules, points, assistant),
        DiagnosticStage(assistant, ExamPractice(points)),
    )


def build_cache(settings: DiagnoseSettings) -> TieredCache:
    """The memory of the process, and Redis where one is configured."""
    tiers = (
        [RedisTier(settings.redis_url, settings.redis_max_connections)]
        if settings.redis_url
        else []
    )
    kept_for = lifetimes(
        knowledge_points_days=settings.cache_knowledge_points_days,
        paper_template_days=settings.cache_paper_template_days,
        subject_settings_days=settings.cache_subject_settings_days,
    )
    memory = MemoryTier(settings.cache_entries, settings.cache_memory_seconds)
    return TieredCache(memory, tiers, kept_for)


def build_assistant(settings: DiagnoseSettings) -> Assistant:
    """The caches, and the model where one is configured."""
    tasks = ModelTasks(grading=settings.model_grading, advice=settings.model_advice)
    return Assistant(
        build_cache(settings),
        build_sessions(settings),
        tasks,
        threshold=settings.verdict_confidence,
    )


def build_sessions(settings: DiagnoseSettings) -> ChatSessions | None:
    """The model's client and its limits; None without an endpoint."""
    if settings.model_base_url is None:
        return None
    key = settings.model_api_key
    client = ModelClient(
        ChatTransport(
            settings.model_base_url,
            key.get_secret_value() if key else None,
            connections=settings.model_connections,
        ),
        settings.model_name,
        CircuitBreaker(settings.model_breaker_failures, settings.model_breaker_seconds),
        RetryRules(
            settings.model_attempts, settings.model_backoff_seconds, settings.model_attempt_seconds
        ),
        has_schema=settings.model_strict_json,
        most_calls=settings.model_connections,
    )
    prices = Prices(settings.model_prompt_price, settings.model_completion_price)
    limits = ModelLimits(
        prices, settings.model_exam_cap, settings.model_day_cap, settings.model_stage_seconds
    )
    return ChatSessions(client, limits)


def main() -> None:
    """Run a worker process until it is asked to stop."""
    run_worker("diagnose", DiagnoseSettings(), build_stages, build_jobs)


if __name__ == "__main__":
    main()
