"""Class PDFs as programs make them: what one student's page has must not reach another's file."""

import zlib
from collections.abc import Callable

import numpy as np
from pikepdf import Array, Dictionary, Encryption, Name, Object, Pdf, String

Build = Callable[[Pdf], None]
WIDTH, HEIGHT = 120, 160


def secret(student: int) -> bytes:
    """What stands in student ``student``'s own objects, and may stand in no other file."""
    return f"secret of student {student}".encode()


def pages_of(pdf: Pdf, count: int = 3) -> list[Object]:
    """Blank pages, one a student."""
    for _ in range(count):
        pdf.add_blank_page(page_size=(WIDTH, HEIGHT))
    return [page.obj for page in pdf.pages]


def picture(pdf: Pdf, student: int) -> Object:
    """A grey image that no other is like; its data end in the student's secret."""
    grey = np.random.default_rng(student).integers(0, 255, (20, 20), np.uint8)
    data = grey.tobytes()[: 400 - len(secret(student))] + secret(student)
    image = pdf.make_stream(data, Width=20, Height=20, BitsPerComponent=8)
    image.Type, image.Subtype, image.ColorSpace = Name.XObject, Name.Image, Name.DeviceGray
    return image


def _form(pdf: Pdf, content: bytes, resources: Object | None = None) -> Object:
    form = pdf.make_stream(content, Type=Name.XObject, Subtype=Name.Form)
    form.BBox = Array([0, 0, WIDTH, HEIGHT])
    if resources is not None:
        form.Resources = resources
    return form


def _shared(pdf: Pdf, **kinds: Object) -> Object:
    """One dictionary of resources for all pages."""
    resources = pdf.make_indirect(Dictionary(kinds_with_slash(kinds)))
    for page in pdf.pages:
        page.obj.Resources = resources
    return resources


def kinds_with_slash(kinds: dict[str, Object]) -> dict[str, Object]:
    return {f"/{kind}": entries for kind, entries in kinds.items()}


def _draw(pdf: Pdf, content: Callable[[int], str]) -> None:
    for student, page in enumerate(pdf.pages):
        page.obj.Contents = pdf.make_stream(content(student).encode())


def _pictures(pdf: Pdf) -> Dictionary:
    return Dictionary({f"/I{n}": picture(pdf, n) for n in range(len(pdf.pages))})


def pictures_in_shared_resources(pdf: Pdf) -> None:
    pages_of(pdf)
    _shared(pdf, XObject=_pictures(pdf))
    _draw(pdf, lambda n: f"q 90 0 0 90 9 40 cm /I{n} Do Q")


def names_that_are_alike_in_all_kinds(pdf: Pdf) -> None:
    pages_of(pdf)
    images = Dictionary({f"/{n}": picture(pdf, n) for n in range(3)})
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    _shared(pdf, XObject=images, Font=Dictionary({f"/{n}": font for n in range(3)}))
    _draw(pdf, lambda n: f"BT /{2 - n} 12 Tf 9 9 Td (a) Tj ET q 60 0 0 60 9 40 cm /{n} Do Q")


def pictures_in_inherited_resources(pdf: Pdf) -> None:
    pages_of(pdf)
    pdf.Root.Pages.Resources = pdf.make_indirect(Dictionary(XObject=_pictures(pdf)))
    pdf.Root.Pages.Rotate = 90
    for page in pdf.pages:
        del page.obj["/Resources"]
    _draw(pdf, lambda n: f"q 90 0 0 90 9 40 cm /I{n} Do Q")


def forms_that_share_resources(pdf: Pdf) -> None:
    pages_of(pdf)
    inner = pdf.make_indirect(Dictionary(XObject=_pictures(pdf)))
    forms = {f"/F{n}": _form(pdf, f"90 0 0 90 9 40 cm /I{n} Do".encode(), inner) for n in range(3)}
    _shared(pdf, XObject=Dictionary(forms))
    _draw(pdf, lambda n: f"/F{n} Do")


def forms_without_resources_of_their_own(pdf: Pdf) -> None:
    pages_of(pdf)
    pictures = _pictures(pdf)
    for n in range(3):
        pictures[f"/F{n}"] = _form(pdf, f"90 0 0 90 9 40 cm /I{n} Do".encode())
    _shared(pdf, XObject=pictures)
    _draw(pdf, lambda n: f"/F{n} Do")


def patterns_of_pictures(pdf: Pdf) -> None:
    pages_of(pdf)
    patterns = Dictionary()
    for n in range(3):
        pattern = pdf.make_stream(f"30 0 0 30 0 0 cm /I{n} Do".encode(), PatternType=1)
        pattern.PaintType = pattern.TilingType = 1
        pattern.BBox, pattern.XStep, pattern.YStep = Array([0, 0, 30, 30]), 30, 30
        pattern.Resources = Dictionary(XObject=_pictures(pdf))
        patterns[f"/P{n}"] = pattern
    _shared(pdf, Pattern=patterns)
    _draw(pdf, lambda n: f"/Pattern cs /P{n} scn 9 9 90 90 re f")


def soft_masks_of_pictures(pdf: Pdf) -> None:
    pages_of(pdf)
    states = Dictionary()
    for n in range(3):
        group = _form(
            pdf, f"90 0 0 90 9 40 cm /I{n} Do".encode(), Dictionary(XObject=_pictures(pdf))
        )
        group.Group = Dictionary(S=Name.Transparency, CS=Name.DeviceGray)
        mask = Dictionary(Type=Name.Mask, S=Name.Luminosity, G=group)
        states[f"/G{n}"] = Dictionary(Type=Name.ExtGState, SMask=mask)
    _shared(pdf, ExtGState=states)
    _draw(pdf, lambda n: f"/G{n} gs 0 0 120 160 re f")


def glyphs_that_draw_pictures(pdf: Pdf) -> None:
    pages_of(pdf)
    fonts = Dictionary()
    resources = pdf.make_indirect(Dictionary(XObject=_pictures(pdf)))
    for n in range(3):
        glyph = pdf.make_stream(f"1000 0 d0 900 0 0 900 0 0 cm /I{n} Do".encode())
        fonts[f"/T{n}"] = Dictionary(
            Type=Name.Font,
            Subtype=Name.Type3,
            FontBBox=Array([0, 0, 1000, 1000]),
            FontMatrix=Array([0.001, 0, 0, 0.001, 0, 0]),
            CharProcs=Dictionary(a=glyph),
            Encoding=Dictionary(Type=Name.Encoding, Differences=Array([97, Name.a])),
            FirstChar=97,
            LastChar=97,
            Widths=Array([1000]),
            Resources=resources,
        )
    _shared(pdf, Font=pdf.make_indirect(fonts))
    _draw(pdf, lambda n: f"BT /T{n} 80 Tf 9 40 Td (a) Tj ET")


def stamps_that_share_resources(pdf: Pdf) -> None:
    pages = pages_of(pdf)
    resources = pdf.make_indirect(Dictionary(XObject=_pictures(pdf)))
    for n, page in enumerate(pages):
        stamp = Dictionary(Type=Name.Annot, Subtype=Name.Stamp, Rect=Array([9, 9, 99, 99]), F=4)
        form = _form(pdf, f"{WIDTH} 0 0 {HEIGHT} 0 0 cm /I{n} Do".encode(), resources)
        stamp.AP = Dictionary(N=form)
        stamp.P = page
        page.Annots = Array([pdf.make_indirect(stamp)])


def annotations_that_lead_to_other_pages(pdf: Pdf) -> None:
    pages = pages_of(pdf)
    notes = []
    for n, page in enumerate(pages):
        page.Contents = pdf.make_stream(b"% " + secret(n) + b"\n0 0 60 60 re f")
        note = Dictionary(Type=Name.Annot, Subtype=Name.Square, Rect=Array([9, 70, 50, 90]), F=4)
        note.Contents = String(secret(n).decode())
        notes.append(pdf.make_indirect(note))
    for n, page in enumerate(pages):
        other, near = pages[n - 1], notes[n - 1]
        link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([9, 9, 50, 50]))
        link.A = Dictionary(S=Name.GoTo, D=Array([other, Name.Fit]))
        notes[n].IRT, notes[n].Popup, notes[n].P = near, near, other
        page.Annots = Array([notes[n], pdf.make_indirect(link)])
        page.AA = Dictionary(O=Dictionary(S=Name.GoTo, D=Array([other, Name.Fit])))
        page.PieceInfo = Dictionary(Joiner=Dictionary(Private=Dictionary(All=Array(pages))))


def _field(pdf: Pdf, page: Object, student: int, **keys: object) -> Object:
    field = Dictionary(
        Type=Name.Annot, Subtype=Name.Widget, Rect=Array([9, 60, 110, 90]), F=4, P=page
    )
    field.DA = String("/Helv 14 Tf 0 g")
    field.MK = Dictionary(BC=Array([1, 0, 0]))
    for key, value in keys.items():
        field[f"/{key}"] = value
    return pdf.make_indirect(field)


def _interactive(pdf: Pdf, fields: list[Object], **keys: object) -> None:
    helvetica = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    form = Dictionary(Fields=Array(fields), DR=Dictionary(Font=Dictionary(Helv=helvetica)))
    form.DA = String("/Helv 0 Tf 0 g")
    for key, value in keys.items():
        form[f"/{key}"] = value
    pdf.Root.AcroForm = pdf.make_indirect(form)


def fields_that_the_reader_draws(pdf: Pdf) -> None:
    fields = []
    for n, page in enumerate(pages_of(pdf)):
        value = String(secret(n).decode())
        fields.append(_field(pdf, page, n, FT=Name.Tx, T=String(f"answer {n}"), V=value))
        page.Annots = Array([fields[n]])
    _interactive(pdf, fields, NeedAppearances=True)


def fields_with_appearances(pdf: Pdf) -> None:
    fields = []
    for n, page in enumerate(pages_of(pdf)):
        drawn = _form(pdf, b"/Tx BMC 0 0 70 20 re f EMC % " + secret(n))
        fields.append(_field(pdf, page, n, FT=Name.Tx, T=String("answer"), AP=Dictionary(N=drawn)))
        page.Annots = Array([fields[n]])
    _interactive(pdf, fields)


def boxes_of_one_field_on_all_pages(pdf: Pdf) -> None:
    top = pdf.make_indirect(Dictionary(T=String("class"), Kids=Array([])))
    for n, page in enumerate(pages_of(pdf)):
        states = Dictionary(Yes=_form(pdf, b"0 0 120 160 re f % " + secret(n)), Off=_form(pdf, b""))
        box = _field(pdf, page, n, FT=Name.Btn, T=String(f"box {n}"), Parent=top)
        box.AP, box.AS, box.V = Dictionary(N=states), Name.Yes, Name.Yes
        top.Kids.append(box)
        page.Annots = Array([box])
    _interactive(pdf, [top])


def layers_that_are_off(pdf: Pdf) -> None:
    pages_of(pdf)
    groups = [
        pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String(secret(n).decode())))
        for n in range(3)
    ]
    key = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("key")))
    _shared(pdf, Properties=Dictionary({f"/L{n}": group for n, group in enumerate([*groups, key])}))
    _draw(
        pdf,
        lambda n: f"/OC /L{n} BDC 9 9 40 40 re f EMC /OC /L3 BDC 0 0 1 rg 60 60 40 40 re f EMC",
    )
    pdf.Root.OCProperties = Dictionary(
        OCGs=Array([*groups, key]),
        D=Dictionary(OFF=Array([key]), Order=Array([*groups, key])),
    )


def pictures_on_layers_that_are_off(pdf: Pdf) -> None:
    pages_of(pdf)
    hidden = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("key")))
    pictures = _pictures(pdf)
    pictures.K = _form(pdf, b"0 0 120 160 re f")
    pictures.K.OC = hidden
    _shared(pdf, XObject=pictures)
    _draw(pdf, lambda n: f"/K Do q 90 0 0 90 9 40 cm /I{n} Do Q")
    pdf.Root.OCProperties = Dictionary(
        OCGs=Array([hidden]), D=Dictionary(BaseState=Name.OFF, ON=Array([]))
    )


def pages_without_type(pdf: Pdf) -> None:
    pictures_in_shared_resources(pdf)
    for page in pdf.pages:
        del page.obj["/Type"]


def colours_that_are_meant_for_all_of_their_kind(pdf: Pdf) -> None:
    pages_of(pdf)
    green = pdf.make_stream(b"{ pop pop pop 0 1 0 }", FunctionType=4)
    green.Domain, green.Range = Array([0, 1] * 4), Array([0, 1] * 3)
    inks = [Name.DeviceN, Array([Name.C, Name.M, Name.Y, Name.K]), Name.DeviceRGB, green]
    _shared(pdf, ColorSpace=Dictionary(DefaultCMYK=Array(inks), Unused=Name.DeviceRGB))
    _draw(pdf, lambda n: f"/DeviceCMYK cs 1 0 0 0 scn 9 {9 + 40 * n} 40 40 re f")


def names_in_an_old_encoding(pdf: Pdf) -> None:
    pages_of(pdf)
    images = Dictionary()
    for n, name in enumerate("甲乙丙"):
        images[Object.parse(b"/" + name.encode("gbk"))] = picture(pdf, n)
    _shared(pdf, XObject=images)
    for name, page in zip("甲乙丙", pdf.pages, strict=True):
        draw = b"q 90 0 0 90 9 40 cm /" + name.encode("gbk") + b" Do Q"
        page.obj.Contents = pdf.make_stream(draw)


def content_whose_data_are_damaged(pdf: Pdf) -> None:
    pages_of(pdf)
    _shared(pdf, XObject=_pictures(pdf))
    for n, page in enumerate(pdf.pages):
        comments = b"".join(b"%% %d\n" % (k * 7919 % 1000) for k in range(200))
        data = bytearray(zlib.compress(f"q 90 0 0 90 9 40 cm /I{n} Do Q\n".encode() + comments))
        data[-40:-20] = bytes(20)
        page.obj.Contents = pdf.make_stream(bytes(data), Filter=Name.FlateDecode)


def content_that_breaks_off(pdf: Pdf) -> None:
    pages_of(pdf)
    _shared(pdf, XObject=_pictures(pdf))
    _draw(pdf, lambda n: f"q 90 0 0 90 9 40 cm << /I{n} Do ]] /I{n} Do (never closed")


BUILDS: tuple[Build, ...] = (
    pictures_in_shared_resources,
    names_that_are_alike_in_all_kinds,
    pictures_in_inherited_resources,
    forms_that_share_resources,
    forms_without_resources_of_their_own,
    patterns_of_pictures,
    soft_masks_of_pictures,
    glyphs_that_draw_pictures,
    stamps_that_share_resources,
    annotations_that_lead_to_other_pages,
    fields_that_the_reader_draws,
    fields_with_appearances,
    boxes_of_one_field_on_all_pages,
    layers_that_are_off,
    pictures_on_layers_that_are_off,
    pages_without_type,
    colours_that_are_meant_for_all_of_their_kind,
    names_in_an_old_encoding,
    content_whose_data_are_damaged,
    content_that_breaks_off,
)
OWNER_ONLY = Encryption(owner="owner", user="", R=6)
