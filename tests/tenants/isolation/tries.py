"""Tries to reach what is another tenant's, through the doors that are open to people and programs."""

from __future__ import annotations

import itertools
import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import httpx
from starlette.routing import Match, Route

from api.partner import ISSUER
from enscene.partners.find_partner import list_partners
from enscene.simulator.attack.operations import Operation, example, read_operations
from enscene.web.console import COOKIE
from enscene.web.portal.session import COOKIE as PORTAL_COOKIE
from enscene.web.portal.session import issue_portal_session
from tenants.isolation.town import Place, Town

OPEN_TO_ALL = {("POST", "/v1/partner-applications")}
"""Anybody may apply at any bank: that is no reading and no writing of what is another's."""
OF_ALL_BELOW = {
    "GET /board", "GET /board/figures/{indicator}", "GET /planning/bank", "GET /v1/board",
    "GET /v1/planning/bank", "GET /v1/tickets/service",
}  # fmt: skip
"""What tells the bank's own people of their place and all below it, and of nobody beside or above."""
BY_NAME = {
    "partner": ("partner",), "clause": ("partner_clause",), "incident": ("partner_incident",),
    "launch": ("launch",), "webhook": ("webhook_endpoint",), "export": ("export",),
    "party": ("party",), "customer": ("party",), "key": ("thing",), "scene": ("scene",),
    "ref": ("scene", "party"), "sell": (), "buy": (), "month": (), "n": (), "version": (),
}  # fmt: skip
"""What a parameter of that name refers to; any other may be anything."""
FIXED = {"month": "2026-10", "n": "1", "version": "1", "sell": "CNY", "buy": "USD", "what": "users"}
_MARK = re.compile(r"密(\d{3})密")
_FORM = re.compile(r'<form[^>]*method="post"[^>]*action="([^"]+)"(.*?)</form>', re.DOTALL)
_FIELD = re.compile(r'name="([^"]+)"(?:[^>]*?value="([^"]*)")?')
_LINK = re.compile(r'href="(/[^"#?]*)')


@dataclass
class Found:
    """What came of the tries: how many by door, and every one that went wrong."""

    tried: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    hit: set[str] = field(default_factory=set)
    leaks: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def note(self, door: str, what: str, allowed: set[int], answer: httpx.Response) -> None:
        """Judge an answer: it says nothing of a tenant that is not allowed, and is no fault."""
        self.tried[door] += 1
        self.statuses[answer.status_code] += 1
        self.hit.add(what)
        request = f"{door} {answer.request.method} {answer.request.url.path}: {answer.status_code}"
        seen = {int(number) for number in _MARK.findall(told(answer))} - allowed
        if seen:
            self.leaks.append(f"{request} tells of {sorted(seen)}")
        if answer.status_code >= 500 and answer.status_code != 503:
            self.broken.append(request)


def told(answer: httpx.Response) -> str:
    """Its text, with whatever JSON writes by numbers."""
    text = answer.text
    return json.dumps(json.loads(text), ensure_ascii=False) if "\\u5bc6" in text else text


class Raider:
    """Tries at random, but the same each time."""

    def __init__(self, town: Town, seed: int) -> None:
        self.town = town
        self.random = random.Random(seed)
        self.found = Found()
        self._keys = itertools.count()
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(town.gateway, raise_app_exceptions=False), base_url=ISSUER
        )

    def ref(self, name: str, victim: Place) -> str:
        """A reference of the victim's that may stand where `name` is asked for."""
        if name in FIXED:
            return FIXED[name]
        kinds = [kind for kind in BY_NAME.get(name, ()) if victim.refs.get(kind)]
        kind = self.random.choice(kinds or [k for k, v in victim.refs.items() if v])
        return self.random.choice(victim.refs[kind])

    def filled(self, value: Any, victim: Place) -> Any:
        """A body in which texts are references of the victim's."""
        if isinstance(value, dict):
            return {
                name: self.ref(name, victim)
                if isinstance(each, str) and self.random.random() < 0.5
                else self.filled(each, victim)
                for name, each in value.items()
            }
        return [self.filled(each, victim) for each in value] if isinstance(value, list) else value

    async def call(self, me: Place, victim: Place, who: str, operation: Operation) -> None:
        """One operation of a document, with references of the victim's."""
        headers = {"idempotency-key": f"raid-{next(self._keys)}"}
        if who == "applicant":
            headers["authorization"] = f"Bearer {me.access_key}"
        else:
            headers["authorization"] = f"Bearer {me.apps[who].token}"
            acting = self.random.choice([f"ann-{victim.n}", f"ann-{me.n}", ""])
            if acting:
                headers |= {"acting-party": acting, "acting-role": "diner"}
        path = operation.filled(
            **{each["name"]: self.ref(each["name"], victim) for each in operation.names("path")}
        )
        if self.random.random() < 0.5:
            path = path.replace(f"/v1/{me.scene}/", f"/v1/{victim.scene}/")
        query = {
            each["name"]: self.ref(each["name"], victim)
            for each in operation.names("query")
            if self.random.random() < 0.3 and each["name"] not in ("limit", "cursor")
        }
        content = b""
        if operation.method not in ("GET", "HEAD", "DELETE"):
            body = self.filled(example(operation.body or {"type": "object"}), victim)
            content = json.dumps(body).encode()
            headers["content-type"] = "application/json"
        answer = await self.http.request(
            operation.method, path, headers=headers, params=query, content=content
        )
        sight = who == "bank" and f"{operation.method} {operation.path}" in OF_ALL_BELOW
        allowed = self.town.numbers_below(me) if sight else {me.number}
        self.found.note(f"api:{who}", operation.name, allowed, answer)

    async def documents(self, place: Place) -> list[Operation]:
        """The operations of the platform and of the tenant's own scene."""
        own = place.apps["bank"]
        found = []
        for path in ("/openapi.json", f"/v1/{place.scene}/openapi.json"):
            answer = await own.get(path)
            assert answer.status_code == 200, answer.text
            found += [
                each
                for each in read_operations(answer.json())
                if each.path.startswith("/v1/") and (each.method, each.path) not in OPEN_TO_ALL
            ]
        return found


@dataclass(frozen=True)
class Form:
    """A page that was opened or a form that stood on one."""

    method: str
    path: str
    fields: tuple[tuple[str, str], ...] = ()


def console_routes(town: Town) -> list[tuple[str, str]]:
    """(method, path) of all pages and forms for people who log in to the console."""
    found = []
    for route in town.app.routes:
        if isinstance(route, Route) and "{tenant}" not in route.path:
            methods = (route.methods or {"GET"}) - {"HEAD"}
            found += [(method, route.path) for method in sorted(methods)]
    return sorted(set(found))


def route_of(town: Town, form: Form) -> str:
    """The path of the route that answers a form."""
    scope = {"type": "http", "path": form.path, "method": form.method, "headers": [],
             "root_path": ""}  # fmt: skip
    for route in town.app.routes:
        if isinstance(route, Route) and route.matches(scope)[0] == Match.FULL:
            return f"{form.method} {route.path}"
    return ""


class Desk:
    """Somebody of a tenant at the console."""

    def __init__(self, town: Town, place: Place, role: str) -> None:
        self.town = town
        self.csrf = place.sessions[role].csrf
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(town.app, raise_app_exceptions=False),
            base_url="http://bank.test", cookies={COOKIE: place.sessions[role].token},
        )  # fmt: skip

    async def send(self, form: Form) -> httpx.Response:
        """Open the page or send the form, as one's own."""
        if form.method == "GET":
            return await self.http.get(form.path)
        fields = {**dict(form.fields), "csrf": self.csrf}
        return await self.http.post(form.path, data=fields)

    async def crawl(self) -> list[Form]:
        """The pages that can be reached by links, two of each kind, and the forms on them."""
        waiting, seen, found = ["/"], {"/"}, []
        kinds: Counter[str] = Counter()
        while waiting:
            path = waiting.pop(0)
            kind = route_of(self.town, Form("GET", path))
            kinds[kind] += 1
            if not kind or kinds[kind] > 2:
                continue
            page = await self.http.get(path)
            if page.status_code in (302, 303):
                page = await self.http.get(page.headers["location"])
            if "text/html" not in page.headers.get("content-type", ""):
                continue
            found.append(Form("GET", path))
            for action, inside in _FORM.findall(page.text):
                fields = ((unescape(n), unescape(v)) for n, v in _FIELD.findall(inside))
                kept = tuple((n, v) for n, v in fields if n != "csrf")
                found.append(Form("POST", unescape(action), kept))
            for link in _LINK.findall(page.text):
                if link not in seen and not link.startswith(("/static", "/docs", "/language")):
                    seen.add(link)
                    waiting.append(link)
        return list(dict.fromkeys(found))


def forms_for(
    raider: Raider, victim: Place, known: Mapping[str, Sequence[Form]]
) -> Iterator[tuple[str, Form]]:
    """Every page and form of the console with references of the victim's: as they stand on its
    own pages where it has them, else made from the route."""
    for method, path in console_routes(raider.town):
        what = f"{method} {path}"
        if path in ("/logout", "/login", "/favicon.ico") or path.startswith("/language"):
            continue
        if stood := known.get(what):
            yield what, raider.random.choice(stood)
            continue
        made = re.sub(
            r"\{(\w+)(?::\w+)?\}",
            lambda match: raider.ref(match[1], victim).replace("/", ""),
            path,
        )
        fields = [(name, raider.ref(name, victim)) for name in ("scene", "party", "partner", "id")]
        yield what, Form(method, made, tuple(fields) if method == "POST" else ())


async def portal_of(town: Town, place: Place) -> httpx.AsyncClient:
    """A partner of the tenant's that has signed in to the portal."""
    [partner] = await list_partners(town.pool, place.tenant.id)
    cookie, _ = await issue_portal_session(town.pool, partner)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(town.app, raise_app_exceptions=False),
        base_url="http://bank.test", cookies={PORTAL_COOKIE: cookie},
    )  # fmt: skip
