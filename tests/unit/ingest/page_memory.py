"""Run as a process: draws the pages of a file, makes the first, says what memory that took."""

import sys
from pathlib import Path

from services.ingest.adapters.pdfium_pages import PdfiumPages
from services.ingest.adapters.pillow_images import PillowImages
from services.ingest.domain.files.limits import Limits
from services.ingest.steps.page_making import PageMaking
from services.ingest.steps.source_pages import SourceFiles
from tests.unit.ingest.sheets import encoded, sheet


def peak_bytes() -> int:
    """The most memory that this process ever held (VmHWM)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def main() -> None:
    """Print the number of pages, and the bytes above what one small page takes."""
    limits = Limits(pages=int(sys.argv[2]))
    images = PillowImages()
    files, making = SourceFiles(images, PdfiumPages(), limits), PageMaking(images, limits)
    for page in files.pages(encoded(sheet("AB"))):
        making.make(page, "small", 1)
    data = Path(sys.argv[1]).read_bytes()
    before, count = peak_bytes(), 0
    for page in files.pages(data):
        if count == 0:
            making.make(page, "pages", 1)
        else:
            page.draw()
        count += 1
    sys.stdout.write(f"{count} {peak_bytes() - before}")


if __name__ == "__main__":
    main()
