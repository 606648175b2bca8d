"""Orders of practice papers and the jobs that make them."""

from services.diagnose.adapters.lecture_text import lecture_text
from services.diagnose.adapters.taxonomy.tenant_points import TenantPoints
from services.diagnose.steps.practice_selection import PracticeSelection
from services.report.adapters.typst_pdf import TypstPdf
from services.report.practice import PracticeDrawing
from shared.db.database import Database
from shared.storage.blobs import BlobStore
from tests.integration.jobs import work_all

LECTURE = (
    "一元二次方程的解法。我们学习用因式分解法和求根公式解一元二次方程。\n\n"
    "判别式决定一元二次方程根的个数。配方法也可以解一元二次方程。\n\n"
    "一元二次方程的应用：根与系数的关系。"
)


async def work_off(database: Database, blobs: BlobStore, pdf: TypstPdf) -> None:
    """Do every step that is due, as the workers of both services do."""
    selection = PracticeSelection(blobs, TenantPoints(blobs), lecture_text)
    await work_all(database, (selection, PracticeDrawing(blobs, pdf)))
