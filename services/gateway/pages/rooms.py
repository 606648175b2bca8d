"""All pages, in the order in which the router tries them."""

from services.gateway.pages import (
    classes,
    exam,
    exams,
    frame,
    live,
    operations,
    papers,
    reference,
    review,
    sharing,
    sign_in,
    submit,
)

PAGES = tuple(
    room.router
    for room in (
        sign_in,
        exams,
        exam,
        live,
        submit,
        classes,
        papers,
        review,
        sharing,
        operations,
        reference,
        frame,
    )
)
