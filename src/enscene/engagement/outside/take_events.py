"""Take events from outside into the log: each once, in order, with the permission that it needs.

All of them are taken or none, so that whoever sends may send a batch again as it was. What a customer
does not allow is no mistake of the sender: it is answered with its reason, and nothing of it is kept,
not even its id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from enscene.commit import Once, Report, Script, Stamp, admit, append_events, lock_shard
from enscene.commit.store import Record, recall, remember
from enscene.customers import is_granted
from enscene.engagement.answer_offer import answer_offer
from enscene.engagement.outside import store
from enscene.engagement.outside.check_event import OutsideEvent, wrong
from enscene.engagement.outside.types import ACCEPTED, SKEW
from enscene.kernel.clock import format_time
from enscene.kernel.errors import Conflict, NotFound

BATCH_MOST = 500
KEPT, NOT_ALLOWED = "kept", "not_allowed"
_OFFER = "offer"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one: `kept`, or `not_allowed` by the customer."""

    source: str
    id: str
    state: str


@dataclass(frozen=True, slots=True)
class Sender:
    """`name` stands in the log; ids are told apart by `owner`, so that no partner takes up those of
    another or of the bank; `grants` are the consents under which an application tells of a customer,
    by reference."""

    name: str
    owner: str = ""
    grants: Mapping[tuple[str, str], int] | None = None


async def take_events(
    pool: store.Pool, tenant: int, events: Sequence[OutsideEvent], sender: Sender, *,
    places: Sequence[str],
) -> list[Taken]:  # fmt: skip
    """Keep them. `places` are where they stand in what was sent (`events[3]`, or "").

    Raises: Refused with `param` (an unknown customer or scene; too old, or from the future),
    Conflict("event.conflict": the id was taken with other contents). Nothing is kept then.
    """
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        # Whoever withdraws a permission, or erases, holds the shard too: it is before or after.
        shard = await store.read_shard(connection, tenant)
        stamp = await lock_shard(connection, shard, [tenant], len(events))
        taken = await _Taking(connection, tenant, stamp, sender).take(events, places)
    await _answer_offers(pool, tenant, events, taken)
    return taken


class _Taking:
    """One request, under the shard's lock."""

    def __init__(
        self, connection: store.Connection, tenant: int, stamp: Stamp, sender: Sender
    ) -> None:
        self._connection = connection
        self._tenant = tenant
        self._stamp = stamp
        self._sender = sender

    async def take(self, events: Sequence[OutsideEvent], places: Sequence[str]) -> list[Taken]:
        tenant, connection = self._tenant, self._connection
        keys = [self._once(event) for event in events]
        known = await recall(connection, {(tenant, key.digest) for key in keys})
        parties = await store.read_parties(connection, tenant, {e.subject for e in events})
        scenes = await store.read_scenes(connection, tenant, {e.scene for e in events if e.scene})
        said = await store.read_said(connection, tenant, {p.id for p in parties.values()})
        reports: list[tuple[int, int, Report]] = []
        records: list[Record] = []
        taken: list[Taken] = []
        fresh: dict[str, str] = {}
        for index, (event, key, at) in enumerate(zip(events, keys, places, strict=True)):
            before = known.get((tenant, key.digest))
            first = fresh.get(key.digest) if before is None else before[0]
            if first is not None:
                if first != key.fingerprint:
                    raise Conflict(
                        "the id was taken with other contents", code="event.conflict",
                        param=f"{at}.id" if at else "id",
                    )  # fmt: skip
                taken.append(Taken(event.source, event.id, KEPT))
                continue
            self._check_time(event, at)
            party = self._party(event, parties, at)
            scene = self._scene(event, scenes, at)
            if not self._allows(event, scene, said.get(party.id, {})):
                taken.append(Taken(event.source, event.id, NOT_ALLOWED))
                continue
            fresh[key.digest] = key.fingerprint
            reports.append((index, tenant, self._report(event, scene)))
            records.append((tenant, key.digest, key.fingerprint, False, KEPT))
            taken.append(Taken(event.source, event.id, KEPT))
        script = Script()
        append_events(script, self._stamp, reports)
        remember(script, self._stamp, records)
        await script.run(connection)
        return taken

    def _once(self, event: OutsideEvent) -> Once:
        contents = (
            event.type.name, event.type.version, format_time(event.at), event.subject, event.scene,
            event.data,
        )  # fmt: skip
        request = msgspec.json.encode(contents, order="sorted")
        return Once.of("outside", self._sender.owner, event.source, event.id, request=request)

    def _check_time(self, event: OutsideEvent, at: str) -> None:
        now, param = self._stamp.time(self._tenant), f"{at}.time" if at else "time"
        if event.at > now + SKEW:
            raise wrong("event.future", param, "it has not happened yet")
        if event.at < now - ACCEPTED:
            raise wrong("event.too_old", param, "it happened too long ago to be kept")

    def _party(
        self, event: OutsideEvent, parties: Mapping[str, store.Party], at: str
    ) -> store.Party:
        found = parties.get(event.subject)
        if found is None or found.kind != event.type.subject:
            raise wrong("event.subject", f"{at}.subject" if at else "subject",
                        f"there is no such {event.type.subject}")  # fmt: skip
        return found

    def _scene(self, event: OutsideEvent, scenes: Mapping[str, int], at: str) -> int:
        if not event.scene:
            return 0
        if event.scene not in scenes:
            raise wrong("event.scene", f"{at}.scene" if at else "scene", "there is no such scene")
        return scenes[event.scene]

    def _allows(
        self, event: OutsideEvent, scene: int, said: Mapping[tuple[int, str], store.Said]
    ) -> bool:
        """By the scene's permission, and by that of no scene; what happened before it was given was
        done without it."""
        item = event.type.consent
        if item is None:
            return True
        if (0, item) in said and not said[0, item].granted:
            return False
        own = said.get((scene, item))
        if not is_granted({} if own is None else {item: own.granted}, item):
            return False
        offset: timedelta = self._stamp.offset(self._tenant)
        return own is None or event.at >= own.at + offset - SKEW

    def _report(self, event: OutsideEvent, scene: int) -> Report:
        # It is nobody's scene's: no partner reads there how a customer behaves elsewhere.
        role = "customer" if event.type.subject == "person" else "device"
        facts: dict[str, Any] = {
            "outside": {
                "type": event.type.name, "version": event.type.version, "source": event.source,
                "id": event.id, "time": format_time(event.at), "scene": scene, "data": event.data,
            },
            "parties": {role: event.subject},
        }  # fmt: skip
        grant = (self._sender.grants or {}).get((event.subject, event.scene))
        if grant is not None:
            facts["grant"] = grant
        return Report(
            0, event.type.action, f"party:{event.subject}", f"outside:{self._sender.name}",
            msgspec.json.encode(facts).decode(), "",
        )  # fmt: skip


async def _answer_offers(
    pool: store.Pool, tenant: int, events: Sequence[OutsideEvent], taken: Sequence[Taken]
) -> None:
    """A click on an offer is an answer to it: it was seen. Told again it changes nothing."""
    for event, done in zip(events, taken, strict=True):
        if done.state != KEPT or _OFFER not in event.data:
            continue
        try:
            await answer_offer(pool, tenant, UUID(event.data[_OFFER]), event.subject, "seen")
        except (NotFound, Conflict):
            continue  # somebody else's, or over: what was clicked stays what was clicked
