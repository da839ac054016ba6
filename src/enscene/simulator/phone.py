"""A customer's telephone: the mobile bank of the sandbox, and the codes that are sent there."""

from __future__ import annotations

import re

from enscene.simulator.browser import Browser, Shown, path_of
from enscene.simulator.wire import Wire

_CODE = re.compile(r"验证码 (\d{6})")
_OPEN = "/open/"


class Phone:
    """Opened by the `link` that a scene hands over."""

    def __init__(self, wire: Wire, link: str) -> None:
        self.browser = Browser(wire, wire.url)
        self._link = path_of(link)
        self._base = self._link.partition(_OPEN)[0]
        self._page = Shown(0, "", "")

    async def take_over(self, customer: str) -> Shown:
        """Log in and go on with what was handed over; its page."""
        self._page = await self.browser.post(
            f"{self._base}/login", customer=customer, next=f"{self._base}/messages"
        )
        return await self._press(self._link)

    async def ask_code(self, application: str) -> str:
        """Have a code sent and read it; empty when none came."""
        await self._press(f"{self._base}/applications/{application}/code")
        messages = await self.browser.get(f"{self._base}/messages")
        for message in messages.text.split("<li")[1:]:
            found = _CODE.search(message)
            if found and f"/applications/{application}" in message:
                return found[1]
        return ""

    async def sign(self, application: str, code: str) -> Shown:
        """Enter a code."""
        return await self._press(f"{self._base}/applications/{application}/sign", code=code)

    async def _press(self, path: str, **form: str) -> Shown:
        csrf = self._page.find(r'name="csrf" value="([^"]+)"')
        shown = await self.browser.post(path, csrf=csrf, **form)
        if 'name="csrf"' in shown.text:
            self._page = shown
        return shown
