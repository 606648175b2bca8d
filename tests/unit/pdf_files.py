"""PDFs written by hand, whose fonts say of their characters whatever a test wants."""


def pdf_with_map(lines: list[str], says: dict[str, str]) -> bytes:
    """A page of ``lines``; ``says`` maps a printed letter to the hex of what its font says."""
    mapped = "\n".join(f"<{ord(char):02x}> <{code}>" for char, code in says.items())
    plain = "\n".join(
        f"<{code:02x}> <{code:04x}>" for code in range(32, 127) if chr(code) not in says
    )
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "1 begincodespacerange <00> <ff> endcodespacerange\n"
        f"{len(says)} beginbfchar\n{mapped}\nendbfchar\n"
        f"{95 - len(says)} beginbfchar\n{plain}\nendbfchar\nendcmap end end"
    )
    shown = " ".join(f"({line}) Tj T*" for line in lines)
    content = f"BT /F 12 Tf 14 TL 40 760 Td {shown} ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 7 0 R >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>",
        f"<< /Length {len(cmap)} >>\nstream\n{cmap}\nendstream",
        "<< /Font << /F 5 0 R >> >>",
    ]
    body, places = "%PDF-1.7\n", []
    for number, text in enumerate(objects, start=1):
        places.append(len(body))
        body += f"{number} 0 obj\n{text}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer << /Size {size} /Root 1 0 R >>\n"
    return f"{body}{end}startxref\n{len(body)}\n%%EOF\n".encode("latin-1")
