"""Keys of endpoints: made here, sealed in the database, opened to sign."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from enscene.api.store import Connection
from enscene.api.webhooks import store
from enscene.api.webhooks.sign import Scheme, SigningKey
from enscene.kernel.ids import new_uuid
from enscene.storage import Seal
from enscene.storage.seal import Unsealable

KEPT_MOST = 20_000


class Keys:
    """The keys of a process. What was opened once is remembered by its number."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal
        self._open: dict[UUID, SigningKey] = {}

    async def make(
        self, connection: Connection, tenant: int, endpoint: UUID, schemes: Sequence[str]
    ) -> None:
        """A new key for each scheme."""
        rows = []
        for scheme in schemes:
            key, number = SigningKey.generate(cast("Scheme", scheme)), new_uuid()
            sealed = self._seal.close(_name(tenant, endpoint, number), key.raw)
            rows.append((number, scheme, sealed, key.public))
        await store.insert_keys(connection, tenant, endpoint, rows)

    async def read(
        self, connection: Connection, tenant: int, endpoints: Collection[UUID]
    ) -> dict[UUID, list[SigningKey]]:
        """The keys that sign now, the newest first; what cannot be opened any more is left out."""
        found: dict[UUID, list[SigningKey]] = {endpoint: [] for endpoint in endpoints}
        for row in await store.read_keys(connection, tenant, endpoints):
            key = self._opened(row)
            if key is not None:
                found[row["endpoint"]].append(key)
        return found

    def _opened(self, row: Mapping[str, Any]) -> SigningKey | None:
        known = self._open.get(row["id"])
        if known is None:
            try:
                name = _name(row["tenant"], row["endpoint"], row["id"])
                known = SigningKey(row["scheme"], self._seal.open(name, row["sealed"]))
            except Unsealable:
                return None
            if len(self._open) >= KEPT_MOST:
                self._open.clear()
            self._open[row["id"]] = known
        return known


def _name(tenant: int, endpoint: UUID, key: UUID) -> str:
    return f"webhook:{tenant}:{endpoint}:{key}"
