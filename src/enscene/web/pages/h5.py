"""The pages that customers see."""

from __future__ import annotations

from starlette.routing import Route

from enscene.web.console import Console


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    return []
