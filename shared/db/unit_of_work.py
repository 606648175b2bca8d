"""One transaction with all repositories in it."""

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.documents import Analysis, Diagnosis
from shared.contract.practice import PracticePaper
from shared.contract.reading import ReadPaper
from shared.db.repositories.audit import Audit
from shared.db.repositories.bank import BankItems, Taggers, Taxonomies
from shared.db.repositories.batches import Batches
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
from shared.db.repositories.likenesses import Likenesses
from shared.db.repositories.model_spend import ModelSpend
from shared.db.repositories.outbox import Outbox
from shared.db.repositories.practice import PracticePapers
from shared.db.repositories.retention import Retention
from shared.db.repositories.runs import Runs
from shared.db.repositories.scorings import Scorings
from shared.db.repositories.share_links import ShareLinks
from shared.db.repositories.submissions import ApiKeys, Papers, Tenants, Uploads
from shared.db.repositories.tasks import Tasks
from shared.db.repositories.webhooks import Webhooks
from shared.db.repositories.workload import Workload
from shared.db.tables import analyses, diagnoses, practices, read_papers


class UnitOfWork:
    """Repositories that share a connection; whoever opened it commits."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self.tenants = Tenants(connection)
        self.api_keys = ApiKeys(connection)
        self.papers = Papers(connection)
        self.idempotency = IdempotencyKeys(connection)
        self.identities = ExamIdentities(connection)
        self.exams = Exams(connection)
        self.likenesses = Likenesses(connection)
        self.duplicates = Duplicates(connection)
        self.batches = Batches(connection)
        self.uploads = Uploads(connection)
        self.pages = Pages(connection)
        self.page_texts = PageTexts(connection)
        self.read_papers = StageDocuments(connection, read_papers, ReadPaper)
        self.analyses = StageDocuments(connection, analyses, Analysis)
        self.diagnoses = StageDocuments(connection, diagnoses, Diagnosis)
        self.practices = StageDocuments(connection, practices, PracticePaper)
        self.artefacts = Artefacts(connection)
        self.corrections = Corrections(connection)
        self.class_reports = ClassReports(connection)
        self.histories = Histories(connection)
        self.audit = Audit(connection)
        self.cache_entries = CacheEntries(connection)
        self.model_spend = ModelSpend(connection)
        self.tasks = Tasks(connection)
        self.runs = Runs(connection)
        self.scorings = Scorings(connection)
        self.share_links = ShareLinks(connection)
        self.workload = Workload(connection)
        self.outbox = Outbox(connection)
        self.dead_letters = DeadLetters(connection)
        self.retention = Retention(connection)
        self.census = Census(connection)
        self.webhooks = Webhooks(connection)
        self.bank = BankItems(connection)
        self.taxonomies = Taxonomies(connection)
        self.taggers = Taggers(connection)
        self.practice_papers = PracticePapers(connection)

    async def stage_timings(self, exam_id: str, run: int) -> dict[str, float]:
        """Seconds of work per stage in ``run``."""
        return await self.tasks.seconds_by_stage(exam_id, run)
