"""Divides one zip or PDF among students, as a short-lived process with little to lose.

Archives and PDFs are hostile until shown otherwise. So they are opened outside the worker's
process, and the kernel limits memory, processor time and what is written. No member's name reaches
the file system.
"""

import json
import resource
import stat
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pikepdf import PasswordError

from services.ingest.adapters.division.division_order import DivisionOrder
from services.ingest.adapters.division.member_names import member_names
from services.ingest.adapters.division.pdf_division import ClassPdf
from services.ingest.domain.division.members import (
    PagesDoNotDivide,
    Part,
    divide_members,
    page_ranges,
)
from services.ingest.domain.division.refusal import Refused
from shared.contract.api.problem_codes import ProblemCode

_CHUNK_BYTES = 1 << 20
#: Scans hardly shrink in an archive. A member that shrinks by more than this factor is a bomb.
_MAX_RATIO = 200
_BOMB_BYTES = 1_000_000
_MAX_ENTRIES = 20_000
#: What the process may take.
_MEMORY_BYTES = 2_000_000_000
_CPU_SECONDS = 120
_ENCRYPTED = 0x1


def divide(order: DivisionOrder) -> list[dict[str, Any]]:
    """Write every student's files as ``{student}-{file}``. Returns the parts: name and count."""
    parts = _divide_pdf(order) if order.is_pdf else _divide_zip(order)
    return [{"name": name, "files": files} for name, files in parts]


def _divide_pdf(order: DivisionOrder) -> Iterator[tuple[None, int]]:
    try:
        source = ClassPdf(Path(order.source))
    except PasswordError as error:
        raise Refused(ProblemCode.ENCRYPTED_PDF) from error
    with source:
        ranges = page_ranges(source.page_count, order.pages_per_student or 1)
        _check_students(len(ranges), order)
        written = 0
        for number, pages in enumerate(ranges):
            target = _target(order, number, 0)
            source.write(pages, target)
            written += target.stat().st_size
            _check_total(written, order)
            yield None, 1


def _divide_zip(order: DivisionOrder) -> Iterator[tuple[str | None, int]]:
    with zipfile.ZipFile(order.source) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        if len(entries) > _MAX_ENTRIES:
            raise Refused(ProblemCode.ARCHIVE_TOO_LARGE)
        members = dict(zip(member_names(entries), entries, strict=True))
        if len(members) != len(entries):
            raise Refused(ProblemCode.BROKEN_ARCHIVE)
        parts = divide_members(tuple(members), order.pages_per_student)
        if not parts:
            raise Refused(ProblemCode.EMPTY_ARCHIVE)
        _check_students(len(parts), order)
        written = 0
        for number, part in enumerate(parts):
            _check_files(part, order)
            for file, name in enumerate(part.members):
                written = _extract(
                    archive, members[name], _target(order, number, file), written, order
                )
            yield part.name, len(part.members)


def _extract(
    archive: zipfile.ZipFile,
    entry: zipfile.ZipInfo,
    target: Path,
    written: int,
    order: DivisionOrder,
) -> int:
    """Inflate one member. The size that it announces is not believed."""
    if entry.flag_bits & _ENCRYPTED:
        raise Refused(ProblemCode.ENCRYPTED_ARCHIVE)
    is_plain = entry.compress_type in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
    if stat.S_ISLNK(entry.external_attr >> 16) or not is_plain:
        raise Refused(ProblemCode.BROKEN_ARCHIVE)
    size = 0
    with archive.open(entry) as source, target.open("wb") as sink:
        while chunk := source.read(_CHUNK_BYTES):
            size += len(chunk)
            if size > order.limits.file_bytes:
                raise Refused(ProblemCode.FILE_TOO_LARGE)
            if size > _BOMB_BYTES and size > _MAX_RATIO * max(entry.compress_size, 1):
                raise Refused(ProblemCode.ARCHIVE_TOO_LARGE)
            _check_total(written + size, order)
            sink.write(chunk)
    return written + size


def _check_students(count: int, order: DivisionOrder) -> None:
    if count > order.limits.students:
        raise Refused(ProblemCode.TOO_MANY_STUDENTS, max_students=order.limits.students)


def _check_files(part: Part, order: DivisionOrder) -> None:
    if len(part.members) > order.limits.files:
        raise Refused(ProblemCode.TOO_MANY_FILES)


def _check_total(written: int, order: DivisionOrder) -> None:
    if written > order.limits.total_bytes:
        raise Refused(ProblemCode.ARCHIVE_TOO_LARGE)


def _target(order: DivisionOrder, student: int, file: int) -> Path:
    return Path(order.folder) / f"{student}-{file}"


def main() -> None:
    """Divide as the only argument orders; the outcome is JSON on standard output."""
    order = DivisionOrder.model_validate_json(sys.argv[1])
    limits = order.limits
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.total_bytes, limits.total_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        outcome: dict[str, Any] = {"parts": divide(order)}
    except Refused as refusal:
        outcome = {"problem": refusal.code.value, "extensions": refusal.extensions}
    except PagesDoNotDivide as error:
        outcome = {
            "problem": ProblemCode.PAGES_DO_NOT_DIVIDE.value,
            "extensions": {"pages": error.pages, "pages_per_student": error.pages_per_student},
        }
    sys.stdout.write(json.dumps(outcome))


if __name__ == "__main__":
    main()
