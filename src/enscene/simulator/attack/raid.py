"""The raid: every attempt is sent, every answer judged."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field

from enscene.simulator.attack.operations import Attempt
from enscene.simulator.wire import Broken, Reply, Wire

AT_ONCE = 24
FOUND_MOST = 50
TELLTALES = (b"Traceback", b"asyncpg", b"psycopg", b'File "/', b"sqlstate", b'relation "')
"""What an answer never holds: it would tell an attacker how the house is built."""

Dress = Callable[[Attempt], Awaitable[tuple[str, Mapping[str, str]]]]
"""For an attempt with a credential: the path that it opens, and the headers to send."""
TURNED_AWAY = (401, 403, 405, 429)
AT_THE_DOOR = frozenset({"http.no_route", "http.bad_header", "http.duplicate_header"})
"""Answers of the door: the operation itself has seen nothing."""
BAD_BODY = (400, 413, 415, 422)
"""Answers to a body that was looked at."""


@dataclass(frozen=True, slots=True)
class Finding:
    """An answer that was not as it should be."""

    operation: str
    kind: str
    expected: str
    got: str


@dataclass(slots=True)
class Raid:
    """What came of it. `hit` are the operations that have looked at an attempt themselves, whatever
    they said to it, and `read` those that have looked at a bad body; `refused` counts the attempts
    that were to be refused and were."""

    sent: int = 0
    refused: int = 0
    server_errors: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    hit: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)
    failed: list[Finding] = field(default_factory=list)


async def raid(wire: Wire, attempts: Iterable[Attempt], dress: Dress) -> Raid:
    """Send them all, a few at a time."""
    found = Raid()
    waiting = iter(attempts)

    async def attacker() -> None:
        for attempt in waiting:
            headers, path = dict(attempt.headers), attempt.path
            if attempt.credential is not None:
                path, opening = await dress(attempt)
                headers |= opening
            try:
                reply = await wire.send(attempt.method, path, headers, attempt.body)
            except Broken:
                # The server hung up on what is no HTTP: that refuses it too.
                reply = Reply(405, {"content-type": "application/problem+json"}, b'{"code": "x"}')
            _judge(found, attempt, reply)

    await asyncio.gather(*(attacker() for _ in range(AT_ONCE)))
    return found


def _judge(found: Raid, attempt: Attempt, reply: Reply) -> None:
    found.sent += 1
    found.statuses[reply.status] += 1
    if reply.status not in TURNED_AWAY and _code(reply) not in AT_THE_DOOR:
        found.hit.add(attempt.operation)
        if attempt.part == "body" and (reply.status < 300 or reply.status in BAD_BODY):
            found.read.add(attempt.operation)
    wrong = fault_of(attempt, reply)
    if reply.status >= 500 and reply.status != 503:
        found.server_errors += 1
    if wrong is None:
        found.refused += attempt.must == "refused"
    elif len(found.failed) < FOUND_MOST or reply.status >= 500:
        got = f"{reply.status} {reply.content[:160].decode(errors='replace')}"
        found.failed.append(Finding(attempt.operation, attempt.kind, wrong, got))


def _code(reply: Reply) -> str:
    """Of a problem; nothing where it is none."""
    if not reply.headers.get("content-type", "").startswith("application/problem+json"):
        return ""
    return str(json.loads(reply.content).get("code", ""))


def fault_of(attempt: Attempt, reply: Reply) -> str | None:
    """What the answer should have been, or None where it is as it should be."""
    if any(word in reply.content for word in TELLTALES):
        return "nothing of the inside"
    if reply.status >= 500:
        return "no fault of the server"
    if attempt.must == "refused" and not 400 <= reply.status < 500 and not _is_refused(reply):
        return "a refusal"
    if 400 <= reply.status < 500 and attempt.method != "HEAD" and not _is_told(reply):
        return "a problem that says why"
    return None


def _is_refused(reply: Reply) -> bool:
    """A refusal of the gateway, which answers everything with 200 and a code."""
    if reply.status != 200 or b'"sub_code"' not in reply.content:
        return False
    told = json.loads(reply.content)
    return bool(told.get("sub_code")) and told.get("code") != "10000"


def _is_told(reply: Reply) -> bool:
    """An answer of RFC 9457, or of RFC 6749 at the endpoints of OAuth."""
    kind = reply.headers.get("content-type", "")
    try:
        told = json.loads(reply.content)
    except ValueError:
        return False
    if kind.startswith("application/problem+json"):
        return isinstance(told, dict) and bool(told.get("code"))
    return isinstance(told, dict) and isinstance(told.get("error"), str)
