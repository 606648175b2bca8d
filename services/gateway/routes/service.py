"""About the service itself: limits, version, health. No key is needed."""

from fastapi import APIRouter

from services.gateway.description.answers import answers
from services.gateway.domain.protocol.problems import Problem
from services.gateway.parts import Parts
from shared.contract.api.address import PREFIX
from shared.contract.api.problem_codes import ProblemCode
from shared.contract.api.service import HealthBody, LimitsBody, VersionBody
from shared.contract.file_kinds import FileKind
from shared.contract.versions import versions

router = APIRouter(prefix=PREFIX, tags=["service"])
#: Where probes look for health; the same two routes without the prefix.
probes = APIRouter(include_in_schema=False)


@router.get(
    "/limits",
    operation_id="getLimits",
    summary="What a submission may consist of",
)
async def get_limits(parts: Parts) -> LimitsBody:
    """The limits that the gateway enforces."""
    settings = parts.settings
    return LimitsBody(
        media_types=tuple(FileKind),
        max_files=settings.max_files,
        max_file_bytes=settings.max_file_bytes,
        max_upload_bytes=settings.max_upload_bytes,
        max_body_bytes=settings.max_body_bytes,
        max_wait_seconds=settings.max_wait_seconds,
        max_batch_students=settings.max_batch_students,
        max_batch_bytes=settings.max_batch_bytes,
    )


@router.get(
    "/version",
    operation_id="getVersion",
    summary="What runs here",
)
async def get_version() -> VersionBody:
    """Name and version."""
    return VersionBody(name="examlens", version=versions()["examlens"], api="v1")


@router.get(
    "/livez",
    operation_id="getLiveness",
    summary="Whether the process lives",
    responses=answers(503),
)
@probes.get("/livez")
async def get_liveness(parts: Parts) -> HealthBody:
    """Asks nobody: the process answers, and all that it repeats goes round."""
    if parts.is_alive():
        raise Problem(ProblemCode.UNAVAILABLE, headers={"Retry-After": "5"})
    return HealthBody(status="ok")


@router.get(
    "/readyz",
    operation_id="getReadiness",
    summary="Whether requests can be served",
    responses=answers(503),
)
@probes.get("/readyz")
async def get_readiness(parts: Parts) -> HealthBody:
    """Whether database and blob store took a write within the last seconds."""
    if not await parts.readiness.is_ready():
        raise Problem(ProblemCode.UNAVAILABLE, headers={"Retry-After": "5"})
    return HealthBody(status="ok")
