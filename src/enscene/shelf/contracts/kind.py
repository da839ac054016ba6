"""Contracts as a kind of cell: (tenant, id), or (tenant, customer, product) for the open ones."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

import asyncpg

from enscene.commit import NotRead, Script, Stamp
from enscene.kernel.errors import NotFound
from enscene.shelf.contracts import store
from enscene.shelf.contracts.contract import OPEN, Contract

ContractKey = tuple[int, UUID]
HolderKey = tuple[int, int, str]
"""Tenant, customer, product."""
Key = ContractKey | HolderKey


class Register:
    """The contracts of one batch. They are read anew for each: nothing is remembered."""

    def __init__(self) -> None:
        self._asked: set[Key] = set()
        self._contracts: dict[ContractKey, Contract] = {}
        self._of: dict[HolderKey, list[Contract]] = {}
        self._journal: list[tuple[Contract, tuple[Any, ...] | None]] = []

    def absent(self, keys: Collection[Key]) -> Collection[Key]:
        return [key for key in keys if key not in self._asked]

    async def load(self, connection: asyncpg.Connection[Any], keys: Collection[Key]) -> None:
        self._asked.update(keys)
        single = [key for key in keys if len(key) == 2]
        holders = [key for key in keys if len(key) == 3]
        if single:
            for contract in await store.read_contracts(connection, single):
                self._contracts.setdefault(contract.key, contract)
        if holders:
            for contract in await store.read_held(connection, holders):
                self._hold(self._contracts.setdefault(contract.key, contract))

    def _hold(self, contract: Contract) -> None:
        key = (contract.tenant, contract.customer, contract.product)
        held = self._of.setdefault(key, [])
        if contract not in held:
            held.append(contract)

    # -- looking ---------------------------------------------------------------------------

    def get(self, tenant: int, contract_id: UUID) -> Contract:
        """The working contract. Raises: NotFound."""
        key = (tenant, contract_id)
        contract = self._contracts.get(key)
        if contract is None:
            if key not in self._asked:
                raise NotRead(key)
            raise NotFound("there is no such contract", code="contract.not_found")
        return contract

    def held(self, tenant: int, customer: int, product: str) -> list[Contract]:
        """The customer's open contracts of a product, the oldest first."""
        key = (tenant, customer, product)
        if key not in self._asked:
            raise NotRead(key)
        return [contract for contract in self._of.get(key, []) if contract.state == OPEN]

    # -- changing --------------------------------------------------------------------------

    def change(self, unit: int, contract: Contract) -> Contract:
        """Say that the caller is about to change it: one version more."""
        self._journal.append((contract, contract.snapshot()))
        contract.version += 1
        if contract.version_0 is not None:  # a new one has the number of the unit that opened it
            contract.unit = unit
        return contract

    def open(self, unit: int, contract: Contract) -> Contract:
        """A new contract."""
        contract.version_0 = None
        contract.unit = unit
        self._contracts[contract.key] = contract
        self._hold(contract)
        self._journal.append((contract, None))
        return contract

    # -- the write path --------------------------------------------------------------------

    def mark(self) -> int:
        return len(self._journal)

    def rollback(self, mark: int) -> None:
        for contract, values in reversed(self._journal[mark:]):
            if values is None:
                del self._contracts[contract.key]
                self._of[contract.tenant, contract.customer, contract.product].remove(contract)
            else:
                contract.restore(values)
        del self._journal[mark:]

    def write(self, stamp: Stamp, script: Script) -> None:
        contracts = self._contracts.values()
        new = [c for c in contracts if c.version_0 is None]
        changed = [c for c in contracts if c.version_0 is not None and c.version != c.version_0]
        store.insert_contracts(script, stamp, new)
        store.update_contracts(script, stamp, changed)
        store.insert_entries(script, stamp, [c for c in contracts if c.lines])

    def publish(self) -> None:
        """Nothing is remembered."""

    def forget(self) -> None:
        """Nothing is remembered."""


class ContractKind:
    """The kind "contract"."""

    name = "contract"

    def open(self, *, fresh: bool) -> Register:
        return Register()
