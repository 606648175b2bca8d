"""The one list of services: what each runs, and what it may reach."""

from dataclasses import dataclass
from enum import StrEnum

from shared.contract.jobs import JOB_SPECS, JobKind
from shared.contract.stages import SPECS, Stage


class BlobAccess(StrEnum):
    """What a service may do in the blob store."""

    #: It works on rows alone.
    NONE = "none"
    #: It reads files that others have written.
    READ = "read"
    #: It writes, replaces or erases files, and may read them.
    WRITE = "write"


class Peer(StrEnum):
    """Whom a service talks to beside PostgreSQL and the blob store."""

    #: RabbitMQ.
    BROKER = "broker"
    #: Redis, where one is configured.
    CACHE = "cache"
    #: A language model, where one is configured.
    MODEL = "model"
    #: Receivers of webhooks, anywhere.
    RECEIVERS = "receivers"


#: Peers outside of the inner network: a service that has one may leave it.
BEYOND: frozenset[Peer] = frozenset({Peer.MODEL, Peer.RECEIVERS})


@dataclass(frozen=True, slots=True)
class Service:
    """One deployable process. ``image_megabytes`` is what its image may add to the base."""

    name: str
    module: str
    image: str
    image_megabytes: int
    stages: tuple[Stage, ...] = ()
    jobs: tuple[JobKind, ...] = ()
    blobs: BlobAccess = BlobAccess.NONE
    peers: frozenset[Peer] = frozenset()

    @property
    def queues(self) -> tuple[str, ...]:
        """The queues that it consumes: of its stages, in their order, then of its jobs."""
        stages = (SPECS[stage].queue for stage in self.stages)
        return (*stages, *(JOB_SPECS[kind].queue for kind in self.jobs))

    @property
    def leaves(self) -> bool:
        """Whether it talks to anybody beyond the inner network."""
        return bool(self.peers & BEYOND)


def _worker(
    name: str,
    *stages: Stage,
    megabytes: int,
    jobs: tuple[JobKind, ...] = (),
    blobs: BlobAccess = BlobAccess.NONE,
    peers: frozenset[Peer] = frozenset(),
) -> Service:
    """A service that takes its work from queues and has an image of its own."""
    module = f"services.{name}.worker"
    return Service(name, module, name, megabytes, stages, jobs, blobs, peers | {Peer.BROKER})


#: Every service; ``docs/adding-a-stage.md`` tells what else a further one needs.
SERVICES: tuple[Service, ...] = (
    # Counts requests in Redis together with its like.
    Service(
        "gateway",
        "services.gateway.app",
        "gateway",
        250,
        blobs=BlobAccess.WRITE,
        peers=frozenset({Peer.CACHE}),
    ),
    # The image without a service of its own runs the migrations as well.
    Service(
        "relay",
        "shared.messaging.relay",
        "platform",
        150,
        blobs=BlobAccess.WRITE,
        peers=frozenset({Peer.BROKER}),
    ),
    _worker(
        "ingest",
        Stage.INGEST,
        megabytes=450,
        jobs=(JobKind.DIVISION,),
        blobs=BlobAccess.WRITE,
    ),
    # A page that had to be turned is stored again.
    _worker("ocr", Stage.OCR, megabytes=700, blobs=BlobAccess.WRITE),
    _worker("parse", Stage.PARSING, megabytes=200),
    # Reads lectures and tenants' taggers.
    _worker(
        "diagnose",
        Stage.ANALYSIS,
        Stage.DIAGNOSTIC,
        megabytes=550,
        jobs=(JobKind.PRACTICE_SELECTION, JobKind.CLASS_REPORT),
        blobs=BlobAccess.READ,
        peers=frozenset({Peer.CACHE, Peer.MODEL}),
    ),
    # Announces the end of exams to receivers anywhere.
    _worker(
        "report",
        Stage.REPORT,
        Stage.COMPLETION,
        megabytes=300,
        jobs=(JobKind.PRACTICE_DRAWING, JobKind.WEBHOOK),
        blobs=BlobAccess.WRITE,
        peers=frozenset({Peer.RECEIVERS}),
    ),
)
WORKERS: tuple[Service, ...] = tuple(service for service in SERVICES if service.stages)

SERVICE_NAMES: tuple[str, ...] = tuple(service.name for service in SERVICES)
WORKER_NAMES: tuple[str, ...] = tuple(service.name for service in WORKERS)
IMAGES: tuple[str, ...] = tuple(service.image for service in SERVICES)
