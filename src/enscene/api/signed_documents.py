"""The text of a document as the API gives it."""

from __future__ import annotations

from typing import Any

import msgspec

from enscene.api.http import JSON, Response
from enscene.shelf.documents import Filled

_encode = msgspec.json.Encoder().encode


def document_answer(text: Filled, **more: Any) -> Response:
    """Its clauses in their order, in one language."""
    told = {
        "name": text.name,
        "title": text.title,
        "language": text.language,
        "clauses": text.clauses,
        "version": text.version,
        **more,
    }
    language = (b"content-language", text.language.encode())
    return Response(_encode(told), 200, (JSON, language, (b"vary", b"accept-language")))
