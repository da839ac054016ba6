"""An answer of a capability as a unit: with it are committed its reading and, where data of
somebody enter, the receipt; only while the consent is in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from enscene.capabilities import store
from enscene.commit import Answer, Appends, Cell, Once, Report, Unit, View, Writer
from enscene.metering import Meters
from enscene.tenants.apps import GrantGates

METER = "capability"
_RECEIPT = "capability_receipt"


@dataclass(frozen=True, slots=True)
class Consented:
    """Whose data enter, under which consent: what the receipt says."""

    app: int
    consent: int
    party: str
    purpose: str
    fields: tuple[str, ...]
    records: int
    levels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """Persons whose data entered because they are of the caller's own business (its customers, its
    bills): by reference how many records of each. A receipt says so; nobody pays for it again."""

    app: int
    purpose: str
    fields: tuple[str, ...]
    levels: tuple[str, ...]
    records: Mapping[str, int]


class ServeCapability:
    """Once for its key: asked again it is answered as it was, and nothing is read again."""

    timed = False
    lines: Sequence[Unit] = ()

    def __init__(
        self, tenant: int, once: Once, name: str, app: str, scene: int, party: str, answer: str,
        consented: Consented | None = None, read: Read | None = None,
    ) -> None:  # fmt: skip
        self.tenant = tenant
        self.once: Once | None = once
        self._name = name
        self._app = app
        self._scene = scene
        self._party = party
        self._answer = answer
        self._consented = consented
        self._read = read

    def cells(self, now: datetime, *, exact: bool) -> Iterable[Cell]:
        found = self._consented
        return [] if found is None else [("grant", (self.tenant, found.consent))]

    def plan(self, view: View) -> None:
        """Raises: Forbidden("consent.withdrawn")."""
        given = self._consented
        if given is not None:
            view.works["grant"].pass_through((self.tenant, given.consent))
            view.works[_RECEIPT].add(
                view.index, self.tenant, given.app, given.consent, given.party, self._scene,
                given.purpose, f"capabilities.{self._name}",
                _listed(given.fields), given.records,
                _listed(given.levels or ("C2",) * len(given.fields)),
            )  # fmt: skip
        read = self._read
        if read is not None:
            for party, records in read.records.items():
                view.works[_RECEIPT].add(
                    view.index, self.tenant, read.app, 0, party, self._scene, read.purpose,
                    f"capabilities.{self._name}", _listed(read.fields), records,
                    _listed(read.levels),
                )  # fmt: skip
        view.works["meter"].add(
            view.index, self.tenant, self._app, f"capabilities/{self._name}", self._scene,
            self._party, f"{{{METER}.{self._name}}}", "{1}",
        )  # fmt: skip

    def report(self, seq: int, at: datetime) -> Report:
        subject = f"capability:{self._name}"
        return Report(
            self._scene, "capability.served", subject, self._party, "{}", self._answer, log=False
        )


class Counter:
    """Where answers are handed out and counted; one in a process."""

    def __init__(self, pool: asyncpg.Pool[Any]) -> None:
        self._pool = pool
        self._writers: dict[int, Writer] = {}

    async def serve(self, shard: int, unit: ServeCapability) -> Answer:
        """Commit it. Raises: Conflict("idempotency.key_reused"), Forbidden, Unavailable."""
        writer = self._writers.get(shard)
        if writer is None:
            kinds = (Meters(), GrantGates(), Appends(_RECEIPT, store.INSERT_RECEIPTS))
            writer = self._writers[shard] = Writer(self._pool, shard, kinds)
        return await writer.submit(unit)

    async def close(self) -> None:
        """Take nothing more and wait for what was taken."""
        for writer in self._writers.values():
            await writer.close()


def _listed(names: Sequence[str]) -> str:
    return "{" + ",".join(names) + "}"
