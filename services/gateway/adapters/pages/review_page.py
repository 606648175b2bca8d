"""The review page: one HTML file without data. It asks the API with the key that is typed in."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from services.gateway.domain.review.words import review_words
from shared.contract.failures import Language

_ENVIRONMENT = Environment(
    loader=PackageLoader("services.gateway", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
)


def review_page(language: Language, nonce: str) -> bytes:
    """UTF-8 bytes of the page; ``nonce`` is the one of its Content-Security-Policy."""
    template = _ENVIRONMENT.get_template("review.html.j2")
    page = template.render(lang=language.value, words=review_words(language), nonce=nonce)
    return page.encode()


def review_policy(nonce: str) -> str:
    """The Content-Security-Policy of the page: its own script and style, and our API."""
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
        "connect-src 'self'; img-src blob:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
