"""The class report as one HTML file that needs nothing beside it."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from services.gateway.domain.classes.view import ClassView

_ENVIRONMENT = Environment(
    loader=PackageLoader("services.gateway", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def class_page(view: ClassView) -> bytes:
    """UTF-8 bytes of the page; everything from the class is escaped."""
    page = _ENVIRONMENT.get_template("class.html.j2").render(view=view, words=view.words)
    return page.encode("utf-8")
