"""A scene's page as a person uses it in a story."""

from __future__ import annotations

from urllib.parse import urlencode

from enscene.simulator.browser import FORM, Browser, Shown, path_of
from enscene.simulator.wire import Wire

__all__ = ["Browser", "ScenePage", "Shown", "path_of"]


class ScenePage:
    """A person's page of a scene, with its token."""

    def __init__(self, wire: Wire, path: str, token: str) -> None:
        self._wire = wire
        self._path = path
        self._headers = {"authorization": f"H5 {token}", "content-type": FORM}

    async def look(self) -> Shown:
        """As it stands."""
        return await self._send("/content", {})

    async def apply(self, step: str, **form: str) -> Shown:
        """Press a button of an application."""
        return await self._send(f"/apply/{step}", form)

    async def press(self, path: str, **form: str) -> Shown:
        """Send any other form of the page by its path, `/consent` or `/offers/taken`."""
        return await self._send(path, form)

    async def _send(self, path: str, form: dict[str, str]) -> Shown:
        reply = await self._wire.send(
            "POST", f"{self._path}{path}?lang=zh", self._headers, urlencode(form).encode()
        )
        return Shown(reply.status, path, reply.content.decode("utf-8", "replace"))
