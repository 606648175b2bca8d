"""Divides a PDF by qpdf: each student's file holds their pages and what these use, and no more."""

from collections.abc import Iterator
from pathlib import Path
from typing import Self

from pikepdf import Array, Dictionary, Name, Object, ObjectStreamMode, Page, Pdf, StreamDecodeLevel

from services.ingest.adapters.division.pdf_names import name_of
from services.ingest.adapters.division.used_resources import UsedResources

#: What draws a page (ISO 32000-2, table 31). All else may lead to other pages, or tell of them.
_PAGE_KEYS = frozenset(
    {
        *("/Type", "/Parent", "/Resources", "/Contents", "/Annots", "/Group"),
        *("/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox", "/Rotate", "/UserUnit"),
    }
)
#: What leads from an annotation to elsewhere: actions, destinations, pages, other annotations.
_LEADS = ("/A", "/AA", "/PA", "/Dest", "/P", "/IRT", "/Popup", "/StructParent")
#: What an interactive form draws its fields with (table 224).
_FORM_KEYS = ("/DA", "/DR", "/NeedAppearances", "/Q")
#: Fields are nested a few levels deep. A file may have loops.
_MAX_FIELD_DEPTH = 32


class ClassPdf:
    """An open PDF of several students. Raises pikepdf.PdfError, PasswordError among them."""

    def __init__(self, source: Path) -> None:
        self._pdf = Pdf.open(source)
        pruning = UsedResources()
        for page in self._pdf.pages:
            for key in set(page.obj.keys()) - _PAGE_KEYS:
                del page.obj[name_of(key)]
            _part_annotations(self._pdf, page)
            pruning.keep(page)
        self._form = _drawing_of_fields(self._pdf)
        self.page_count = len(self._pdf.pages)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pdf.close()

    def write(self, pages: range, target: Path) -> None:
        """Write the pages at the indices ``pages`` (from 0), with their form fields and layers."""
        with Pdf.new() as part:
            part.add_pages_from(self._pdf, pages, outlines="ignore")
            if self._form is not None:
                part.Root.AcroForm = part.copy_foreign(self._form)
                part.Root.AcroForm.Fields = _joined_fields(part)
            part.save(
                target,
                min_version=self._pdf.pdf_version,
                # Pictures are copied as they are: decoding them takes time and changes nothing.
                stream_decode_level=StreamDecodeLevel.none,
                compress_streams=False,
                object_stream_mode=ObjectStreamMode.generate,
            )


def _part_annotations(pdf: Pdf, page: Page) -> None:
    """Cut what leads from the annotations of ``page`` to others.

    A field may stand on the pages of all students. So fields forget those below them;
    ``_joined_fields`` tells them anew.
    """
    page.obj.Annots = Array(
        [
            annotation if annotation.is_indirect else pdf.make_indirect(annotation)
            for annotation in _annotations(page)
        ]
    )
    for annotation in _annotations(page):
        is_field = annotation.get(Name.Subtype) == Name.Widget
        for key in _LEADS if is_field else (*_LEADS, "/Parent"):
            if key in annotation:
                del annotation[key]
        for field in _with_those_above(annotation):
            for key in ("/Kids", "/AA"):
                if key in field:
                    del field[key]


def _drawing_of_fields(pdf: Pdf) -> Object | None:
    """What ``pdf`` draws form fields with; None without a form. The form itself is taken off."""
    form = pdf.Root.get(Name.AcroForm)
    if not isinstance(form, Dictionary):
        return None
    # What is copied page by page would be searched as a whole each time.
    del pdf.Root["/AcroForm"]
    kept = Dictionary({key: form[key] for key in _FORM_KEYS if key in form})
    resources = kept.get(Name.DR)
    if isinstance(resources, Dictionary):
        # Fields are drawn with fonts. A dictionary shared with pages has their pictures as well.
        fonts = {key: value for key, value in resources.items() if key in {"/Font", "/Encoding"}}
        kept.DR = Dictionary(fonts)
    return pdf.make_indirect(kept)


def _joined_fields(part: Pdf) -> Array:
    """The fields on the pages of ``part``: those at the top, each with those below it."""
    top, joined = Array(), set()
    for page in part.pages:
        for annotation in _annotations(page):
            if annotation.get(Name.Subtype) != Name.Widget:
                continue
            for field in _with_those_above(annotation):
                if field.objgen in joined:
                    break
                joined.add(field.objgen)
                above = field.get(Name.Parent)
                if not isinstance(above, Dictionary):
                    top.append(field)
                elif Name.Kids in above:
                    above.Kids.append(field)
                else:
                    above.Kids = Array([field])
    return top


def _with_those_above(field: Object) -> Iterator[Object]:
    for _ in range(_MAX_FIELD_DEPTH):
        yield field
        above = field.get(Name.Parent)
        if not isinstance(above, Dictionary):
            return
        field = above


def _annotations(page: Page) -> Iterator[Object]:
    annotations = page.obj.get(Name.Annots)
    for item in annotations if isinstance(annotations, Array) else ():
        if isinstance(item, Dictionary):
            yield item
