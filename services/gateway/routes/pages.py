"""Pages for people. They hold no data: what they show they ask the API for, with a key."""

import secrets

from fastapi import APIRouter, Request, Response

from services.gateway.adapters.pages.review_page import review_page, review_policy
from services.gateway.adapters.responses.problem_response import request_language
from shared.contract.failures import Language

router = APIRouter(include_in_schema=False)


@router.get("/review")
async def get_review_page(request: Request, lang: Language | None = None) -> Response:
    """The page on which people grade what nobody else could; in the browser's language."""
    nonce = secrets.token_urlsafe(16)
    return Response(
        review_page(lang or request_language(request), nonce),
        media_type="text/html; charset=utf-8",
        headers={
            "Content-Security-Policy": review_policy(nonce),
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "Vary": "Accept-Language",
        },
    )
