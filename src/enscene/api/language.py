"""In which language a text is asked for."""

from __future__ import annotations

from enscene.api.http import Request
from enscene.kernel.errors import Invalid

LANGUAGES = ("zh", "en")


def wants_chinese(request: Request) -> bool:
    """Whether errors are to be told in Chinese: programs that say nothing read English."""
    return request.headers.get(b"accept-language", b"").lower().startswith(b"zh")


def language_of(request: Request) -> str:
    """`?lang=`; else English for who prefers it, Chinese for all others. The query has nothing
    else. Raises: Invalid."""
    asked = request.query("lang").get("lang")
    if asked is not None:
        if asked not in LANGUAGES:
            raise Invalid("lang is zh or en", code="invalid.language", param="lang")
        return asked
    wanted = request.headers.get(b"accept-language", b"").lower()
    return "en" if wanted.startswith(b"en") else "zh"
