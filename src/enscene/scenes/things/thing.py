"""A thing as the write path sees it during one batch."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

Key = tuple[int, int, str, str]
"""Tenant, scene, type, key."""


class Thing:
    """Working copy of one thing. `fields` and `money` are JSON texts; never change them in place.

    `unit` is the place in the batch of the unit that changed it last, `unit_0` of the one that
    created it; `version_0` is None for one
    that this batch creates. A `due` that is a timedelta counts from the time of the batch.
    """

    __slots__ = (
        "bind", "born", "due", "fields", "key", "money", "seq", "state", "terms", "timer", "unit",
        "unit_0", "version", "version_0",
    )  # fmt: skip

    def __init__(
        self,
        key: Key,
        state: str,
        version: int,
        terms: int,
        fields: str,
        money: str | None,
        bind: str | None,
        due: datetime | timedelta | None,
        timer: str | None,
        born: int,
        seq: int,
    ) -> None:
        self.key = key
        self.state = state
        self.version = version
        self.version_0: int | None = version
        self.terms = terms
        self.fields = fields
        self.money = money
        self.bind = bind
        self.due = due
        self.timer = timer
        self.born = born
        self.seq = seq
        self.unit = 0
        self.unit_0 = 0

    def copy(self) -> Thing:
        return Thing(
            self.key, self.state, self.version, self.terms, self.fields, self.money, self.bind,
            self.due, self.timer, self.born, self.seq,
        )  # fmt: skip

    @property
    def values(self) -> tuple[Any, ...]:
        """What a change may change."""
        return (
            self.state, self.version, self.terms, self.fields, self.money, self.bind, self.due,
            self.timer, self.unit,
        )  # fmt: skip

    @values.setter
    def values(self, values: tuple[Any, ...]) -> None:
        (
            self.state, self.version, self.terms, self.fields, self.money, self.bind, self.due,
            self.timer, self.unit,
        ) = values  # fmt: skip
