"""Brings items into a tenant's question bank: streamed, checked, each item once."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from services.diagnose.adapters.bank_files import RawRecord, read_records
from services.diagnose.domain.bank.layouts import BankFormat, RecordError
from services.diagnose.domain.bank.near_copies import (
    bank_text,
    fingerprint,
    is_near_copy,
    minhash_bands,
)
from services.diagnose.domain.bank.records import read_record
from services.diagnose.domain.points.knowledge_points import knowledge_points
from services.diagnose.domain.points.point_index import PointIndex
from shared.contract.bank import NewBankItem, WrittenItem
from shared.contract.documents import KnowledgePoint
from shared.contract.text_gate import storable
from shared.db.database import Database

#: Items that are stored in one transaction.
_BATCH = 200
#: Points made from a record's topics, because no taxonomy has these.
_MADE_POINT = "kp-"


@dataclass(slots=True)
class ImportReport:
    """What became of a file's records."""

    read: int = 0
    added: int = 0
    #: The bank has them already, letter for letter or in other characters for the same.
    known: int = 0
    #: Almost the same as another item, with the same numbers.
    near_copies: int = 0
    faulty: int = 0
    #: Added, but no knowledge point is known: they are found by text only.
    without_points: int = 0


#: Is told the line of every record that is not taken, and the reason.
OnFault = Callable[[int, str], None]


async def import_items(
    database: Database,
    tenant_id: str,
    file: Path,
    layout: BankFormat,
    index: PointIndex,
    subject: str | None,
    on_fault: OnFault,
) -> ImportReport:
    """Import ``file``; doing it again adds nothing. Raises OSError and UnicodeDecodeError."""
    report = ImportReport()
    for batch in _batches(read_records(file, layout), _BATCH):
        report.read += len(batch)
        items: dict[str, tuple[int, NewBankItem]] = {}
        for raw in batch:
            try:
                record = _record(raw, layout, subject, index, storable(file.stem))
            except RecordError as error:
                report.faulty += 1
                on_fault(raw.line, error.code)
                continue
            item = _item(record, index)
            report.known += item.fingerprint in items
            items.setdefault(item.fingerprint, (raw.line, item))
        await _store(database, tenant_id, items, report, on_fault)
    return report


async def _store(
    database: Database,
    tenant_id: str,
    items: dict[str, tuple[int, NewBankItem]],
    report: ImportReport,
    on_fault: OnFault,
) -> None:
    async with database.transaction() as uow:
        known = await uow.bank.known(tenant_id, list(items))
        fresh = [pair for key, pair in items.items() if key not in known]
        bands = sorted({band for _, item in fresh for band in item.bands})
        alike = await uow.bank.sharing_bands(tenant_id, bands)
    report.known += len(items) - len(fresh)
    near: dict[int, list[str]] = defaultdict(list)
    for shared, stem, options in alike:
        text = bank_text(stem, options)
        for band in shared:
            near[band].append(text)
    chosen: list[NewBankItem] = []
    for line, item in fresh:
        text = bank_text(item.stem, [option.text for option in item.options])
        candidates = dict.fromkeys(other for band in item.bands for other in near[band])
        if any(is_near_copy(text, other) for other in candidates):
            report.near_copies += 1
            on_fault(line, "near_duplicate")
            continue
        chosen.append(item)
        for band in item.bands:
            near[band].append(text)
    async with database.transaction() as uow:
        report.added += await uow.bank.add(tenant_id, chosen)
    report.without_points += sum(not item.points for item in chosen)


def _record(
    raw: RawRecord, layout: BankFormat, subject: str | None, index: PointIndex, source: str
) -> WrittenItem:
    if isinstance(raw.fields, RecordError):
        raise raw.fields
    return read_record(layout, raw.fields, subject, index.subject_of, source)


def _item(record: WrittenItem, index: PointIndex) -> NewBankItem:
    options = [option.text for option in record.options]
    return NewBankItem(
        **dict(record),
        points=_points(record, index),
        fingerprint=fingerprint(record.subject, record.stem, options),
        bands=minhash_bands(record.stem, options),
    )


def _points(record: WrittenItem, index: PointIndex) -> tuple[KnowledgePoint, ...]:
    """The points that the author named; where the taxonomy has none of them, suggested ones too."""
    named = knowledge_points(record.subject, record.topics, index)
    if any(not point.id.startswith(_MADE_POINT) for point in named):
        return named
    leaves = " ".join(point.name for point in named)
    suggested = index.suggest(record.subject, f"{record.stem} {leaves}")
    return tuple({point.id: point for point in (*named, *suggested)}.values())


def _batches(records: Iterable[RawRecord], size: int) -> Iterator[list[RawRecord]]:
    batch: list[RawRecord] = []
    for record in records:
        batch.append(record)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
