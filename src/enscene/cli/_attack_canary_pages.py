"""The canary on pages: every page and every form of the site, by everybody who may not see it.

Pages are first read with nothing sent but a reference: whatever of the person stands on one was
known of it. Then every form is sent with the marks of another canary in every field: what was typed
may be shown to who typed it, and never stands in a log.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import quote, urlencode

from starlette.routing import Route

from enscene.cli._attack_arena import TENANT, Arena
from enscene.cli._attack_canary import (
    FOUND_MOST,
    Canary,
    canaries,
    enrolled,
    leaks,
    new_canary,
    repeats,
)
from enscene.cli._attack_judge import Judged
from enscene.cli._attack_people import desk_of
from enscene.cli._demo_logins import PEOPLE
from enscene.cli._pack_folders import PACKS
from enscene.scenes.runtime import SceneHost
from enscene.simulator.browser import FORM, Browser
from enscene.web import ConsoleSettings, create_console
from enscene.web.h5_token import issue_h5_token

EACH_MOST, ABOUT_MOST = 3, 20
"""So many pages of one sort are read by each visitor; and those of the person's own scene."""
LEAST = 10
"""So many pages and forms are for everybody at the console."""
SCENE = "car_owner"
_LINK = re.compile(r'(?:href|action|hx-get|hx-post|data-path)="(/[^"#]*)')
_NAME = re.compile(r'<(?:input|select|textarea|button)\b[^>]*\bname="([^"]+)"')
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')
# Who works on a bank's scenes and decisions knows its customers by name; by nothing else of them.
_STAFF = ("li", "wang", "zhao")
_BY_NAME = ("/customers/", "/looks", "/scenes/", "/language/")
_ENDS = ("/logout", "/password")
"""What ends a visit comes last."""
_STREAMS = {"/scenes/{ref}/live"}
"""Answers without an end; a number of orders, nothing else."""

Answer = tuple[int, str]
Ask = Callable[[str, str, dict[str, str]], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Place:
    """A route of the site."""

    pattern: str
    methods: frozenset[str]
    shape: re.Pattern[str]

    def fits(self, path: str) -> bool:
        """Whether the address is one of this sort."""
        return self.shape.fullmatch(path.partition("?")[0]) is not None

    def filled(self, text: str, **own_names: str) -> str:
        """The address with the same text at each place that takes one; the bank, the scene and
        what is named besides at its own."""
        own = self.pattern.replace("{tenant}", TENANT).replace("{scene}", SCENE)
        own = own.replace("/scenes/{ref}", f"/scenes/{SCENE}")
        for name, value in own_names.items():
            own = own.replace(f"{{{name}}}", quote(value, safe=""))
        own = re.sub(r"\{\w+:int\}", "1", own)
        return re.sub(r"\{\w+(:\w+)?\}", quote(text, safe=""), own)


@dataclass(slots=True)
class Visitor:
    """Somebody who may not see the person, and the pages and fields that they have found."""

    name: str
    ask: Ask
    start: str
    part: str = "/"
    csrf: str = ""
    read: dict[str, list[str]] = field(default_factory=dict)
    fields: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)
    shown: int = 0
    heard: int = 0


def places_of(pool: object) -> list[Place]:
    """The route table of console, portal and the bank's own pages."""
    app = create_console(SceneHost(pool), pool, ConsoleSettings(packs=PACKS))
    return [
        Place(each.path, frozenset(each.methods or ()), each.path_regex)
        for each in app.routes
        if isinstance(each, Route)
    ]


async def persons(arena: Arena, judged: Judged) -> None:
    """Pages, operations and forms show nobody to whom it is no business, and write nobody down."""
    known, typed = new_canary(), new_canary()
    await enrolled(arena, known)
    places = places_of(arena.pool)
    visitors = await _visitors(arena)
    await read_pages(judged, [each for each in places if "GET" in each.methods], visitors, known)
    # Forms are sent last: somebody's would close the scene.
    await canaries(arena, judged)
    forms = [each for each in places if "POST" in each.methods]
    await send_forms(judged, forms, visitors, known, typed)
    written = [mark for canary in (known, typed) for mark in leaks(arena.box.home, canary)]
    judged.check(f"no log holds it: {written[:FOUND_MOST]}", holds=not written)


async def read_pages(
    judged: Judged, places: Sequence[Place], visitors: Sequence[Visitor], canary: Canary
) -> None:
    """Every page that a visitor is led to, and every other one by the person's reference."""
    told, reached = list[str](), set[str]()
    pages = 0
    for visitor in visitors:
        waiting = [visitor.start]
        own = {"type": "purchase", "key": canary.purchase, "name": "card", "party": canary.ref}
        for each in places:
            if _is_for(visitor, each):
                waiting += [each.filled(canary.ref), each.filled(canary.ref, **own)]
        while waiting:
            path = waiting.pop(0)
            place = next((each for each in places if each.fits(path)), None)
            if place is None or place.pattern in _STREAMS or not _take(visitor, place, path):
                continue
            status, text = await visitor.ask("GET", path, {})
            pages += 1
            visitor.shown += status == 200
            reached |= {place.pattern} if status < 500 else set()
            shown = repeats(text.encode(), canary, path)
            if visitor.name in _STAFF and path.startswith(_BY_NAME):
                shown = [mark for mark in shown if mark != canary.name]
            told += [f"{visitor.name} {path} {status}: {mark}" for mark in shown]
            told += [f"{visitor.name} {path}: {status}"] if status >= 500 else []
            waiting += _heed(visitor, text)
    missed = {each.pattern for each in places} - reached - _STREAMS - {"/favicon.ico"}
    judged.check(f"every page is read: {sorted(missed)}", holds=not missed)
    judged.check(f"{pages} pages show nobody: {told[:FOUND_MOST]}", holds=not told)


async def send_forms(
    judged: Judged, places: Sequence[Place], visitors: Sequence[Visitor], known: Canary,
    typed: Canary,
) -> None:  # fmt: skip
    """Every form that was found, and every other address that takes one: about the person that is
    known, with the other's marks in all fields."""
    places = sorted(places, key=lambda each: each.pattern.endswith(_ENDS))
    told, sent, reached = list[str](), 0, set[str]()
    for visitor in visitors:
        form = dict.fromkeys(sorted(visitor.fields), typed.said) | {"csrf": visitor.csrf}
        for place in places:
            if not _is_for(visitor, place):
                continue
            seen = [link for link in sorted(visitor.links) if place.fits(link)]
            for path in (place.filled(known.ref), *seen[:1]):
                status, text = await visitor.ask("POST", path, form)
                sent += 1
                visitor.heard += status != 403
                reached.add(place.pattern)
                shown = repeats(text.encode(), known, path)
                told += [f"{visitor.name} {path} {status}: {mark}" for mark in shown]
                told += [f"{visitor.name} {path}: {status}"] if status >= 500 else []
    for visitor in visitors:
        # Who is no longer let in, or whose forms are another visit's, would prove nothing.
        least = LEAST if visitor.part == "/" and visitor.name != "nobody" else 1
        told += [f"{visitor.name} is not let in"] * (min(visitor.shown, visitor.heard) < least)
    missed = sorted({each.pattern for each in places} - reached)
    judged.check(f"every form is sent: {missed}", holds=not missed)
    judged.check(f"{sent} forms show nobody: {told[:FOUND_MOST]}", holds=not told)


def _is_for(visitor: Visitor, place: Place) -> bool:
    """A visitor of the portal has nothing to do with the console's pages but what is open."""
    return place.pattern.startswith(visitor.part)


def _take(visitor: Visitor, place: Place, path: str) -> bool:
    """Whether this one is read: a few of each sort, none twice."""
    known = visitor.read.setdefault(place.pattern, [])
    about = any(word in path for word in (SCENE, "canary-"))
    if path in known or (len(known) >= EACH_MOST and not about) or len(known) >= ABOUT_MOST:
        return False
    known.append(path)
    return True


def _heed(visitor: Visitor, text: str) -> Iterator[str]:
    """Where a page leads, the fields that it asks for, and what its forms carry."""
    visitor.fields |= set(_NAME.findall(text)) - {"csrf"}
    if csrf := _CSRF.search(text):
        visitor.csrf = csrf[1]
    links = [unescape(link) for link in _LINK.findall(text)]
    visitor.links.update(links)
    yield from links


async def _visitors(arena: Arena) -> list[Visitor]:
    found = []
    for login in PEOPLE:
        desk = await desk_of(arena, login)
        found.append(Visitor(login, _by(desk), "/"))
    url = arena.box.url
    nobody = Browser(arena.box.wire, url)
    found.append(Visitor("nobody", _by(nobody), "/login"))
    base = f"/portal/{TENANT}"
    firm = Browser(arena.box.wire, url)
    assert arena.partners is not None
    _, key = arena.partners.known[1]  # one that is admitted, with a sandbox
    door = await firm.get(base)
    await firm.post(f"{base}/login", access_key=key, csrf=door.find(_CSRF.pattern))
    found.append(Visitor("a partner", _by(firm), base, "/portal/{tenant}"))
    other = await _owner(arena)
    customer = Browser(arena.box.wire, url)
    await customer.post(f"/bank/{TENANT}/login", customer=other)
    found.append(Visitor("a customer", _by(customer), f"/bank/{TENANT}", "/bank/{tenant}"))
    token = await issue_h5_token(arena.pool, arena.tenant.id, SCENE, other)
    page = f"/h5/{TENANT}/{SCENE}/journey"
    found.append(Visitor("a framed customer", _framed(arena, token), page, "/h5/"))
    return found


async def _owner(arena: Arena) -> str:
    """Another customer of the same scene."""
    body = b'{"role": "owner", "name": "somebody else"}'
    path = f"/v1/{SCENE}/parties/canary-other"
    done = await arena.send("PUT", path, body, key="canary-other-1")
    assert done.status == 200, done
    return "canary-other"


def _by(browser: Browser) -> Ask:
    async def ask(method: str, path: str, form: dict[str, str]) -> Answer:
        shown = await (browser.get(path) if method == "GET" else browser.post(path, **form))
        return shown.status, shown.text

    return ask


def _framed(arena: Arena, token: str) -> Ask:
    async def ask(method: str, path: str, form: dict[str, str]) -> Answer:
        headers = {"authorization": f"H5 {token}", "content-type": FORM,
                   "idempotency-key": "canary-form-1"}  # fmt: skip
        reply = await arena.wire.send(method, path, headers, urlencode(form).encode())
        return reply.status, reply.content.decode("utf-8", "replace")

    return ask
