"""The pages of the product as a person uses them in a story: cookies, forms, what is written."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from enscene.simulator.wire import Wire

FORM = "application/x-www-form-urlencoded"


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
    """Somebody's browser, without scripts: follows where it is led, keeps cookies."""

    def __init__(self, wire: Wire, url: str, language: str = "zh-CN") -> None:
        self._wire = wire
        self._origin = url
        self._language = language
        self._cookies: dict[str, str] = {}

    async def get(self, path: str) -> Shown:
        """Open a page of the site."""
        return await self._send("GET", path, "")

    async def post(self, path: str, **form: str) -> Shown:
        """Send a form."""
        return await self._send("POST", path, urlencode(form))

    async def _send(self, method: str, path: str, body: str) -> Shown:
        for _ in range(5):
            headers = {"accept-language": self._language}
            if self._cookies:
                headers["cookie"] = "; ".join(f"{k}={v}" for k, v in self._cookies.items())
            if method == "POST":
                headers |= {"content-type": FORM, "origin": self._origin}
            reply = await self._wire.send(method, path, headers, body.encode())
            self._keep(reply.headers.get("set-cookie", ""))
            if reply.status not in (302, 303):
                return Shown(reply.status, path, reply.content.decode("utf-8", "replace"))
            target = urlsplit(reply.headers["location"])
            path = target.path + (f"?{target.query}" if target.query else "")
            method, body = "GET", ""
        raise RuntimeError(f"{path} leads round in circles")

    def _keep(self, text: str) -> None:
        for line in text.splitlines():
            name, equals, value = line.partition(";")[0].partition("=")
            if equals and value not in ("", '""'):
                self._cookies[name] = value
            else:
                self._cookies.pop(name, None)


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

    async def _send(self, path: str, form: dict[str, str]) -> Shown:
        reply = await self._wire.send(
            "POST", f"{self._path}{path}?lang=zh", self._headers, urlencode(form).encode()
        )
        return Shown(reply.status, path, reply.content.decode("utf-8", "replace"))


def path_of(link: str) -> str:
    """The path of an address, as a browser asks for it."""
    parts = urlsplit(html.unescape(link))
    return parts.path + (f"?{parts.query}" if parts.query else "")
