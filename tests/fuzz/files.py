"""Broken files: truncated, damaged, of two kinds at once, named wrongly, and far too large inside."""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
from PIL import Image

from tests.fuzz.cases import Upload

ENCRYPTED_PDF = Path(__file__).parents[1] / "fixtures" / "pages" / "encrypted.pdf"
HEIC = Path(__file__).parents[1] / "fixtures" / "pictures" / "sheet.heic"
_QUARTERS = (0.25, 0.5, 0.75)


def picture(
    kind: str, mode: str = "RGB", size: tuple[int, int] = (320, 240), **how: object
) -> bytes:
    """A picture with grain and nothing to read, as a file."""
    grain = random.Random(f"{kind}{mode}").randbytes(size[0] * size[1])
    image = Image.frombytes("L", size, bytes(225 + byte % 30 for byte in grain))
    target = io.BytesIO()
    image.convert(mode).save(target, kind, **how)
    return target.getvalue()


def pdf_of(pages: int) -> bytes:
    """A PDF of blank A4 pages."""
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(595, 842)
    target = io.BytesIO()
    document.save(target)
    document.close()
    return target.getvalue()


def pdf(*objects: bytes) -> bytes:
    """A PDF of these objects, numbered from 1, the first being the catalogue."""
    body, offsets = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    tail = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return body + head + table + tail % (len(objects) + 1, len(body))


def sound_files() -> dict[str, bytes]:
    """Files that can be decoded; they hold nothing to read."""
    return {
        "png": picture("PNG"),
        "png-grey": picture("PNG", "L"),
        "png-bits": picture("PNG", "1"),
        "png-palette": picture("PNG", "P"),
        "png-alpha": picture("PNG", "RGBA"),
        "png-16": picture("PNG", "I;16"),
        "jpeg": picture("JPEG"),
        "jpeg-grey": picture("JPEG", "L"),
        "jpeg-cmyk": picture("JPEG", "CMYK"),
        "jpeg-progressive": picture("JPEG", progressive=True),
        "pdf": pdf_of(2),
        "pdf-scan": picture("PDF"),
        "gif": picture("GIF", "P"),
        "tiff": picture("TIFF"),
        "webp": picture("WEBP"),
        "bmp": picture("BMP"),
        "avif": picture("AVIF"),
        "heic": HEIC.read_bytes(),
        "zip": zipped({"a.txt": b"text " * 500}),
    }


def zipped(entries: dict[str, bytes]) -> bytes:
    """A zip archive."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return target.getvalue()


def broken_files() -> Iterator[Upload]:
    """Every case about a file's content or name."""
    yield from _truncated()
    yield from _damaged()
    yield from _polyglots()
    yield from _misnamed()
    for name, content in bombs().items():
        yield Upload(f"bomb: {name}", [("a", content)])
    yield Upload("encrypted pdf", [("a.pdf", ENCRYPTED_PDF.read_bytes())])
    yield Upload("pdf of 1,000 pages", [("a.pdf", pdf_of(1000))])
    yield Upload("empty file", [("a.png", b"")])
    yield Upload("no file", [])
    yield Upload("200 files", [("a.png", picture("PNG", "1"))] * 200)
    yield Upload("a sound and a broken file", [("a", picture("PNG")), ("b", b"\x89PNG\r\n\x1a\n")])


def _truncated() -> Iterator[Upload]:
    for name, content in sound_files().items():
        for share in _QUARTERS:
            yield Upload(f"{name} cut at {share}", [(name, content[: int(len(content) * share)])])
        yield Upload(f"{name} without its last byte", [(name, content[:-1])])


def _damaged() -> Iterator[Upload]:
    for name, content in sound_files().items():
        for seed in range(4):
            lot = random.Random(f"{name}{seed}")
            damaged = bytearray(content)
            for _ in range(max(1, len(damaged) // 200)):
                damaged[lot.randrange(8, len(damaged))] = lot.randrange(256)
            yield Upload(f"{name} damaged {seed}", [(name, bytes(damaged))])


def _polyglots() -> Iterator[Upload]:
    heads = {
        "png": b"\x89PNG\r\n\x1a\n",
        "jpeg": b"\xff\xd8\xff\xe0",
        "pdf": b"%PDF-1.7\n",
        "gif": b"GIF89a",
        "elf": b"\x7fELF",
        "html": b"<!doctype html><script>alert(1)</script>",
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
    }
    sound = sound_files()
    for head, start in heads.items():
        for tail in ("png", "jpeg", "pdf", "zip"):
            yield Upload(f"{head} before {tail}", [(f"a.{tail}", start + sound[tail])])
    for first in ("png", "jpeg", "pdf"):
        for second in ("pdf", "zip", "jpeg"):
            both = sound[first] + sound[second]
            yield Upload(f"{first} followed by {second}", [(f"a.{first}", both)])


def _misnamed() -> Iterator[Upload]:
    names = (
        "../../../etc/passwd", "..\\..\\windows\\system.ini", "/dev/null", "C:\\con.png", "a.exe",
        "a.png.html", ".", "", " ", "name with spaces.pdf", "试卷.png", "\u202egnp.exe", "a%00.png",
        "x" * 5000 + ".png", "a.png;b=c", "'; drop table exams; --.png", "${jndi:ldap://x}.png",
    )  # fmt: skip
    for name in names:
        yield Upload(f"text named {name[:30]!r}", [(name, b"only text, whatever it is called\n")])
        yield Upload(f"png named {name[:30]!r}", [(name, picture("PNG"))])


def bombs() -> dict[str, bytes]:
    """Small files that grow large, or claim to."""
    zeros = zlib.compress(bytes(200_000_000), 9)
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [%b] /Contents 4 0 R /Resources << %b >> >>"
    catalogue, pages = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    )
    flate = b"<< /Length %d /Filter /FlateDecode %b >>\nstream\n%b\nendstream"
    a4, image = b"0 0 595 842", b"/XObject << /I 5 0 R >>"
    draw = flate % (len(zlib.compress(b"/I Do")), b"", zlib.compress(b"/I Do"))
    huge_image = (
        b"/Subtype /Image /Type /XObject /Width %d /Height %d /BitsPerComponent 8 "
        b"/ColorSpace /DeviceGray"
    )
    twice = zlib.compress(zeros, 9)
    cycle = b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 1000000 >>"
    nested = zipped({"0.zip": zipped({"1.zip": zipped({"zeros": bytes(20_000_000)})})})
    return {
        "png of 20,000 x 20,000": picture_of_zeros(20_000, 20_000),
        "png of 60,000 x 1": picture_of_zeros(60_000, 1),
        "png of 1 x 60,000": picture_of_zeros(1, 60_000),
        "png that claims 2^31": png_claiming(2**31 - 1, 2**31 - 1),
        "png that claims 0 x 0": png_claiming(0, 0),
        "png with a text of 200 MB": png_with_chunk(b"zTXt", b"k\0\0" + zeros),
        "png with a profile of 200 MB": png_with_chunk(b"iCCP", b"k\0\0" + zeros),
        "png with a chunk of 2 GB": png_with_chunk(b"tEXt", b"x", length=2**31 - 1),
        "jpeg that claims 65,535 x 65,535": jpeg_claiming(65_535, 65_535),
        "tiff that claims 100,000 x 100,000": tiff_claiming(100_000, 100_000),
        "gif that claims 65,535 x 65,535": b"GIF89a\xff\xff\xff\xff\x80\0\0" + bytes(100),
        "pdf with 200 MB of content": pdf(
            catalogue, pages, page % (a4, b""), flate % (len(zeros), b"", zeros)
        ),
        "pdf compressed twice": pdf(
            catalogue, pages, page % (a4, b""),
            (flate % (len(twice), b"", twice)).replace(b"/FlateDecode", b"[/FlateDecode /FlateDecode]"),
        ),
        "pdf with a picture of 14,000 x 14,000": pdf(
            catalogue, pages, page % (a4, image), draw,
            flate % (len(zeros), huge_image % (14_000, 14_000), zeros),
        ),
        "pdf with a page of 100 km": pdf(catalogue, pages, page % (b"0 0 3e8 3e8", b""), draw),
        "pdf with an empty page box": pdf(catalogue, pages, page % (b"0 0 0 0", b""), draw),
        "pdf with a page box upside down": pdf(
            catalogue, pages, page % (b"595 842 -10 -10", b""), draw
        ),
        "pdf whose pages are their own parents": pdf(catalogue, cycle),
        "pdf with 50,000 brackets": pdf(catalogue, pages, b"[" * 50_000),
        "pdf without a catalogue": pdf(b"null"),
        "zip with 200 MB of zeros": zipped({"zeros": bytes(200_000_000)}),
        "zip in zip in zip": nested,
        "zip with paths that climb": zipped({"../../etc/x.png": picture("PNG")}),
        "gzip of zeros": b"\x1f\x8b\x08" + bytes(7) + zeros[2:],
    }  # fmt: skip


def picture_of_zeros(width: int, height: int) -> bytes:
    """A black PNG of one bit a pixel."""
    target = io.BytesIO()
    Image.new("1", (width, height)).save(target, "PNG")
    return target.getvalue()


def _chunk(kind: bytes, content: bytes, length: int | None = None) -> bytes:
    size = len(content) if length is None else length
    return struct.pack(">I", size) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_claiming(width: int, height: int) -> bytes:
    """A PNG whose header promises so many pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b"\0" * 99))
    )


def png_with_chunk(kind: bytes, content: bytes, length: int | None = None) -> bytes:
    """A sound PNG with one more chunk behind its header."""
    sound = picture("PNG")
    return sound[:33] + _chunk(kind, content, length) + sound[33:]


def jpeg_claiming(width: int, height: int) -> bytes:
    """A JPEG whose frame header promises so many pixels."""
    sound = picture("JPEG", "L")
    at = sound.index(b"\xff\xc0") + 5
    return sound[:at] + struct.pack(">HH", height, width) + sound[at + 4 :]


def tiff_claiming(width: int, height: int) -> bytes:
    """A TIFF directory that promises so many pixels."""
    entries = [
        (256, 4, width),
        (257, 4, height),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 8),
    ]
    rows = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + rows + bytes(4)
