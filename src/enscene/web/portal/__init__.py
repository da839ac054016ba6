"""The developer portal: sign up, apply, keys, trying out, one's own calls, the docs."""

from __future__ import annotations

from starlette.routing import Route

from enscene.web.console import Console
from enscene.web.portal import (
    controls,
    cooperation,
    docs,
    door,
    keys,
    outside,
    rails,
    tickets,
    try_out,
    usage,
)


def routes(console: Console) -> list[Route]:
    """The routes of the portal."""
    return [
        route
        for part in (
            door,
            keys,
            try_out,
            rails,
            usage,
            controls,
            cooperation,
            outside,
            tickets,
            docs,
        )
        for route in part.routes(console)
    ]
