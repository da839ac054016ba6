"""`/docs`: how to begin, every scene's operations, every problem; Chinese first, English complete."""

from __future__ import annotations

from enscene.api.documents import Documents
from enscene.api.http import Request, Response


class Pages:
    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def serve(self, request: Request, rest: list[str]) -> Response:
        raise NotImplementedError
