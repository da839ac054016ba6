"""A canary: a person with unique marks, put through every operation of every document.

The rule for what may repeat a mark:
- a log file: none, ever;
- a problem document: the reference, and what the same request has itself put into its path, query or
  body, so that the caller sees which value or field is wrong; nothing that is known of the person
  otherwise, and nothing out of a header;
- an answer to an application that may not see the person: as a problem document;
- an answer under the person's own consent: the reference, by which the application knows its
  customer; the rest masked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote
from uuid import uuid4

from enscene.cli._attack_arena import Arena
from enscene.cli._attack_channel import bearer
from enscene.cli._attack_judge import Judged
from enscene.simulator.attack import Attempt, Operation, example, read_operations
from enscene.simulator.client import App, Message
from enscene.simulator.wire import Broken
from enscene.tenants.apps import find_app, grant_app

FOUND_MOST = 12
_LOGS = ("*.log", "**/*.log", "**/log/*", "**/logs/*")


@dataclass(frozen=True, slots=True)
class Canary:
    """Its marks stand nowhere else."""

    ref: str
    name: str
    phone: str
    card: str

    @property
    def purchase(self) -> str:
        """The car that it buys."""
        return f"car-of-{self.ref}"

    @property
    def said(self) -> str:
        """All that tells who it is, in one text."""
        return f"{self.name} {self.phone} {self.card}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What nobody is told."""
        return self.name, self.phone, self.card


def new_canary() -> Canary:
    """One that nobody has seen."""
    number = uuid4().int
    return Canary(
        f"canary-{uuid4().hex[:12]}", f"金丝雀{uuid4().hex[:8]}", f"139{number % 10**8:08d}",
        f"622202{number % 10**13:013d}",
    )  # fmt: skip


def leaks(home: Path, canary: Canary) -> list[str]:
    """The log files of a home in which a mark stands, with the mark."""
    marks = (canary.ref, *canary.secrets)
    files = {path for pattern in _LOGS for path in home.glob(pattern) if path.is_file()}
    found: list[str] = []
    for path in sorted(files):
        text = path.read_bytes()
        found += [
            f"{path.name}: {mark}"
            for mark in marks
            if mark.encode() in text or json.dumps(mark)[1:-1].encode() in text
        ]
    return found


def repeats(content: bytes, canary: Canary, path: str, body: bytes = b"") -> list[str]:
    """The marks in the answer to such a request that are no echo of it."""
    text = content.decode("utf-8", errors="replace")
    asked = unquote(path) + json.dumps(body.decode("utf-8", errors="replace"), ensure_ascii=False)
    asked += body.decode("unicode_escape", errors="replace")
    return [
        mark
        for mark in canary.secrets
        if mark not in asked and (mark in text or json.dumps(mark)[1:-1] in text)
    ]


def sown(operation: Operation, canary: Canary) -> Iterator[Attempt]:
    """Requests of one operation with the marks in every place where it takes something; the last
    ones cannot be right."""
    places = {p["name"]: quote(canary.ref) for p in operation.names("path")}
    query = "&".join(
        f"{p['name']}={quote(text)}"
        for p, text in zip(operation.names("query"), [canary.ref, *[canary.said] * 99], strict=False)
    )  # fmt: skip
    headers = {"acting-party": canary.ref, "x-canary": f"{canary.phone} {canary.card}"}
    headers |= {
        "content-type": "application/json",
        "idempotency-key": f"{canary.ref}-{uuid4().hex}",
    }
    if operation.form:
        headers["content-type"] = "application/x-www-form-urlencoded"
    body = _filled(example(operation.body or {}), canary)
    texts = [json.dumps(body).encode()]
    if operation.body is not None:
        texts.append(json.dumps({canary.ref: 1, canary.said: canary.phone}).encode())
        texts.append(f'{{"name": "{canary.said}'.encode())
    first = Attempt(
        operation.name, "canary", "unbroken", operation.method, operation.filled(**places), headers,
        b"" if operation.method == "GET" else texts[0], operation.credential,
    )  # fmt: skip
    yield first
    # Nothing but the reference is sent: whatever else comes back was known of the person.
    plain = json.dumps(example(operation.body or {})).encode()
    yield replace(first, body=b"" if operation.method == "GET" else plain)
    yield replace(first, path=operation.filled())
    if operation.names("query"):
        yield replace(first, path=f"{operation.filled(**places)}?{query}")
    for text in texts[1:]:
        yield replace(first, body=text)
    secret = {p["name"]: quote(canary.said) for p in operation.names("path")}
    if secret:
        yield replace(first, path=operation.filled(**secret))


def _filled(value: Any, canary: Canary) -> Any:
    if isinstance(value, str):
        return canary.said
    if isinstance(value, Mapping):
        return {name: _filled(each, canary) for name, each in value.items()}
    return [_filled(each, canary) for each in value] if isinstance(value, list) else value


async def canaries(arena: Arena, judged: Judged) -> None:
    """A person is put through everything, with errors provoked: nobody hears of it."""
    canary = new_canary()
    await enrolled(arena, canary)
    operations = [
        op for document in (await arena.documents()).values() for op in read_operations(document)
    ]
    stranger = await arena.register("stranger", scopes=[f"scene:{s}:*" for s in arena.scenes])
    foreign = bearer(await stranger.log_in())
    sent, told = 0, list[str]()
    for operation in operations:
        for attempt in sown(operation, canary):
            path, ways = attempt.path, list[Mapping[str, str]]([{}])
            if attempt.credential is not None:
                path, own = await arena.dress(attempt, operation)
                ways = [own, foreign]
            # Whoever may see the person is told of it, but never in a problem; others never.
            for opening in ways:
                status, content = await _send(arena, attempt, path, opening)
                sent += 1
                if status < 400 and opening != foreign:
                    continue
                shown = repeats(content, canary, path, attempt.body)
                told += [f"{operation.name} {status}: {mark}" for mark in shown]
    judged.check(f"{sent} requests to {len(operations)} operations", holds=sent > len(operations))
    judged.check(f"no answer repeats it: {told[:FOUND_MOST]}", holds=not told)
    await _consented(arena, judged, canary)
    written = leaks(arena.box.home, canary)
    judged.check(f"no log holds it: {written[:FOUND_MOST]}", holds=not written)


async def _send(
    arena: Arena, attempt: Attempt, path: str, opening: Mapping[str, str]
) -> tuple[int, bytes]:
    headers = {**attempt.headers, **opening}
    try:
        reply = await arena.wire.send(attempt.method, path, headers, attempt.body)
    except Broken:
        return 0, b""
    return reply.status, reply.content


async def enrolled(arena: Arena, canary: Canary) -> None:
    """The canary buys a car, whose number identifies its owner."""
    for ref, role, name in ((canary.ref, "owner", canary.name), ("canary-dealer", "dealer", "")):
        body = json.dumps({"role": role, "name": name}).encode()
        done = await arena.send("PUT", f"/v1/car_owner/parties/{ref}", body, key=uuid4().hex)
        assert done.status == 200, done
    order = {"purchase": canary.purchase, "owner": canary.ref, "model": "x", "vin": canary.card,
             "price": "100000.00"}  # fmt: skip
    done = await arena.act("car_owner", "offer_car", "canary-dealer", order, role="dealer")
    assert done.status == 200, done


async def _consented(arena: Arena, judged: Judged, canary: Canary) -> None:
    """Under a consent that opens everything, what identifies is masked; without one there is
    nothing to see."""
    reads = ["things.read", "events.read"]
    app = await arena.register("reader", scopes=["scene:car_owner:*"])
    paths = (
        "/v1/car_owner/things/purchase", f"/v1/car_owner/things/purchase/{canary.purchase}",
        "/v1/car_owner/events",
    )  # fmt: skip
    for path in paths:
        status, content = await _read(app, path, canary)
        shown = repeats(content, canary, path)
        judged.check(f"{path} without a consent", holds=status in (403, 404) and not shown)
    found = await find_app(arena.pool, app.credentials.client_id)
    await grant_app(arena.pool, found, party=canary.ref, scene="car_owner", actions=reads)
    for path in paths:
        status, content = await _read(app, path, canary)
        shown = repeats(content, canary, path)
        judged.check(f"{path} under a consent: {status} {shown}", holds=status == 200 and not shown)
        there = canary.purchase.encode() in content
        judged.check(f"{path} shows the purchase, masked", holds=there)


async def _read(app: App, path: str, canary: Canary) -> tuple[int, bytes]:
    reply = await app.send(Message("GET", path, party=canary.ref))
    return reply.status, json.dumps(reply.body, ensure_ascii=False).encode()
