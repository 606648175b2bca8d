"""What the stages write, one document per exam and run (and page): replaced, never appended."""

from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, Table, delete, func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.exams import Artefact
from shared.contract.model import Document
from shared.contract.reading import PageImage, PageText
from shared.db.connection import driver_of
from shared.db.rows import to_document
from shared.db.tables import artefacts, page_texts, pages

DocumentT = TypeVar("DocumentT", bound=Document)

_REPLACE_PAGES = """
WITH gone AS (
  DELETE FROM pages WHERE exam_id = $1 AND run = $2 AND number <> ALL($3::int[])
)
INSERT INTO pages (exam_id, run, number, document)
SELECT $1, $2, page.number, page.document::jsonb
FROM unnest($3::int[], $4::text[]) AS page (number, document)
ON CONFLICT (exam_id, run, number) DO UPDATE SET document = excluded.document
"""
_REPLACE_PAGE_TEXT = """
INSERT INTO page_texts (exam_id, run, number, document) VALUES ($1, $2, $3, $4)
ON CONFLICT (exam_id, run, number) DO UPDATE SET document = excluded.document
"""


class StageDocuments(Generic[DocumentT]):
    """Repository of one stage's documents. A run that skipped the stage reads the last one."""

    def __init__(self, connection: AsyncConnection, table: Table, model: type[DocumentT]) -> None:
        self._connection, self._table, self._model = connection, table, model

    async def replace(self, exam_id: str, run: int, document: DocumentT) -> None:
        """Make ``document`` the one of this run."""
        await driver_of(self._connection).execute(
            f"INSERT INTO {self._table.name} (exam_id, run, document) VALUES ($1, $2, $3)"  # noqa: S608 -- our own name
            " ON CONFLICT (exam_id, run) DO UPDATE SET document = excluded.document",
            exam_id,
            run,
            document.model_dump_json(),
        )

    async def find(self, exam_id: str, run: int) -> DocumentT | None:
        """The newest document at or before ``run``, or None."""
        table = self._table
        query = (
            select(table.c.document)
            .where(table.c.exam_id == exam_id, table.c.run <= run)
            .order_by(table.c.run.desc())
            .limit(1)
        )
        document = (await self._connection.execute(query)).scalar_one_or_none()
        return None if document is None else self._model.model_validate(document)

    async def get(self, exam_id: str, run: int) -> DocumentT:
        """Like ``find``; raises LookupError when there is none."""
        found = await self.find(exam_id, run)
        if found is None:
            raise LookupError(f"{self._table.name} of {exam_id} run {run}")
        return found


class Pages:
    """Repository of normalised page images."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def replace(self, exam_id: str, run: int, images: tuple[PageImage, ...]) -> None:
        """Make ``images`` the pages of this run."""
        await driver_of(self._connection).execute(
            _REPLACE_PAGES,
            exam_id,
            run,
            [image.number for image in images],
            [image.model_dump_json() for image in images],
        )

    async def list(self, exam_id: str, run: int) -> tuple[PageImage, ...]:
        """The pages of the newest run at or before ``run``, in order."""
        query = select(pages.c.document).where(*self._are_newest(exam_id, run))
        documents = (await self._connection.execute(query.order_by(pages.c.number))).scalars()
        return tuple(PageImage.model_validate(document) for document in documents)

    async def numbers(self, exam_id: str, run: int) -> tuple[int, ...]:
        """The numbers of the pages that ``list`` gives."""
        query = select(pages.c.number).where(*self._are_newest(exam_id, run))
        return tuple((await self._connection.execute(query.order_by(pages.c.number))).scalars())

    async def get(self, exam_id: str, run: int, number: int) -> PageImage:
        """One page; raises LookupError when there is none of that number."""
        for image in await self.list(exam_id, run):
            if image.number == number:
                return image
        raise LookupError(f"page {number} of {exam_id} run {run}")

    @staticmethod
    def _are_newest(exam_id: str, run: int) -> tuple[ColumnElement[bool], ...]:
        newest = select(func.max(pages.c.run)).where(pages.c.exam_id == exam_id, pages.c.run <= run)
        return pages.c.exam_id == exam_id, pages.c.run == newest.scalar_subquery()


class PageTexts:
    """Repository of what was read from each page."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def replace(self, exam_id: str, run: int, page_text: PageText) -> None:
        """Make ``page_text`` the text of its page in this run."""
        await driver_of(self._connection).execute(
            _REPLACE_PAGE_TEXT, exam_id, run, page_text.page, page_text.model_dump_json()
        )

    async def list(self, exam_id: str, run: int) -> tuple[PageText, ...]:
        """The text of every page of ``run``; the older text where it did not read a page again."""
        query = (
            select(page_texts.c.document)
            .where(page_texts.c.exam_id == exam_id, page_texts.c.run <= run)
            .order_by(page_texts.c.number, page_texts.c.run.desc())
            .ext(distinct_on(page_texts.c.number))
        )
        documents = (await self._connection.execute(query)).scalars()
        return tuple(PageText.model_validate(document) for document in documents)


class Artefacts:
    """Repository of what a finished exam offers for download."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def replace(self, exam_id: str, run: int, made: tuple[Artefact, ...]) -> None:
        """Make ``made`` the artefacts of this run."""
        await self._connection.execute(
            delete(artefacts).where(artefacts.c.exam_id == exam_id, artefacts.c.run == run)
        )
        rows = [{"exam_id": exam_id, "run": run, **artefact.model_dump()} for artefact in made]
        if rows:
            await self._connection.execute(insert(artefacts), rows)

    async def list(self, exam_id: str, run: int) -> tuple[Artefact, ...]:
        """The artefacts of exactly this run."""
        query = select(artefacts).where(artefacts.c.exam_id == exam_id, artefacts.c.run == run)
        return tuple(to_document(Artefact, row) for row in await self._connection.execute(query))

    async def newest_run(self, exam_id: str, run: int) -> int | None:
        """The newest run at or before ``run`` that has artefacts, or None."""
        query = select(func.max(artefacts.c.run)).where(
            artefacts.c.exam_id == exam_id, artefacts.c.run <= run
        )
        newest: int | None = (await self._connection.execute(query)).scalar_one_or_none()
        return newest
