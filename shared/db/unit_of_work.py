"""One transaction with all repositories in it."""

from collections.abc import Callable
from typing import Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.documents import Analysis, Diagnosis
from shared.contract.practice import PracticePaper
from shared.contract.reading import ReadPaper
from shared.db.repositories.audit import Audit
from shared.db.repositories.bank import BankItems, Taggers, Taxonomies
from shared.db.repositories.batches import Batches
from shared.db.repositories.cache_counts import CacheCounts
from shared.db.repositories.cache_entries import CacheEntries
from shared.db.repositories.census import Census
from shared.db.repositories.class_reports import ClassReports
from shared.db.repositories.corrections import Corrections
from shared.db.repositories.dead_letters import DeadLetters
from shared.db.repositories.documents import Artefacts, Pages, PageTexts, StageDocuments
from shared.db.repositories.duplicates import Duplicates
from shared.db.repositories.exams import Exams
from shared.db.repositories.histories import Histories
from shared.db.repositories.idempotency import IdempotencyKeys
from shared.db.repositories.identities import ExamIdentities
from shared.db.repositories.job_counts import JobCounts
from shared.db.repositories.job_dispatch import JobDispatch
from shared.db.repositories.jobs import Jobs
from shared.db.repositories.likenesses import Likenesses
from shared.db.repositories.model_spend import ModelSpend
from shared.db.repositories.outbox import Outbox
from shared.db.repositories.practice import PracticePapers
from shared.db.repositories.retention import Retention
from shared.db.repositories.runs import Runs
from shared.db.repositories.scorings import Scorings
from shared.db.repositories.share_links import ShareLinks
from shared.db.repositories.stage_life import StageLife
from shared.db.repositories.submissions import ApiKeys, Papers, Tenants, Uploads
from shared.db.repositories.tasks import Tasks
from shared.db.repositories.webhooks import Webhooks
from shared.db.repositories.workload import Workload
from shared.db.tables import analyses, diagnoses, practices, read_papers

RepositoryT = TypeVar("RepositoryT")


class _Repository(Generic[RepositoryT]):
    """Made when it is first asked for: most transactions need one or two of them."""

    def __init__(self, make: Callable[[AsyncConnection], RepositoryT]) -> None:
        self._make = make

    def __set_name__(self, _: type, name: str) -> None:
        self._name = name

    def __get__(self, uow: "UnitOfWork", _: type) -> RepositoryT:
        made = self._make(uow.connection)
        # Found there from now on, before this is asked.
        uow.__dict__[self._name] = made
        return made


class UnitOfWork:
    """Repositories that share a connection; whoever opened it commits."""

    tenants = _Repository(Tenants)
    api_keys = _Repository(ApiKeys)
    papers = _Repository(Papers)
    idempotency = _Repository(IdempotencyKeys)
    identities = _Repository(ExamIdentities)
    exams = _Repository(Exams)
    likenesses = _Repository(Likenesses)
    duplicates = _Repository(Duplicates)
    batches = _Repository(Batches)
    uploads = _Repository(Uploads)
    pages = _Repository(Pages)
    page_texts = _Repository(PageTexts)
    read_papers = _Repository(lambda connection: StageDocuments(connection, read_papers, ReadPaper))
    analyses = _Repository(lambda connection: StageDocuments(connection, analyses, Analysis))
    diagnoses = _Repository(lambda connection: StageDocuments(connection, diagnoses, Diagnosis))
    practices = _Repository(lambda connection: StageDocuments(connection, practices, PracticePaper))
    artefacts = _Repository(Artefacts)
    corrections = _Repository(Corrections)
    class_reports = _Repository(ClassReports)
    histories = _Repository(Histories)
    audit = _Repository(Audit)
    cache_counts = _Repository(CacheCounts)
    cache_entries = _Repository(CacheEntries)
    model_spend = _Repository(ModelSpend)
    stage_life = _Repository(StageLife)
    tasks = _Repository(Tasks)
    runs = _Repository(Runs)
    scorings = _Repository(Scorings)
    share_links = _Repository(ShareLinks)
    workload = _Repository(Workload)
    outbox = _Repository(Outbox)
    dead_letters = _Repository(DeadLetters)
    retention = _Repository(Retention)
    census = _Repository(Census)
    webhooks = _Repository(Webhooks)
    bank = _Repository(BankItems)
    taxonomies = _Repository(Taxonomies)
    taggers = _Repository(Taggers)
    jobs = _Repository(Jobs)
    job_dispatch = _Repository(JobDispatch)
    job_counts = _Repository(JobCounts)
    practice_papers = _Repository(PracticePapers)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def stage_timings(self, exam_id: str, run: int) -> dict[str, float]:
        """Seconds of work per stage in ``run``."""
        return await self.tasks.seconds_by_stage(exam_id, run)
