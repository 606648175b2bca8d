"""What a file is by its first bytes; its name and declared type are never believed."""

#: A PDF reader looks for the header in the first 1,024 bytes (ISO 32000-1, implementation note 13).
SNIFF_BYTES = 1024

PNG = "image/png"
JPEG = "image/jpeg"
PDF = "application/pdf"
ALLOWED_MEDIA_TYPES: tuple[str, ...] = (PNG, JPEG, PDF)


def sniff(head: bytes) -> str | None:
    """The media type of a file that begins with ``head`` (SNIFF_BYTES suffice), or None.

    This keeps obvious mistakes out early. The ingest stage decodes the file, and so finds whether
    it can be read.
    """
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if b"%PDF-" in head[:SNIFF_BYTES]:
        return PDF
    return None
