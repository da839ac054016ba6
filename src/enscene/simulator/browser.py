"""Somebody's browser, without scripts: cookies, forms, what is written on a page."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from enscene.simulator.wire import Wire

FORM = "application/x-www-form-urlencoded"
TURNS_MOST = 5


@dataclass(frozen=True, slots=True)
class Shown:
    """A page. `text` is its source."""

    status: int
    path: str
    text: str

    def find(self, pattern: str) -> str:
        """The first group of the first match, or nothing."""
        found = re.search(pattern, self.text, re.DOTALL)
        return html.unescape(found[1]) if found else ""

    def all(self, pattern: str) -> list[str]:
        """The first group of every match."""
        return [html.unescape(each) for each in re.findall(pattern, self.text, re.DOTALL)]

    @property
    def asked(self) -> set[str]:
        """The fields that this page asks the customer for."""
        return set(self.all(r'data-asked="(\w+)"'))

    @property
    def said(self) -> str:
        """What the page says of what was done."""
        return self.find(r'<p class="(?:said|note)[^"]*"[^>]*>([^<]*)</p>')


class Browser:
    """Follows where it is led and keeps cookies."""

    def __init__(self, wire: Wire, url: str, language: str = "zh-CN") -> None:
        self._wire = wire
        self._origin = url
        self._language = language
        self._cookies: dict[str, str] = {}
        self.requests = 0

    async def get(self, path: str) -> Shown:
        """Open a page of the site."""
        return await self._send("GET", path, "")

    async def post(self, path: str, **form: str) -> Shown:
        """Send a form."""
        return await self._send("POST", path, urlencode(form))

    async def _send(self, method: str, path: str, body: str) -> Shown:
        for _ in range(TURNS_MOST):
            headers = {"accept-language": self._language}
            if self._cookies:
                headers["cookie"] = "; ".join(f"{k}={v}" for k, v in self._cookies.items())
            if method == "POST":
                headers |= {"content-type": FORM, "origin": self._origin}
            self.requests += 1
            reply = await self._wire.send(method, path, headers, body.encode())
            self._keep(reply.headers.get("set-cookie", ""))
            if reply.status not in (302, 303):
                return Shown(reply.status, path, reply.content.decode("utf-8", "replace"))
            path = path_of(reply.headers["location"])
            method, body = "GET", ""
        raise RuntimeError(f"{path} leads round in circles")

    def _keep(self, text: str) -> None:
        for line in text.splitlines():
            name, equals, value = line.partition(";")[0].partition("=")
            if equals and value not in ("", '""'):
                self._cookies[name] = value
            else:
                self._cookies.pop(name, None)


def path_of(link: str) -> str:
    """The path of an address, as a browser asks for it."""
    parts = urlsplit(html.unescape(link))
    return parts.path + (f"?{parts.query}" if parts.query else "")
