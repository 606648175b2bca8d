"""Whether a quotation really stands in an answer."""

from services.diagnose.domain.comparing.written_form import folded, written_form


def is_quoted(quote: str, *sources: str) -> bool:
    """Whether ``quote`` occurs in one of ``sources``, whatever their widths, spaces and case.

    An empty quotation proves nothing. One of signs alone, such as ``-``, must occur as written.
    """
    bare = folded(quote)
    if bare:
        return any(bare in folded(source) for source in sources)
    signs = "".join(written_form(quote).split())
    return bool(signs) and any(signs in "".join(written_form(s).split()) for s in sources)
